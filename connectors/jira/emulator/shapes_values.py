"""The values of an issue's fields, as documents."""

from collections.abc import Callable
from typing import cast

from connectors.jira.emulator.adf import rich
from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.records import Issue, RequestType
from connectors.jira.emulator.shapes_people import user_doc, user_of
from connectors.jira.emulator.shapes_site import (
    category_doc,
    option_doc,
    priority_doc,
    project_doc,
    resolution_doc,
    status_doc,
    type_doc,
)
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.stamps import date_doc, stamp
from connectors.jira.emulator.world import World

__all__ = ["CUSTOM", "SYSTEM", "Shape", "custom_value", "request_type_doc"]

Shape = Callable[[World, Call, Issue, Field], object]

_ICONS = ("48x48", "24x24", "16x16", "32x32")


def custom_value(world: World, call: Call, issue: Issue, field: Field) -> object:
    """Return the value of a custom field by its type; None where there is none."""
    shape = CUSTOM.get(field.custom.rpartition(":")[2])
    return issue.values.get(field.id) if shape is None else shape(world, call, issue, field)


def _nothing(*_: object) -> object:
    return None


def _no_list(*_: object) -> object:
    return list[Doc]()


def _no_work(*_: object) -> object:
    return {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": list[Doc]()}


def _maybe_stamp(world: World, ms: int | None) -> str | None:
    return None if ms is None else stamp(world, ms)


def _priority(world: World, call: Call, issue: Issue, _: Field) -> object:
    return None if issue.priority_id is None else priority_doc(call, world.priorities[issue.priority_id])


def _resolution(world: World, call: Call, issue: Issue, _: Field) -> object:
    return None if issue.resolution_id is None else resolution_doc(call, world.resolutions[issue.resolution_id])


def _links(world: World, call: Call, issue: Issue, _: Field) -> object:
    found = list[Doc]()
    for link in issue.links:
        kind = world.link_types[link.type_id]
        outward = link.source == issue.id
        other = world.find(link.target if outward else link.source)
        if other is None:
            continue
        shown: Doc = {
            "id": str(other.id),
            "key": other.key,
            "self": call.link(f"issue/{other.id}"),
            "fields": {
                "summary": other.summary,
                "status": status_doc(call, world.statuses[other.status_id]),
                "priority": _priority(world, call, other, _),
                "issuetype": type_doc(call, world.types[other.type_id]),
            },
        }
        found.append(
            {
                "id": str(link.id),
                "self": call.link(f"issueLink/{link.id}"),
                "type": {
                    "id": str(kind.id),
                    "name": kind.name,
                    "inward": kind.inward,
                    "outward": kind.outward,
                    "self": call.link(f"issueLinkType/{kind.id}"),
                },
                "outwardIssue" if outward else "inwardIssue": shown,
            }
        )
    return found


def _watches(_: World, call: Call, issue: Issue, __: Field) -> object:
    return {"self": call.link(f"issue/{issue.key}/watchers"), "watchCount": 1, "isWatching": False}


def _votes(_: World, call: Call, issue: Issue, __: Field) -> object:
    return {"self": call.link(f"issue/{issue.key}/votes"), "votes": 0, "hasVoted": False}


SYSTEM: dict[str, Shape] = {
    "summary": lambda _, __, issue, ___: issue.summary,
    "issuetype": lambda world, call, issue, _: type_doc(call, world.types[issue.type_id]),
    "project": lambda world, call, issue, _: project_doc(call, world.projects[issue.project_id]),
    "status": lambda world, call, issue, _: status_doc(call, world.statuses[issue.status_id]),
    "statusCategory": lambda world, call, issue, _: category_doc(call, world.statuses[issue.status_id].category),
    "statuscategorychangedate": lambda world, _, issue, __: stamp(world, issue.category_changed),
    "priority": _priority,
    "resolution": _resolution,
    "resolutiondate": lambda world, _, issue, __: _maybe_stamp(world, issue.resolved),
    "created": lambda world, _, issue, __: stamp(world, issue.created),
    "updated": lambda world, _, issue, __: stamp(world, issue.updated),
    "duedate": lambda _, __, issue, ___: issue.due_date,
    "assignee": lambda world, call, issue, _: user_of(world, call, issue.assignee),
    "reporter": lambda world, call, issue, _: user_of(world, call, issue.reporter),
    "creator": lambda world, call, issue, _: user_of(world, call, issue.creator),
    "labels": lambda _, __, issue, ___: list(issue.labels),
    "components": _no_list,
    "fixVersions": _no_list,
    "issuelinks": _links,
    "subtasks": _no_list,
    "watches": _watches,
    "votes": _votes,
    "description": lambda _, call, issue, __: rich(issue.description, call.version),
    "attachment": _no_list,
    "worklog": _no_work,
    "environment": lambda _, call, issue, __: rich(issue.environment, call.version),
    "timespent": _nothing,
    "lastViewed": _nothing,
}
"""Field of the system -> how an issue shows it; `comment` is made where the page size is known."""


def _option(world: World, call: Call, issue: Issue, field: Field) -> object:
    value = issue.values.get(field.id)
    return option_doc(call, world.options[value]) if isinstance(value, int) else None


def _instant(world: World, _: Call, issue: Issue, field: Field) -> object:
    value = issue.values.get(field.id)
    return stamp(world, value) if isinstance(value, int) else None


def _textarea(_: World, call: Call, issue: Issue, field: Field) -> object:
    return rich(cast("str | None", issue.values.get(field.id)), call.version)


def _number(_: World, __: Call, issue: Issue, field: Field) -> object:
    value = issue.values.get(field.id)
    return float(value) if isinstance(value, int | float) else None


def _organisations(world: World, call: Call, issue: Issue, field: Field) -> object:
    found = [world.organisations[one] for one in cast("list[int]", issue.values.get(field.id) or [])]
    return [
        {
            "id": str(one.id),
            "name": one.name,
            "_links": {"self": f"{call.base}/rest/servicedeskapi/organization/{one.id}"},
            "scimManaged": False,
        }
        for one in found
    ]


def _participants(world: World, call: Call, issue: Issue, field: Field) -> object:
    return [user_doc(world, call, world.users[one]) for one in cast("list[str]", issue.values.get(field.id) or [])]


def request_type_doc(world: World, call: Call, kind: RequestType) -> Doc:
    desk = str(world.projects[kind.project_id].service_desk_id)
    return {
        "_expands": ["field"],
        "id": str(kind.id),
        "_links": {"self": f"{call.base}/rest/servicedeskapi/servicedesk/{desk}/requesttype/{kind.id}"},
        "name": kind.name,
        "description": kind.description or kind.name,
        "helpText": "",
        "issueTypeId": str(kind.issue_type_id),
        "serviceDeskId": desk,
        "portalId": desk,
        "groupIds": ["12"],
        "icon": {
            "id": "10526",
            "_links": {"iconUrls": {size: f"{call.base}/avatars/rt/{size}" for size in _ICONS}},
        },
    }


def _request(world: World, call: Call, issue: Issue, field: Field) -> object:
    value = issue.values.get(field.id)
    if not isinstance(value, int):
        return None
    kind, status = world.request_types[value], world.statuses[issue.status_id]
    moved = [one.created for one in issue.histories if any(item.field_id == "status" for item in one.items)]
    desk = world.projects[issue.project_id].service_desk_id
    return {
        "_links": {
            "jiraRest": call.link(f"issue/{issue.id}"),
            "web": f"{call.base}/servicedesk/customer/portal/{desk}/{issue.key}",
            "self": f"{call.base}/rest/servicedeskapi/request/{issue.id}",
            "agent": f"{call.base}/browse/{issue.key}",
        },
        "requestType": request_type_doc(world, call, kind),
        "currentStatus": {
            "status": status.name,
            "statusCategory": status.category.upper(),
            "statusDate": date_doc(world, moved[-1] if moved else issue.created),
        },
    }


def _feedback(_: World, __: Call, issue: Issue, ___: Field) -> object:
    return None if issue.rating is None else {"rating": issue.rating.score}


def _feedback_date(world: World, _: Call, issue: Issue, __: Field) -> object:
    return None if issue.rating is None else stamp(world, issue.rating.at)


CUSTOM: dict[str, Shape] = {
    "datetime": _instant,
    "select": _option,
    "textarea": _textarea,
    "float": _number,
    "sd-customer-organizations": _organisations,
    "vp-origin": _request,
    "sd-request-participants": _participants,
    "sd-request-feedback": _feedback,
    "sd-request-feedback-date": _feedback_date,
    "sd-sla-field": _nothing,
    "gh-lexo-rank": lambda _, __, issue, ___: f"0|i{issue.id:05d}:",
}
"""What follows the colon in a custom field's type -> how an issue shows it."""
