"""Reading people, organisations and settings, and managing ticket fields."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from connectors.zendesk.emulator.answers import Answer, Call, Refusal, as_doc, as_docs, not_found, record_invalid
from connectors.zendesk.emulator.directory import (
    brand_doc,
    form_doc,
    group_doc,
    organisation_doc,
    status_doc,
    user_doc,
)
from connectors.zendesk.emulator.paging import many_ids, page, wants_cursor
from connectors.zendesk.emulator.records import Doc, Option, TicketField
from connectors.zendesk.emulator.shapes import field_doc
from connectors.zendesk.emulator.world import World

__all__ = [
    "ANONYMOUS",
    "brands",
    "create_field",
    "custom_statuses",
    "delete_field",
    "field_options",
    "group",
    "groups",
    "me",
    "organisation",
    "organisations",
    "organisations_many",
    "ticket_field",
    "ticket_fields",
    "ticket_forms",
    "update_field",
    "user",
    "users",
    "users_many",
]


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Numbered)

ANONYMOUS: Doc = {
    "user": {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"},
}
_TYPES = (
    "text",
    "textarea",
    "checkbox",
    "date",
    "integer",
    "decimal",
    "regexp",
    "partialcreditcard",
    "multiselect",
    "tagger",
    "lookup",
)


def _list(call: Call, name: str, items: Iterable[T], render: Callable[[T], Doc]) -> Answer:
    ordered = sorted(items, key=_key)

    def all_of(some: Sequence[T]) -> list[Doc]:
        return [render(one) for one in some]

    return Answer(page(call, name, ordered, _key, all_of))


def _key(one: _Numbered) -> tuple[int, int]:
    return (one.id, 0)


def me(_: World, call: Call) -> Answer:
    return Answer({"user": user_doc(call.caller, call.base)})


def users(world: World, call: Call) -> Answer:
    roles = {*call.query.getlist("role[]"), *call.query.getlist("role")}
    found = [one for one in world.people.values() if one.active and (not roles or one.role in roles)]
    return _list(call, "users", found, lambda one: user_doc(one, call.base))


def user(world: World, call: Call) -> Answer:
    if call.ids[0] not in world.people:
        raise not_found()
    return Answer({"user": user_doc(world.people[call.ids[0]], call.base)})


def users_many(world: World, call: Call) -> Answer:
    found = [world.people[one] for one in many_ids(call) if one in world.people]
    docs = [user_doc(one, call.base) for one in found]
    return Answer({"users": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def organisations(world: World, call: Call) -> Answer:
    found = [one for one in world.organisations.values() if one.deleted_at is None]
    return _list(call, "organizations", found, lambda one: organisation_doc(one, call.base))


def organisation(world: World, call: Call) -> Answer:
    found = world.organisations.get(call.ids[0])
    if found is None or found.deleted_at is not None:
        raise not_found()
    return Answer({"organization": organisation_doc(found, call.base)})


def organisations_many(world: World, call: Call) -> Answer:
    found = [world.organisations[one] for one in many_ids(call) if one in world.organisations]
    docs = [organisation_doc(one, call.base) for one in found]
    return Answer({"organizations": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def groups(world: World, call: Call) -> Answer:
    return _list(call, "groups", world.groups.values(), lambda one: group_doc(one, call.base))


def group(world: World, call: Call) -> Answer:
    if call.ids[0] not in world.groups:
        raise not_found()
    return Answer({"group": group_doc(world.groups[call.ids[0]], call.base)})


def brands(world: World, call: Call) -> Answer:
    forms = list(world.forms)
    return _list(call, "brands", world.brands.values(), lambda one: brand_doc(one, call.base, forms))


def custom_statuses(world: World, call: Call) -> Answer:
    """Answer `/custom_statuses`: all in one answer, without paging."""
    wanted = {word for word in call.query.get("status_categories", "").split(",") if word}
    found = [one for one in world.statuses.values() if not wanted or one.category in wanted]
    for name in ("active", "default"):
        flag = call.query.get(name)
        if flag in ("true", "false"):
            found = [one for one in found if bool(getattr(one, name)) is (flag == "true")]
    return Answer({"custom_statuses": [status_doc(one, call.base) for one in found]})


def ticket_forms(world: World, call: Call) -> Answer:
    fields = list(world.fields)
    return _list(call, "ticket_forms", world.forms.values(), lambda one: form_doc(one, call.base, fields))


def ticket_fields(world: World, call: Call) -> Answer:
    """Answer `/ticket_fields`: all in one answer unless cursor pages are asked for."""
    found = sorted(world.fields.values(), key=_key)
    if wants_cursor(call):
        return _list(call, "ticket_fields", found, lambda one: field_doc(one, call.base))
    docs = [field_doc(one, call.base) for one in found]
    return Answer({"ticket_fields": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def _the_field(world: World, call: Call) -> TicketField:
    if call.ids[0] not in world.fields:
        raise not_found()
    return world.fields[call.ids[0]]


def ticket_field(world: World, call: Call) -> Answer:
    return Answer({"ticket_field": field_doc(_the_field(world, call), call.base)})


def field_options(world: World, call: Call) -> Answer:
    doc = field_doc(_the_field(world, call), call.base)
    options = as_docs(doc.get("custom_field_options"))
    return Answer(
        {"custom_field_options": options, "next_page": None, "previous_page": None, "count": len(options)},
    )


def create_field(world: World, call: Call) -> Answer:
    """Answer `POST /ticket_fields`. Dropdowns need options, and an option's value is unique in the account."""
    body = as_doc(call.body.get("ticket_field"))
    kind, title = body.get("type"), body.get("title")
    if not isinstance(title, str) or not title:
        raise record_invalid("title", "Title: cannot be blank", error="BlankValue")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Refusal(422, {"error": "InvalidValue", "description": f"Invalid field type: {kind}"})
    number = max(world.fields) + 128
    field = TicketField(number, kind, title, 9999, world.now(), world.now())
    field.regexp = str(body["regexp_for_validation"]) if body.get("regexp_for_validation") else None
    field.tag = str(body["tag"]) if kind == "checkbox" and body.get("tag") else None
    field.options = _options(world, field, body)
    world.fields[number] = field
    doc = field_doc(field, call.base)
    return Answer({"ticket_field": doc}, 201, {"location": str(doc["url"])})


def _options(world: World, field: TicketField, body: Doc) -> tuple[Option, ...]:
    if field.type not in ("tagger", "multiselect"):
        return ()
    lines = as_docs(body.get("custom_field_options"))
    if not lines:
        raise record_invalid("field_options", "Field options: must contain at least one option", error="EmptyValue")
    taken = {option.value for one in world.fields.values() if one.id != field.id for option in one.options}
    options = list[Option]()
    for index, line in enumerate(lines):
        value = str(line.get("value") or "").lower().replace(" ", "_")
        if not value or value in taken:
            description = f"Field options: the tag {value!r} is already used in another field"
            raise record_invalid("field_options", description, error="DuplicateValue")
        taken.add(value)
        options.append(Option(field.id * 10 + index, str(line.get("name") or value), value))
    return tuple(options)


def update_field(world: World, call: Call) -> Answer:
    field, body = _the_field(world, call), as_doc(call.body.get("ticket_field"))
    if "custom_field_options" in body:
        field.options = _options(world, field, body)
    if isinstance(body.get("title"), str):
        field.title = str(body["title"])
    if isinstance(body.get("active"), bool):
        field.active = bool(body["active"])
    field.updated_at = world.now()
    return Answer({"ticket_field": field_doc(field, call.base)})


def delete_field(world: World, call: Call) -> Answer:
    field = _the_field(world, call)
    if not field.custom:
        raise record_invalid("base", f"{field.title} is a system field")
    del world.fields[field.id]
    for ticket in world.tickets.values():
        ticket.values.pop(field.id, None)
    return Answer(None, 204)
