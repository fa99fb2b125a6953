"""What an account's diagnosis means for a connection."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.flows.backfill_time import lasts
from core.flows.finding import Finding, Level, Places
from core.ports import Allowance, Diagnosis, HoldBack, Probe
from core.settings import Connection, KeyPath

__all__ = ["of_account", "of_clock", "of_probe"]

SOON = timedelta(days=30)
WEEKS = timedelta(days=14)
"""A backfill that takes longer is a problem."""
APART = timedelta(minutes=1)
"""Two clocks that differ by more are worth a word."""
HALF = 0.5
FEW = 10
"""Calls an hour of which parts of one are told."""
UNITS = {timedelta(seconds=1): "a second", timedelta(minutes=1): "a minute", timedelta(hours=1): "an hour"}


def of_account(found: Diagnosis, mine: Connection, places: Places, now: datetime) -> Iterator[Finding]:
    """Yield what the diagnosis says: who we are there, what we may, how much there is and how long it takes."""
    for each in (*_rights(found), *_credential(found, now), *_limits(found, mine), *_reading(found, mine, now)):
        code, level, what, do, path = each
        where: KeyPath = ("connections", mine.name, *path) if path else ()
        yield places.finding(code, level, what, do, connection=mine.name, path=where)
    yield from _lacking(found, mine, places)
    for remark in found.remarks:
        where = ("connections", mine.name, *remark.key)
        level = Level.PROBLEM if remark.grave else Level.NOTE
        yield places.finding(remark.code, level, remark.what, remark.advice, connection=mine.name, path=where)
    if found.left_out:
        asked = [text.partition(": ") for text in found.left_out]
        what = f"not asked: {', '.join(name for name, _, _ in asked)} ({asked[0][2]})"
        do = "check again in a minute; where that does not help, give the connection more: `budget`"
        yield places.finding("not_asked", Level.NOTE, what, do, connection=mine.name)


def _lacking(found: Diagnosis, mine: Connection, places: Places) -> Iterator[Finding]:
    path: KeyPath = ("connections", mine.name, "auth")
    for right in found.rights:
        if right.granted is None:
            what = f"whether it may {_verb(right.name)} was not found out, needed for {right.needed_for}"
            do = "check again in a minute"
            yield places.finding("right_unknown", Level.NOTE, what, do, connection=mine.name, right=right.name)
        if right.granted is False:
            what = f"{found.user} has no right to {_verb(right.name)}, needed for {right.needed_for}"
            yield places.finding(
                "right", Level.PROBLEM, what, right.advice, connection=mine.name, path=path, right=right.name
            )


Line = tuple[str, Level, str, str, tuple[str, ...]]


def _rights(found: Diagnosis) -> Iterator[Line]:
    if all(right.granted for right in found.rights):
        yield "rights", Level.GOOD, f"may {', '.join(_verb(right.name) for right in found.rights)}", "", ()


def _verb(right: str) -> str:
    return right if right.startswith(("read", "write")) else f"use {right}"


def _credential(found: Diagnosis, now: datetime) -> Iterator[Line]:
    if found.expires_at is None:
        return
    ends = f"{found.expires_at:%Y-%m-%d %H:%M} UTC"
    if found.renewed:
        yield "credential", Level.GOOD, f"{found.signed_with}, renewed by the hub before it ends at {ends}", "", ()
        return
    left = found.expires_at - now
    level = Level.PROBLEM if left < SOON else Level.NOTE
    what = f"{found.signed_with} ends at {ends}, in {max(0, left.days)} days"
    yield "expires", level, what, "make an OAuth client and write auth.method: oauth_client", ("auth",)


def _limits(found: Diagnosis, mine: Connection) -> Iterator[Line]:
    share = 1.0 if mine.budget.share is None else min(mine.budget.share, 1.0)
    for limit in found.limits:
        if limit.others is None or limit.remaining is None or limit.others < HALF * limit.allowed:
            continue
        used = (
            f"others use {limit.others:,} of the {limit.allowed:,} calls {_per(limit)} ({limit.name}), "
            f"{limit.remaining:,} are left"
        )
        crowded = limit.remaining < share * limit.allowed
        do = "find out which integration that is, and slow it down, or lower `budget`"
        if crowded:
            yield "limit_used", Level.PROBLEM, f"{used}: less than the {share:.0%} that are ours", do, ("budget",)
        else:
            yield "limit_used", Level.NOTE, used, do, ("budget",)
    reckoned = {each.limit for each in found.backfill}
    known = [limit for limit in found.limits if limit.remaining is not None or limit.name in reckoned]
    told = [f"{limit.name} {limit.allowed:,} {_per(limit)}" for limit in known]
    if told:
        yield "limits", Level.GOOD, f"call limits: {', '.join(told)}; {share:.0%} of each is ours", "", ()


def _per(limit: Allowance) -> str:
    return UNITS.get(limit.per) or f"in {_long(limit.per)}"


def _reading(found: Diagnosis, mine: Connection, now: datetime) -> Iterator[Line]:
    if found.hold_back is not None:
        yield _held(found.hold_back)
    since = mine.backfill.since
    begin = now - since if isinstance(since, timedelta) else since
    if found.history_from is not None:
        read = "all of it is read" if begin is None or begin <= found.history_from else f"read from {begin:%Y-%m-%d} on"
        yield "history", Level.GOOD, f"history reaches back to {found.history_from:%Y-%m-%d}; {read}", "", ()
    sizes = (
        (found.tickets, "{:,} tickets"),
        (found.open_tickets, "{:,} open ones"),
        (found.events, "about {:,} events"),
        (found.people, "{:,} people"),
    )
    told = [text.format(count) for count, text in sizes if count is not None]
    if told:
        yield "size", Level.GOOD, f"to read: {', '.join(told)}", "", ()
    slowest = next(iter(lasts(found.backfill, found.limits, mine)), None)
    if slowest is not None:
        calls = max(each.calls for each in found.backfill)
        what = (
            f"the past takes about {_calls(calls)} and {_long(slowest.time)} at this budget; slowest: "
            f"{slowest.limit}, {_calls(slowest.calls)} at {_rate(slowest.an_hour)} an hour"
        )
        do = "raise `budget`, give backfill.hours for the night, or shorten backfill.since"
        if slowest.time > WEEKS:
            yield "backfill", Level.PROBLEM, what, do, ("backfill",) if begin else ("budget",)
        else:
            yield "backfill", Level.GOOD, what, "", ()


def _held(seen: HoldBack) -> Line:
    reckoned = f"{seen.reckoned.total_seconds():.0f} s are reckoned with"
    late = seen.missing
    if late is not None and late > seen.reckoned:
        what = f"a change of {late.total_seconds():.0f} s ago is not exported yet; {reckoned}"
        return (
            "held_back",
            Level.PROBLEM,
            what,
            "do not go live: a breach could be told that is none; report this lag to the makers of the hub",
            (),
        )
    if late is None and seen.present is None:
        what = f"how late changes are exported was not measured: nothing changed in the last minutes; {reckoned}"
        return "held_back", Level.NOTE, what, "check again after somebody has changed a ticket", ()
    missing = "" if late is None else f"a change of {late.total_seconds():.0f} s ago is not exported yet"
    there = "" if seen.present is None else f"a change of {seen.present.total_seconds():.0f} s ago is exported"
    told = ", ".join(each for each in (missing, there) if each)
    return "held_back", Level.GOOD, f"{told}; {reckoned}", "", ()


def _calls(count: int) -> str:
    return f"{count:,} call{'' if count == 1 else 's'}"


def _rate(an_hour: float) -> str:
    return f"{an_hour:,.0f}" if an_hour >= FEW else f"{an_hour:.3g}"


def _long(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours < 1:
        minutes = max(1, round(hours * 60))
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{hours:.0f} hour{'' if round(hours) == 1 else 's'}" if hours < 72 else f"{hours / 24:.0f} days"


def of_clock(skew: timedelta, mine: Connection, places: Places) -> Iterator[Finding]:
    """Yield what it means that two clocks differ."""
    if abs(skew) > APART:
        ahead = "ahead of" if skew > timedelta() else "behind"
        what = f"the source's clock is {_long(abs(skew))} {ahead} this machine's; the hub allows for it"
        do = "let this machine's clock be set by NTP"
        yield places.finding("clock_skew", Level.NOTE, what, do, connection=mine.name)


def of_probe(probe: Probe, mine: Connection, places: Places) -> Iterator[Finding]:
    """Yield what the connector's own probe names; `write_back.due: …` and `scope.query: …` stand at that key."""
    for text in probe.notes:
        do = "nothing, unless you miss it"
        yield places.finding("absent", Level.NOTE, text, do, connection=mine.name)
    for text in probe.problems:
        key, colon, what = text.partition(": ")
        if colon and key.startswith("write_back."):
            path: KeyPath = ("connections", mine.name, *key.split("."))
            do = "put the field right in the helpdesk, or name another here by its title or {id: …}"
            yield places.finding("field", Level.PROBLEM, what, do, connection=mine.name, path=path)
        elif colon and key.startswith("scope."):
            path = ("connections", mine.name, *key.split("."))
            unread = "no ticket is read" if key == "scope.query" else "what it is about is not read"
            do = f"{unread} until this is put right"
            yield places.finding("scope", Level.PROBLEM, what, do, connection=mine.name, path=path)
        else:
            path, do = ("connections", mine.name, "auth"), f"look at connections.{mine.name}.auth"
            yield places.finding("probe", Level.PROBLEM, text, do, connection=mine.name, path=path)
