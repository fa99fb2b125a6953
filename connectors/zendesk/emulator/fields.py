"""Ticket fields: reading and managing them."""

from connectors.zendesk.emulator.answers import Answer, Call, Refusal, as_doc, as_docs, not_found, record_invalid
from connectors.zendesk.emulator.paging import page, wants_cursor
from connectors.zendesk.emulator.records import Doc, Option, TicketField
from connectors.zendesk.emulator.shapes import field_doc
from connectors.zendesk.emulator.values import normal_tags
from connectors.zendesk.emulator.world import World

__all__ = ["create", "delete", "listed", "options", "show", "update"]

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
_FLAGS = (
    "visible_in_portal",
    "editable_in_portal",
    "required_in_portal",
    "required",
    "collapsed_for_agents",
)
_TEXTS = ("description", "title_in_portal", "agent_description")


def listed(world: World, call: Call) -> Answer:
    """Answer `/ticket_fields`: all in one answer unless cursor pages are asked for."""
    found = sorted(world.fields.values(), key=lambda one: one.id)
    if wants_cursor(call):
        return Answer(
            page(
                call,
                "ticket_fields",
                found,
                lambda one: (one.id, 0),
                lambda some: [field_doc(one, call.base) for one in some],
            )
        )
    docs = [field_doc(one, call.base) for one in found]
    return Answer({"ticket_fields": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def _the_field(world: World, call: Call) -> TicketField:
    if call.ids[0] not in world.fields:
        raise not_found()
    return world.fields[call.ids[0]]


def show(world: World, call: Call) -> Answer:
    return Answer({"ticket_field": field_doc(_the_field(world, call), call.base)})


def options(world: World, call: Call) -> Answer:
    doc = field_doc(_the_field(world, call), call.base)
    lines = as_docs(doc.get("custom_field_options"))
    return Answer({"custom_field_options": lines, "next_page": None, "previous_page": None, "count": len(lines)})


def create(world: World, call: Call) -> Answer:
    """Answer `POST /ticket_fields`. Dropdowns need options, and a tag belongs to one field of the account."""
    body = as_doc(call.body.get("ticket_field"))
    kind, title = body.get("type"), body.get("title")
    if not isinstance(title, str) or not title:
        raise record_invalid("title", "Title: cannot be blank", error="BlankValue")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Refusal(422, {"error": "InvalidValue", "description": f"Invalid field type: {kind}"})
    field = TicketField(max(world.fields) + 128, kind, title, 9999, world.now(), world.now())
    _fill(world, field, body, made=True)
    world.fields[field.id] = field
    doc = field_doc(field, call.base)
    return Answer({"ticket_field": doc}, 201, {"location": str(doc["url"])})


def update(world: World, call: Call) -> Answer:
    """Answer `PUT /ticket_fields/{id}`. The type stays what it is; options are replaced as a whole."""
    field = _the_field(world, call)
    _fill(world, field, as_doc(call.body.get("ticket_field")), made=False)
    field.updated_at = world.now()
    return Answer({"ticket_field": field_doc(field, call.base)})


def delete(world: World, call: Call) -> Answer:
    field = _the_field(world, call)
    if not field.custom:
        raise record_invalid("base", f"{field.title} is a system field")
    del world.fields[field.id]
    for ticket in world.tickets.values():
        ticket.values.pop(field.id, None)
    return Answer(None, 204)


def _fill(world: World, field: TicketField, body: Doc, *, made: bool) -> None:
    """Take what the body says, all of it or nothing. Raises: Refusal (422)."""
    title = body.get("title", field.title)
    if not isinstance(title, str) or not title:
        raise record_invalid("title", "Title: cannot be blank", error="BlankValue")
    lines = field.options
    if field.type in ("tagger", "multiselect") and (made or "custom_field_options" in body):
        lines = _options(world, field, body)
    tag = field.tag
    if field.type == "checkbox" and "tag" in body:
        tag = next(iter(normal_tags(body["tag"])), None)
        if tag is not None:
            _check_free(world, field, tag, set())
    if field.type == "regexp" and "regexp_for_validation" in body:
        field.regexp = str(body["regexp_for_validation"] or "") or None
    field.title, field.options, field.tag = title, lines, tag
    if isinstance(body.get("active"), bool):
        field.active = bool(body["active"])
    if isinstance(body.get("position"), int):
        field.position = int(str(body["position"]))
    field.extra |= {name: bool(body[name]) for name in _FLAGS if isinstance(body.get(name), bool)}
    for name in _TEXTS:
        if isinstance(body.get(name), str):
            field.extra[name] = body[name]
            if name != "agent_description":
                field.extra[f"raw_{name}"] = body[name]


def _options(world: World, field: TicketField, body: Doc) -> tuple[Option, ...]:
    lines = as_docs(body.get("custom_field_options"))
    if not lines:
        raise record_invalid("field_options", "Field options: must contain at least one option", error="EmptyValue")
    known = {option.value: option.id for option in field.options}
    free = field.id * 10 + len(known)
    seen, made = set[str](), list[Option]()
    for line in lines:
        value = next(iter(normal_tags([line.get("value") or ""])), "")
        _check_free(world, field, value, seen)
        seen.add(value)
        made.append(Option(known.get(value, free), str(line.get("name") or value), value))
        free += value not in known
    return tuple(made)


def _check_free(world: World, field: TicketField, value: str, seen: set[str]) -> None:
    """Raises: Refusal (422) for a tag that is empty, named twice, or another field's."""
    others = [one for one in world.fields.values() if one.id != field.id]
    taken = {option.value for one in others for option in one.options} | {one.tag for one in others}
    if not value or value in seen or value in taken:
        description = f"Field options: the tag {value!r} is already used in another field"
        raise record_invalid("field_options", description, error="DuplicateValue")
