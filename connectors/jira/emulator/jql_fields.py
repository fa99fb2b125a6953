"""The fields that a query may ask about, each with what makes its test."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from connectors.jira.emulator import jql_values
from connectors.jira.emulator.answers import Refusal, refused
from connectors.jira.emulator.jql_dates import instant
from connectors.jira.emulator.jql_match import Asker, Maker, Test, fields_named, membership, one_of, unfit
from connectors.jira.emulator.jql_tree import Clause, Function, Operand, Word
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.world import World

__all__ = ["BY_ID", "BY_TYPE", "INSTANTS", "test_of"]

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}


def test_of(asker: Asker, clause: Clause) -> Test:
    """Return the test that a clause is. Of fields that share a name, those that can take the value are tried."""
    tests, refusals = list[Test](), list[Refusal]()
    for field in fields_named(asker.world, clause.field.text):
        maker = BY_ID.get(field.id) or BY_TYPE.get(field.items or field.type)
        if maker is None:
            text = f"Field '{clause.field.text}' does not exist or you do not have permission to view it."
            raise refused(400, text)
        try:
            tests.append(maker(asker, field, clause))
        except Refusal as refusal:
            refusals.append(refusal)
    if not tests:
        raise refusals[0]
    if len(tests) == 1:
        return tests[0]
    together = all if clause.operator in ("!=", "not in") else any
    return lambda issue: together(one(issue) for one in tests)


def _attribute(name: str) -> Callable[[Issue], set[object]]:
    return lambda issue: one_of(cast("object", getattr(issue, name)))


def _by_name(attribute: str, things: Callable[[World], Mapping[int, jql_values.Named]]) -> Maker:
    def make(asker: Asker, field: Field, clause: Clause) -> Test:
        known = things(asker.world)
        return membership(field, clause, lambda one: jql_values.named(known, field.id, one), _attribute(attribute))

    return make


def _project(asker: Asker, field: Field, clause: Clause) -> Test:
    def meant(one: Operand) -> set[object]:
        return jql_values.projects(asker.world, asker.caller, one)

    return membership(field, clause, meant, _attribute("project_id"))


def _category(asker: Asker, field: Field, clause: Clause) -> Test:
    statuses = asker.world.statuses
    return membership(field, clause, jql_values.categories, lambda issue: {statuses[issue.status_id].category})


def _priority(asker: Asker, field: Field, clause: Clause) -> Test:
    known = asker.world.priorities
    if clause.operator not in ("<", ">", "<=", ">="):
        return _by_name("priority_id", lambda world: world.priorities)(asker, field, clause)
    (rank,) = jql_values.named(known, "priority", clause.operands[0])
    order = list(known)
    place = order.index(cast("int", rank))
    compare = _COMPARE[clause.operator]
    # The first in the list is the most urgent, so it counts as the greatest.
    return lambda issue: issue.priority_id is not None and compare(-order.index(issue.priority_id), -place)


def _resolution(asker: Asker, field: Field, clause: Clause) -> Test:
    def meant(one: Operand) -> set[object]:
        if isinstance(one, Word) and not one.quoted and one.text.lower() == "unresolved":
            return {jql_values.NOTHING}
        return jql_values.named(asker.world.resolutions, "resolution", one)

    return membership(field, clause, meant, _attribute("resolution_id"))


def _person(attribute: str) -> Maker:
    def make(asker: Asker, field: Field, clause: Clause) -> Test:
        def meant(one: Operand) -> set[object]:
            return jql_values.people(asker.world, asker.caller, field.name, one)

        return membership(field, clause, meant, _attribute(attribute))

    return make


def _texts(one: Operand) -> set[object]:
    if isinstance(one, Function):
        raise refused(400, f"Unable to find JQL function '{one.name}()'.")
    return {jql_values.NOTHING if one.empty else one.text.lower()}


def _labels(_: Asker, field: Field, clause: Clause) -> Test:
    return membership(field, clause, _texts, lambda issue: {one.lower() for one in issue.labels})


def _key(asker: Asker, field: Field, clause: Clause) -> Test:
    def meant(one: Operand) -> set[object]:
        text = one.text if isinstance(one, Word) else f"{one.name}()"
        found = asker.world.named(text)
        if found is None:
            raise refused(400, f"An issue with key '{text}' does not exist for field '{clause.field.text.lower()}'.")
        return {found.id}

    if clause.operator not in ("<", ">", "<=", ">="):
        return membership(field, clause, meant, _attribute("id"))
    operand = clause.operands[0]
    compare = _COMPARE[clause.operator]
    if isinstance(operand, Word) and operand.text.isdecimal():
        wanted = int(operand.text)
        return lambda issue: compare(issue.id, wanted)
    (issue_id,) = meant(operand)
    project, _, number = asker.world.issues[cast("int", issue_id)].key.rpartition("-")
    return lambda issue: (
        issue.key.rpartition("-")[0] == project and compare(int(issue.key.rpartition("-")[2]), int(number))
    )


def _instant(of: Callable[[Issue], int | None]) -> Maker:
    def make(asker: Asker, field: Field, clause: Clause) -> Test:
        seconds = "index_seconds" in asker.world.traps
        if clause.operator in ("in", "not in"):
            return membership(
                field,
                clause,
                lambda one: (
                    {jql_values.NOTHING}
                    if isinstance(one, Word) and one.empty
                    else {instant(asker.world, asker.zone, field.id, one)}
                ),
                lambda issue: one_of(of(issue)),
            )
        compare = _COMPARE.get(clause.operator)
        if compare is None:
            raise unfit(field, clause)
        wanted = instant(asker.world, asker.zone, field.id, clause.operands[0])

        def test(issue: Issue) -> bool:
            at = of(issue)
            if at is not None and seconds:
                at -= at % 1000
            return at is not None and compare(at, wanted)

        return test

    return make


def _date(asker: Asker, field: Field, clause: Clause) -> Test:
    if clause.operator in ("in", "not in"):
        return membership(field, clause, _texts, lambda issue: one_of(issue.due_date))
    compare = _COMPARE.get(clause.operator)
    if compare is None:
        raise unfit(field, clause)
    at = instant(asker.world, asker.zone, field.id, clause.operands[0])
    wanted = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(asker.zone)).toordinal()
    return lambda issue: issue.due_date is not None and compare(date.fromisoformat(issue.due_date).toordinal(), wanted)


def _contains(of: Callable[[Issue], list[str | None]]) -> Maker:
    def make(_: Asker, field: Field, clause: Clause) -> Test:
        operand = clause.operands[0]
        empty = isinstance(operand, Word) and operand.empty
        if empty and clause.operator in ("in", "not in", "=", "!="):
            wanted = clause.operator in ("in", "=")
            return lambda issue: (not any(of(issue))) is wanted
        if clause.operator not in ("~", "!~") or isinstance(operand, Function):
            raise unfit(field, clause)
        words = re.findall(r"\w+", operand.text.lower())
        found = clause.operator == "~"

        def test(issue: Issue) -> bool:
            text = " ".join(one for one in of(issue) if one).lower()
            return all(word in text for word in words) is found

        return test

    return make


def _custom_text(asker: Asker, field: Field, clause: Clause) -> Test:
    return _contains(lambda issue: [cast("str | None", issue.values.get(field.id))])(asker, field, clause)


def _custom_instant(asker: Asker, field: Field, clause: Clause) -> Test:
    return _instant(lambda issue: cast("int | None", issue.values.get(field.id)))(asker, field, clause)


def _option(asker: Asker, field: Field, clause: Clause) -> Test:
    def meant(one: Operand) -> set[object]:
        return jql_values.option_ids(asker.world, field.id, field.name, one)

    return membership(field, clause, meant, lambda issue: one_of(issue.values.get(field.id)))


def _number(_: Asker, field: Field, clause: Clause) -> Test:
    operand = clause.operands[0]
    if isinstance(operand, Word) and operand.empty and clause.operator in ("in", "not in"):
        return membership(field, clause, _texts, lambda issue: one_of(issue.values.get(field.id)))
    compare = _COMPARE.get(clause.operator)
    try:
        wanted = float(operand.text if isinstance(operand, Word) else "")
    except ValueError:
        text = operand.text if isinstance(operand, Word) else f"{operand.name}()"
        raise refused(400, f"Value '{text}' for the '{field.name}' field is not a valid number.") from None
    if compare is None:
        raise unfit(field, clause)
    return lambda issue: field.id in issue.values and compare(cast("float", issue.values[field.id]), wanted)


def _kept(of: Callable[[World], Mapping[int, jql_values.Named]]) -> Maker:
    """Return a maker for a custom field whose values are ids of things that have names."""

    def make(asker: Asker, field: Field, clause: Clause) -> Test:
        def values(issue: Issue) -> set[object]:
            value = issue.values.get(field.id)
            return set(value) if isinstance(value, list) else one_of(value)

        known = of(asker.world)
        return membership(field, clause, lambda one: jql_values.named(known, field.name, one), values)

    return make


def _participants(asker: Asker, field: Field, clause: Clause) -> Test:
    def values(issue: Issue) -> set[object]:
        value = issue.values.get(field.id)
        return set(value) if isinstance(value, list) else one_of(value)

    def meant(one: Operand) -> set[object]:
        return jql_values.people(asker.world, asker.caller, field.name, one)

    return membership(field, clause, meant, values)


def _statuses(world: World) -> Mapping[int, jql_values.Named]:
    return {number: one for number, one in world.statuses.items() if not one.deleted}


def _said(issue: Issue) -> list[str | None]:
    return [one.body for one in issue.comments if one.deleted is None]


INSTANTS: Mapping[str, Callable[[Issue], int | None]] = {
    "created": lambda issue: issue.created,
    "updated": lambda issue: issue.updated,
    "resolutiondate": lambda issue: issue.resolved,
    "statuscategorychangedate": lambda issue: issue.category_changed,
}

BY_ID: dict[str, Maker] = {
    "issuekey": _key,
    "project": _project,
    "status": _by_name("status_id", _statuses),
    "statusCategory": _category,
    "priority": _priority,
    "resolution": _resolution,
    "issuetype": _by_name("type_id", lambda world: world.types),
    "assignee": _person("assignee"),
    "reporter": _person("reporter"),
    "creator": _person("creator"),
    "labels": _labels,
    "duedate": _date,
    "summary": _contains(lambda issue: [issue.summary]),
    "description": _contains(lambda issue: [issue.description]),
    "environment": _contains(lambda issue: [issue.environment]),
    "comment": _contains(_said),
    "text": _contains(lambda issue: [issue.summary, issue.description, *_said(issue)]),
    **{name: _instant(of) for name, of in INSTANTS.items()},
}
BY_TYPE: dict[str, Maker] = {
    "datetime": _custom_instant,
    "string": _custom_text,
    "option": _option,
    "number": _number,
    "sd-customerorganization": _kept(lambda world: world.organisations),
    "sd-customerrequesttype": _kept(lambda world: world.request_types),
    "user": _participants,
}
"""Kind of a custom field's values -> what makes its test."""
