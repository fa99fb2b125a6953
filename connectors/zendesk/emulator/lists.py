"""Reading people, organisations, groups, brands, forms and statuses."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from connectors.zendesk.emulator.answers import Answer, Call, Refusal, not_found
from connectors.zendesk.emulator.directory import (
    brand_doc,
    form_doc,
    group_doc,
    membership_doc,
    memberships,
    organisation_doc,
    status_doc,
    user_doc,
)
from connectors.zendesk.emulator.paging import many_ids, offset_page, page
from connectors.zendesk.emulator.records import Doc, Organisation
from connectors.zendesk.emulator.world import World

__all__ = [
    "ANONYMOUS",
    "brand",
    "brands",
    "custom_statuses",
    "group",
    "group_memberships",
    "groups",
    "me",
    "organisation",
    "organisations",
    "organisations_beginning",
    "organisations_many",
    "organisations_named",
    "ticket_form",
    "ticket_forms",
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
    unknown = roles - {"end-user", "agent", "admin"}
    if unknown:
        raise Refusal(422, {"error": "InvalidValue", "description": f"Invalid role: {', '.join(sorted(unknown))}"})
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


def organisations_named(world: World, call: Call) -> Answer:
    """Answer `/organizations/search`: by whole name or external id, whatever the case, never both."""
    name, external = call.query.get("name"), call.query.get("external_id")
    if (name is None) is (external is None):
        raise Refusal(400, {"error": "InvalidValue", "description": "Specify either a name or an external_id"})

    def fits(one: Organisation) -> bool:
        has, wanted = (one.name, name) if name is not None else (one.external_id or "", external)
        return has.lower() == (wanted or "").lower()

    return _found(world, call, fits)


def organisations_beginning(world: World, call: Call) -> Answer:
    """Answer `/organizations/autocomplete`: those whose name begins so; of two letters at least."""
    name = call.query.get("name", "").lower()
    if len(name) < 2:
        detail = "must contain at least 2 characters"
        raise Refusal(400, {"errors": [{"code": "InvalidValue", "title": "Invalid parameter: name", "detail": detail}]})
    return _found(world, call, lambda one: one.name.lower().startswith(name))


def _found(world: World, call: Call, fits: Callable[[Organisation], bool]) -> Answer:
    found = [one for one in world.organisations.values() if one.deleted_at is None and fits(one)]
    found.sort(key=lambda one: (one.name, one.id))

    def render(some: Sequence[Organisation]) -> list[Doc]:
        return [organisation_doc(one, call.base) for one in some]

    return Answer(offset_page(call, "organizations", found, render))


def group_memberships(world: World, call: Call) -> Answer:
    """Answer `/group_memberships`, of one person or group if the query names one."""
    found = memberships(world)
    for name in ("user_id", "group_id"):
        wanted = call.query.get(name)
        if wanted:
            found = [one for one in found if str(getattr(one, name)) == wanted]
    return _list(call, "group_memberships", found, lambda one: membership_doc(one, call.base))


def groups(world: World, call: Call) -> Answer:
    return _list(call, "groups", world.groups.values(), lambda one: group_doc(one, call.base))


def group(world: World, call: Call) -> Answer:
    if call.ids[0] not in world.groups:
        raise not_found()
    return Answer({"group": group_doc(world.groups[call.ids[0]], call.base)})


def brands(world: World, call: Call) -> Answer:
    forms = list(world.forms)
    return _list(call, "brands", world.brands.values(), lambda one: brand_doc(one, call.base, forms))


def brand(world: World, call: Call) -> Answer:
    if call.ids[0] not in world.brands:
        raise not_found()
    return Answer({"brand": brand_doc(world.brands[call.ids[0]], call.base, list(world.forms))})


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


def ticket_form(world: World, call: Call) -> Answer:
    if call.ids[0] not in world.forms:
        raise not_found()
    return Answer({"ticket_form": form_doc(world.forms[call.ids[0]], call.base, list(world.fields))})
