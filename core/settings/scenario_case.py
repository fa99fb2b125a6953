"""A scenario of a ticket: its life, the policies that it is judged by, how its clocks have to stand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from core.settings.plain import KeyPath, entry, is_keys
from core.settings.positions import Problems
from core.settings.scenario_around import Around
from core.settings.scenario_policy import choice
from core.settings.scenario_rules import Governing
from core.settings.scenario_sections import ResultSection, TicketCaseSection
from core.settings.scenario_ticket import Teller, desk_of, instant
from core.settings.scenario_values import Expected, Folder, Landing, TicketScenario, Way
from core.settings.translation import keys_of, validated
from core.settings.words import nearest
from core.sla.history import History
from core.sla.policy import Policy, Rules
from core.sla.timeline import initial_values

__all__ = ["ticket_scenario"]

INSTEAD: Mapping[str, object] = {"ticket": None, "expected": {}, "now": "2026-01-01T00:00:00Z"}


def ticket_scenario(around: Around, index: int, raw: object) -> TicketScenario | None:
    """Return one scenario; None when it has mistakes, which are then in the problems of the file."""
    place, problems = ("cases", index), around.problems
    before = problems.count()
    if not is_keys(raw):
        problems.add(place, "expected a scenario", "each one begins with `- id:`")
        return None
    section = validated(TicketCaseSection, raw, place, problems, instead=INSTEAD)
    if section is None:
        return None
    zone = around.zone_of(section)
    known = "now" in raw and not problems.within((*place, "now"))
    now = instant(section.now, zone, (*place, "now"), problems) if known else None
    governing = Governing.of(around, place, section)
    calendar, names = governing.calendar(), governing.names()
    fields = None if calendar is None else {name: f"#{number}" for number, name in enumerate(names)}
    teller = Teller(
        place=(*place, "ticket"),
        now=now,
        zone=zone,
        calendars=fields,
        calendar=fields.get(calendar) if fields and calendar else None,
        attaches=section.policy is not None,
        problems=problems,
    )
    history = teller.history(_ticket(section)) if "ticket" in raw else None
    instants = [at for at in (now, history.ticket.created_at if history else None) if at is not None]
    if not instants:
        return None
    own = around.own_calendars(section.calendars, (*place, "calendars"), *instants)
    calendars = around.calendars(governing.folder, own, *instants)
    words = governing.words()
    given = [
        tuple(replace(text, calendar=choice(calendar, fields)) if calendar and fields else text for text in texts)
        for texts in governing.policies(words, calendars)
    ]
    expected = dict(_expected(section, given, zone, (*place, "expected"), problems))
    connection = _connection(section, governing.folder, place, problems)
    if history is None or now is None or problems.count() > before:
        return None
    rules = _rules(section, governing.folder, connection, history)
    return TicketScenario(
        id=section.id or str(index + 1),
        title=section.title,
        file=around.file,
        tolerance=section.tolerance_seconds,
        rules=tuple(replace(rules, policies=texts, calendars=calendars) for texts in given),
        desk=desk_of(connection, words),
        history=history,
        now=now,
        expected=expected,
    )


def _ticket(section: TicketCaseSection) -> object:
    """Return the ticket with an organisation, which is what makes it a customer's."""
    ticket = section.ticket
    customer = entry(ticket, "customer")
    if customer is None or not is_keys(ticket) or ticket.get("organisation") is not None:
        return ticket
    return {**ticket, "organisation": f"an organisation of {customer}"}


def _connection(section: TicketCaseSection, folder: Folder | None, place: KeyPath, problems: Problems) -> str:
    """Return where the ticket is: as it says itself, else in the one connection that there is."""
    known = {
        "connection": sorted(folder.connections) if folder else [],
        "customer": sorted(folder.customers()) if folder else [],
    }
    for key, words in known.items():
        said = entry(section.ticket, key)
        if said is not None and folder and said not in words:
            problems.add((*place, "ticket", key), f"there is no {key} `{said}`", nearest(str(said), words))
    said = entry(section.ticket, "connection")
    return str(said) if said is not None else known["connection"][0] if len(known["connection"]) == 1 else ""


def _rules(section: TicketCaseSection, folder: Folder | None, connection: str, history: History) -> Rules:
    """Return the customers that there are; a ticket that says its customer is that one's, whatever else it has."""
    rules = Rules(revision=1, applied_at=history.ticket.created_at, policies=(), calendars={})
    if folder is not None:
        rules = replace(rules, customers=folder.rules.customers, customer_fields=folder.rules.customer_fields)
    customer = entry(section.ticket, "customer")
    if customer is None:
        return rules
    organisation = str(initial_values(history).get("organisation"))
    own = {**rules.customers, (connection, organisation): str(customer)}
    return replace(rules, customers=own, customer_fields={})


def _expected(
    section: TicketCaseSection,
    given: Sequence[Sequence[Policy]],
    zone: ZoneInfo | None,
    place: KeyPath,
    problems: Problems,
) -> Iterator[tuple[str, Expected]]:
    known = dict.fromkeys(name for texts in given for text in texts for name in text.metrics)
    if not section.expected and not problems.around(place):
        problems.add(place, "nothing is expected", "as in {resolution: {state: running}}")
    for name, raw in section.expected.items():
        here = (*place, name)
        if known and name not in known:
            problems.add(here, f"there is no metric `{name}`", nearest(name, known))
            continue
        result = validated(ResultSection, raw, here, problems)
        if result is not None:
            yield name, _ways(result, zone, here, problems)


def _ways(result: ResultSection, zone: ZoneInfo | None, place: KeyPath, problems: Problems) -> Expected:
    said: dict[str, object] = {}
    for key in keys_of(ResultSection):
        if key in result.model_fields_set:
            value = getattr(result, key)
            said[key] = instant(value, zone, (*place, key), problems) if isinstance(value, datetime) else value
    if "due_at_next_open" not in said:
        return {key: (Way(value),) for key, value in said.items()}
    ways = {key: (Way(value),) for key, value in said.items() if key != "due_at_next_open"}
    opening = Way(said["due_at_next_open"], Landing.OPENING)
    closing = (Way(said["due_at"], Landing.CLOSING),) if "due_at" in said else ()
    return {**ways, "due_at": (*closing, opening)}
