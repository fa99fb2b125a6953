"""Business time: open time between two instants, against adding up the days one by one."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.measure import Result, medians
from benchmarks.tickets import START, office
from core.calendar import Calendar
from core.calendar.instants import to_us

__all__ = ["measure", "walked"]


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
