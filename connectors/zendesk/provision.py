"""Looks for the ticket fields and views that agents need, and makes those that are missing. Changes nothing else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors import FieldName, Provision, ProvisionState, Slot, Unreadable, field_of, flag, perhaps, several, text
from connectors.zendesk.client import Api
from connectors.zendesk.fields import Absent, OwnField, lacking, own_field
from connectors.zendesk.outfit import (
    KINDS,
    OPTIONS,
    VIEWS,
    ViewPlan,
    field_body,
    field_steps,
    view_bodies,
    view_steps,
)
from connectors.zendesk.shapes import identifier

__all__ = ["Provisioner", "scope_lacks"]

PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

FORBIDDEN = 403
UNSORTABLE = frozenset({400, 422})

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is. views: None where this user may not list them. own: the fields that can be written, by slot."""

    role: str
    fields: Sequence[Row]
    forms: Sequence[Row]
    views: Sequence[Row] | None
    own: dict[Slot, OwnField] = field(default_factory=dict[Slot, OwnField])


def scope_lacks(scope: str | None) -> str:
    """Say why a token of this scope makes no fields and views; empty where it does, or has none (an API token)."""
    if scope is None or "write" in scope.split():
        return ""
    return (
        f"the OAuth scope '{scope}' does not let fields and views be made; that takes 'write': "
        "set `scope: read write` under `auth` for as long as it takes"
    )


class Provisioner:
    """names: what the folder calls each slot's field. scope: of the OAuth token; None for an API token."""

    def __init__(self, api: Api, names: Mapping[Slot, FieldName], scope: str | None) -> None:
        self._api, self._names, self._scope = api, names, scope

    def look(self, recorded: Mapping[str, str]) -> list[Provision]:
        """Return the fields that the folder names, and the views by state where it names a drop-down for it."""
        seen = self._seen()
        found = {slot: self._field(slot, name, seen) for slot, name in self._names.items()}
        return [*found.values(), *(self._view(plan, found, seen, recorded) for plan in self._views(seen))]

    def make(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing, fields first: the views speak of them."""
        seen = self._seen()
        found = {slot: self._field(slot, name, seen) for slot, name in self._names.items()}
        forbidden = ""
        for slot, each in found.items():
            if each.state is MISSING and each.what in wanted:
                found[slot], forbidden = self._made_field(slot, each, seen, forbidden)
                yield found[slot]
        for plan in self._views(seen):
            view = self._view(plan, found, seen, recorded)
            if view.state is MISSING and view.what in wanted:
                yield self._made_view(plan, view, seen)

    def _seen(self) -> _Seen:
        user = self._api.me()
        fields = [perhaps(each) for each in self._api.everything("ticket_fields")]
        forms = [perhaps(each) for each in self._api.offered("ticket_forms", "ticket_forms") or ()]
        views = self._api.offered("views", "views") if Slot.STATE in self._names else ()
        return _Seen(text(user, "role"), fields, forms, None if views is None else [perhaps(each) for each in views])

    def _field(self, slot: Slot, name: FieldName, seen: _Seen) -> Provision:
        found = Provision(field_of(slot), name.title or f"id {name.id}", KINDS[slot][1], MISSING)
        try:
            own = own_field(slot, name, seen.fields)
        except Absent as absent:
            taken = _taken(seen.fields) if slot is Slot.STATE else ""
            if taken:
                return replace(found, state=UNFIT, reason=taken, steps=field_steps(slot, name))
            near = f"there is one called '{absent.near}'" if absent.near else ""
            reason = "; ".join(each for each in (near, scope_lacks(self._scope)) if each)
            return replace(found, reason=reason, steps=field_steps(slot, name))
        except Unreadable as wrong:
            step = f"put that right in Zendesk, or write another title under write_back.{slot} to have a field made"
            return replace(found, state=UNFIT, reason=str(wrong), steps=(step,))
        seen.own[slot] = own
        found = replace(found, title=own.title, id=own.id)
        if missing := lacking(own):
            tags = ", ".join(f"{state} ({tag})" for state, tag in OPTIONS if own.write(state) is None)
            return replace(found, state=UNFIT, reason=missing, steps=(f"give '{own.title}' the values {tags}",))
        gone = f"the one recorded before (id {name.id}) is gone" if name.id not in {"", own.id} else ""
        return replace(found, state=PRESENT, reason=gone, steps=_off_forms(own, seen.forms))

    def _made_field(self, slot: Slot, wanted: Provision, seen: _Seen, forbidden: str) -> tuple[Provision, str]:
        """Make one field, unless that is forbidden; return what became of it, and why no other one may be made."""
        if forbidden:
            return replace(wanted, state=REFUSED, reason=forbidden), forbidden
        made = self._api.make("ticket_fields", "ticket_field", field_body(slot, wanted.title))
        if made.status == FORBIDDEN:
            forbidden = self._forbidden("ticket fields", seen)
        if made.said:
            return replace(wanted, state=REFUSED, reason=forbidden or made.said), forbidden
        seen.own[slot] = own_field(slot, FieldName(id=identifier(made.row, "id")), [made.row])
        return replace(wanted, state=CREATED, id=seen.own[slot].id, reason="", steps=()), ""

    def _views(self, seen: _Seen) -> tuple[ViewPlan, ...]:
        """Return the views that there can be: Zendesk chooses by the values of a drop-down, not by those of a text."""
        own = seen.own.get(Slot.STATE)
        return VIEWS if Slot.STATE in self._names and (own is None or own.words is not None) else ()

    def _view(
        self, plan: ViewPlan, fields: Mapping[Slot, Provision], seen: _Seen, recorded: Mapping[str, str]
    ) -> Provision:
        names = {slot: each.title for slot, each in fields.items()}
        found = Provision(plan.what, plan.title, "view", MISSING, steps=view_steps(plan, names))
        own, state = seen.own.get(Slot.STATE), fields[Slot.STATE]
        if seen.views is None:
            return replace(found, state=UNFIT, reason=f"this user (role {seen.role}) may not look at views")
        there = _the_view(plan, seen.views, recorded.get(plan.what, ""), own)
        if there is not None:
            off = "" if flag(there, "active", default=True) else "it is switched off in Zendesk"
            return replace(
                found, state=PRESENT, title=text(there, "title"), id=identifier(there, "id"), reason=off, steps=()
            )
        if state.state is UNFIT:
            return replace(found, state=UNFIT, reason=f"'{state.title}' has to be put right first", steps=())
        return replace(found, reason=scope_lacks(self._scope))

    def _made_view(self, plan: ViewPlan, wanted: Provision, seen: _Seen) -> Provision:
        if Slot.STATE not in seen.own:
            reason = "there is no drop-down yet whose state it could show"
            return replace(wanted, state=REFUSED, reason=reason)
        body, *others = view_bodies(plan, seen.own)
        made = self._api.make("views", "view", body)
        for other in others if made.status in UNSORTABLE else ():
            made = self._api.make("views", "view", other)
        if made.said:
            reason = self._forbidden("views for all agents", seen) if made.status == FORBIDDEN else made.said
            return replace(wanted, state=REFUSED, reason=reason)
        alone = made.row.get("restriction") is not None
        reason = "Zendesk shows it to this user only, who may make no views for others" if alone else ""
        return replace(
            wanted,
            state=CREATED,
            id=identifier(made.row, "id"),
            reason=reason,
            steps=(f"let an admin make '{plan.title}' one for any agent",) if alone else (),
        )

    def _forbidden(self, what: str, seen: _Seen) -> str:
        return scope_lacks(self._scope) or f"this user (role {seen.role}) may not make {what}; an admin of Zendesk may"


def _taken(fields: Sequence[Row]) -> str:
    """Say which field of the account has a tag already that our drop-down would need; a tag belongs to one field."""
    ours = {tag for _, tag in OPTIONS}
    for row in fields:
        tags = {str(perhaps(each).get("value")) for each in several(row.get("custom_field_options"))}
        if found := sorted(ours & (tags | {str(row.get("tag"))})):
            return (
                f"the tag '{found[0]}' belongs to the ticket field '{text(row, 'title')}' already, and Zendesk lets no "
                "other field have it: free it there, or make the drop-down by hand with tags of your own"
            )
    return ""


def _off_forms(own: OwnField, forms: Sequence[Row]) -> tuple[str, ...]:
    """Return what remains to be done where a field is not on every form; forms are an admin's, and are not changed."""
    lacks = [
        text(form, "name")
        for form in forms
        if flag(form, "active", default=True)
        and form.get("ticket_field_ids") is not None
        and own.id not in {str(each) for each in several(form["ticket_field_ids"])}
    ]
    names = ", ".join(f"'{name}'" for name in lacks)
    return (f"put '{own.title}' on the ticket forms that agents work with; it is not on {names}",) if lacks else ()


def _the_view(plan: ViewPlan, views: Sequence[Row], recorded: str, own: OwnField | None) -> Row | None:
    """Return the view that was recorded, else the one of that title that chooses by our drop-down."""
    by = "" if own is None else f"custom_fields_{own.id}"
    for row in views:
        if recorded and identifier(row, "id") == recorded:
            asked = {each for each in _asked(row) if each.startswith("custom_fields_")}
            # One that chooses by a field that is gone shows nothing any more.
            return row if not asked or by in asked else None
    called = (row for row in views if text(row, "title").strip().casefold() == plan.title.casefold())
    return next((row for row in called if by in _asked(row)), None)


def _asked(view: Row) -> set[str]:
    lines = several(perhaps(view.get("conditions")).get("all"))
    return {str(perhaps(each).get("field")) for each in lines}
