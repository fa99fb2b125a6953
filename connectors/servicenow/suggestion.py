"""What an instance says about hours, promises and words, as a suggestion to the hub."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors import (
    Label,
    Phase,
    Priority,
    SourceMapping,
    Status,
    SuggestedCalendar,
    SuggestedChoice,
    SuggestedPolicy,
    SuggestedWord,
    Suggestion,
    resolved,
)
from connectors.servicenow.client import Api
from connectors.servicenow.conditions import Terms
from connectors.servicenow.definitions import Hours, part
from connectors.servicenow.promises import policies
from connectors.servicenow.schedules import Schedules
from connectors.servicenow.scope import Scope
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.shapes import stored
from connectors.servicenow.survey import Survey, survey, zone_path
from connectors.servicenow.values import HOLDS, OPENER, PLAIN, REQUESTERS, custom, status_value
from connectors.servicenow.words import category

__all__ = ["suggested", "suggestion"]

TASK = "task"

PEOPLE = frozenset({"assigned_to", "opened_by", *REQUESTERS.values()})

FIELDS: Mapping[str, str] = {
    **{column: name for column, name in PLAIN.items() if name not in {"priority", "impact", "urgency"}},
    "company": "organisation",
}

COMPANY = "a ticket without a company has here that of its requester"

NOT_FOLLOWED = (
    "Its hours go by {path} of each ticket. Write `columns: [{path}]` at the connection, so that the hub follows it."
)
NO_ZONE = (
    "Where {path} is empty the instance's own time zone holds, which ServiceNow does not tell this user (it is the "
    "property glide.sys.default.tz): see what stands after `else`."
)
UNCOUNTED = "Its hours go by {path} of each ticket, here by one zone for all: ServiceNow does not say which there are."


def suggestion(api: Api, settings: ServiceNowSettings, mapping: SourceMapping) -> Suggestion:
    """Read what there is and translate it. mapping: the connection's words. Raises: SourceError."""
    return suggested(survey(api, Scope(api, settings.scope)), settings, mapping)


def suggested(found: Survey, settings: ServiceNowSettings, mapping: SourceMapping) -> Suggestion:
    """Translate an instance."""
    tables = tuple(settings.scope.tables)
    schedules = Schedules(found.schedules, found.spans, found.children, found.today)
    states = {table: _states(table, found, mapping) for table in tables}
    priorities = [each for each in found.labels if each.field == "priority"]
    words = resolved(mapping, [*(each for several in states.values() for each in several), *priorities])
    terms = {table: _terms(table, states[table], settings, words, found) for table in tables}
    hours = _Found(schedules)
    mine, others = _split(found.definitions, tables)
    parts = [part(row, terms[table], _hours(row, found, settings.columns, hours)) for table, row in mine]
    referred = {each.partition("@")[0] for each in hours.calendars}
    for schedule in schedules:
        if not schedules.only_closes(schedule) and schedule not in referred:
            hours.calendar(schedule)
    promised = list(policies(parts, table_said=len(tables) > 1))
    return Suggestion(
        "ServiceNow",
        tuple(hours.calendars.values()),
        tuple(_noted(each, found) for each in promised),
        tuple(_words(states, priorities, words, mapping)),
        {
            "calendars": tuple(_of_calendars(found, schedules)),
            "policies": tuple(_of_policies(found, others, mine)),
            "mapping": tuple(_of_words(found)),
        },
        tuple(hours.choices.values()),
    )


def _split(
    definitions: Iterable[Mapping[str, object]], tables: Sequence[str]
) -> tuple[list[tuple[str, Mapping[str, object]]], dict[str, list[str]]]:
    """Return definitions with the tables that they are for, and the names of those for tables that are not read.

    One for all tasks is for each of the tables.
    """
    mine: list[tuple[str, Mapping[str, object]]] = []
    others: defaultdict[str, list[str]] = defaultdict(list)
    for row in definitions:
        table = stored(row, "collection")
        found = tables if table == TASK else [each for each in tables if each == table]
        mine += [(each, row) for each in found]
        if not found:
            others[table].append(stored(row, "name"))
    return mine, others


@dataclass(slots=True)
class _Found:
    """The hours that definitions refer to, by their ids."""

    schedules: Schedules
    calendars: dict[str, SuggestedCalendar] = field(default_factory=dict[str, SuggestedCalendar])
    choices: dict[str, SuggestedChoice] = field(default_factory=dict[str, SuggestedChoice])

    def calendar(self, schedule: str, zone: str = "") -> SuggestedCalendar:
        made = self.schedules.calendar(schedule, zone)
        return self.calendars.setdefault(made.id, made)


def _hours(row: Mapping[str, object], found: Survey, columns: Collection[str], into: _Found) -> Hours:
    """Return in which hours a definition counts. columns: that the connection follows besides."""
    source, schedule = stored(row, "schedule_source"), stored(row, "schedule")
    if source == "no_schedule" or (source in ("", "sla_definition") and not schedule):
        return Hours()
    if source not in ("", "sla_definition"):
        told = stored(row, "schedule_source_field") or source
        return Hours(lost=f"its hours are those of a schedule that the ticket itself names, in {told}.")
    if schedule not in into.schedules:
        return Hours(lost="its hours are those of a schedule that ServiceNow does not show to this user.")
    floats, path = into.schedules.floating(schedule), zone_path(row)
    own = "" if path or not floats else stored(row, "timezone")
    calendar = into.calendar(schedule, (own or found.zone) if floats else "")
    by = {}
    if floats and path:
        by = {each: into.calendar(schedule, each) for each in found.zones.get(path) or () if each}
    if calendar.doubtful or not (calendar.usable or by):
        return Hours(lost=f"its hours are those of the schedule {calendar.title}, which cannot be used as it stands.")
    if not by:
        unsure = floats and path and found.zones.get(path) is None
        return Hours(calendar.id, roughly=UNCOUNTED.format(path=path) if unsure else "")
    name = f"{schedule}@{path}"
    ids = {each: one.id for each, one in by.items() if one.usable}
    into.choices[name] = SuggestedChoice(name, custom(path), ids, calendar.id)
    lacking = [] if path in columns else [NOT_FOLLOWED.format(path=path)]
    lacking += [] if found.zone else [NO_ZONE.format(path=path)]
    lacking += [f"The time zone '{each}' is not known." for each, one in by.items() if not one.usable]
    return Hours(name, roughly=" ".join(lacking), chosen=True)


def _states(table: str, found: Survey, mapping: SourceMapping) -> Sequence[Label]:
    """Return the statuses of a table: those that the instance shows, else those that ServiceNow brings along."""
    shown = [each for each in found.labels if each.field == "status" and each.value.startswith(f"{table}/")]
    return shown or [
        Label("status", str(status_value(table, *key)), "", category(table, *key))
        for key in sorted(_usual(table, mapping))
    ]


def _usual(table: str, mapping: SourceMapping) -> Iterator[tuple[str, str]]:
    """Yield the states that ServiceNow brings along, with what is waited for in them."""
    own = any(each.startswith(f"{table}/") for each in mapping.categories)
    told = [each.split("/")[1:] for each in mapping.categories if each.split("/")[0] == (table if own else TASK)]
    always = HOLDS.get(table, ("", frozenset[str]()))[1] is None
    for parts in told:
        if parts != ["hold"]:
            yield parts[0], parts[1] if len(parts) > 1 else ""
            yield from [(parts[0], "hold")] if always else []


def _key(table: str, label: Label) -> tuple[str, str]:
    """Return the state of a status, and what is waited for."""
    state, _, hold = label.value.removeprefix(f"{table}/").partition("/")
    return state, hold


def _terms(
    table: str, states: Iterable[Label], settings: ServiceNowSettings, words: SourceMapping, found: Survey
) -> Terms:
    fields = {**FIELDS, REQUESTERS.get(table, OPENER): "requester", **{each: custom(each) for each in settings.columns}}
    known = {_key(table, each): words.status.get(("status", each.value)) for each in states}
    return Terms(
        table,
        {key: str(word) for key, word in known.items() if word is not None},
        {value: str(word) for value, word in words.priority.items() if value.isdecimal()},
        fields,
        {
            (column, stored(row, "sys_id")): stored(row, "name")
            for column, rows in found.named.items()
            if column not in PEOPLE
            for row in rows
            if stored(row, "name") and stored(row, "name").casefold() not in found.alike.get(column, ())
        },
        {"company": COMPANY},
        frozenset(state for state, _ in _usual(table, words)) - {state for state, _ in known},
    )


def _noted(policy: SuggestedPolicy, found: Survey) -> SuggestedPolicy:
    """Return a policy with the names of the ids in its conditions."""
    names = {stored(row, "sys_id"): stored(row, "name") for rows in found.named.values() for row in rows}
    ids = ((each.field, value) for clause in policy.when for each in clause for value in each.values if value)
    notes = dict.fromkeys(f"{field} {value} is {names[value]}" for field, value in ids if names.get(value))
    return replace(policy, notes=(*policy.notes, *notes))


def _words(
    states: Mapping[str, Iterable[Label]], priorities: Iterable[Label], words: SourceMapping, mapping: SourceMapping
) -> Iterator[SuggestedWord]:
    """Yield a word for each status and priority that the hub does not know by its name."""
    known = {name for field, name in mapping.status if field == "status"}
    for table, labels in states.items():
        for each in labels:
            if each.text and known.isdisjoint((each.text.casefold(), each.value)):
                word = words.status.get(("status", each.value), Status(Phase.OPEN))
                yield SuggestedWord("status", each.value, str(word), label=f"{each.text}, {table}")
    for each in priorities:
        if each.value not in words.priority:
            yield SuggestedWord("priority", each.value, str(Priority.NORMAL), label=each.text)


def _of_calendars(found: Survey, schedules: Schedules) -> Iterator[str]:
    yield from _hidden({"cmn_schedule": found.schedules, "cmn_schedule_span": found.spans})
    closing = [schedules.title(each) for each in schedules if schedules.only_closes(each)]
    if closing:
        yield f"Schedules without hours of their own, which only close others: {', '.join(closing)}."


def _of_policies(found: Survey, others: Mapping[str, list[str]], mine: Sequence[object]) -> Iterator[str]:
    yield from _hidden({"contract_sla": found.definitions})
    for table, names in sorted(others.items()):
        yield f"Definitions for {table}, which this connection does not read: {'; '.join(sorted(names))}."


def _of_words(found: Survey) -> Iterator[str]:
    if not found.labels:
        yield "ServiceNow shows this user no names of states, so they are taken to be its usual ones."


def _hidden(lists: Mapping[str, Sequence[object]]) -> Iterator[str]:
    for table, rows in lists.items():
        if not rows:
            yield f"ServiceNow shows this user no rows of {table}: there are none, or the user may not read it."
