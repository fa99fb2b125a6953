"""How far a sweep over the lists is, and what of the other strategy's checkpoints it can use."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from connectors import Checkpoint, SourceError, Unreadable, resumed
from connectors.zendesk.exports import seconds
from connectors.zendesk.shapes import moment, number, second

__all__ = ["Part", "Sweep", "mark_of"]

Part: TypeAlias = Literal["tickets", "deleted", "archived", "done"]

PARTS: Mapping[str, Part] = {"tickets": "tickets", "deleted": "deleted", "archived": "archived", "done": "done"}


@dataclass(frozen=True, slots=True)
class Sweep:
    """All that changed before `mark` is read. Instants are seconds since 1970, of Zendesk's clock.

    asked: when the sweep under way began, 0 where none is; `mark` moves there once it is complete.
    part: what is being listed; after: the next page of it. upto: listed down to the changes of this second.
    ids: tickets that were listed and are still to be read by their audits.
    before: of the archived tickets, those created before this are still to be listed.
    """

    mark: int
    asked: int = 0
    part: Part = "tickets"
    after: str = ""
    upto: int | None = None
    ids: tuple[int, ...] = ()
    before: int = 0

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "Sweep":
        """Return the sweep of a checkpoint, also of one that the exports left. Raises: SourceError."""
        return resumed(cursor, cls._read) if cursor.startswith("{") else cls(_exported(cursor))

    @classmethod
    def _read(cls, raw: Any) -> "Sweep":
        ids = tuple(number({"id": each}, "id") for each in raw["ids"])
        if "mark" not in raw:
            return cls(second(raw["at"] if raw["second"] is None else raw["second"]), ids=ids)
        upto = None if raw["upto"] is None else second(raw["upto"])
        mark, asked, before = (second(raw[name]) for name in ("mark", "asked", "before"))
        return cls(mark, asked, PARTS[raw["part"]], str(raw["after"]), upto, ids, before)


def mark_of(cursor: str) -> int | None:
    """Return up to where a sweep has read everything; None for a checkpoint that no sweep left."""
    try:
        return resumed(cursor, lambda raw: moment(raw.get("mark"))) if cursor.startswith("{") else None
    except SourceError:
        return None


def _exported(cursor: str) -> int:
    """Return where an export by time or by cursor goes on; the beginning where its cursor cannot be read."""
    kind, _, place = cursor.partition(":")
    if kind != "cursor":
        return seconds(cursor)
    try:
        # Zendesk's cursors of tickets hold the instant of the last row. Where one day they do not, all is read again.
        return second(int(float(base64.b64decode(place, validate=True).decode("ascii").partition("||")[0])))
    except (ValueError, OverflowError, Unreadable):
        return 0
