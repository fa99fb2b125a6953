"""slahub explain: how each clock of a ticket came to stand as it does."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from core.calendar.zone import load
from core.errors import Problem, SettingsError
from core.flows import linking
from core.flows.evaluate import desk_of
from core.flows.stop import StopSignal
from core.sla.history import Desk
from core.sla.ledger import Ledger, explained, unpromised
from core.sla.ledger_kept import read
from core.sla.ledger_plain import Plain, plain
from core.store import aging, histories, people
from core.store.histories import Loaded
from slahub.bootstrap import Opening
from slahub.cli.out import complain, console, draw, emit, near, say
from slahub.cli.view import Seen, View, view
from slahub.cli.which import ticket_called
from slahub.explaining import customer
from slahub.explaining.spoken import Names, Spoken
from slahub.explaining.text import picture
from slahub.explaining.words import Language
from slahub.explaining.zones import edition

__all__ = ["Subject", "Wanted", "explain", "for_customer", "subject"]

_WIDEST = 120
_UNSEEN = 80
"""Columns of the drawn line where no terminal shows it."""

_MISSING = {
    "gap": "The helpdesk keeps no log of that, or does not let the hub's user read it: see 'slahub check'.",
    "history": "The ticket's past has not been read back to its beginning: 'slahub status' shows how far the "
    "backfill of {name} is; its `backfill.since` may leave the beginning out.",
    "linked": "The clock goes by what the linked ticket is like: 'slahub status' shows how far each backfill is.",
    "mapping": "Give the value a meaning under connections.{name}.mapping; 'slahub config apply' puts it into force.",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A ticket that is asked about, and what its clocks follow from.

    zones: the edition by which sealed clocks were read; empty where they are read now.
    """

    found: View
    seen: Seen
    key: str
    loaded: Loaded
    desk: Desk
    names: Names
    now: datetime
    ledgers: tuple[Ledger, ...]
    zones: str = ""


def explain(folder: Path, which: str, *, zone: str, as_json: bool) -> int:
    """Print the ledger of each clock; return 1 where the ticket has none."""
    about = subject(folder, which)
    zones = about.zones or edition()
    if as_json:
        for ledger in about.ledgers:
            emit({"connection": about.seen.name, "key": about.key, **_with_names(plain(ledger, zones), about.names)})
        return 0 if about.ledgers else 1
    if not about.ledgers:
        complain(_none(about))
        return 1
    spoken = Spoken(_zone(zone or about.seen.settings.show.timezone), about.names)
    width = min(console.width, _WIDEST) if console.is_terminal else _UNSEEN
    for number, ledger in enumerate(about.ledgers):
        if number:
            say("")
        draw(picture(ledger, f"{about.seen.name}:{about.key}", spoken, zones, width))
        if ledger.unknown is not None:
            say(f"{ledger.clock.reason}. {_MISSING[ledger.unknown].format(name=about.seen.name)}")
    if _behind(about):
        say("")
        say("The hub has not judged this ticket since it last changed: 'slahub evaluate' does, and clocks will agree.")
    return 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as it was typed."""

    whom: str
    out: tuple[Path, ...]
    language: Language
    zone: str
    as_json: bool


def for_customer(folder: Path, which: str, wanted: Wanted) -> int:
    """Print the customer's page as HTML, or write it where it is wanted; return 1 where nothing was promised."""
    _check(wanted)
    about = subject(folder, which)
    zone = _zone(wanted.zone or about.seen.settings.show.timezone)
    made = customer.fitting(about.ledgers, about.key, about.now, zone, wanted.language)
    for file in wanted.out:
        file.write_bytes(customer.pdf(made) if file.suffix == ".pdf" else customer.html(made).encode())
        say(f"{near(file)} written")
    if not wanted.out:
        sys.stdout.write(customer.html(made))
    return 0 if made.parts else 1


def _check(wanted: Wanted) -> None:
    """Refuse options that do not go together. Raises: SettingsError."""
    problems: list[Problem] = []
    if wanted.whom != "customer":
        text = f"--for {wanted.whom} is not known" if wanted.whom else "--out needs --for"
        problems.append(Problem(text, hint="write --for customer"))
    if wanted.as_json:
        problems.append(Problem("--for customer makes a page", hint="leave out --json, or --for and --out"))
    for file in wanted.out:
        if file.suffix not in (".html", ".pdf"):
            problems.append(Problem(f"--out {file} is neither HTML nor PDF", hint="end its name with .html or .pdf"))
    if problems:
        raise SettingsError(problems)


def subject(folder: Path, which: str) -> Subject:
    """Return what is known of the ticket CONNECTION:KEY, or of KEY where one connection alone has it.

    Raises: SettingsError when there is no such ticket, or more than one.
    """
    found = view(Opening(folder, StopSignal()))
    seen, ticket_id, key = ticket_called(found, which)
    with found.store.view() as tx:
        loaded = histories.load(tx, seen.id, [ticket_id])
        if not loaded:
            raise SettingsError(f"{seen.name}:{key} is known by its events only so far; its picture has not come yet")
        desk = desk_of(tx, seen, loaded)
        loaded = linking.joined(tx, seen, loaded, desk, found.active)
        persons = people.names(tx, seen.id, set(desk.people))
        kept = aging.ledgers(tx, ticket_id)
    if kept is not None:
        return _sealed(found, seen, key, loaded[0], desk, kept)
    now = seen.now()
    # To the second, for people; but never before rules that are in force.
    now = max([now.replace(microsecond=0), *(one.applied_at for one in found.active.rules if one.applied_at <= now)])
    try:
        ledgers = explained(loaded[0].history, desk, found.active.rules, now)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        text = f"{seen.name}:{key} cannot be judged: {type(error).__name__}: {error}"
        raise SettingsError(Problem(text, hint="the hub has parked it; 'slahub status' counts such tickets")) from error
    names = {**desk.labels, **{("person", each): text for each, text in persons.items()}}
    return Subject(found, seen, key, loaded[0], desk, names, now, ledgers)


def _sealed(
    found: View,
    seen: Seen,
    key: str,
    loaded: Loaded,
    desk: Desk,
    kept: Sequence[tuple[Mapping[str, object], str]],
) -> Subject:
    """Return what was kept of a ticket whose events are removed."""
    try:
        ledgers = tuple([read(row, found.active.rules) for row, _ in kept])
    except LookupError as error:
        raise SettingsError(f"{seen.name}:{key} is sealed, and its ledger cannot be read: {error}") from error
    derived = [each.derivation for each in ledgers if each.derivation is not None]
    actors = {mark.step.event.actor for each in derived for mark in each.marks if mark.step is not None}
    with found.store.view() as tx:
        persons = people.names(tx, seen.id, [each for each in actors if each is not None])
    names = {**desk.labels, **{("person", each): text for each, text in persons.items()}}
    zones = next((edition for _, edition in kept), "")
    return Subject(found, seen, key, loaded, desk, names, seen.now(), ledgers, zones)


def _with_names(row: Plain, names: Names) -> Mapping[str, object]:
    events = cast("Sequence[Plain]", row.get("events", ()))
    named = [{**event, "actor_name": names.get(("person", str(event["actor"])))} for event in events]
    return {**row, "events": named} if named else row


def _none(about: Subject) -> str:
    """Say why a ticket has no clock."""
    why = unpromised(about.loaded.history, about.desk, about.found.active.rules, about.now)
    ticket = f"{about.seen.name}:{about.key}"
    spoken = Spoken(ZoneInfo("UTC"), about.names)
    if why.owners:
        return f"{ticket} has no clock: {', '.join(why.owners)} has it, and promises nothing for it"
    if why.outside:
        return f"{ticket} has no clock: it is not in the scope of its connection"
    passed = "; ".join(f"{each.policy} ({', '.join(map(spoken.field, each.fields))})" for each in why.passed)
    return f"{ticket} has no clock: no policy means it{f', by these fields: {passed}' if passed else ''}"


def _zone(name: str) -> tzinfo:
    try:
        return load(name, "--timezone")
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _behind(about: Subject) -> bool:
    loaded = about.loaded
    if about.zones:
        return False
    return loaded.input_version != loaded.evaluated_version or loaded.evaluated_revision != about.found.active.revision
