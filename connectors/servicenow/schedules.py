"""ServiceNow's schedules as calendars: weekly hours, and the dates on which it is otherwise. Pure.

Every entry is written out date by date for some years. What comes each week is the calendar's week; a date that has
other hours is a holiday, or has hours of its own. So nothing depends on which rule a date follows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TypeAlias
from zoneinfo import ZoneInfo

from connectors import SuggestedCalendar, SuggestedHoliday, SuggestedHours, Unreadable, perhaps
from connectors.servicenow.repeats import ONCE, Entry, entry, occurrences
from connectors.servicenow.shapes import stored
from connectors.servicenow.zones import iana

__all__ = ["FLOATING", "Schedules"]

DAY, WEEK = 1440, 7 * 1440
ONE = timedelta(days=1)
MINUTE = timedelta(minutes=1)

BEFORE, AFTER = 2, 3
"""How many years before and after the present one are written out."""

MOST = 400
"""Dates with hours of their own, beyond which no weekly rule is left."""

FLOATING = frozenset({"", "floating"})
"""What stands for the time zone of a schedule that has none of its own."""

Span: TypeAlias = tuple[int, int]
"""Minutes, half-open."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The entries that make a schedule, and what stands in the way of it."""

    entries: tuple[Entry, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Hours of each date. names: of the entries that have a say on it."""

    hours: dict[date, list[Span]] = field(default_factory=lambda: defaultdict[date, list[Span]](list))
    names: dict[date, list[str]] = field(default_factory=lambda: defaultdict[date, list[str]](list))


class Schedules:
    """The schedules of an instance, out of rows as they came. today: in ServiceNow's time."""

    def __init__(
        self, schedules: Iterable[object], spans: Iterable[object], children: Iterable[object], today: date
    ) -> None:
        self._rows = {stored(row, "sys_id"): row for row in map(perhaps, schedules)}
        self._spans = _grouped(spans)
        self._children = _grouped(children)
        self.today = today
        self.first, self.last = date(today.year - BEFORE, 1, 1), date(today.year + AFTER, 12, 31)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __contains__(self, schedule: str) -> bool:
        return schedule in self._rows

    def title(self, schedule: str) -> str:
        """Return what people call a schedule."""
        return stored(self._rows.get(schedule, {}), "name") or f"schedule {schedule}"

    def floating(self, schedule: str) -> bool:
        """Tell whether a schedule has no time zone, but goes by that of whoever asks."""
        return stored(self._rows.get(schedule, {}), "time_zone") in FLOATING

    def only_closes(self, schedule: str) -> bool:
        """Tell whether a schedule only takes time away from others, or is empty."""
        found = self._entries(schedule, None, ())
        return not found.doubts and all(each.closes for each in found.entries)

    def calendar(self, schedule: str, zone: str = "") -> SuggestedCalendar:
        """Return a schedule as a calendar. zone: ServiceNow's name for the one that a floating schedule goes by."""
        name = zone if self.floating(schedule) else stored(self._rows[schedule], "time_zone")
        known = iana(name)
        source_id = f"{schedule}@{zone}" if zone and self.floating(schedule) else schedule
        title = f"{self.title(schedule)}, {zone}" if source_id != schedule else self.title(schedule)
        found = self._entries(schedule, ZoneInfo(known) if known else None, ())
        bare = SuggestedCalendar(source_id, title, known, (), doubtful=bool(found.doubts))
        remarks = [*found.doubts]
        if not known:
            remarks.insert(0, _no_zone(name))
        return self._written_out(replace(bare, remarks=tuple(remarks)), found.entries)

    def _written_out(self, bare: SuggestedCalendar, entries: Sequence[Entry]) -> SuggestedCalendar:
        weeks = list(_weeks(entries, self.first, self.last))
        begins = self.first
        remarks = list(bare.remarks)
        if len(weeks) > 1 and not weeks[0][1]:
            begins = weeks[1][0]
            weeks[:2] = [(self.first, weeks[1][1])]
            remarks.append(f"Its hours begin on {begins}; here they hold before that, too.")
        usual = [(since, _by_day(spans)) for since, spans in weeks]
        opens, closes = (self._part(each for each in entries if each.closes is wanted) for wanted in (False, True))
        holidays: list[SuggestedHoliday] = []
        hours: list[SuggestedHours] = []
        at = 0
        for step in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=step)
            while at + 1 < len(usual) and usual[at + 1][0] <= day:
                at += 1
            expected = usual[at][1][day.weekday()]
            usually = expected if day < begins else ()
            shown = _without(_united([*opens.hours.get(day, ()), *usually]), _united(closes.hours.get(day, ())))
            if shown == expected:
                continue
            if shown:
                named = [*closes.names.get(day, ()), *opens.names.get(day, ())]
                hours.append(SuggestedHours(_joined(named), day, shown))
            else:
                holidays.append(SuggestedHoliday(_joined(closes.names.get(day, ())), day, day))
        if not any(spans for _, spans in weeks):
            remarks.append("This schedule is open at no time of the week.")
        if len(hours) > MOST:
            remarks.append(f"It follows no weekly rule: {len(hours)} dates until {self.last} have hours of their own.")
        elif (holidays or hours) and any(_goes_on(each, self.last) for each in entries):
            remarks.append(f"Dates after {self.last}: its rules go on, and here they are worked out until then.")
        return replace(
            bare,
            spans=weeks[0][1],
            versions=tuple(weeks[1:]),
            holidays=tuple(_runs(holidays)),
            hours=tuple(hours[:MOST]),
            doubtful=bare.doubtful or len(hours) > MOST,
            remarks=tuple(remarks),
        )

    def _entries(self, schedule: str, zone: ZoneInfo | None, above: tuple[str, ...]) -> _Found:
        """Return the entries of a schedule, of the one that it belongs to, and of those that belong to it."""
        if schedule in above:
            return _Found()
        if schedule not in self._rows:
            return _Found(doubts=("A schedule that is part of it is gone, or may not be read.",))
        entries: list[Entry] = []
        doubts: list[str] = []
        for raw in self._spans.get(schedule, ()):
            try:
                entries.append(entry(raw, zone))
            except Unreadable as error:
                doubts.append(f"Its entry '{stored(raw, 'name')}' cannot be read: {error}.")
        if above and not self._same_zone(schedule, above[0]):
            doubts.append(f"{self.title(schedule)} is part of it and goes by another time zone.")
        row, path = self._rows[schedule], (*above, schedule)
        parts = [(stored(row, "parent"), "include")] if stored(row, "parent") else []
        parts += [(stored(each, "child_schedule"), stored(each, "type")) for each in self._children.get(schedule, ())]
        for other, kind in parts:
            found = self._entries(other, zone, path)
            doubts += found.doubts
            if kind == "exclude":
                if any(each.closes for each in found.entries):
                    doubts.append(f"{self.title(other)} closes it, and is closed at times itself.")
                entries += [replace(each, closes=True) for each in found.entries]
            elif kind in ("include", ""):
                entries += found.entries
            else:
                doubts.append(f"{self.title(other)} is part of it in a way that is not known: '{kind}'.")
        return _Found(tuple(entries), tuple(doubts))

    def _same_zone(self, schedule: str, whole: str) -> bool:
        if self.floating(schedule):
            return True
        zones = [iana(stored(self._rows[each], "time_zone")) for each in (schedule, whole)]
        return bool(zones[0]) and zones[0] == zones[1]

    def _part(self, entries: Iterable[Entry]) -> _Part:
        found = _Part()
        for each in entries:
            for day in occurrences(each, self.first - each.lasts - ONE, self.last):
                start = datetime.combine(day, each.begins.time())
                for on, span in _cut(start, start + each.lasts):
                    found.hours[on].append(span)
                    if each.name and not each.by_week:
                        found.names[on].append(each.name)
        return found


def _grouped(rows: Iterable[object]) -> Mapping[str, list[Mapping[str, object]]]:
    found: defaultdict[str, list[Mapping[str, object]]] = defaultdict(list)
    for row in map(perhaps, rows):
        found[stored(row, "schedule")].append(row)
    return found


def _no_zone(name: str) -> str:
    if name in FLOATING:
        return "It has no time zone: its hours are those of whoever asks. Fill in an IANA name, as in Europe/Berlin."
    return f"ServiceNow's time zone '{name}' is not known: fill in its IANA name, as in Europe/Berlin."


def _weeks(entries: Iterable[Entry], first: date, last: date) -> Iterator[tuple[date, tuple[Span, ...]]]:
    """Yield the weekly hours from the first date on, and from each later date on which they become others."""
    weekly = [each for each in entries if each.by_week]
    turns = {first}
    for each in weekly:
        turns.add(each.begins.date())
        if each.until is not None:
            turns.add(each.until + ONE)
    before: tuple[Span, ...] | None = None
    for since in sorted(turn for turn in turns if first <= turn <= last):
        there = [each for each in weekly if each.begins.date() <= since and (each.until is None or since <= each.until)]
        opens, closes = (_of_week(each for each in there if each.closes is wanted) for wanted in (False, True))
        spans = _without(opens, closes)
        if spans != before:
            yield since, spans
        before = spans


def _of_week(entries: Iterable[Entry]) -> tuple[Span, ...]:
    """Return the minutes of a week in which one of these holds."""
    found: list[Span] = []
    for each in entries:
        for day in each.days:
            start = day * DAY + each.begins.hour * 60 + each.begins.minute
            end = start + min(each.lasts // MINUTE, WEEK)
            found.append((start, min(end, WEEK)))
            if end > WEEK:
                found.append((0, end - WEEK))
    return _united(found)


def _by_day(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    days: list[tuple[Span, ...]] = []
    for begin in range(0, WEEK, DAY):
        cut = ((max(start - begin, 0), min(end - begin, DAY)) for start, end in spans)
        days.append(tuple((start, end) for start, end in cut if start < end))
    return days


def _cut(start: datetime, end: datetime) -> Iterator[tuple[date, Span]]:
    """Yield the minutes of each date between two times of the wall clock."""
    while start < end:
        midnight = datetime.combine(start.date() + ONE, time())
        until = min(end, midnight)
        begin = start.hour * 60 + start.minute
        yield start.date(), (begin, begin + (until - start) // MINUTE)
        start = until


def _united(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _without(spans: Sequence[Span], closed: Iterable[Span]) -> tuple[Span, ...]:
    left = list(spans)
    for off, on in closed:
        parts = (part for start, end in left for part in ((start, min(end, off)), (max(start, on), end)))
        left = [(start, end) for start, end in parts if start < end]
    return tuple(left)


def _joined(names: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(names))


def _goes_on(one: Entry, last: date) -> bool:
    """Tell whether an entry sets dates that no weekly rule has, and that are not all written out."""
    return one.repeats not in ONCE and not one.by_week and (one.until is None or one.until > last)


def _runs(days: Iterable[SuggestedHoliday]) -> Iterator[SuggestedHoliday]:
    """Yield days of one name that follow one another as one."""
    numbered = enumerate(days)
    for _, run in groupby(numbered, key=lambda pair: (pair[1].name, pair[1].first - timedelta(days=pair[0]))):
        whole = [each for _, each in run]
        yield replace(whole[0], last=whole[-1].last)
