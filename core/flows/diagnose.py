"""Diagnose: ask a helpdesk what it is like, hold the folder against it, and say what is to be done. Stores nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.errors import ConsentNeeded, RetryLater, SourceError, SourceRefused
from core.flows.account_findings import of_account, of_clock, of_probe
from core.flows.calendar_findings import of_calendars
from core.flows.consent_findings import of_consent
from core.flows.finding import Finding, Level, Places
from core.flows.hint_findings import of_hints
from core.flows.link_findings import of_links
from core.flows.name_findings import Names, of_names, to_ask
from core.flows.rule_findings import of_coverage, of_policies, of_values
from core.flows.source import Source
from core.flows.word_findings import known_words, of_renamed, with_former
from core.ports import Diagnoses, Diagnosis, KnownNames
from core.settings import Configuration
from core.sla.coverage import Coverage, cover
from core.sla.history import Desk
from core.sla.words import resolved
from core.tickets import Label

__all__ = ["MOST", "Met", "Seen", "look", "of_the_folder"]

MOST = 1000
"""Open tickets that are looked at for the coverage."""

LABELLED = ("team", "organisation", "project", "brand", "form", Label.FIELD)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at one connection has found. names, zone: for what concerns several connections at once."""

    findings: tuple[Finding, ...]
    coverage: Coverage | None = None
    names: Mapping[str, KnownNames] = field(default_factory=dict[str, KnownNames])
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """What earlier runs have met under a connection's name: which instance, and the labels of its words."""

    instance: str | None = None
    words: tuple[Label, ...] = ()


NOBODY = Met()


def look(source: Source, read: Configuration, places: Places, met: Met = NOBODY) -> Seen:
    """Ask one connection everything, in few calls, and hold the folder against it."""
    mine, now = source.settings, source.host_now()
    since = mine.backfill.since
    found: Diagnosis | None = None
    findings = [
        *of_links(source.connector, mine, read.rules.links, places),
        *of_hints(source.connector, mine, places),
    ]
    try:
        if isinstance(source.connector, Diagnoses):
            found = source.connector.diagnose(since if isinstance(since, datetime) or since is None else now - since)
            findings += of_account(found, mine, places, now)
        probe = source.connector.probe()
        findings += of_probe(probe, mine, places)
        user = found.user if found is not None else probe.account
        findings += _identity(source, places, user, probe.account, probe.instance, met.instance)
    except SourceError as error:
        if found is None or not isinstance(error, RetryLater):
            findings.append(_failed(source, error, places))
        if found is None:
            return Seen(tuple(findings))
        findings += _identity(source, places, found.user, found.account, found.instance, met.instance)
    findings = _once(findings)
    if consent := source.consent():
        findings += of_consent(consent, mine, places, now)
    findings += of_clock(source.meter.skew(), mine, places)
    if found is None or not isinstance(source.connector, Diagnoses):
        return Seen(tuple(findings))
    try:
        names = _completed(source.connector, source, found.names, places)
        told = known_words(names, met.words, source.mapping)
        labels = {**_labels(names), **{(each.field, each.value): each.text for each in told if each.text}}
        tickets = list(source.connector.open_tickets(MOST))
    except SourceError as error:
        if not isinstance(error, SourceRefused) or all(right.granted for right in found.rights):
            again = isinstance(error, RetryLater)
            do = "check again in a minute" if again else "put that right, and check again"
            what = f"not asked: open tickets: {error}"
            findings.append(places.finding("not_asked", Level.NOTE, what, do, connection=mine.name))
        return Seen((*findings, _cost(source, places)), None, found.names, found.zone)
    coverage = cover(tickets, Desk(mine.name, resolved(source.mapping, told), labels=labels), read.rules)
    findings += of_coverage(coverage, mine, read, places, found.open_tickets)
    findings += of_values(coverage, mine, places, labels, found.plain)
    findings += of_renamed(told, mine, source.mapping, places)
    findings.append(_cost(source, places))
    return Seen(tuple(findings), coverage, with_former(names, told), found.zone)


def of_the_folder(read: Configuration, seen: Mapping[str, Seen], places: Places, now: datetime) -> Iterator[Finding]:
    """Yield what concerns the folder as a whole: names that no helpdesk knows, policies, calendars."""
    names: Names = {name: each.names for name, each in seen.items() if each.names}
    yield from of_names(places, names, list(read.connections))
    yield from of_policies(read, places)
    yield from of_calendars(read, {name: each.zone for name, each in seen.items() if each.zone}, places, now)


def _once(findings: list[Finding]) -> list[Finding]:
    """Return them without the rights that the connector's own probe speaks of already."""
    named = " ".join(each.what for each in findings if each.code == "probe")
    rights = {"right", "right_unknown"}
    return [each for each in findings if each.code not in rights or str(each.details.get("right")) not in named]


def _cost(source: Source, places: Places) -> Finding:
    calls = source.meter.calls()
    what = f"this took {calls} call{'' if calls == 1 else 's'}"
    return places.finding("calls", Level.GOOD, what, connection=source.name, calls=calls)


def _failed(source: Source, error: SourceError, places: Places) -> Finding:
    name = source.name
    if not isinstance(error, SourceRefused):
        do = f"look at connections.{name}.url, and whether this machine may reach it"
        path = ("connections", name, "url")
        return places.finding("unreachable", Level.PROBLEM, str(error), do, connection=name, path=path)
    # What bars a connection says itself what to do, and so does a consent that is missing.
    do = "" if source.barred() or isinstance(error, ConsentNeeded) else f"look at connections.{name}.auth"
    return places.finding("refused", Level.PROBLEM, str(error), do, connection=name, path=("connections", name, "auth"))


def _identity(
    source: Source, places: Places, user: str, account: str, instance: str, known: str | None
) -> Iterator[Finding]:
    if known is not None and known != instance:
        what = f"this is {instance}, but the connection was made with {known}"
        do = "correct the url, or give the other instance a connection of its own"
        path = ("connections", source.name, "url")
        yield places.finding("instance", Level.PROBLEM, what, do, connection=source.name, path=path)
    what = f"works as {user} in {instance}"
    yield places.finding(
        "account", Level.GOOD, what, connection=source.name, account=account, instance=instance, reached=True
    )


def _completed(
    connector: Diagnoses, source: Source, names: Mapping[str, KnownNames], places: Places
) -> dict[str, KnownNames]:
    """Return the names; lists that were cut with what the folder mentions besides, after which nothing is missing."""
    whole = dict(names)
    for one, words in to_ask(places, source.name, names).items():
        found = connector.named(one, words)
        if found is not None:
            whole[one] = replace(names[one], names={**names[one].names, **found}, whole=True)
    return whole


def _labels(names: Mapping[str, KnownNames]) -> dict[tuple[str, str], str]:
    return {
        (one, value): name
        for one, known in names.items()
        if one in LABELLED or one.startswith(f"{Label.FIELD}:")
        for value, name in known.names.items()
    }
