"""Scenarios drawn at random, in the schema of the shared ones: any zone, often where its clocks change.

What the rules leave open in the calendar is not drawn: hours that begin or end inside a skipped or repeated local
hour. What they leave open in the ticket is; the oracle leaves it out.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.core.sla.oracle.answers import LOOKAHEAD
from tests.core.sla.oracle.hours import DAY, WEEK, spoken
from tests.core.sla.oracle.walk import EPOCH, instant, written

NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})
ZONES = tuple(sorted(zone for zone in available_timezones() - NO_PLACE if not zone.startswith(("posix/", "right/"))))
LIVELY = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Pacific/Chatham",
)
# A date that its zone skipped, and other changes that come once.
RARE = (
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Fakaofo", "2011-12-30T11:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
    ("Pacific/Kiritimati", "1994-12-31T10:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("Asia/Pyongyang", "2018-05-04T15:00:00Z"),
    ("America/Caracas", "2016-05-01T07:00:00Z"),
    ("Europe/Volgograd", "2020-12-26T23:00:00Z"),
    ("Antarctica/Casey", "2023-03-08T16:00:00Z"),
    ("Africa/Juba", "2021-01-31T21:00:00Z"),
)
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
SPANS = (
    (("09:00", "17:00"),),
    (("08:00", "12:00"), ("13:00", "17:30")),
    (("08:00", "12:00"), ("12:00", "16:00")),
    (("10:30", "11:15"), ("14:45", "15:00"), ("19:00", "24:00")),
    (("00:00", "06:00"), ("22:00", "24:00")),
    (("00:00", "24:00"),),
    (("02:30", "09:00"),),
)


def changes(zone: str, first: int, last: int) -> list[int]:
    """Return the midnights, in UTC, since which the zone's clocks have changed within a day."""
    place = ZoneInfo(zone)
    midnights = range(first // DAY * DAY, last + DAY, DAY)
    shifts = [datetime.fromtimestamp(at, place).utcoffset() for at in midnights]
    return [at for at, before, after in zip(midnights[1:], shifts, shifts[1:], strict=False) if before != after]


def scenario(random: Random) -> dict[str, Any]:
    """Draw one scenario without what is expected of it."""
    while True:
        drawn = Drawing(random).scenario()
        first, last = instant(drawn["ticket"]["created_at"]), instant(drawn["now"]) + LOOKAHEAD
        if not any(torn(calendar, first, last) for calendar in drawn["calendars"].values()):
            return drawn


def torn(calendar: Mapping[str, Any], first: int, last: int) -> bool:
    """Tell whether hours begin or end inside a skipped or repeated local hour; on a date that is there."""
    zone = ZoneInfo(calendar["timezone"])

    def odd(at: datetime) -> bool:
        return at.replace(tzinfo=zone).utcoffset() != at.replace(tzinfo=zone, fold=1).utcoffset()

    def skipped(day: date) -> bool:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
        return noon.astimezone(UTC).astimezone(zone).date() != day

    def ends(day: date) -> Iterator[datetime]:
        spans = calendar["shifts"].get(day.isoformat(), calendar["weekly"][WEEK[day.weekday()]])
        for clock in {end for span in (*spans, *calendar["breaks"].get(day.isoformat(), ())) for end in span}:
            yield datetime.combine(day, time()) + timedelta(seconds=spoken(clock))

    days = (
        EPOCH.date() + timedelta(days=near // DAY + more)
        for near in changes(calendar["timezone"], first - 2 * DAY, last + 2 * DAY)
        for more in (-2, -1, 0, 1)
    )
    moment = timedelta(minutes=1)
    return any(odd(end) and odd(end - moment) for day in days if not skipped(day) for end in ends(day))


class Drawing:
    """One scenario in the making."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.grain = 1 if random.random() < 0.03 else 60
        self.zone, self.created = self.place()
        self.now = self.created + self.length()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def place(self) -> tuple[str, int]:
        random = self.random
        if self.chance(0.08):
            zone, at = random.choice(RARE)
            near = instant(at)
        else:
            zone = random.choice(LIVELY if self.chance(0.3) else ZONES)
            near = random.randrange(instant("1980-02-01T00:00:00Z"), 2**31)
            if self.chance(0.6):
                near = random.choice(changes(zone, near, near + 365 * DAY) or [near])
        return zone, self.rounded(near - random.randrange(6 * DAY))

    def rounded(self, at: int) -> int:
        """Hours and quarters are frequent, as things meet at them."""
        grain = self.random.choice((900, 1800, 3600)) if self.chance(0.4) else self.grain
        return at // grain * grain

    def length(self) -> int:
        longest = self.random.choice((3600, 6 * 3600, DAY, 3 * DAY, 8 * DAY, 20 * DAY))
        return 0 if self.chance(0.03) else self.rounded(self.random.randrange(longest)) + 3600

    def scenario(self) -> dict[str, Any]:
        random = self.random
        calendars = {f"hours {number}": self.calendar() for number in range(random.choice((1, 1, 1, 2, 3)))}
        status = random.choice(STATUSES if self.chance(0.1) else STATUSES[:4])
        policy: dict[str, Any] = {
            "metrics": self.metrics(),
            "pause_accounting": "wall_clock" if self.chance(0.25) else "calendar",
            "calendar_change": random.choice(("latest", "segment")),
        }
        if self.chance(0.1):
            policy["applies_if"] = {"priority": sorted(random.sample(PRIORITIES, random.choice((1, 2, 3))))}
        ticket = {"created_at": written(self.created), "status": status, "priority": random.choice(PRIORITIES)}
        return {
            "calendars": calendars,
            "calendar": random.choice(sorted(calendars)),
            "policy": policy,
            "ticket": {**ticket, "events": self.events(status, sorted(calendars))},
            "now": written(self.now),
        }

    def calendar(self) -> dict[str, Any]:
        random = self.random
        usual = self.spans()
        days = random.choice((WEEK, WEEK[:5], WEEK[:5], ("sun",), ("mon", "tue", "wed", "thu", "sun"), ()))
        first = date.fromisoformat(written(self.created)[:10])

        def dates(share: float) -> list[str]:
            near = (first + timedelta(days=day) for day in range(-2, (self.now - self.created) // DAY + 6))
            return [day.isoformat() for day in near if self.chance(share)]

        return {
            "timezone": self.zone if self.chance(0.9) else random.choice(ZONES),
            "weekly": {day: (self.spans() if self.chance(0.2) else usual) if day in days else [] for day in WEEK},
            "holidays": dates(random.choice((0, 0.1, 0.3))),
            "breaks": {day: self.spans() for day in dates(random.choice((0, 0, 0.2)))},
            "shifts": {day: self.spans() if self.chance(0.8) else [] for day in dates(random.choice((0, 0, 0.2)))},
        }

    def spans(self) -> list[list[str]]:
        if self.chance(0.6):
            return [list(span) for span in self.random.choice(SPANS)]
        grain = self.random.choice((1, 15, 30))
        ends = sorted(self.random.sample(range(0, 24 * 60 + 1, grain), 2 * self.random.choice((1, 1, 2, 3))))
        clocks = [f"{end // 60:02}:{end % 60:02}" for end in ends]
        return [list(span) for span in zip(clocks[::2], clocks[1::2], strict=True)]

    def some(self, words: tuple[str, ...], most: int = 3) -> list[str]:
        return sorted(self.random.sample(words, self.random.randrange(min(most, len(words)) + 1)))

    def targets(self) -> dict[str, int]:
        random = self.random

        def allowed() -> int:
            if self.grain == 1 and self.chance(0.5):
                return random.randrange(1, 3 * DAY)
            return random.choice((15, 30, 60, 60, 120, 240, 240, 480, 481, 600, 1440, 2400, 4320)) * 60

        if self.chance(0.5):
            return {"*": allowed()}
        targets = {priority: allowed() for priority in self.some(PRIORITIES, 4)}
        return {**targets, "*": allowed()} if self.chance(0.7) or not targets else targets

    def metrics(self) -> dict[str, dict[str, Any]]:
        """One of each kind, so that the same ticket is seen by all."""
        random = self.random
        stops = random.choice((["solved", "closed"], ["solved", "closed"], ["closed"], ["solved"]))
        waits = tuple(status for status in STATUSES if status not in stops)
        replies = ("agent_public_comment", "agent_private_comment", "assign", *(f"status:{one}" for one in STATUSES))
        return {
            "first response": {
                **self.common("first_response", STATUSES),
                "stop_on": ["agent_public_comment"] if self.chance(0.5) else self.some(replies, 4),
                **({"start": "attached"} if self.chance(0.15) else {}),
            },
            "resolution": {
                **self.common("resolution", waits),
                "stop_in": stops,
                "reopen": random.choice(("continue_excluding", "continue_including", "restart")),
                **({"start": "attached"} if self.chance(0.15) else {}),
            },
            "next response": {
                **self.common("next_response", STATUSES),
                "anchor": random.choice(("oldest", "newest")),
                "count_initial": self.chance(0.5),
            },
            "update": {
                **self.common("periodic_update", waits),
                "from_creation": self.chance(0.3),
                "customer_cancels": self.chance(0.4),
                "end_in": stops if self.chance(0.7) else [],
            },
            "status time": {
                **self.common("status_time", ()),
                "run_in": sorted(random.sample(waits, random.randrange(1, len(waits)))),
                "stop_in": stops,
            },
        }

    def common(self, kind: str, pauses: tuple[str, ...]) -> dict[str, Any]:
        common = {
            "kind": kind,
            "targets": self.targets(),
            "clock": "always" if self.chance(0.15) else "calendar",
        }
        if not pauses:
            return common
        usual = [status for status in ("pending",) if status in pauses]
        return {**common, "pause_in": usual if self.chance(0.5) else self.some(pauses)}

    def events(self, status: str, calendars: list[str]) -> list[dict[str, Any]]:
        random = self.random
        ats = [self.rounded(random.randrange(self.created, self.now + 1)) for _ in range(random.randrange(13))]
        if self.chance(0.4):
            ats.append(self.created)
        ats = sorted(min(max(at, self.created), self.now) for at in ats)
        for place in range(1, len(ats)):
            if self.chance(0.2):
                ats[place] = ats[place - 1]  # a reply that also sets the status
        if ats and self.chance(0.1):
            ats[-1] = self.now
        attach = random.randrange(len(ats)) if ats and self.chance(0.7) else None
        events: list[dict[str, Any]] = []
        for place, at in enumerate(sorted(ats)):
            event = {"at": written(at), **self.event(status, calendars)}
            if place == attach:
                event = {"at": written(at), "type": "attach"}
            if event["type"] == "status":
                status = event["to"]
            events.append(event)
        return events

    def event(self, status: str, calendars: list[str]) -> dict[str, Any]:
        random = self.random
        if len(calendars) > 1 and self.chance(0.15):
            return {"type": "calendar", "to": random.choice(calendars)}
        kind = random.choices(("status", "comment", "priority", "assign"), (45, 40, 10, 5))[0]
        match kind:
            case "status":
                others = [one for one in STATUSES if one != status]
                over = [one for one in others if one in STATUSES[4:]]
                return {"type": kind, "to": random.choice(over if len(over) == 1 and self.chance(0.4) else others)}
            case "priority":
                return {"type": kind, "to": random.choice(PRIORITIES)}
            case "comment":
                author = random.choice(("agent", "customer"))
                return {"type": kind, "author": author, "public": self.chance(0.8)}
        return {"type": kind}
