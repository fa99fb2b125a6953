"""Writing single tickets and their tags."""

from connectors.emulation import iso
from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.answers import Answer, Call, Refusal, as_doc, as_int, not_found, record_invalid
from connectors.zendesk.emulator.parse import check_open, check_stamp, warning, wishes_of
from connectors.zendesk.emulator.records import API, Doc, Draft, Person, Wishes
from connectors.zendesk.emulator.shapes import audit_doc, ticket_doc
from connectors.zendesk.emulator.tickets import the_ticket
from connectors.zendesk.emulator.values import normal_tags
from connectors.zendesk.emulator.world import World

__all__ = ["add_tags", "create", "delete", "remove_tags", "replace_tags", "restore", "update"]


def update(world: World, call: Call) -> Answer:
    """Answer `PUT /tickets/{id}`. A save that changes nothing shows an older audit."""
    ticket = the_ticket(world, call)
    body = _ticket_body(call)
    check_open(ticket)
    check_stamp(body, iso(ticket.updated_at))
    wishes, dropped = wishes_of(world, body, call.caller)
    audit = deeds.update(world, ticket, call.caller.id, wishes, API) or ticket.audits[-1]
    doc = {**ticket_doc(world, ticket, call.base), "generated_timestamp": 0}
    return Answer({"ticket": doc, "audit": audit_doc(audit)}, headers=warning(dropped))


def create(world: World, call: Call) -> Answer:
    """Answer `POST /tickets`; the same `Idempotency-Key` brings the same ticket again."""
    key = call.headers.get("idempotency-key", "")
    known = world.idempotency.get(key)
    if key and known is not None:
        ticket = world.tickets[known]
    else:
        body = _ticket_body(call)
        wishes, _ = wishes_of(world, body, call.caller)
        requester = _requester(world, body, call.caller)
        draft = wishes.comment or _described(body, call.caller)
        if draft is None:
            raise record_invalid("base", "Description: cannot be blank", error="BlankValue")
        ticket = deeds.create(world, draft.author_id or call.caller.id, requester.id, draft, wishes, via=API)
        if key:
            world.idempotency[key] = ticket.id
    doc = {**ticket_doc(world, ticket, call.base), "generated_timestamp": 0}
    headers = {"location": str(doc["url"])}
    if key:
        headers["x-idempotency-lookup"] = "miss" if known is None else "hit"
    return Answer({"ticket": doc, "audit": audit_doc(ticket.audits[0])}, 201, headers)


def _described(body: Doc, caller: Person) -> Draft | None:
    """Return the first comment when it was given as `description`, which can be written at creation alone."""
    text = body.get("description")
    return Draft(text, author_id=caller.id) if isinstance(text, str) and text.strip() else None


def _requester(world: World, body: Doc, caller: Person) -> Person:
    """Return who asks: by id, by address (made when unknown), else the caller."""
    number = as_int(body.get("requester_id"))
    if number is not None:
        return world.people[number]
    asked = as_doc(body.get("requester"))
    email = asked.get("email")
    if not isinstance(email, str):
        return caller
    for person in world.people.values():
        if person.email == email:
            return person
    now = world.now()
    person = Person(max(world.people) + 137, str(asked.get("name") or email), email, "end-user", now, now)
    world.people[person.id] = person
    return person


def _ticket_body(call: Call) -> Doc:
    if not isinstance(call.body.get("ticket"), dict):
        raise Refusal(400, {"error": "ParameterMissing", "description": "Required parameter missing: ticket"})
    return as_doc(call.body["ticket"])


def delete(world: World, call: Call) -> Answer:
    deeds.delete(world, the_ticket(world, call), call.caller.id)
    return Answer(None, 204)


def restore(world: World, call: Call) -> Answer:
    """Answer `PUT /deleted_tickets/{id}/restore`."""
    ticket = world.tickets.get(call.ids[0])
    if ticket is None or ticket.deleted_at is None or ticket.scrubbed or not call.caller.sees(ticket):
        raise not_found()
    deeds.restore(world, ticket, call.caller.id)
    return Answer("")


def add_tags(world: World, call: Call) -> Answer:
    return _tagged(world, call, Wishes(add_tags=tuple(normal_tags(call.body.get("tags")))))


def replace_tags(world: World, call: Call) -> Answer:
    """Answer `POST /tickets/{id}/tags`, which replaces, and so clears dropdowns whose tags are not repeated."""
    return _tagged(world, call, Wishes(tags=normal_tags(call.body.get("tags"))))


def remove_tags(world: World, call: Call) -> Answer:
    return _tagged(world, call, Wishes(remove_tags=tuple(normal_tags(call.body.get("tags")))))


def _tagged(world: World, call: Call, wishes: Wishes) -> Answer:
    ticket = the_ticket(world, call)
    check_open(ticket)
    check_stamp(call.body, iso(ticket.updated_at))
    deeds.update(world, ticket, call.caller.id, wishes, API)
    if call.method == "DELETE":
        return Answer(None, 204)
    return Answer({"tags": ticket.tags}, 201 if call.method == "POST" else 200)
