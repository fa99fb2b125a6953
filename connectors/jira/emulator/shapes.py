"""Issues as documents, with the fields and expansions that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.languages import said
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.shapes_history import comment_doc, comments_of, embedded_changelog
from connectors.jira.emulator.shapes_site import schema_doc
from connectors.jira.emulator.shapes_values import SYSTEM, custom_value
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.world import World

__all__ = ["EXPANDS", "Wanted", "issue_doc", "names_and_schema", "wanted"]

EXPANDS = "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
_IN_SEARCH = 20  # comments


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown of issues. `searching`: on a page of a search, where more is cut."""

    fields: tuple[Field, ...]
    expand: frozenset[str]
    properties: tuple[str, ...]
    searching: bool
    ids_only: bool = False
    keys_only: bool = False


def wanted(
    world: World,
    names: Sequence[str],
    expand: Sequence[str] = (),
    properties: Sequence[str] = (),
    *,
    searching: bool = False,
) -> Wanted:
    """Return what names of fields mean: ids, `*all`, `*navigable`, `-field`; unknown names mean nothing."""
    there = {one.id: one for one in world.fields.values() if not one.trashed}
    chosen = dict[str, Field]()
    if names and all(name.startswith("-") for name in names):
        names = ["*navigable" if searching else "*all", *names]
    for name in names:
        if name == "*all":
            chosen |= there
        elif name == "*navigable":
            chosen |= {one.id: one for one in there.values() if one.navigable}
        elif name.startswith("-"):
            chosen.pop(name[1:], None)
        elif name in there:
            chosen[name] = there[name]
    plain = {*names} <= {"id", "key", "issuekey"}
    return Wanted(
        tuple(chosen.values()),
        frozenset(expand),
        tuple(properties),
        searching,
        ids_only=searching and {*names} <= {"id"} and not properties and "changelog" not in expand,
        keys_only=plain,
    )


def issue_doc(world: World, call: Call, issue: Issue, show: Wanted) -> Doc:
    """Return an issue; of its fields those that were asked for and that its project has."""
    if show.ids_only:
        return {"id": str(issue.id)}
    doc: Doc = {
        "expand": EXPANDS,
        "id": str(issue.id),
        "self": call.link(f"issue/{issue.id}"),
        "key": issue.key,
    }
    if not show.keys_only:
        doc["fields"] = {
            one.id: _value(world, call, issue, one, show)
            for one in show.fields
            if one.project_id in (None, issue.project_id)
        }
    if show.properties:
        doc["properties"] = {name: issue.properties[name] for name in show.properties if name in issue.properties}
    if "renderedFields" in show.expand:
        doc["renderedFields"] = {"description": f"<p>{issue.description or ''}</p>"}
    if "changelog" in show.expand:
        doc["changelog"] = embedded_changelog(world, call, issue, 40 if show.searching else 100)
    return doc


def names_and_schema(call: Call, show: Wanted) -> Doc:
    """Return the parts of an answer that tell the names and schemas of its fields, if asked for."""
    doc: Doc = {}
    if "names" in show.expand:
        doc["names"] = {one.id: said(one.name, call.language) for one in show.fields}
    if "schema" in show.expand:
        doc["schema"] = {one.id: schema_doc(one) for one in show.fields}
    return doc


def _value(world: World, call: Call, issue: Issue, field: Field, show: Wanted) -> object:
    if field.id == "comment":
        return _comments(world, call, issue, show)
    if field.custom:
        return custom_value(world, call, issue, field)
    return SYSTEM[field.id](world, call, issue, field)


def _comments(world: World, call: Call, issue: Issue, show: Wanted) -> Doc:
    found = comments_of(issue, call)
    cut = show.searching and "comment_cut" in world.traps
    shown = found[:_IN_SEARCH] if cut else found
    return {
        "comments": [comment_doc(world, call, one) for one in shown],
        "self": call.link(f"issue/{issue.id}/comment"),
        "maxResults": len(shown),
        "total": len(found),
        "startAt": 0,
    }
