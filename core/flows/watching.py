"""Watching: what no flow meets by itself is looked at now and then, and told as findings."""

import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.calendar import Calendar
from core.flows import lag
from core.flows.active import Active
from core.flows.alert_kinds import COVERAGE, DISK, DOUBTFUL, LAG, NO_HOLIDAYS, PARKED, QUIET, SET_ASIDE
from core.flows.quiet import WEEKS, Usual, silence, usual
from core.flows.source import Source, meanings
from core.sla.coverage import cover
from core.sla.history import Desk
from core.sla.policy import ALWAYS
from core.store import Store, Tx, absences, connections, findings, histories, lanes, lists, standing

__all__ = ["Watch"]

SLOW = timedelta(hours=1)
"""How often that is looked at for which all tickets or events of a connection are."""

ANSWERED = timedelta(minutes=15)
"""No answer to a write comes later."""

ENOUGH = 0.95
"""Share of the open tickets that policies should cover; of fewer than `A_FEW` a share says nothing."""
A_FEW = 20

LITTLE, PART = 2 * 1024**3, 0.1
"""Bytes free below which a disk is nearly full, and the part of a small disk that is as little."""
AGAIN = 1.25
"""It has room again from so many times that on, so that a file more or less tells nobody anything."""

AUTUMN = 10
"""From this month on, next year's holidays are missed."""

NAMED = 3

Told = dict[tuple[str, str], dict[str, str]]


@dataclass(slots=True)
class Watch:
    """Looks at everything, and remembers between two looks what takes long to find out."""

    catching: dict[str, lag.Catching] = field(default_factory=dict[str, lag.Catching])
    usual: dict[str, Usual | None] = field(default_factory=dict[str, "Usual | None"])
    slow_at: datetime | None = None

    def look(self, store: Store, sources: Sequence[Source], active: Active, now: datetime) -> None:
        """Open, renew and end findings. now: host time."""
        told: Told = {("", DISK): self._disks(store), ("", NO_HOLIDAYS): _holidays(active, now)}
        slow = self.slow_at is None or not timedelta() <= now - self.slow_at < SLOW
        for source in sources:
            with store.view() as tx:
                told |= self._source(tx, source, active, slow=slow)
        if slow:
            self.slow_at = now
        findings.keep(store, told, now)

    def _source(self, tx: Tx, source: Source, active: Active, *, slow: bool) -> Told:
        name, told = source.name, Told()
        row = connections.get(tx, name)
        if row is None:
            return told
        settled, now = lists.settled_until(tx, source.id), source.host_now() + row.skew
        behind = None if settled is None else max(timedelta(), now - settled)
        before = self.catching.get(name, lag.Catching(late=_open(tx, name, LAG)))
        away = row.state in {"refused", "stopped"}
        self.catching[name] = after = lag.follow(before, behind, source.settings.stale_after, now, away=away)
        told[name, LAG] = {"": _behind(settled)} if after.late and settled is not None else {}
        told[name, PARKED] = _parked(tx, source)
        told[name, SET_ASIDE] = _set_aside(tx, source)
        told[name, DOUBTFUL] = _doubtful(tx, source)
        if slow:
            told[name, COVERAGE] = _coverage(tx, source, active, now)
        reading = lanes.backfilling(tx, source.id)
        if settled is None or away or reading or (behind or timedelta()) > source.settings.stale_after:
            # What has not been read is no silence.
            return told
        if slow or name not in self.usual:
            since = settled - timedelta(weeks=WEEKS)
            self.usual[name] = usual(standing.busy_at(tx, source.id, since), settled, _zone(source, active))
        told[name, QUIET] = _quiet(tx, source, active, self.usual[name], settled)
        return told

    def _disks(self, store: Store) -> dict[str, str]:
        with store.view() as tx:
            known = {each.subject for each in findings.open_ones(tx, "") if each.code == DISK}
        places = {"the database": store.path.parent} if store.path is not None else dict[str, Path]()
        log = _log_file()
        if log is not None:
            places["the log"] = log
        said: dict[str, str] = {}
        for what, path in places.items():
            space = shutil.disk_usage(path)
            bound = min(LITTLE, PART * space.total) * (AGAIN if what in known else 1)
            if space.free < bound:
                said[what] = (
                    f"only {_size(space.free)} of {_size(space.total)} are free where {what} is ({path}): "
                    "make room there, or the hub stops storing"
                )
        return said


def _log_file() -> Path | None:
    """Return where the log goes, if that is a file: nobody else knows."""
    try:
        if stat.S_ISREG(os.fstat(2).st_mode):
            return Path("/proc/self/fd/2").resolve(strict=True).parent
    except OSError:
        return None
    return None


def _size(count: float) -> str:
    return f"{count / 1024**3:.1f} GiB"


def _open(tx: Tx, name: str, code: str) -> bool:
    return any(each.code == code for each in findings.open_ones(tx, name))


def _behind(settled: datetime) -> str:
    return (
        f"what happened there since {settled:%Y-%m-%d %H:%M} UTC is not known yet: breaches since then are not "
        "confirmed, and fields may be old"
    )


def _parked(tx: Tx, source: Source) -> dict[str, str]:
    count, keys, why = standing.parked(tx, source.id, NAMED)
    if not count:
        return {}
    return {"": f"{_tickets(count)} could not be judged and {_are(count)} parked{_such(count, keys)}: {why}"}


def _set_aside(tx: Tx, source: Source) -> dict[str, str]:
    count, why = standing.set_aside(tx, source.id)
    if not count:
        return {}
    records = "1 record" if count == 1 else f"{count:,} records"
    return {"": f"{records} could not be read and {_are(count)} set aside, the last one because: {why}"}


def _doubtful(tx: Tx, source: Source) -> dict[str, str]:
    count, keys = standing.unanswered(tx, source.id, source.host_now() - ANSWERED, NAMED)
    if not count:
        return {}
    minutes = int(ANSWERED.total_seconds()) // 60
    said = f"fields of {_tickets(count)} were sent over {minutes} minutes ago, and no answer came"
    return {"": f"{said}{_such(count, keys)}"}


def _coverage(tx: Tx, source: Source, active: Active, now: datetime) -> dict[str, str]:
    count, bare = standing.open_tickets(tx, source.id), standing.without_clock(tx, source.id)
    if count < A_FEW or not bare:
        return {}
    desk = Desk(source.name, meanings(tx, source.id, source.mapping), labels=histories.labels(tx, source.id))
    pictures = absences.stored(tx, bare).values()
    found = cover(pictures, desk, active.rules[-1], now).uncovered
    share = (count - found.tickets) / count
    if share >= ENOUGH:
        return {}
    said = (
        f"no policy covers {found.tickets:,} of {_tickets(count)} that people work on"
        f"{_such(found.tickets, found.samples)}: give them a policy, or one with `sla: none`"
    )
    return {"": said}


def _holidays(active: Active, now: datetime) -> dict[str, str]:
    """Return what is to be said of calendars that have holidays this year and none in the next."""
    said: dict[str, str] = {}
    for name, calendar in active.rules[-1].calendars.items():
        today = now.astimezone(ZoneInfo(calendar.timezone)).date()
        if name == ALWAYS or today.month < AUTUMN:
            continue
        year = today.year + 1
        if _whole_days(calendar, year - 1) and not _whole_days(calendar, year):
            said[name] = (
                f"calendar `{name}` has no holiday in {year}, and its clocks would run through every one: add the "
                "dates, or a rule such as holidays: {country: DE}, then: slahub config apply"
            )
    return said


def _whole_days(calendar: Calendar, year: int) -> bool:
    return any(each.on.year == year and each.hours is None for each in calendar.closed_from(date(year, 1, 1)))


def _offices(active: Active) -> list[Calendar]:
    return [each for name, each in active.rules[-1].calendars.items() if name != ALWAYS]


def _zone(source: Source, active: Active) -> ZoneInfo:
    zones = [each.timezone for each in _offices(active)]
    return ZoneInfo(zones[0] if zones else source.settings.show.timezone)


def _quiet(tx: Tx, source: Source, active: Active, known: Usual | None, settled: datetime) -> dict[str, str]:
    last = standing.last_at(tx, source.id)
    if known is None or last is None:
        return {}
    offices = _offices(active)
    found = silence(known, last, settled, lambda at: not offices or any(each.is_open(at) for each in offices))
    if found is None:
        return {}
    said = (
        f"nothing has changed since {last:%Y-%m-%d %H:%M} UTC, {_length(found[0])} of busy hours; at this time of the "
        f"week the longest gap is usually {_length(found[1])}. The helpdesk answers: perhaps its account no longer "
        "shows all, or nobody is at work"
    )
    return {"": said}


def _length(length: timedelta) -> str:
    minutes = max(1, int(length.total_seconds()) // 60)
    return f"{minutes // 60}h {minutes % 60}m" if minutes >= 60 else f"{minutes}m"


def _tickets(count: int) -> str:
    return f"{count:,} ticket{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _such(count: int, keys: Sequence[str]) -> str:
    if not keys:
        return ""
    return f" ({', '.join(keys)})" if len(keys) == count else f", such as {', '.join(keys)}"
