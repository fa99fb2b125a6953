"""Business time against a walk through the wall clock, minute by minute, that shares no code with it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.calendar import Calendar, Spans

CLOCK_CHANGES = (
    ("Africa/Cairo", date(2024, 4, 26)),
    ("Africa/Casablanca", date(2024, 3, 10)),
    ("America/Caracas", date(2007, 12, 9)),
    ("America/Havana", date(2024, 11, 3)),
    ("America/New_York", date(2024, 3, 10)),
    ("America/New_York", date(2023, 11, 5)),
    ("America/Nuuk", date(2024, 3, 31)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/St_Johns", date(2006, 4, 2)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("Antarctica/Troll", date(2024, 3, 31)),
    ("Antarctica/Troll", date(2024, 10, 27)),
    ("Asia/Beirut", date(2023, 3, 30)),
    ("Asia/Gaza", date(2040, 10, 27)),
    ("Asia/Pyongyang", date(2018, 5, 5)),
    ("Asia/Tehran", date(2022, 9, 22)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("Europe/Berlin", date(2024, 3, 31)),
    ("Europe/Berlin", date(2024, 10, 27)),
    ("Europe/Dublin", date(2049, 10, 31)),
    ("Europe/London", date(1971, 10, 31)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Chatham", date(2024, 9, 29)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
)
ZONES = tuple(
    sorted({zone for zone, _ in CLOCK_CHANGES} | {"UTC", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tokyo", "Etc/GMT+12"})
)
REPEATABLE = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MINUTE = timedelta(minutes=1)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Walk:
    """What the wall clock says of each minute from `start` on: open or not, and the local date."""

    start: datetime
    open: list[bool]
    dates: list[date]

    def at(self, minute: int) -> datetime:
        return self.start + minute * MINUTE


def walk(calendar: Calendar, start: datetime, minutes: int) -> Walk:
    zone = ZoneInfo(calendar.timezone)
    is_open: list[bool] = []
    dates: list[date] = []
    for minute in range(minutes):
        local = (start + minute * MINUTE).astimezone(zone)
        day, clock = local.date(), local.hour * 3600 + local.minute * 60 + local.second
        hours = calendar.shifts.get(day, calendar.weekly[day.isoweekday() - 1])
        is_open.append(
            day not in calendar.holidays
            and any(opens <= clock < closes for opens, closes in hours)
            and not any(off <= clock < on for off, on in calendar.breaks.get(day, ()))
        )
        dates.append(day)
    return Walk(start, is_open, dates)


def paired(edges: list[int]) -> Spans:
    edges = sorted(edges)
    return tuple((edges[i] * 60, edges[i + 1] * 60) for i in range(0, len(edges) - 1, 2))


MINUTES_OF_DAY = st.one_of(st.sampled_from((0, 60, 120, 150, 180, 1380, 1410, 1440)), st.integers(0, 1440))
HOURS = st.one_of(
    st.just(()),
    st.just(((0, 86400),)),
    st.lists(MINUTES_OF_DAY, min_size=2, max_size=6, unique=True).map(paired),
)
DATES = st.dates(date(1970, 1, 3), date(2050, 12, 20))
ANCHORS = st.one_of(st.sampled_from(CLOCK_CHANGES), st.tuples(st.sampled_from(ZONES), DATES))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """Draw a calendar, and an instant up to two days before a date at which something may happen to it."""
    zone, anchor = draw(ANCHORS)
    near = st.integers(-3, 4).map(lambda days: anchor + timedelta(days=days))
    calendar = Calendar(
        name="drawn",
        timezone=zone,
        weekly=draw(st.tuples(*[HOURS] * 7)),
        holidays=draw(st.dictionaries(near, st.just("holiday"), max_size=2)),
        shifts=draw(st.dictionaries(near, HOURS, max_size=2)),
        breaks=draw(st.dictionaries(near, HOURS, max_size=2)),
    )
    midnight = datetime(anchor.year, anchor.month, anchor.day, tzinfo=UTC)
    return calendar, midnight - draw(st.integers(0, 2 * 1440)) * MINUTE


@settings(REPEATABLE, max_examples=100)
@given(calendars(), st.data())
def test_every_question_is_answered_as_by_the_wall_clock(drawn: tuple[Calendar, datetime], data: st.DataObject) -> None:
    calendar, start = drawn
    walked = walk(calendar, start, data.draw(st.integers(1, 4 * 1440), "minutes"))
    size = len(walked.open)
    first = data.draw(st.integers(0, size - 1), "first")
    last = data.draw(st.integers(first, size), "last")
    opening = [minute for minute in range(first, size) if walked.open[minute]]

    assert calendar.elapsed(walked.at(first), walked.at(last)) == sum(walked.open[first:last]) * MINUTE
    for minute in (first, *range(0, size, 97)):
        assert calendar.is_open(walked.at(minute)) == walked.open[minute]

    found = calendar.next_open(walked.at(first))
    if opening:
        assert found == walked.at(opening[0])
    else:
        assert found is None or found >= walked.at(size)

    if opening:
        amount = data.draw(st.integers(1, len(opening)), "amount")
        assert calendar.add(walked.at(first), amount * MINUTE) == walked.at(opening[amount - 1] + 1)
    beyond = calendar.add(walked.at(first), (len(opening) + 1) * MINUTE)
    assert beyond is None or beyond > walked.at(size)


@settings(REPEATABLE, max_examples=60)
@given(calendars(), st.data())
def test_spans_are_the_open_runs_of_the_wall_clock(drawn: tuple[Calendar, datetime], data: st.DataObject) -> None:
    calendar, start = drawn
    walked = walk(calendar, start, data.draw(st.integers(1, 4 * 1440), "minutes"))
    edges = [minute for minute, (before, after) in enumerate(pairwise([False, *walked.open, False])) if before != after]
    runs = [(walked.at(edges[i]), walked.at(edges[i + 1])) for i in range(0, len(edges), 2)]

    assert list(calendar.spans(start, walked.at(len(walked.open)))) == runs


@settings(REPEATABLE, max_examples=60)
@given(calendars(), st.integers(1, 3))
def test_working_days_are_the_dates_on_which_the_wall_clock_sees_open_time(
    drawn: tuple[Calendar, datetime], days: int
) -> None:
    calendar, start = drawn
    walked = walk(calendar, start, 5 * 1440)
    closings: dict[date, datetime] = {}
    for minute, (is_open, day) in enumerate(zip(walked.open, walked.dates, strict=True)):
        if is_open and day > walked.dates[0]:
            closings[day] = walked.at(minute + 1)
    whole = sorted(day for day in closings if day < walked.dates[-1])
    found = calendar.add_working_days_us(int(start.timestamp()) * 1_000_000, days)

    if len(whole) < days:
        assert found is None or found / 1_000_000 > walked.at(len(walked.open) - 2 * 1440).timestamp()
        return
    day, zone = whole[days - 1], ZoneInfo(calendar.timezone)
    clock = start.astimezone(zone).time().replace(fold=0)
    same = datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
    assert found == int(min(same, closings[day]).timestamp()) * 1_000_000


MICROSECONDS = st.integers(0, 2 * 366 * 86_400 * 1_000_000)


@settings(REPEATABLE, max_examples=80)
@given(calendars(), MICROSECONDS, MICROSECONDS, MICROSECONDS)
def test_open_time_adds_up_over_neighbouring_stretches(
    drawn: tuple[Calendar, datetime], first: int, second: int, third: int
) -> None:
    calendar, anchor = drawn
    a, b, c = sorted(anchor + later * INSTANT for later in (first, second, third))

    assert calendar.elapsed(a, c) == calendar.elapsed(a, b) + calendar.elapsed(b, c)
    assert timedelta(0) <= calendar.elapsed(a, b) <= b - a
    assert calendar.elapsed(b, a) == timedelta(0)
    assert calendar.elapsed(a, b) == sum((end - start for start, end in calendar.spans(a, b)), timedelta(0))


@settings(REPEATABLE, max_examples=80)
@given(calendars(), MICROSECONDS, st.integers(1, 400 * 3600 * 1_000_000))
def test_add_gives_the_earliest_instant_with_that_much_open_time(
    drawn: tuple[Calendar, datetime], later: int, amount: int
) -> None:
    calendar, anchor = drawn
    start, wanted = anchor + later * INSTANT, amount * INSTANT
    end = calendar.add(start, wanted)

    if end is None:
        assert calendar.elapsed(start, start + timedelta(days=30)) < wanted
        assert not any(calendar.weekly)
        return
    assert calendar.elapsed(start, end) == wanted
    assert calendar.elapsed(start, end - INSTANT) == wanted - INSTANT


@settings(REPEATABLE, max_examples=80)
@given(calendars(), MICROSECONDS, MICROSECONDS)
def test_adding_the_open_time_between_two_instants_never_passes_the_second(
    drawn: tuple[Calendar, datetime], first: int, second: int
) -> None:
    calendar, anchor = drawn
    start, end = sorted((anchor + first * INSTANT, anchor + second * INSTANT))
    back = calendar.add(start, calendar.elapsed(start, end))

    assert back is not None
    assert start <= back <= end
    assert calendar.elapsed(back, end) == timedelta(0)


@settings(REPEATABLE, max_examples=80)
@given(calendars(), MICROSECONDS, MICROSECONDS, st.integers(0, 100 * 3600 * 1_000_000))
def test_a_later_start_is_never_due_earlier(
    drawn: tuple[Calendar, datetime], first: int, second: int, amount: int
) -> None:
    calendar, anchor = drawn
    early, late = sorted((anchor + first * INSTANT, anchor + second * INSTANT))
    sooner, later = calendar.add(early, amount * INSTANT), calendar.add(late, amount * INSTANT)

    assert later is None or (sooner is not None and sooner <= later)
    assert (calendar.next_open(late) or datetime.max.replace(tzinfo=UTC)) >= (
        calendar.next_open(early) or datetime.max.replace(tzinfo=UTC)
    )
