"""The SLA records of a request, read off what happened to it."""

from collections.abc import Iterator
from typing import cast

from connectors.emulation import as_doc
from connectors.jira.emulator.answers import Answer, Call
from connectors.jira.emulator.hours import ALWAYS, Hours
from connectors.jira.emulator.jsm_requests import EXPANDS, agent_view, is_agent
from connectors.jira.emulator.jsm_shapes import inner_page, jsm_refusal, paged, sla_doc
from connectors.jira.emulator.records import Issue, SlaMetric
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes_values import CUSTOM
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.sla_clock import Goal, Metric, Moment, Reading, read
from connectors.jira.emulator.world import World

__all__ = ["ROUTES", "moments", "readings"]


def readings(world: World, issue: Issue, field_id: str | None = None) -> list[Reading]:
    """Return what each metric of the issue's project says now, or the one that stands in a field."""
    found = [
        one
        for one in world.sla_metrics.values()
        if one.project_id == issue.project_id and field_id in (None, one.field_id)
    ]
    past = moments(world, issue) if found else []
    return [read(_metric(one), past) for one in found]


def moments(world: World, issue: Issue) -> list[Moment]:
    """Return what held of an issue from its creation on, and when an agent answered in public."""
    first = {one: _first(issue, one) for one in ("priority", "resolution")}
    status, priority, resolution = str(issue.first_status_id), first["priority"], first["resolution"]
    found = [Moment(issue.created, status, priority, resolution is not None)]
    answers = sorted(_answers(world, issue))
    for history in sorted(issue.histories, key=lambda one: (one.created, one.id)):
        while answers and answers[0] <= history.created:
            found.append(Moment(answers.pop(0), status, priority, resolution is not None, answered=True))
        for item in history.items:
            name = item.field_id or item.field.lower()
            if name == "status":
                status = str(item.new)
            elif name == "priority":
                priority = item.new
            elif name == "resolution":
                resolution = item.new
        found.append(Moment(history.created, status, priority, resolution is not None))
    return found + [Moment(at, status, priority, resolution is not None, answered=True) for at in answers]


def _first(issue: Issue, name: str) -> str | None:
    """Return a field's value before any history."""
    for history in issue.histories:
        for item in history.items:
            if item.field_id == name:
                return item.old
    now = issue.priority_id if name == "priority" else issue.resolution_id
    return None if now is None else str(now)


def _answers(world: World, issue: Issue) -> Iterator[int]:
    for one in issue.comments:
        author = world.users.get(one.author or "")
        if one.public and author is not None and author.is_staff and author.id != issue.reporter:
            yield one.created


def _metric(one: SlaMetric) -> Metric:
    settings = one.settings
    hours = as_doc(settings.get("hours"))
    office = ALWAYS
    if hours:
        opens, closes = int(str(hours["opens"])), int(str(hours["closes"]))
        spans = tuple((day, opens, closes) for day in cast("list[int]", hours["days"]))
        office = Hours(str(hours["zone"]), spans)
    always = cast("list[int]", settings.get("always", []))
    goals = {
        str(number): Goal(length, ALWAYS if number in always else office)
        for number, length in one.goals.items()
        if number is not None
    }
    pauses = frozenset(str(number) for number in cast("list[int]", settings["pause_in"]))
    answered = settings["stop_on_answer"] is True
    return Metric(str(one.id), one.name, one.field_id, answered, pauses, goals, Goal(one.goals[None], office))


def _text(one: Reading) -> str:
    running = one.ongoing is not None
    return f"com.atlassian.servicedesk.internal.sla.customfield.SLAFieldValue[name={one.metric.name},running={running}]"


def records(world: World, call: Call) -> Answer:
    issue = agent_view(world, call)
    return paged(world, call, readings(world, issue), lambda one: sla_doc(world, one, issue.id, call.base))


def record(world: World, call: Call) -> Answer:
    issue = agent_view(world, call)
    for one in readings(world, issue):
        if one.metric.id == call.args[1]:
            return Answer(sla_doc(world, one, issue.id, call.base))
    raise jsm_refusal(404, "sd.sla.error.not.found", f"The SLA metric with id '{call.args[1]}' does not exist.")


def _part(world: World, call: Call, issue: Issue) -> tuple[str, object]:
    """Return the records for `expand=sla`, which shows none to customers."""
    shown = readings(world, issue) if is_agent(world, call, world.project_of(issue)) else []
    return "sla", inner_page([sla_doc(world, one, issue.id, call.base) for one in shown])


def _value(world: World, call: Call, issue: Issue, field: Field) -> object:
    """Return what an SLA field shows: a document, or text as some servers have it; None outside of service projects."""
    for one in readings(world, issue, field.id):
        return _text(one) if world.sla_as_text else sla_doc(world, one, issue.id, call.base)
    return None


EXPANDS["sla"] = _part
CUSTOM["sd-sla-field"] = _value

ROUTES = (
    Route("GET", "request/{issue}/sla", records, face="desk"),
    Route("GET", "request/{issue}/sla/{metric}", record, face="desk"),
)
