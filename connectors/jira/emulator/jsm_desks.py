"""Service desks, the request types they offer, the organisations they serve, and their queues."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.jira.emulator.access import browses
from connectors.jira.emulator.answers import Answer, Call, Doc
from connectors.jira.emulator.jsm_requests import desk_doc, is_agent
from connectors.jira.emulator.jsm_shapes import check_opted_in, customer_doc, jsm_refusal, paged
from connectors.jira.emulator.records import Issue, Organisation, RequestType
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes import issue_doc, wanted
from connectors.jira.emulator.shapes_values import request_type_doc
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.stamps import date_doc
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]


@dataclass(frozen=True, slots=True)
class _Queue:
    """A saved search; its number is 10 times the desk's and its own."""

    number: int
    name: str
    jql: str
    fields: tuple[str, ...]
    holds: Callable[[Issue], bool]


_QUEUES = (
    _Queue(
        1,
        "All open",
        "resolution = Unresolved ORDER BY created ASC",
        ("issuetype", "summary", "status", "created"),
        lambda one: one.resolution_id is None,
    ),
    _Queue(
        2,
        "Unassigned",
        "assignee is EMPTY AND resolution = Unresolved ORDER BY created ASC",
        ("summary", "reporter", "priority"),
        lambda one: one.assignee is None and one.resolution_id is None,
    ),
)


def _desks(world: World, call: Call) -> list[Project]:
    """Return the desks that a caller can ask something of: customers all, others those they may browse."""
    found = [one for one in world.projects.values() if one.service_desk_id is not None and not one.archived]
    customer = call.user is not None and not call.user.is_staff
    return [one for one in found if customer or browses(one, call.user)]


def _desk(world: World, call: Call) -> Project:
    """Return the desk of an id or one of the forms that say what they are. Raises: Refusal (404)."""
    kind, colon, name = call.args[0].partition(":")
    for one in _desks(world, call):
        forms = {"serviceDeskId": str(one.service_desk_id), "projectId": str(one.id), "projectKey": one.key}
        if forms.get(kind) == name if colon else kind in (forms["serviceDeskId"], one.key):
            return one
    raise jsm_refusal(404, "sd.servicedesk.not.found", f"The service desk with ID '{call.args[0]}' does not exist.")


def info(world: World, call: Call) -> Answer:
    """Answer which Service Management this is."""
    cloud = world.flavour == "cloud"
    return Answer(
        {
            "version": "1001.0.0-SNAPSHOT" if cloud else "5.12.15",
            "platformVersion": "1001.0.0-SNAPSHOT" if cloud else "9.12.15",
            "buildDate": date_doc(world, 1_767_225_600_000),
            "buildChangeSet": "0" * 40,
            "isLicensedForUse": True,
            "_links": {"self": f"{call.base}/rest/servicedeskapi/info"},
        }
    )


def desks(world: World, call: Call) -> Answer:
    return paged(world, call, _desks(world, call), lambda one: desk_doc(call, one))


def desk(world: World, call: Call) -> Answer:
    return Answer(desk_doc(call, _desk(world, call)))


def request_types(world: World, call: Call) -> Answer:
    """Answer with what one desk offers."""
    project = _desk(world, call)
    found = [one for one in _offered(world, call) if one.project_id == project.id]
    return paged(world, call, found, lambda one: request_type_doc(world, call, one))


def request_type(world: World, call: Call) -> Answer:
    project = _desk(world, call)
    for one in world.request_types.values():
        if one.project_id == project.id and str(one.id) == call.args[1]:
            return Answer(request_type_doc(world, call, one))
    raise jsm_refusal(404, "sd.requesttype.not.found", f"The request type with id '{call.args[1]}' does not exist.")


def all_request_types(world: World, call: Call) -> Answer:
    """Answer with what all desks offer; an experimental operation."""
    check_opted_in(call)
    there = {one.id: str(one.service_desk_id) for one in _desks(world, call)}
    wanted_desks = call.words("serviceDeskId")
    found = [
        one
        for one in _offered(world, call)
        if one.project_id in there and (wanted_desks is None or there[one.project_id] in wanted_desks)
    ]
    return paged(world, call, found, lambda one: request_type_doc(world, call, one))


def _offered(world: World, call: Call) -> list[RequestType]:
    """Return the request types; one that is hidden in the portal is left out when somebody searches."""
    text = call.query.get("searchQuery", "").lower()
    hidden = call.query.get("includeHiddenRequestTypesInSearch", "").lower() == "true"
    return [
        one
        for one in world.request_types.values()
        if not text or ((hidden or not one.hidden) and text in f"{one.name} {one.description}".lower())
    ]


def organisations(world: World, call: Call) -> Answer:
    """Answer with the organisations; a customer sees those they belong to."""
    asked = call.query.get("accountId")
    user = call.user
    found = [
        one
        for one in world.organisations.values()
        if (asked is None or asked in one.members) and user is not None and (user.is_staff or user.id in one.members)
    ]
    return paged(world, call, found, lambda one: _organisation_doc(call, one))


def organisations_of_desk(world: World, call: Call) -> Answer:
    _desk(world, call)
    return organisations(world, call)


def organisation(world: World, call: Call) -> Answer:
    return Answer(_organisation_doc(call, _organisation(world, call)))


def members(world: World, call: Call) -> Answer:
    people = [world.users[one] for one in _organisation(world, call).members]
    return paged(world, call, people, lambda one: customer_doc(world, call, one))


def _organisation(world: World, call: Call) -> Organisation:
    number, user = call.args[0], call.user
    found = world.organisations.get(int(number)) if number.isdecimal() else None
    if found is None or user is None or not (user.is_staff or user.id in found.members):
        raise jsm_refusal(404, "sd.organization.not.found", f"The organization with id '{number}' does not exist.")
    return found


def _organisation_doc(call: Call, one: Organisation) -> Doc:
    link = f"{call.base}/rest/servicedeskapi/organization/{one.id}"
    uuid = {"uuid": one.uuid} if one.uuid else {}
    return {"id": str(one.id), **uuid, "name": one.name, "_links": {"self": link}, "scimManaged": False}


def queues(world: World, call: Call) -> Answer:
    project = _own_desk(world, call)
    return paged(world, call, _QUEUES, lambda one: _queue_doc(world, call, project, one))


def queue(world: World, call: Call) -> Answer:
    project = _own_desk(world, call)
    return Answer(_queue_doc(world, call, project, _queue(project, call)))


def queued(world: World, call: Call) -> Answer:
    """Answer with the issues of a queue, with the fields that it shows."""
    project = _own_desk(world, call)
    one = _queue(project, call)
    show = wanted(world, one.fields)
    return paged(world, call, _held(world, project, one), lambda issue: issue_doc(world, call, issue, show))


def _own_desk(world: World, call: Call) -> Project:
    """Return the desk, to its agents. Raises: Refusal (403) for others."""
    project = _desk(world, call)
    if not is_agent(world, call, project):
        raise jsm_refusal(403, "sd.agent.required", "You need to be an agent of this service project to do that.")
    return project


def _queue(project: Project, call: Call) -> _Queue:
    for one in _QUEUES:
        if call.args[1] == str(10 * (project.service_desk_id or 0) + one.number):
            return one
    raise jsm_refusal(404, "sd.queue.not.found", f"The queue with id '{call.args[1]}' does not exist.")


def _held(world: World, project: Project, one: _Queue) -> list[Issue]:
    there = [issue for issue in world.issues.values() if issue.project_id == project.id and issue.deleted is None]
    return sorted((issue for issue in there if one.holds(issue)), key=lambda issue: (issue.created, issue.id))


def _queue_doc(world: World, call: Call, project: Project, one: _Queue) -> Doc:
    number = 10 * (project.service_desk_id or 0) + one.number
    link = f"{call.base}/rest/servicedeskapi/servicedesk/{project.service_desk_id}/queue/{number}"
    doc: Doc = {"id": str(number), "name": one.name, "jql": f"project = {project.key} AND {one.jql}"}
    doc |= {"fields": list(one.fields), "_links": {"self": link}}
    if call.query.get("includeCount", "").lower() == "true":
        doc["issueCount"] = len(_held(world, project, one))
    return doc


_DESK, _ORGANISATION = "servicedesk/{desk}", "organization/{organisation}"
ROUTES = (
    Route("GET", "info", info, face="desk", anonymous=True),
    Route("GET", "servicedesk", desks, face="desk"),
    Route("GET", _DESK, desk, face="desk"),
    Route("GET", f"{_DESK}/requesttype", request_types, face="desk"),
    Route("GET", f"{_DESK}/requesttype/{{type}}", request_type, face="desk"),
    Route("GET", f"{_DESK}/organization", organisations_of_desk, face="desk"),
    Route("GET", f"{_DESK}/queue", queues, face="desk"),
    Route("GET", f"{_DESK}/queue/{{queue}}", queue, face="desk"),
    Route("GET", f"{_DESK}/queue/{{queue}}/issue", queued, face="desk"),
    Route("GET", "requesttype", all_request_types, face="desk"),
    Route("GET", "organization", organisations, face="desk"),
    Route("GET", _ORGANISATION, organisation, face="desk"),
    Route("GET", f"{_ORGANISATION}/user", members, face="desk"),
)
