"""What there is to choose from: statuses, priorities, resolutions, issue types, fields, link types."""

from connectors.jira.emulator.access import browses
from connectors.jira.emulator.answers import Answer, Call, Doc, refused
from connectors.jira.emulator.languages import said
from connectors.jira.emulator.paging import page_bean
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.shapes_site import (
    field_doc,
    priority_doc,
    resolution_doc,
    schema_doc,
    status_doc,
    type_doc,
)
from connectors.jira.emulator.site_records import Field, Status
from connectors.jira.emulator.world import World

__all__ = ["ROUTES"]

_A_PAGE = 50


def _seen(world: World, call: Call, project_id: int | None) -> bool:
    """Return whether the caller may know of what only one project has."""
    return project_id is None or browses(world.projects[project_id], call.user)


def _statuses(world: World, call: Call) -> list[Status]:
    return [one for one in world.statuses.values() if not one.deleted and _seen(world, call, one.project_id)]


def statuses(world: World, call: Call) -> Answer:
    return Answer([status_doc(call, one) for one in _statuses(world, call)])


def status(world: World, call: Call) -> Answer:
    for one in _statuses(world, call):
        if call.args[0] in (str(one.id), one.name):
            return Answer(status_doc(call, one))
    raise refused(404, f"Could not find status with id or name '{call.args[0]}'.")


def priorities(world: World, call: Call) -> Answer:
    return Answer([priority_doc(call, one) for one in world.priorities.values()])


def resolutions(world: World, call: Call) -> Answer:
    return Answer([resolution_doc(call, one) for one in world.resolutions.values()])


def types(world: World, call: Call) -> Answer:
    return Answer([type_doc(call, one) for one in world.types.values() if _seen(world, call, one.project_id)])


def fields(world: World, call: Call) -> Answer:
    """Answer the fields that the caller may see, those of single projects among them."""
    key: Doc = {
        "id": "issuekey",
        "key": "issuekey",
        "name": said("Key", call.language),
        "custom": False,
        "orderable": False,
        "navigable": True,
        "searchable": False,
        "clauseNames": ["id", "issue", "issuekey", "key"],
    }
    found = [one for one in world.fields.values() if not one.trashed and _seen(world, call, one.project_id)]
    return Answer([key, *(field_doc(call, one) for one in found)])


def field_search(world: World, call: Call) -> Answer:
    """Answer a page of the fields of company-managed projects; `type`, `id` and `query` narrow it down."""
    kinds, ids, text = call.words("type"), call.words("id"), call.query.get("query", "").lower()
    found = [
        one
        for one in world.fields.values()
        if not one.trashed
        and one.project_id is None
        and (kinds is None or ("custom" if one.custom else "system") in kinds)
        and (ids is None or one.id in ids)
        and text in one.name.lower()
    ]
    found.sort(key=lambda one: (one.name.lower(), one.id))

    def shape(one: Field) -> Doc:
        tabs = [tab for screen in world.screens.values() for tab in screen.tabs]
        doc: Doc = {"id": one.id, "name": said(one.name, call.language), "schema": schema_doc(one)}
        doc |= {"description": one.description, "isLocked": one.locked}
        if one.searcher is not None:
            doc["searcherKey"] = one.searcher
        doc["screensCount"] = sum(1 for tab in tabs if one.id in tab.field_ids)
        doc["contextsCount"] = sum(1 for context in world.contexts.values() if context.field_id == one.id)
        return doc

    return Answer(page_bean(world, call, "field/search", found, shape, default=_A_PAGE, most=_A_PAGE))


def link_types(world: World, call: Call) -> Answer:
    return Answer(
        {
            "issueLinkTypes": [
                {
                    "id": str(one.id),
                    "name": one.name,
                    "inward": one.inward,
                    "outward": one.outward,
                    "self": call.link(f"issueLinkType/{one.id}"),
                }
                for one in world.link_types.values()
            ]
        }
    )


ROUTES = (
    Route("GET", "status", statuses),
    Route("GET", "status/{status}", status),
    Route("GET", "priority", priorities),
    Route("GET", "resolution", resolutions),
    Route("GET", "issuetype", types),
    Route("GET", "field", fields, anonymous=True),
    Route("GET", "field/search", field_search, CLOUD, admin=True),
    Route("GET", "issueLinkType", link_types, anonymous=True),
)
