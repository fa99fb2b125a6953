"""Business time: open time between two instants, against adding up the days one by one."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.measure import Result, Table, medians
from benchmarks.tickets import START, office
from core.calendar import Calendar
from core.calendar.elapsed_bulk import Instants, OpenTime
from core.calendar.instants import to_us

__all__ = ["measure", "spans", "walked"]

HEAD = ("Span", "Open time between, µs", "Due after, µs", "Open time between in bulk, µs")
SPANS = {"1 day": 1, "1 month": 30, "10 years": 3650}
DAY = 86_400 * 1_000_000


def measure(queries: int, runs: int) -> list[Result]:
    """Return how fast questions over up to thirty days are answered."""
    calendar = office()
    asked = list(_questions(queries))
    asked_us = [(to_us(start), to_us(end)) for start, end in asked]
    amounts = [calendar.elapsed_us(start, end) for start, end in asked_us]

    def elapsed(_run: int) -> None:
        for start, end in asked_us:
            calendar.elapsed_us(start, end)

    def added(_run: int) -> None:
        for (start, _), amount in zip(asked_us, amounts, strict=True):
            calendar.add_us(start, amount)

    def naive(_run: int) -> None:
        for start, end in asked:
            walked(calendar, start, end)

    seconds = medians({"elapsed": elapsed, "added": added, "naive": naive}, runs)
    rate = {name: queries / each for name, each in seconds.items()}
    bound = "walking over the days between"
    return [
        Result("calendar: open time between", "queries", rate["elapsed"], bound, rate["naive"]),
        Result("calendar: due after", "queries", rate["added"], bound, rate["naive"]),
    ]


def spans(questions: int, runs: int) -> Table:
    """Return what one question costs, by how far apart its two instants lie."""
    calendar, chance = office(), Random(3)
    first = to_us(START)
    starts = [first + chance.randrange(300 * DAY) for _ in range(questions)]
    summed = OpenTime(calendar, first, first + 5000 * DAY)
    rows: list[tuple[str, ...]] = []
    for name, days in SPANS.items():
        # Somewhat more or less than the span, so that no two questions are the same.
        pairs = [(start, start + days * DAY - chance.randrange(DAY // 2)) for start in starts]
        amounts = [calendar.elapsed_us(*pair) for pair in pairs]
        start, end = (np.array([pair[side] for pair in pairs]) for side in (0, 1))

        def elapsed(_run: int, pairs: list[tuple[int, int]] = pairs) -> None:
            for one, other in pairs:
                calendar.elapsed_us(one, other)

        def added(_run: int, amounts: list[int] = amounts) -> None:
            for one, amount in zip(starts, amounts, strict=True):
                calendar.add_us(one, amount)

        def bulk(_run: int, start: Instants = start, end: Instants = end) -> None:
            summed.elapsed(start, end)

        seconds = medians({"elapsed": elapsed, "added": added, "bulk": bulk}, runs)
        rows.append((name, *(f"{seconds[what] / questions * 1e6:.2f}" for what in ("elapsed", "added", "bulk"))))
    return Table("spans", HEAD, rows)


def walked(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the open time between two instants the way one would write it first."""
    zone = ZoneInfo(calendar.timezone)
    found = timedelta()
    day = start.astimezone(zone).date()
    while day <= end.astimezone(zone).date():
        if day not in calendar.holidays:
            for opens, closes in calendar.weekly[day.weekday()]:
                low, high = max(_at(day, opens, zone), start), min(_at(day, closes, zone), end)
                found += max(high - low, timedelta())
        day += timedelta(days=1)
    return found


def _at(day: date, second: int, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, time(second // 3600, second // 60 % 60), tzinfo=zone)
    return wall.astimezone(START.tzinfo)


def _questions(count: int) -> list[tuple[datetime, datetime]]:
    chance = Random(2)
    starts = [START + timedelta(seconds=chance.randrange(300 * 86_400)) for _ in range(count)]
    return [(start, start + timedelta(seconds=chance.randrange(30 * 86_400))) for start in starts]
