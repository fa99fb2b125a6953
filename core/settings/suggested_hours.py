"""Hours and holidays of a suggested calendar, as the section `calendars` has them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from core.ports import SuggestedHoliday, SuggestedHours
from core.settings.calendar_section import DAYS
from core.settings.secrets import looks_like_reference
from core.settings.yaml_text import plain

__all__ = ["holidays", "single_days", "versions", "weekly"]

DAY, WEEK = 1440, 7 * 1440
Span = tuple[int, int]


def weekly(spans: Iterable[Span]) -> dict[str, list[str]]:
    """Return the hours by day; days with the same hours share a key, hours over midnight stay whole.

    spans: minutes since Monday 00:00, in any order, overlapping or not; one may go beyond the week's end.
    """
    hours = _over_midnight([_of_day(_united(spans), day) for day in range(len(DAYS))])
    days = defaultdict[tuple[Span, ...], list[int]](list)
    for day, open_then in enumerate(hours):
        if open_then:
            days[tuple(open_then)].append(day)
    return {_days(same): _hours(each) for each, same in days.items()}


def versions(weeks: Iterable[tuple[date, Sequence[Span]]]) -> list[dict[str, object]]:
    """Return the weekly hours that hold from a date on."""
    return [{"from": since, "weekly": weekly(spans)} for since, spans in weeks]


def single_days(days: Iterable[SuggestedHours]) -> list[dict[str, object]]:
    """Return the dates with hours of their own."""
    found: list[dict[str, object]] = []
    for each in sorted(days, key=lambda day: day.on):
        name = plain(each.name)
        named: dict[str, object] = {"name": name} if name and not looks_like_reference(name) else {}
        found.append({"date": each.on, "hours": _hours(each.spans), **named})
    return found


def holidays(days: Iterable[SuggestedHoliday]) -> list[dict[str, object]]:
    """Return every closed date once, in order; where two holidays meet it has both names."""
    names = defaultdict[date, list[str]](list)
    for each in days:
        name = plain(each.name)
        for number in range((each.last - each.first).days + 1):
            here = names[each.first + timedelta(days=number)]
            if name and name not in here and not looks_like_reference(name):
                here.append(name)
    return [{"date": on, "name": "; ".join(names[on])} if names[on] else {"date": on} for on in sorted(names)]


def _hours(spans: Iterable[Span]) -> list[str]:
    # Like all hours in these files they are quoted: older readers of YAML take 12:30 for a number.
    return [DoubleQuotedScalarString("-".join(f"{at // 60:02}:{at % 60:02}" for at in span)) for span in spans]


def _united(spans: Iterable[Span]) -> list[Span]:
    """Return the spans within one week, in order, those that touch as one."""
    within = [(start, min(end, WEEK)) for start, end in spans]
    within += [(0, end - WEEK) for _, end in spans if end > WEEK]
    found: list[Span] = []
    for start, end in sorted(within):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _of_day(spans: Iterable[Span], day: int) -> list[Span]:
    begin = day * DAY
    cut = ((max(start - begin, 0), min(end - begin, DAY)) for start, end in spans)
    return [(start, end) for start, end in cut if start < end]


def _over_midnight(days: Sequence[list[Span]]) -> list[list[Span]]:
    """Return the days with the hours after midnight where they began, if the whole is less than a day."""
    found = [list(day) for day in days]
    for at, today in enumerate(days):
        after = (at + 1) % len(days)
        if not today or not days[after]:
            continue
        (start, end), (first, until) = today[-1], days[after][0]
        if end == DAY and first == 0 and start > 0 and until < DAY and until < start:
            found[at][-1] = (start, until)
            found[after].remove((first, until))
    return found


def _days(numbers: Sequence[int]) -> str:
    """Return `mon-fri` or `mon-wed,fri`."""
    runs = [[day for _, day in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ",".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)
