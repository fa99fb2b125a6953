"""Views: agents' lists of tickets, made, changed, shown and deleted."""

from collections.abc import Sequence
from typing import cast

from connectors.emulation import iso
from connectors.zendesk.emulator.agreements import Condition
from connectors.zendesk.emulator.answers import Answer, Call, as_doc, as_docs, as_int, not_found, record_invalid
from connectors.zendesk.emulator.beside import View
from connectors.zendesk.emulator.conditions import matches, picture_of
from connectors.zendesk.emulator.paging import offset_page, page, wants_cursor
from connectors.zendesk.emulator.policies import condition_doc
from connectors.zendesk.emulator.records import Doc, Person, Ticket
from connectors.zendesk.emulator.shapes import ticket_docs
from connectors.zendesk.emulator.world import World

__all__ = ["count", "create", "delete", "listed", "seeded", "show", "tickets", "update"]

_VIEW_IDS = 26155640000000
_CHECKED = ("status", "type", "group_id", "assignee_id", "requester_id")
_MOST_COLUMNS = 10


def seeded(since: int) -> list[View]:
    """Return the views that an account has from the start."""
    unsolved = Condition("status", "less_than", "solved")
    return [
        View(_VIEW_IDS, "Your unsolved tickets", 1, since, since, default=True, all=(unsolved,)),
        View(_VIEW_IDS + 1, "Recently solved tickets", 2, since, since, all=(Condition("status", "is", "solved"),)),
    ]


def listed(world: World, call: Call) -> Answer:
    """Answer `/views`; cursor pages are in order of creation, offset pages by position."""
    found = list(world.views.values())
    active = call.query.get("active")
    if active in ("true", "false"):
        found = [one for one in found if one.active is (active == "true")]

    def render(some: Sequence[View]) -> list[Doc]:
        return [_doc(world, one, call.base) for one in some]

    if wants_cursor(call):
        return Answer(page(call, "views", found, lambda one: (one.created_at, one.id), render, order="created_at"))
    found.sort(key=lambda one: (one.position, one.id))
    return Answer(offset_page(call, "views", found, render))


def show(world: World, call: Call) -> Answer:
    return Answer({"view": _doc(world, _the_view(world, call), call.base)})


def create(world: World, call: Call) -> Answer:
    """Answer `POST /views`. It needs a title, and a condition on one of five fields that all tickets must meet."""
    now = world.now()
    number = max([_VIEW_IDS, *world.views]) + 7
    view = View(number, "", len(world.views) + 1, now, now)
    _fill(view, as_doc(call.body.get("view")))
    world.views[number] = view
    return Answer({"view": _doc(world, view, call.base)})


def update(world: World, call: Call) -> Answer:
    """Answer `PUT /views/{id}`; either list of conditions replaces both."""
    view = _the_view(world, call)
    _fill(view, as_doc(call.body.get("view")))
    view.updated_at = world.now()
    return Answer({"view": _doc(world, view, call.base)})


def delete(world: World, call: Call) -> Answer:
    del world.views[_the_view(world, call).id]
    return Answer(None, 204)


def tickets(world: World, call: Call) -> Answer:
    """Answer `/views/{id}/tickets`."""
    found = _shown(world, _the_view(world, call), call.caller)
    return Answer(
        page(call, "tickets", found, lambda one: (one.id, 0), lambda some: ticket_docs(world, some, call.base))
    )


def count(world: World, call: Call) -> Answer:
    view = _the_view(world, call)
    found = len(_shown(world, view, call.caller))
    link = call.link(f"views/{view.id}/count.json")
    doc: Doc = {"view_id": view.id, "url": link, "value": found, "pretty": str(found), "fresh": True}
    return Answer({"view_count": doc})


def _shown(world: World, view: View, caller: Person) -> list[Ticket]:
    return [one for one in world.listed() if caller.sees(one) and matches(picture_of(one), view.all, view.any)]


def _the_view(world: World, call: Call) -> View:
    if call.ids[0] not in world.views:
        raise not_found()
    return world.views[call.ids[0]]


def _fill(view: View, body: Doc) -> None:
    """Take what the body says, all of it or nothing. Raises: Refusal (422)."""
    title = body.get("title", view.title)
    if not isinstance(title, str) or not title.strip():
        raise record_invalid("title", "Title: cannot be blank", error="BlankValue")
    every, some = view.all, view.any
    if "all" in body or "any" in body:
        every, some = _conditions(body.get("all")), _conditions(body.get("any"))
    if not any(one.field in _CHECKED for one in every):
        words = ", ".join(_CHECKED)
        raise record_invalid("base", f"View must test for at least one of the following fields in all: {words}")
    output = as_doc(body.get("output"))
    columns = tuple(str(one) for one in _items(output.get("columns"))) or view.columns
    if len(columns) > _MOST_COLUMNS:
        raise record_invalid("base", f"A view may show {_MOST_COLUMNS} columns at most")
    view.title, view.all, view.any, view.columns = title, every, some, columns
    for name in ("group_by", "group_order", "sort_by", "sort_order"):
        if isinstance(output.get(name), str):
            setattr(view, name, output[name])
    if isinstance(body.get("description"), str):
        view.description = str(body["description"])
    if isinstance(body.get("active"), bool):
        view.active = bool(body["active"])
    view.position = as_int(body.get("position")) or view.position
    if "restriction" in body:
        view.restriction = as_doc(body["restriction"]) or None


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _conditions(value: object) -> tuple[Condition, ...]:
    return tuple(
        Condition(str(one.get("field")), str(one.get("operator") or "is"), one.get("value")) for one in as_docs(value)
    )


def _doc(world: World, view: View, base: str) -> Doc:
    group = None if view.group_by is None else {**_column(world, view.group_by, base), "order": view.group_order}
    return {
        "id": view.id,
        "title": view.title,
        "active": view.active,
        "default": view.default,
        "description": view.description,
        "position": view.position,
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
        "restriction": view.restriction,
        "conditions": {
            "all": [condition_doc(one) for one in view.all],
            "any": [condition_doc(one) for one in view.any],
        },
        "execution": {
            "columns": [_column(world, one, base) for one in view.columns],
            "group": group,
            "sort": {**_column(world, view.sort_by, base), "order": view.sort_order},
            "group_by": view.group_by,
            "group_order": view.group_order,
            "sort_by": view.sort_by,
            "sort_order": view.sort_order,
        },
    }


def _column(world: World, name: str, base: str) -> Doc:
    """Return a column as views show it: a custom field by its number, with its title and type."""
    field = world.fields.get(as_int(name) or 0)
    if field is None:
        return {"id": name, "title": name.replace("_", " ").capitalize()}
    link = f"{base}/api/v2/ticket_fields/{field.id}.json"
    return {"id": field.id, "title": field.title, "type": field.type, "url": link}
