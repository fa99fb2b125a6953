"""Derives a clock anew from the JSON of its ledger and the zones, and from nothing else: none of the product is used.

Of each line only its bounds, its calendar and whether it counts are taken as given; all else is worked out.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND
QUARTER = timedelta(minutes=15)
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FAR = 3 * 366
"""Days that a forecast looks ahead."""


def us(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // US


def amount(seconds: float) -> int:
    return round(seconds * SECOND)


@cache
def offsets(zone: str, day: int) -> tuple[tuple[int, int, int], ...]:
    """Return (start, end, offset) of a UTC day; no zone of our time changes but on a quarter of an hour."""
    found: list[tuple[int, int, int]] = []
    start = EPOCH + timedelta(days=day)
    for step in range(96):
        at = start + step * QUARTER
        ahead = at.astimezone(ZoneInfo(zone)).utcoffset()
        assert ahead is not None
        begin, offset = (at - EPOCH) // US, ahead // US
        end = begin + QUARTER // US
        if found and found[-1][2] == offset:
            found[-1] = (found[-1][0], end, offset)
        else:
            found.append((begin, end, offset))
    return tuple(found)


class Hours:
    """One calendar of the ledger."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said

    def open(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield what is open in [start, end), cut at midnights."""
        for day in range(start // DAY, (end - 1) // DAY + 1):
            yield from self.open_on(day, start, end)

    def open_on(self, day: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        for begin, until, offset in offsets(self.said["timezone"], day):
            for local in range((begin + offset) // DAY, (until - 1 + offset) // DAY + 1):
                for opens, closes in self.of(local):
                    low = max(local * DAY + opens - offset, begin, start)
                    high = min(local * DAY + closes - offset, until, end)
                    if low < high:
                        yield low, high

    def of(self, day: int) -> list[tuple[int, int]]:
        """Return the hours of a local date, in microseconds of the wall clock."""
        on = date(1970, 1, 1) + timedelta(days=day)
        closings = [each for each in self.said["closings"] if each["date"] == on.isoformat()]
        if on.isoformat() in self.said["holidays"] or any(each.get("hours") is None for each in closings):
            return []
        weekly = self.said["weekly"]
        for version in self.said["versions"]:
            weekly = version["weekly"] if version["from"] <= on.isoformat() else weekly
        spans = self.said["shifts"].get(on.isoformat(), weekly[WEEK[on.weekday()]])
        found = [(self.wall(a), self.wall(b)) for a, b in spans]
        for a, b in [
            *self.said["breaks"].get(on.isoformat(), []),
            *(span for each in closings for span in each["hours"]),
        ]:
            off, back = self.wall(a), self.wall(b)
            found = [part for s, e in found for part in ((s, min(e, off)), (max(s, back), e)) if part[0] < part[1]]
        return found

    @staticmethod
    def wall(text: str) -> int:
        hours, minutes, *seconds = text.split(":")
        return (int(hours) * 3600 + int(minutes) * 60 + sum(map(int, seconds))) * SECOND

    def elapsed(self, start: int, end: int) -> int:
        return sum(b - a for a, b in self.open(start, end)) if start < end else 0

    def add(self, start: int, left: int) -> int | None:
        for day in range(start // DAY, start // DAY + FAR):
            for a, b in self.open_on(day, start, start + FAR * DAY):
                if b - a >= left:
                    return a + left
                left -= b - a
        return None

    def working_days(self, start: int, days: int) -> int:
        """Return the same local time on that open day, or when it closes if that is earlier."""
        zone = ZoneInfo(self.said["timezone"])
        local = (EPOCH + start * US).astimezone(zone)
        day = local.date()
        while days:
            day += timedelta(days=1)
            midnight = us(datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat())
            around = [
                (a, b)
                for a, b in self.open(midnight - 2 * DAY, midnight + 3 * DAY)
                if (EPOCH + a * US).astimezone(zone).date() == day
            ]
            days -= bool(around)
        same = datetime.combine(day, local.time(), tzinfo=zone)
        return min((same.astimezone(UTC) - EPOCH) // US, around[-1][1])


class Checker:
    """One ledger. `wrong` names what does not follow from it; nothing when all does."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.said = said
        self.hours = {name: Hours(calendar) for name, calendar in said["calendars"].items()}
        self.past = [line for line in said["lines"] if not line["forecast"]]
        self.ahead = [line for line in said["lines"] if line["forecast"]]
        self.start = us(said["started_at"])
        self.end = us(self.past[-1]["end"]) if self.past else self.start
        self.wrong: list[str] = []

    def check(self) -> list[str]:
        self._cover()
        used, paused, wall, due, breached_at = self._derived()
        state = self.said["state"]
        if breached_at is None and state in {"paused", "cancelled"}:
            due = None
        self._same("elapsed_seconds", used // SECOND)
        self._same("paused_seconds", paused // SECOND)
        self._same("paused_wall_seconds", wall // SECOND)
        self._instant("due_at", due)
        self._instant("breached_at", breached_at)
        self._same("breached", breached_at is not None)
        if self.ahead and due is not None:
            self._is("the forecast ends when it is due", us(self.ahead[-1]["end"]), due)
        if self.said.get("completed_at"):
            self._is("the lines end with the clock", self.end, us(self.said["completed_at"]))
        self._events()
        self._is("what the teams used", sum(each["elapsed_seconds"] for each in self.said["teams"]), used // SECOND)
        return self.wrong

    def target(self) -> tuple[int | None, int]:
        """Return the target in open time, and the instant before which the clock is not due."""
        said = self.said["because"]["target"]
        if said.get("working_days") is None:
            return amount(said["seconds"]), self.start
        if said.get("allowed_seconds") is None:
            return None, self.start
        hours = self.hours[self.said["calendar"]]
        due = hours.working_days(self.start, said["working_days"])
        allowed = hours.elapsed(self.start, due)
        self._is("working days as open time", amount(said["allowed_seconds"]), allowed)
        self._is("working days end", us(said["not_before"]), due)
        return allowed, due

    def _cover(self) -> None:
        reached = self.start
        for line in self.said["lines"]:
            self._is("lines follow each other", us(line["start"]), reached)
            reached = us(line["end"])
            hours = self.hours[line["calendar"]]
            opened = hours.elapsed(us(line["start"]), reached)
            self._is("a line is open throughout, or closed", opened, reached - us(line["start"]) if line["open"] else 0)
            if line.get("closed") == "named":
                zone = ZoneInfo(hours.said["timezone"])
                on = datetime.fromisoformat(line["start"]).astimezone(zone).date().isoformat()
                names = {each["name"] for each in hours.said["closings"] if each["date"] == on}
                self._is("what is closed has its name", line["name"] in {*names, hours.said["holidays"].get(on)}, True)

    def _derived(self) -> tuple[int, int, int, int | None, int | None]:
        """Walk through the life of the clock; return used, paused, paused on the wall, due, breached since."""
        allowed, not_before = self.target()
        owed = self.said["switches"]["pause_accounting"] == "wall_clock"
        at_due = self.said["switches"]["breach"] == "at"
        used = paused = wall = 0
        closing = self.start
        due: int | None = None
        since: int | None = None
        for line in self.past:
            start, end = us(line["start"]), us(line["end"])
            open_time = end - start if line["open"] else 0
            if not line["counted"]:
                paused += open_time
                wall += end - start
                change = open_time - (end - start) if owed and due is None else 0
            else:
                change = open_time
                if due is None and allowed is not None and used + open_time >= allowed:
                    reached = max(start + allowed - used if used < allowed else closing, not_before)
                    late = max(reached, start)
                    if late < end or (at_due and late == end):
                        due, since = reached, late
            self._is("what a line adds", amount(line["elapsed_seconds"]), change)
            self._is(
                "what a line adds to the pauses", amount(line["paused_seconds"]), 0 if line["counted"] else open_time
            )
            used += change
            self._is("the total after a line", amount(line["total_seconds"]), used)
            closing = end if line["open"] else closing
        if due is None and allowed is not None:
            left = allowed - used
            ahead = self.hours[self.said["calendar"]].add(self.end, left) if left > 0 else closing
            due = None if ahead is None else max(ahead, not_before)
        return used, paused, wall, due, since

    def _events(self) -> None:
        """Every change of what counts has an event that brought it about."""
        known = [event.get("id") for event in self.said["events"]]
        self._is("the first event", known[0], self.said["started_by"])
        unknown = [line.get("event") for line in self.past if line.get("event") not in known]
        self._is("lines name events of the ledger", unknown, [])
        before = None
        for line in self.past:
            now = (line["counted"], line["why"], line.get("status"))
            if before is not None and now != before:
                told = [each for each in self.said["events"] if each.get("id") == line.get("event")]
                self._is("a change has its event", [each["at"] for each in told], [line["start"]])
                did = {"running": {"resumed", "reopened"}, "resolved": {"stopped"}}.get(line["why"], {"paused"})
                then = {word for each in self.said["events"] if each["at"] == line["start"] for word in each["did"]}
                self._is("an event did this", not did.isdisjoint(then), True)
            before = now

    def _instant(self, key: str, found: int | None) -> None:
        said = self.said.get(key)
        self._is(key, None if said is None else us(said), found)

    def _same(self, key: str, found: object) -> None:
        self._is(key, self.said[key], found)

    def _is(self, what: str, said: object, found: object) -> None:
        if said != found:
            self.wrong.append(f"{what}: the ledger says {said}, it is {found}")
