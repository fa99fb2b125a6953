"""What a site is furnished with, as documents."""

from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.languages import said
from connectors.jira.emulator.shapes_people import avatars
from connectors.jira.emulator.site_records import (
    CATEGORIES,
    Field,
    IssueType,
    Option,
    Priority,
    Project,
    Resolution,
    Status,
)

__all__ = [
    "category_doc",
    "field_doc",
    "option_doc",
    "priority_doc",
    "project_doc",
    "resolution_doc",
    "schema_doc",
    "status_doc",
    "type_doc",
]


def _scope(project_id: int | None) -> Doc:
    return {} if project_id is None else {"scope": {"type": "PROJECT", "project": {"id": str(project_id)}}}


def category_doc(call: Call, key: str) -> Doc:
    one = CATEGORIES[key]
    return {
        "self": call.link(f"statuscategory/{one.id}"),
        "id": one.id,
        "key": one.key,
        "colorName": one.colour,
        "name": said(one.name, call.language),
    }


def status_doc(call: Call, status: Status) -> Doc:
    return {
        "self": call.link(f"status/{status.id}"),
        "description": "",
        "iconUrl": f"{call.base}/images/icons/statuses/generic.png",
        "name": said(status.name, call.language),
        "id": str(status.id),
        "statusCategory": category_doc(call, status.category),
        **_scope(status.project_id),
    }


def priority_doc(call: Call, priority: Priority) -> Doc:
    return {
        "self": call.link(f"priority/{priority.id}"),
        "iconUrl": f"{call.base}/images/icons/priorities/{priority.icon}.svg",
        "name": said(priority.name, call.language),
        "id": str(priority.id),
    }


def resolution_doc(call: Call, resolution: Resolution) -> Doc:
    return {
        "self": call.link(f"resolution/{resolution.id}"),
        "id": str(resolution.id),
        "description": "",
        "name": said(resolution.name, call.language),
    }


def type_doc(call: Call, kind: IssueType) -> Doc:
    return {
        "self": call.link(f"issuetype/{kind.id}"),
        "id": str(kind.id),
        "description": "",
        "iconUrl": f"{call.base}/images/icons/issuetypes/{kind.id}.svg",
        "name": kind.name,
        "subtask": kind.subtask,
        "avatarId": 300 + kind.id,
        "hierarchyLevel": -1 if kind.subtask else 0,
        **_scope(kind.project_id),
    }


def project_doc(call: Call, project: Project) -> Doc:
    """Return a project as an issue's field shows it."""
    return {
        "self": call.link(f"project/{project.id}"),
        "id": str(project.id),
        "key": project.key,
        "name": project.name,
        "projectTypeKey": project.kind,
        "simplified": project.simplified,
        "avatarUrls": avatars(call, f"p{project.id}"),
    }


def option_doc(call: Call, option: Option) -> Doc:
    return {"self": call.link(f"customFieldOption/{option.id}"), "value": option.value, "id": str(option.id)}


def schema_doc(field: Field) -> Doc:
    doc: Doc = {"type": field.type}
    if field.items is not None:
        doc["items"] = field.items
    if field.custom:
        return {**doc, "custom": field.custom, "customId": field.number}
    return {**doc, "system": field.id}


def field_doc(call: Call, field: Field) -> Doc:
    """Return a field as `/field` lists it."""
    doc: Doc = {"id": field.id, "key": field.id, "name": said(field.name, call.language)}
    if field.custom:
        doc["untranslatedName"] = field.name
    doc |= {
        "custom": bool(field.custom),
        "orderable": field.orderable,
        "navigable": field.navigable,
        "searchable": field.searchable,
        "clauseNames": list(field.clauses),
        **_scope(field.project_id),
    }
    doc["schema"] = schema_doc(field)
    return doc
