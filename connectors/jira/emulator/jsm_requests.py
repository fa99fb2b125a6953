"""Requests as customers see them, and as agents see them through the customers' eyes."""

from collections.abc import Callable, Mapping
from typing import cast

from connectors.jira.emulator.access import browses
from connectors.jira.emulator.answers import Answer, Call, Doc
from connectors.jira.emulator.fields_at_start import ORGANISATIONS, PARTICIPANTS, REQUEST_TYPE
from connectors.jira.emulator.jsm_shapes import (
    check_opted_in,
    customer_doc,
    inner_page,
    jsm_refusal,
    not_a_request,
    paged,
)
from connectors.jira.emulator.records import Issue, User
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.shapes_values import request_type_doc
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.stamps import date_doc
from connectors.jira.emulator.users import permitted
from connectors.jira.emulator.world import World

__all__ = ["EXPANDS", "ROUTES", "agent_view", "customer_view", "desk_doc", "is_agent", "visible_requests"]

EXPANDS: dict[str, Callable[[World, Call, Issue], tuple[str, object]]] = {}
"""What `expand` may ask for -> the name and the value of the part; other modules bring theirs."""

_NAMES = ["participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment"]


def is_agent(world: World, call: Call, project: Project) -> bool:
    return permitted(world, call.user, "SERVICEDESK_AGENT", project)


def customer_view(world: World, call: Call) -> Issue:
    """Return the request that is called for. Raises: Refusal (404) for no request, or none of the caller's."""
    issue = world.named(call.args[0])
    if issue is None or not _visible(world, call, issue):
        raise not_a_request()
    return issue


def agent_view(world: World, call: Call) -> Issue:
    """Return the request that is called for, to an agent. Raises: Refusal (404) as for customers, (403) for them."""
    issue = customer_view(world, call)
    if not is_agent(world, call, world.project_of(issue)):
        raise jsm_refusal(403, "sd.agent.required", "You need to be an agent of this service project to do that.")
    return issue


def _visible(world: World, call: Call, issue: Issue) -> bool:
    project = world.project_of(issue)
    if call.user is None or project.service_desk_id is None or REQUEST_TYPE not in issue.values:
        return False
    return browses(project, call.user) or _takes_part(world, issue, call.user)


def _takes_part(world: World, issue: Issue, user: User) -> bool:
    shared = cast("list[int]", issue.values.get(ORGANISATIONS) or [])
    return _owns(issue, user) or any(user.id in world.organisations[one].members for one in shared)


def _owns(issue: Issue, user: User) -> bool:
    return user.id == issue.reporter or user.id in _participants(issue)


def _participants(issue: Issue) -> list[str]:
    return cast("list[str]", issue.values.get(PARTICIPANTS) or [])


def visible_requests(world: World, call: Call) -> list[Issue]:
    """Return the requests that a list shows, latest activity first: unless asked otherwise, the caller's own."""
    user = call.user
    if user is None:
        return []
    asked = set(call.words("requestOwnership") or ["OWNED_REQUESTS", "PARTICIPATED_REQUESTS"])
    every = bool(asked & {"ALL_REQUESTS", "ALL_ORGANIZATIONS", "ORGANIZATION"})
    found = [
        one
        for one in world.issues.values()
        if one.deleted is None
        and _visible(world, call, one)
        and (_takes_part(world, one, user) if every else _owns(one, user))
        and _fits(world, call, one)
    ]
    return sorted(found, key=lambda one: (-one.updated, -one.id))


def _fits(world: World, call: Call, issue: Issue) -> bool:
    project, query = world.project_of(issue), call.query
    open_ones = {"OPEN_REQUESTS": True, "CLOSED_REQUESTS": False}.get(query.get("requestStatus", ""))
    shared = [str(one) for one in cast("list[int]", issue.values.get(ORGANISATIONS) or [])]
    return (
        query.get("serviceDeskId") in (None, str(project.service_desk_id))
        and query.get("requestTypeId") in (None, str(issue.values[REQUEST_TYPE]))
        and open_ones in (None, issue.resolution_id is None)
        and ("organizationId" not in query or query["organizationId"] in shared)
        and query.get("searchTerm", "").lower() in issue.summary.lower()
    )


def request_doc(world: World, call: Call, issue: Issue) -> Doc:
    """Return a request, with what `expand` asks for."""
    project = world.project_of(issue)
    desk, reporter = project.service_desk_id, world.users.get(issue.reporter or "")
    links = {
        "jiraRest": f"{call.base}/rest/api/2/issue/{issue.id}",
        "web": f"{call.base}/servicedesk/customer/portal/{desk}/{issue.key}",
        "self": f"{call.base}/rest/servicedeskapi/request/{issue.id}",
        "agent": f"{call.base}/browse/{issue.key}",
    }
    doc: Doc = {
        "_expands": list(_NAMES),
        "issueId": str(issue.id),
        "issueKey": issue.key,
        "summary": issue.summary,
        "requestTypeId": str(issue.values[REQUEST_TYPE]),
        "serviceDeskId": str(desk),
        "createdDate": date_doc(world, issue.created),
        **({} if reporter is None else {"reporter": customer_doc(world, call, reporter)}),
        "requestFieldValues": _field_values(issue),
        "currentStatus": _statuses(world, issue)[0],
        "_links": links,
    }
    for name in call.words("expand") or []:
        if name in EXPANDS:
            part, value = EXPANDS[name](world, call, issue)
            doc[part] = value
    return doc


def _field_values(issue: Issue) -> list[Doc]:
    """Return the fields that the customer filled in; hidden ones are missing."""
    found: list[Doc] = [{"fieldId": "summary", "label": "Summary", "value": issue.summary}]
    if issue.description:
        found.append({"fieldId": "description", "label": "Description", "value": issue.description})
    return found


def _statuses(world: World, issue: Issue) -> list[Doc]:
    """Return the statuses that a request went through, newest first, by the names that customers read."""
    passed = [(issue.created, issue.first_status_id)]
    for history in sorted(issue.histories, key=lambda one: (one.created, one.id)):
        passed += [(history.created, int(str(item.new))) for item in history.items if item.field_id == "status"]
    return [_status_doc(world, at, number) for at, number in reversed(passed) if number in world.statuses]


def _status_doc(world: World, at: int, number: int) -> Doc:
    status = world.statuses[number]
    return {
        "status": world.office.portal_names.get(number, status.name),
        "statusCategory": status.category.upper(),
        "statusDate": date_doc(world, at),
    }


def desk_doc(call: Call, project: Project) -> Doc:
    return {
        "id": str(project.service_desk_id),
        "projectId": str(project.id),
        "projectName": project.name,
        "projectKey": project.key,
        "projectTypeKey": project.kind,
        "_links": {"self": f"{call.base}/rest/servicedeskapi/servicedesk/{project.service_desk_id}"},
    }


def _people(world: World, issue: Issue) -> list[User]:
    return [world.users[one] for one in _participants(issue)]


def listed(world: World, call: Call) -> Answer:
    return paged(world, call, visible_requests(world, call), lambda one: request_doc(world, call, one))


def show(world: World, call: Call) -> Answer:
    return Answer(request_doc(world, call, customer_view(world, call)))


def statuses(world: World, call: Call) -> Answer:
    return paged(world, call, _statuses(world, customer_view(world, call)), lambda doc: doc)


def participants(world: World, call: Call) -> Answer:
    people = _people(world, customer_view(world, call))
    return paged(world, call, people, lambda one: customer_doc(world, call, one))


def feedback(world: World, call: Call) -> Answer:
    check_opted_in(call)
    rating = customer_view(world, call).rating
    if rating is None:
        raise jsm_refusal(404, "sd.feedback.not.found", "There is no feedback for this request.")
    doc: Doc = {"type": "csat", "rating": rating.score}
    return Answer({**doc, "comment": {"body": rating.comment}} if rating.comment else doc)


_OWN: Mapping[str, Callable[[World, Call, Issue], tuple[str, object]]] = {
    "participant": lambda world, call, issue: (
        "participants",
        inner_page([customer_doc(world, call, one) for one in _people(world, issue)]),
    ),
    "status": lambda world, _, issue: ("status", inner_page(_statuses(world, issue))),
    "serviceDesk": lambda world, call, issue: ("serviceDesk", desk_doc(call, world.project_of(issue))),
    "requestType": lambda world, call, issue: (
        "requestType",
        request_type_doc(world, call, world.request_types[cast("int", issue.values[REQUEST_TYPE])]),
    ),
}
EXPANDS.update(_OWN)

ROUTES = (
    Route("GET", "request", listed, face="desk"),
    Route("GET", "request/{issue}", show, face="desk"),
    Route("GET", "request/{issue}/status", statuses, face="desk"),
    Route("GET", "request/{issue}/participant", participants, face="desk"),
    Route("GET", "request/{issue}/feedback", feedback, face="desk"),
)
