"""slahub check: the folder, the secrets, and what each connection would meet."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from connectors import registry
from core.calendar import span_text
from core.flows.calendar_findings import CLOSED_DAYS, closed_days, of_locked_holidays
from core.flows.diagnose import Met, Seen, look, of_the_folder
from core.flows.finding import Finding, Level, Places
from core.flows.stop import StopSignal
from core.settings import Configuration, Connection, Draft, Secrets, exposed_secrets, hub_settings
from core.sla import words
from core.sla.coverage import Coverage
from core.sla.policy import ALWAYS
from core.store import Store, connections, histories, revisions
from core.store.revisions import RevisionRow
from slahub.bootstrap import Opening
from slahub.cli.out import ago, complain, draw, emit, errors, near, plural, say, table
from slahub.stores import existing
from slahub.web.address import address

__all__ = ["check"]

ORDER = (Level.PROBLEM, Level.NOTE, Level.GOOD)
COUNTED = frozenset({"coverage", CLOSED_DAYS})
"""Codes that people find in a table."""


def check(folder: Path, *, offline: bool, as_json: bool) -> int:
    """Print what is found; return 1 when there is a problem. Raises: SettingsError with every mistake."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    settings = hub_settings(draft)
    address(settings.http, draft.positions)
    read = opening.checked(draft, registry.load())
    store, places = Store(settings.database), Places(draft)
    for warning in exposed_secrets(draft, read, Secrets(settings.secrets)):
        complain(f"warning: {warning}")
    if not as_json:
        say(f"The folder {near(folder)} is sound: {_contents(read)}.")
        say(f"database {near(store.path) if store.path else store.url.render_as_string(hide_password=True)}")
    sources = {} if offline else opening.trial(draft)
    known, newest = ({}, None) if offline else _in_database(draft, read)
    seen: dict[str, Seen] = {}
    told: list[Finding] = []
    for each in read.connections.values():
        found = [_configured(each, places)]
        if each.name in sources:
            with _asking(each.name, as_json=as_json):
                seen[each.name] = look(sources[each.name], read, places, known.get(each.name, Met()))
            found += seen[each.name].findings
        told += found
        _tell(found, as_json=as_json)
    whole = list(of_the_folder(read, seen, places, opening.now()))
    whole += of_locked_holidays(newest, places, opening.now()) if newest else ()
    _tell(whole, as_json=as_json)
    if not as_json:
        _draw_closed_days(read, opening.now())
        for name, one in seen.items():
            if one.coverage is not None:
                _draw(name, one.coverage)
    return 1 if any(each.level is Level.PROBLEM for each in (*told, *whole)) else 0


def _contents(read: Configuration) -> str:
    rules = read.rules
    policies = len({each.name for each in rules.policies})
    return ", ".join(
        [
            plural(len(read.connections), "connection"),
            plural(len(rules.calendars.keys() - {ALWAYS}), "calendar"),
            f"{policies} {'policy' if policies == 1 else 'policies'}",
        ]
    )


def _configured(each: Connection, places: Places) -> Finding:
    what = f"{each.connector}, mode {each.mode}, asked every {ago(each.every.total_seconds())}"
    return places.finding(
        "configured",
        Level.GOOD,
        what,
        connection=each.name,
        path=("connections", each.name),
        connector=each.connector,
        mode=str(each.mode),
    )


def _in_database(draft: Draft, read: Configuration) -> tuple[dict[str, Met], RevisionRow | None]:
    """Return what earlier runs have met at each connection, and the newest revision, as far as a database knows."""
    store = existing(hub_settings(draft))
    if store is None:
        return {}, None
    with store.view() as tx:
        rows = [row for row in connections.every(tx) if row.name in read.connections]
        asked = {row.name: words.fields(read.connections[row.name].mapping) for row in rows}
        met = {row.name: Met(row.instance, histories.words(tx, row.id, asked[row.name])) for row in rows}
        return met, revisions.newest(tx)


@contextmanager
def _asking(name: str, *, as_json: bool) -> Generator[None]:
    """Show on a terminal that somebody is being asked."""
    if as_json or not errors.is_terminal:
        yield
        return
    with errors.status(f"asking {name} …"):
        yield


def _tell(found: Sequence[Finding], *, as_json: bool) -> None:
    for each in sorted(found, key=lambda one: (one.code != "configured", ORDER.index(one.level))):
        if as_json:
            emit(_row(each))
        elif each.level is Level.PROBLEM:
            complain(f"! {_line(each)}")
        elif each.level is Level.NOTE:
            say(f"- {_line(each)}")
        elif each.code not in COUNTED:
            say(f"{each.connection}: {each.what}" if each.connection else each.what)


def _line(found: Finding) -> str:
    """Return one line: whose, where, what, and what to do."""
    place = f"{near(Path(found.file))}:{found.line}" if found.file else ""
    lead = [part for part in (found.connection, place, found.key if place else "") if part]
    return f"{': '.join((*lead, found.what))}{'; ' if found.do else ''}{found.do}"


def _row(found: Finding) -> Mapping[str, object]:
    return {
        "connection": found.connection or None,
        "code": found.code,
        "level": str(found.level),
        "what": found.what,
        "do": found.do or None,
        "file": found.file or None,
        "line": found.line or None,
        "key": found.key or None,
        **found.details,
    }


def _draw(name: str, found: Coverage) -> None:
    """Show how the open tickets that were looked at are covered."""
    say(f"{name}: {plural(found.tickets, 'open ticket')} by policy")
    rows: list[Sequence[object]] = [
        (
            policy,
            share.tickets,
            found.short[policy].tickets if policy in found.short else None,
            ", ".join(share.samples),
        )
        for policy, share in found.governed.items()
    ]
    rows.append(("no policy", found.uncovered.tickets, None, ", ".join(found.uncovered.samples)))
    draw(table(("policy", ">tickets", ">without a target", "such as"), rows, folding="policy"))


def _draw_closed_days(read: Configuration, now: datetime) -> None:
    """Show the next closed days of each calendar by name."""
    rows: list[Sequence[object]] = []
    for name, calendar in read.rules.calendars.items():
        for day in closed_days(calendar, now):
            hours = ", ".join(span_text(span) for span in day.hours or ())
            called = day.name if calendar.usual_hours(day.on) else f"{day.name} (no hours on that day anyway)"
            first = "" if rows and name in {row[0] for row in rows} else name
            rows.append((first, f"{day.on:%a} {day.on}", hours or "all day", called))
    if rows:
        say("the next closed days of each calendar, by name")
        draw(table(("calendar", "day", "closed", "name"), rows, folding="name"))
