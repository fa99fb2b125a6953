"""The screen of the running demo: the tickets around the present, and what changed in the helpdesks lately."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.text import Text

from slahub.demo.desk import Desk
from slahub.demo.table import STYLES, Line, Which, named, shown_table, tally

__all__ = ["Screen"]

AROUND = 9
"""Rows of the screen that are not tickets or changes: titles, head, rules, footer, and what parts them."""

LATELY = 6
FRESH = timedelta(seconds=4)
BEHIND = 0.35
"""The part of the table that is given to due times that have passed."""


@dataclass
class Screen:
    """Remembers what the helpdesks showed before, so that a change is seen as one."""

    desks: Sequence[Desk]
    _before: dict[Which, str] | None = None
    _changed: dict[Which, datetime] = field(default_factory=dict[Which, datetime])
    _lately: deque[Text] = field(default_factory=lambda: deque[Text](maxlen=LATELY))

    def look(self, rows: Sequence[Line], now: datetime) -> Sequence[Text]:
        """Take in what the helpdesks show now; return a line for each field that changed since the last look.

        The first sight of a ticket is a change only once there was a look before.
        """
        showing = {line.which: line.word for line in rows}
        before, self._before = self._before, showing
        found: list[Text] = []
        for line in rows if before is not None else ():
            was = before.get(line.which, "") if before else ""
            if line.word and line.word != was:
                self._changed[line.which] = now
                found.append(_told(line, was, now))
        self._lately.extend(found)
        return found

    def picture(self, rows: Sequence[Line], now: datetime, width: int, height: int) -> RenderableType:
        """Return the whole screen for a terminal of this size."""
        fresh = {each for each, at in self._changed.items() if now - at < FRESH}
        equal = sum(line.equal for line in rows)
        room = max(4, height - AROUND - LATELY)
        return Group(
            self._head(now, width),
            tally(rows) if rows else Text("reading the tickets …"),
            Text(),
            shown_table(_around(rows, now, room), now, width, fresh=fresh),
            Text(),
            Text("lately, as read back from the helpdesks", style="bold"),
            *(self._lately or [Text("nothing yet: people are at work, and the export lags a minute behind them")]),
            Text(f"{equal} of {len(rows)} as the engine says, {self._writes()} write calls; ctrl-c ends"),
        )

    def _head(self, now: datetime, width: int) -> Text:
        """Return the first line; where there is little room, ports stand for addresses on this machine."""
        head = Text()
        for known in ("http://", "http://127.0.0.1"):
            where = "   ".join(f"{desk.name} {desk.url.removeprefix(known)}" for desk in self.desks)
            head = Text.assemble(("slahub demo", "bold"), f"   {where}   {now:%H:%M:%S} UTC")
            if head.cell_len <= width:
                break
        return head

    def _writes(self) -> int:
        return sum(desk.writes() for desk in self.desks)


def _around(rows: Sequence[Line], now: datetime, room: int) -> Sequence[Line]:
    """Return as many lines as there is room for: the next due times, and the last ones before them."""
    past = [line for line in rows if line.due_at is not None and line.due_at <= now]
    coming = [line for line in rows if line not in past]
    behind = max(int(room * BEHIND), room - len(coming))
    return [*past[-behind:], *coming][:room]


def _told(line: Line, was: str, now: datetime) -> Text:
    metric = (line.metric or "none").replace("_", " ")
    return Text.assemble(
        f"{now:%H:%M:%S}  {line.connection:<10}  {named(line.key):<10}  {metric:<14}  ",
        (was or "new", STYLES.get(was, "")),
        " → ",
        (line.word, STYLES.get(line.word, "")),
    )
