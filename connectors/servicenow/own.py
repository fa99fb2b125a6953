"""One column in which the hub shows a value: what is read from it, and what is written to it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connectors import Slot
from connectors.servicenow.shapes import LONGEST, moment, spoken, stamp, stored

__all__ = ["DAYS", "STATES", "TIMES", "ColumnKind", "OwnColumn", "own_values", "state_of", "value_of"]

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

TIMES = frozenset({Slot.DUE, Slot.BREACHED_AT})

DAYS = frozenset({Slot.DUE_DAY})

WORD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class ColumnKind:
    """What a column holds; UNTOLD where this user may not read the dictionary."""

    DATETIME: Final = "date and time"
    DATE: Final = "date"
    TEXT: Final = "text"
    UNTOLD: Final = ""


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of one table that shows a slot.

    longest: characters that it holds, None where that is not known; what is beyond them is cut off without a word.
    options: its choices, label by value; empty where it takes any text, None where they may not be read.
    listed: the table that the choices are kept at, which may be the parent.
    """

    slot: Slot
    name: str
    table: str
    kind: str = ColumnKind.UNTOLD
    longest: int | None = None
    options: Mapping[str, str] | None = None
    listed: str = ""

    @property
    def words(self) -> str:
        return f"the column '{self.name}' of {self.table}"

    def read(self, raw: str) -> str | None:
        """Return what it shows, in the hub's words; a value that is none of them as it is."""
        if not raw:
            return None
        if self.slot in TIMES and (at := moment(raw)) is not None:
            return spoken(at)
        if self.slot is Slot.STATE:
            return state_of(raw, (self.options or {}).get(raw, "")) or raw[:LONGEST]
        if self.slot in DAYS:
            return raw[: len("2026-05-11")]
        return raw[:LONGEST]

    def write(self, word: str | None) -> str:
        """Return what ServiceNow is sent for a word. Raises: ValueError for what the column cannot show."""
        if word is None:
            return ""
        if self.slot in TIMES and self.kind != ColumnKind.TEXT:
            # In a text, it would not be seen to be UTC.
            return stamp(_instant(word)) if WORD.fullmatch(word) else word
        if self.options:
            return self._option(word)
        if self.slot is Slot.STATE and self.options is None:
            return value_of(word)
        return word if self.longest is None else word[: self.longest]

    def cut(self, word: str | None) -> str:
        """Say what is not shown of a word; empty where all of it is."""
        if word is None or self.options or self.longest is None or len(word) <= self.longest:
            return ""
        return f"{self.words} holds {self.longest} characters, and '{word}' is longer: let it hold {LONGEST}"

    def _option(self, word: str) -> str:
        for value, label in (self.options or {}).items():
            if word == state_of(value, label) if self.slot is Slot.STATE else word in {value, label}:
                return value
        raise ValueError(f"{self.words} has no choice '{word}'; run `slahub provision`, or add it")


def own_values(row: Mapping[str, object], columns: Mapping[Slot, OwnColumn]) -> dict[Slot, str | None]:
    """Return what stands in the hub's own columns; one that the row does not tell is absent."""
    return {slot: each.read(stored(row, each.name)) for slot, each in columns.items() if each.name in row}


def value_of(state: str) -> str:
    """Return the value of a choice, as the hub makes it."""
    return state.replace(" ", "_")


def state_of(value: str, label: str) -> str:
    """Return the state that a choice means: by its label, else by its value; empty where it means none."""
    for told in (label, value):
        word = " ".join(told.casefold().replace("_", " ").split()).removeprefix("sla ")
        if word in STATES:
            return word
    return ""


def _instant(word: str) -> datetime:
    return datetime.fromisoformat(word)
