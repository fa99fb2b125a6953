"""A calendar: weekly hours, holidays, shifts, breaks and a zone, and the questions that clocks ask it."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.calendar.block import BLOCK, Block, summed
from core.calendar.closing import Closing, by_name, check_closings, closed_hours
from core.calendar.hours import DAY, WHOLE_DAY, Spans, Week, check, check_weeks, without
from core.calendar.instants import EPOCH, SECOND, from_us, span_to_us, to_us
from core.calendar.zone import FIRST, LAST, load, open_stretches

__all__ = ["Calendar", "always"]

_PATIENCE = 200 * 366 * DAY * SECOND
"""How far ahead of its start a search looks before it answers None."""

_REMEMBERED = 4096
"""Pairs of blocks, enough for every pair within seventy years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a desk is open: a closed day wins over a shift, a shift over the weekday, breaks are cut out afterwards.

    A desk is open at an instant when the wall clock of `timezone` then shows a time within the hours of the
    date it shows: hours skipped by a clock change never happen, repeated hours are open twice.
    Integers are microseconds since 1970 UTC. Open time is real elapsed time.

    timezone: IANA name.
    holidays: local date -> name; closes the whole day.
    shifts: hours of one local date, instead of its weekday's.
    breaks: hours of one local date in which it is closed nevertheless.
    closings: single days and hours that are closed by name; the calendar itself knows them all, see `known_at`.
    versions: weeks that hold from a local date on, ascending; all the rest is common to them.
    declared_us: the instants, ascending, at which a closing was declared.
    Raises: ValueError, with a sentence for people, for an unknown zone or hours that nobody can mean.
    Source: docs/adr/0002-business-time.md, docs/adr/0013-what-a-calendar-knew.md.
    """

    name: str
    timezone: str
    weekly: Week
    holidays: Mapping[date, str] = field(default_factory=dict[date, str], hash=False)
    shifts: Mapping[date, Spans] = field(default_factory=dict[date, Spans], hash=False)
    breaks: Mapping[date, Spans] = field(default_factory=dict[date, Spans], hash=False)
    closings: tuple[Closing, ...] = ()
    versions: tuple[tuple[date, Week], ...] = ()
    declared_us: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _round_the_clock: bool = field(init=False, repr=False, compare=False)
    _bounds: tuple[int, int] = field(init=False, repr=False, compare=False)
    _starts: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _closed: frozenset[date] = field(init=False, repr=False, compare=False)
    _off: dict[date, Spans] = field(init=False, repr=False, compare=False)
    _believed: dict[int, "Calendar"] = field(
        init=False, repr=False, compare=False, default_factory=dict[int, "Calendar"]
    )
    _blocks: dict[int, Block] = field(init=False, repr=False, compare=False, default_factory=dict[int, Block])
    _between: dict[tuple[int, int], int] = field(
        init=False, repr=False, compare=False, default_factory=dict[tuple[int, int], int]
    )
    _last_closing: dict[date, int | None] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, int | None]
    )

    def __post_init__(self) -> None:
        where = f"calendar {self.name}"
        check_weeks(self.weekly, self.versions, where)
        for part, dates in (("hours", self.shifts), ("breaks", self.breaks)):
            for on, spans in dates.items():
                check(spans, f"{where}, {part} of {on.isoformat()}")
        check_closings(self.closings, where)
        zone = load(self.timezone, where)
        for attribute in ("holidays", "shifts", "breaks"):
            # The caller's mapping may change later; prefix sums would not notice.
            object.__setattr__(self, attribute, dict(getattr(self, attribute)))
        declared = {at for each in self.closings if (at := each.known_us) is not None}
        whole_days = (each.on for each in self.closings if each.hours is None)
        object.__setattr__(self, "declared_us", tuple(sorted(declared)))
        object.__setattr__(self, "_zone", zone)
        object.__setattr__(self, "_starts", tuple(start for start, _ in self.versions))
        object.__setattr__(self, "_closed", frozenset({*self.holidays, *whole_days}))
        object.__setattr__(self, "_off", closed_hours(self.breaks, self.closings))
        object.__setattr__(self, "_round_the_clock", self._is_round_the_clock())
        object.__setattr__(self, "_bounds", self._open_between())

    def known_at(self, at_us: int) -> "Calendar":
        """Return the calendar as it was believed at an instant: without the closings that were declared later.

        Returns: the calendar itself when there are none; the same object for all instants of one belief.
        """
        index = bisect_right(self.declared_us, at_us)
        if index == len(self.declared_us):
            return self
        believed = self._believed.get(index)
        if believed is None:
            later = self.declared_us[index:]
            kept = tuple(each for each in self.closings if each.known_us not in later)
            believed = self._believed.setdefault(index, replace(self, closings=kept))
        return believed

    def closed_from(self, first: date) -> list[Closing]:
        """Return what is closed by name from a local date on, ascending; days on which the week has no hours too."""
        return by_name(self.holidays, self.closings, first)

    def usual_hours(self, day: date) -> Spans:
        """Return the hours of a local date before anything is closed: its shift, else those of the week it lies in."""
        spans = self.shifts.get(day)
        if spans is not None:
            return spans
        version = bisect_right(self._starts, day)
        week = self.versions[version - 1][1] if version else self.weekly
        return week[day.weekday()]

    def has_date(self, day: date) -> bool:
        """Tell whether the wall clock ever shows a date; some zones have skipped one."""
        noon = datetime.combine(day, time(12), tzinfo=self._zone)
        return noon.astimezone(UTC).astimezone(self._zone) == noon or self._last(day, WHOLE_DAY) is not None

    def elapsed_us(self, start: int, end: int) -> int:
        """Return the open microseconds in [start, end); 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        if self._round_the_clock:
            return end - start
        first, last = start // BLOCK, end // BLOCK
        passed = self._block(last).until(end) - self._block(first).until(start)
        if first == last:
            return passed
        between = self._between.get((first, last))
        return passed + (self._sum(first, last) if between is None else between)

    def elapsed_each_us(self, at: Sequence[int]) -> list[int]:
        """Return the open microseconds between each instant and the next; one less than there are instants.

        at: ascending, may repeat.
        """
        if not self._round_the_clock and at and at[0] // BLOCK == at[-1] // BLOCK:
            return self._block(at[0] // BLOCK).between(at)
        return [self.elapsed_us(start, end) for start, end in pairwise(at)]

    def add_us(self, start: int, amount: int) -> int | None:
        """Return the earliest instant with `amount` of open time between `start` and it.

        Landing exactly as a span closes answers the closing time, never the next opening. Nothing added
        is `start` itself, open or not.
        Returns: None when that much open time does not come within some two hundred years.
        Raises: ValueError for a negative amount.
        """
        if amount < 0:
            raise ValueError(f"cannot add a negative amount of open time: {amount} microseconds")
        if amount == 0:
            return start
        if self._round_the_clock:
            end = start + amount
            return end if end <= min(start + _PATIENCE, self._bounds[1]) else None
        if amount > _PATIENCE:
            return None
        block = self._block(start // BLOCK)
        amount += block.until(start)
        if amount <= block.total:
            return block.reach(amount)
        for index in self._after(start):
            amount -= block.total
            block = self._block(index)
            if amount <= block.total:
                return block.reach(amount)
        return None

    def is_open_us(self, at: int) -> bool:
        """Tell whether the desk is open; at its closing time it is closed."""
        return self._round_the_clock or self._block(at // BLOCK).next_open(at) == at

    def next_open_us(self, at: int) -> int | None:
        """Return `at` when open, else the next opening; None when none comes within some two hundred years."""
        if self._round_the_clock:
            return at
        opening = self._block(at // BLOCK).next_open(at)
        if opening is not None:
            return opening
        later = (self._block(index).starts for index in self._after(at))
        return next((starts[0] for starts in later if starts), None)

    def add_working_days_us(self, start: int, days: int) -> int | None:
        """Return the local time of `start` on the `days`-th next open day, or that day's closing time if earlier.

        An open day is a local date with any open time; the date of `start` is never counted. A local time
        that a clock change skips is taken as much later as the clock moves, a repeated one at its first pass.
        Returns: `start` for no days; None when so many open days do not come within some two hundred years.
        Raises: ValueError for negative days.
        """
        if days < 0:
            raise ValueError(f"cannot add a negative number of working days: {days}")
        if days == 0:
            return start
        local = from_us(start).astimezone(self._zone)
        day = max(local.date(), from_us(self._bounds[0]).date())
        last = from_us(min(start + _PATIENCE, self._bounds[1])).date()
        while day < last:
            day += timedelta(days=1)
            closing = self._closing(day)
            if closing is not None:
                days -= 1
            if closing is not None and days == 0:
                same = datetime.combine(day, local.time().replace(fold=0), tzinfo=self._zone)
                return min(to_us(same), closing)
        return None

    def spans_us(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the open stretches within [start, end), ascending, merged when they touch."""
        if self._round_the_clock:
            if start < end:
                yield start, end
            return
        start, end = max(start, self._bounds[0]), min(end, self._bounds[1])
        held: tuple[int, int] | None = None
        for index in range(start // BLOCK, end // BLOCK + 1):
            block = self._block(index)
            for opening, closing in zip(block.starts, block.ends, strict=True):
                low, high = max(opening, start), min(closing, end)
                if low >= high:
                    continue
                if held is not None and held[1] == low:
                    low = held[0]
                elif held is not None:
                    yield held
                held = (low, high)
        if held is not None:
            yield held

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Return the open time in [start, end); zero when `end` is not after `start`."""
        return timedelta(microseconds=self.elapsed_us(to_us(start), to_us(end)))

    def add(self, start: datetime, amount: timedelta) -> datetime | None:
        """Return the earliest instant with `amount` of open time behind it, in UTC; see `add_us`."""
        return _datetime(self.add_us(to_us(start), span_to_us(amount)))

    def is_open(self, at: datetime) -> bool:
        """Tell whether the desk is open; at its closing time it is closed."""
        return self.is_open_us(to_us(at))

    def next_open(self, at: datetime) -> datetime | None:
        """Return `at` when open, else the next opening, in UTC; see `next_open_us`."""
        return _datetime(self.next_open_us(to_us(at)))

    def spans(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Return the open stretches within [start, end) in UTC, ascending, merged when they touch."""
        stretches = self.spans_us(to_us(start), to_us(end))
        return ((from_us(opening), from_us(closing)) for opening, closing in stretches)

    def _hours(self, day: date) -> Spans:
        if day in self._closed:
            return ()
        spans = self.usual_hours(day)
        off = self._off.get(day)
        return without(spans, off) if off else spans

    def _block(self, index: int) -> Block:
        """Return a block, building it when it is first asked for.

        No lock: it is built whole, then published by one assignment; two threads at worst build it twice.
        """
        try:
            return self._blocks[index]
        except KeyError:
            start = index * BLOCK // SECOND
            block = summed(open_stretches(self._zone, self._hours, start, start + BLOCK // SECOND))
            self._blocks[index] = block
            return block

    def _sum(self, first: int, last: int) -> int:
        """Return the open time of the blocks from `first` to before `last`, and remember it."""
        low, high = self._bounds
        blocks = range(max(first, low // BLOCK), min(last, high // BLOCK + 1))
        found = sum(self._block(index).total for index in blocks)
        if len(self._between) < _REMEMBERED:
            self._between[first, last] = found
        return found

    def _after(self, start: int) -> range:
        """Return the blocks after that of `start` in which a search may find open time."""
        low, high = self._bounds
        return range(max(start // BLOCK + 1, low // BLOCK), min(start + _PATIENCE, high) // BLOCK + 1)

    def _closing(self, day: date) -> int | None:
        """Return when the local date closes for the last time; None when it is closed all day."""
        if day not in self._last_closing:
            self._last_closing[day] = self._last(day, self._hours(day))
        return self._last_closing[day]

    def _last(self, day: date, spans: Spans) -> int | None:
        """Return when these hours of a local date end for the last time; None when they never happen."""
        noon = (day.toordinal() - EPOCH.toordinal()) * DAY + DAY // 2
        # A local date lies within a day and a half of its noon in UTC, in every zone.
        around = (noon - 36 * 3600 - DAY, noon + 36 * 3600 + DAY) if spans else (0, 0)
        ends = [end for _, end in open_stretches(self._zone, lambda at: spans if at == day else (), *around)]
        return ends[-1] * SECOND if ends else None

    def _is_round_the_clock(self) -> bool:
        weeks = (self.weekly, *(week for _, week in self.versions))
        days = (*(spans for week in weeks for spans in week), *self.shifts.values())
        return not self._closed and not self._off and all(spans == WHOLE_DAY for spans in days)

    def _open_between(self) -> tuple[int, int]:
        """Return bounds outside which nothing is open, so that no search goes on where there is nothing to find."""
        days = [on for on, spans in self.shifts.items() if spans]
        begins = (date.min, *self._starts)
        ends = (*self._starts, date.max)
        for (_, week), begin, end in zip(((date.min, self.weekly), *self.versions), begins, ends, strict=True):
            if any(week):
                days += [begin, end]
        if not days:
            return 0, 0
        first, last = (day.toordinal() - EPOCH.toordinal() for day in (min(days), max(days)))
        # A local date begins and ends within a day of the same date in UTC.
        return max((first - 1) * DAY, FIRST) * SECOND, min((last + 2) * DAY, LAST) * SECOND


def always() -> Calendar:
    """Return the built-in calendar that is open round the clock."""
    return Calendar(name="always", timezone="UTC", weekly=(WHOLE_DAY,) * 7)


def _datetime(at: int | None) -> datetime | None:
    """Return the instant in UTC; None for one beyond the year 9999, which no clock will see."""
    try:
        return None if at is None else from_us(at)
    except OverflowError:
        return None
