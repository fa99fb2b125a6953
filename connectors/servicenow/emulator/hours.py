"""Open time of the instance's own schedules, as its SLA clocks count it: entries, repetitions, holidays, children."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.servicenow.emulator.repeats import happens
from connectors.servicenow.emulator.stamps import zone
from connectors.servicenow.emulator.world import World

__all__ = ["Hours", "Span"]

_DAY = 86_400
_DAYS = 5 * 366  # after which a schedule that never opens is given up
_EPOCH = date(1970, 1, 1)
Span = tuple[int, int]


class Hours:
    """The open time of one schedule in one zone; none at all: always open. Instants are epoch seconds.

    schedule_id: empty for no schedule. zone_name: of a schedule that floats.
    """

    def __init__(self, world: World, schedule_id: str, zone_name: str) -> None:
        self._always = not schedule_id
        self._days: dict[int, list[Span]] = {}
        own = world.find("cmn_schedule", schedule_id)
        named = "" if own is None else own["time_zone"]
        self._zone = zone(zone_name if named in ("", "floating") else named)
        self._opens: list[_Entry] = []
        self._closes: list[_Entry] = []
        self._read(world, schedule_id, include=True)
        for child in world.all("cmn_other_schedule"):
            if child["schedule"] == schedule_id:
                self._read(world, child["child_schedule"], include=child["type"] != "exclude")

    def counted(self, start: int, end: int) -> int:
        """Return the open seconds in [start, end)."""
        if self._always:
            return max(0, end - start)
        total = 0
        for opens, closes in self._from(start):
            if opens >= end:
                break
            total += min(closes, end) - max(opens, start)
        return total

    def after(self, start: int, seconds: int) -> int | None:
        """Return the earliest instant at which so many seconds were open since `start`; None: never."""
        if self._always or seconds <= 0:
            return start + max(0, seconds)
        left = seconds
        for opens, closes in self._from(start):
            first = max(opens, start)
            if closes - first >= left:
                return first + left
            left -= closes - first
        return None

    def _read(self, world: World, schedule_id: str, *, include: bool) -> None:
        for span in world.all("cmn_schedule_span"):
            if span["schedule"] == schedule_id:
                entry = _Entry(span.values, self._zone)
                closing = not include or span["type"] == "exclude"
                (self._closes if closing else self._opens).append(entry)

    def _from(self, start: int) -> Iterator[Span]:
        """Yield the open spans that end after `start`, in order."""
        first = start // _DAY - 1
        for number in range(first, first + _DAYS):
            spans = self._days.get(number)
            if spans is None:
                spans = self._days[number] = self._of(_EPOCH + timedelta(days=number))
            for span in spans:
                if span[1] > start:
                    yield span

    def _of(self, day: date) -> list[Span]:
        """Return the spans that begin on a local day, less what closes."""
        spans = sorted(span for entry in self._opens for span in entry.on(day))
        around = (day - timedelta(days=1), day, day + timedelta(days=1))
        for first, last in [span for entry in self._closes for one in around for span in entry.on(one)]:
            spans = [part for opens, closes in spans for part in _cut(opens, closes, first, last)]
        return spans


class _Entry:
    """One entry of a schedule, in local wall time; `Z` values are read in the zone at their own date."""

    def __init__(self, values: dict[str, str], local: ZoneInfo) -> None:
        self._zone, self._values = local, values
        self._start, end = _wall(values["start_date_time"], local), _wall(values["end_date_time"], local)
        # The end of an all-day entry is its inclusive last second.
        whole = (end.hour, end.minute, end.second) == (23, 59, 59)
        self._length = end - self._start + timedelta(seconds=1 if whole else 0)

    def on(self, day: date) -> list[Span]:
        """Return its span that begins on a local day, if it does."""
        if not happens(self._values, self._start.date(), day):
            return []
        opens = datetime.combine(day, self._start.time())
        closes = opens + self._length
        return [(_instant(opens, self._zone), _instant(closes, self._zone))]


def _wall(text: str, local: ZoneInfo) -> datetime:
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%S%z").astimezone(local).replace(tzinfo=None)
    return datetime.strptime(f"{text}+0000", "%Y%m%dT%H%M%S%z").replace(tzinfo=None)


def _instant(wall: datetime, local: ZoneInfo) -> int:
    return int(wall.replace(tzinfo=local).timestamp())


def _cut(opens: int, closes: int, first: int, last: int) -> list[Span]:
    """Return [opens, closes) less [first, last)."""
    parts = [(opens, min(closes, first)), (max(opens, last), closes)]
    return [(one, two) for one, two in parts if one < two]
