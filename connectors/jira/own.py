"""One place where the hub shows a value: a custom field or an entry of an issue property, read and written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from connectors import Slot, perhaps
from connectors.jira.documents import document, prose
from connectors.jira.shapes import LONGEST, moment, spoken, stamp

__all__ = ["FIT", "STATES", "FieldKind", "OwnField", "option"]

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")


class FieldKind:
    """What a custom field is made of, by the end of its type; an entry is part of an issue property, and no field."""

    DATETIME: Final = "datetime"
    DATE: Final = "datepicker"
    SELECT: Final = "select"
    TEXT: Final = "textfield"
    LONG_TEXT: Final = "textarea"
    READ_ONLY: Final = "readonlyfield"
    ENTRY: Final = "property"


FIT: Mapping[Slot, tuple[str, ...]] = {
    Slot.DUE: (FieldKind.DATETIME, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.BREACHED_AT: (FieldKind.DATETIME, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.DUE_DAY: (FieldKind.DATE, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.STATE: (FieldKind.SELECT, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.METRIC: (FieldKind.TEXT, FieldKind.READ_ONLY, FieldKind.SELECT, FieldKind.LONG_TEXT),
    Slot.POLICY: (FieldKind.TEXT, FieldKind.READ_ONLY, FieldKind.SELECT, FieldKind.LONG_TEXT),
}
"""The kinds of field that can show a slot, the best first."""


@dataclass(frozen=True, slots=True)
class OwnField:
    """One place that shows a slot. id: of the field; of an entry of the issue property, its name there."""

    slot: Slot
    id: str
    title: str
    kind: str

    @property
    def entry(self) -> bool:
        return self.kind == FieldKind.ENTRY

    def read(self, raw: object) -> str | None:
        """Return what it shows, in the hub's words; a value that is none of them as it is."""
        if self.kind == FieldKind.SELECT:
            raw = perhaps(raw).get("value")
            return raw.strip().casefold() if isinstance(raw, str) and raw.strip().casefold() in STATES else _some(raw)
        if self.kind == FieldKind.LONG_TEXT:
            return _some(prose(raw))
        at = moment(raw) if self.kind == FieldKind.DATETIME else None
        return spoken(at) if at is not None else _some(raw)

    def write(self, word: str | None, *, rich: bool) -> object:
        """Return what Jira is sent for a word. rich: its long texts are documents.

        Raises: ValueError for what the field cannot show.
        """
        if word is None:
            return None
        match self.kind:
            case FieldKind.DATETIME:
                at = moment(word)
                if at is None:
                    raise ValueError(f"'{word}' is no time, which is all that '{self.title}' can show")
                return stamp(at)
            case FieldKind.SELECT:
                return {"value": option(self.slot, word)}
            case FieldKind.LONG_TEXT:
                return document(word[:LONGEST]) if rich else word[:LONGEST]
            case _:
                return word[:LONGEST]


def option(slot: Slot, word: str) -> str:
    """Return how the hub spells the option of a select for one of its words."""
    return word.capitalize() if slot is Slot.STATE else word


def _some(raw: object) -> str | None:
    return raw[:LONGEST] or None if isinstance(raw, str) else None if raw is None else str(raw)[:LONGEST]
