"""Looks for what agents need to see the hub's values, and makes what is missing. What is there is only added to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from connectors import FieldName, Provision, ProvisionState, Slot, field_of, fields_of, text
from connectors.jira.client import Api, Reply
from connectors.jira.contexts import Contexts, Gaps
from connectors.jira.fields import Absent, Field, Unfit, known, layout, shown_in
from connectors.jira.forms import Form, forms
from connectors.jira.outfit import (
    KINDS,
    OPTIONS,
    context_steps,
    field_body,
    field_steps,
    option_steps,
    screen_steps,
)
from connectors.jira.own import OwnField
from connectors.jira.quiet import ADMIN, held
from connectors.jira.scope import Project, Scope
from connectors.jira.screens import Screen, Screens
from connectors.jira.shortfall import by_forms, by_screens, left, offers

__all__ = ["Provisioner"]

PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

NOT_TAKEN = frozenset({400, 403, 404})
FORBIDDEN = 403

NO_ADMIN = "this user may not make or change fields in Jira; that takes 'Administer Jira'"

TEAM_MANAGED = "projects:team_managed"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What there is. screens: of the projects; None where they are not told, and `forms` stand in for them."""

    admin: bool
    fields: Sequence[object]
    every: Mapping[str, Field]
    projects: Sequence[Project]
    teams: Sequence[Project]
    screens: Sequence[Screen] | None
    forms: Sequence[Form]
    where: str


class Provisioner:
    """names: what the folder calls each slot's field. entries: the key of the issue property, if there is one.

    named: the scope names its projects.
    """

    def __init__(
        self, api: Api, names: Mapping[Slot, FieldName], scope: Scope, entries: str = "", *, named: bool
    ) -> None:
        self._api, self._names, self._scope, self._entries, self._named = api, names, scope, entries, named
        self._contexts, self._screens = Contexts(api), Screens(api)

    def look(self, recorded: Mapping[str, str]) -> list[Provision]:
        """Return the fields that the folder names as the scope's projects have them, and what projects have none."""
        seen = self._seen()
        return [*self._fields(seen).values(), *self._teams(seen)]

    def make(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing of a field: itself, its contexts, its options, its place on the screens."""
        seen, forbidden = self._seen(), ""
        for slot, each in self._fields(seen).items():
            if each.state is MISSING and each.what in wanted:
                made = replace(each, state=REFUSED, reason=forbidden) if forbidden else self._made(slot, each, seen)
                # What is forbidden once needs not be tried for every field.
                forbidden = made.reason if made.reason == NO_ADMIN else ""
                yield made

    def _seen(self) -> _Seen:
        raw = self._api.array("~/field")
        shown = list(self._scope.parts())
        projects = [each for each in shown if not each.team_managed]
        admin = held(self._api, ADMIN, {}) is True
        screens = self._screens.of(projects) if admin else None
        return _Seen(
            admin,
            raw,
            known(raw),
            projects,
            [each for each in shown if each.team_managed],
            screens,
            forms(self._api, projects) if screens is None else (),
            _words(projects) if self._named else "all company-managed projects",
        )

    def _fields(self, seen: _Seen) -> dict[Slot, Provision]:
        """Return each slot's field, where there is a project that needs the site's."""
        if seen.teams and not seen.projects:
            return {}
        return {slot: self._field(slot, name, seen) for slot, name in self._names.items()}

    def _field(self, slot: Slot, name: FieldName, seen: _Seen) -> Provision:
        found = Provision(field_of(slot), name.title or f"id {name.id}", KINDS[slot][2], MISSING)
        try:
            own = shown_in(slot, name, seen.every, self._entries)
        except Absent as absent:
            near = f"there is one called '{absent.near}'" if absent.near else ""
            steps = field_steps(slot, name, seen.where)
            if not seen.admin:
                return replace(found, state=UNFIT, reason="; ".join(filter(None, (near, NO_ADMIN))), steps=steps)
            return replace(found, reason=near, steps=steps)
        except Unfit as wrong:
            step = f"put that right in Jira, or write another title under write_back.{slot} to have a field made"
            return replace(found, state=UNFIT, reason=str(wrong), steps=(step,))
        if own.entry:
            return replace(found, kind="entry of the issue property", state=PRESENT, id=own.title)
        return self._judged(replace(found, title=own.title, id=own.id), own, name, seen)

    def _judged(self, found: Provision, own: OwnField, name: FieldName, seen: _Seen) -> Provision:
        """Return how a field that is there stands with the projects."""
        gone = f"the one recorded before (id {name.id}) is gone" if name.id not in {"", own.id} else ""
        gaps = self._gaps(own, seen) if seen.screens is not None else None
        if gaps is None:
            short = by_forms(own, seen.forms)
            told = f"it {', it '.join(short.lacks)}{'' if seen.admin else f'; {NO_ADMIN}'}" if short.lacks else gone
            return replace(found, state=UNFIT if short.lacks else PRESENT, reason=told, steps=short.steps)
        short = by_screens(own, gaps, _off(own, seen))
        if short.lacks:
            return replace(found, state=MISSING, reason=f"it {', it '.join(short.lacks)}", steps=short.steps)
        return replace(found, state=PRESENT, reason=gone, steps=left(own, gaps))

    def _gaps(self, own: OwnField, seen: _Seen) -> Gaps | None:
        return self._contexts.gaps(own.id, seen.projects, select=offers(own))

    def _made(self, slot: Slot, wanted: Provision, seen: _Seen) -> Provision:
        """Make what a field lacks, step by step; each is looked for first, so that a run that was killed goes on."""
        if not wanted.id:
            reply = self._api.send("POST", "~/field", field_body(slot, wanted.title), expect=NOT_TAKEN)
            if not reply.good:
                return replace(wanted, state=REFUSED, reason=_why(reply))
            wanted = replace(wanted, id=text(fields_of(reply.body, "the field"), "id"))
            kind = KINDS[slot][0]
        else:
            kind = seen.every[wanted.id].kind
        own = OwnField(slot, wanted.id, wanted.title, kind)
        gaps = self._gaps(own, seen) if seen.screens is not None else None
        if gaps is None:
            return self._made_blindly(own, wanted, seen)
        refused = self._contexts.cover(own.id, gaps)
        gaps = self._gaps(own, seen) or gaps
        replies = [refused, self._contexts.add(own.id, gaps)]
        replies += [self._screens.put(screen, own.id) for screen in _off(own, seen) if screen.tab]
        wrong = [each for each in replies if each is not None and not each.good]
        if wrong:
            short = by_screens(own, self._gaps(own, seen) or gaps, _off(own, self._again(seen)))
            told = "; ".join(dict.fromkeys(_why(each) for each in wrong))
            reason = f"it is there, but {', and '.join(short.lacks)} ({told})" if short.lacks else told
            return replace(wanted, state=REFUSED, reason=reason, steps=short.steps)
        return replace(wanted, state=CREATED, reason="", steps=())

    def _made_blindly(self, own: OwnField, made: Provision, seen: _Seen) -> Provision:
        """Return a new field with what is left to be done by hand, on a Jira that does not tell of its contexts."""
        on = ["the default screen"] if self._screens.put_on_default(own.id) else []
        for screen in self._screens.named_after(seen.projects):
            if own.id in screen.fields or (screen.tab and self._screens.put(screen, own.id) is None):
                on.append(f"'{screen.name}'")
        others = f"{seen.where}, as far as these are not {', '.join(on)}" if on else seen.where
        steps = (
            *(option_steps(own.title, OPTIONS) if own.slot is Slot.STATE else ()),
            *context_steps(own.title, seen.where),
            *screen_steps(own.title, others),
        )
        return replace(made, state=CREATED, reason="", steps=steps)

    def _again(self, seen: _Seen) -> _Seen:
        return replace(seen, screens=self._screens.of(seen.projects))

    def _teams(self, seen: _Seen) -> list[Provision]:
        """Return how the team-managed projects stand, which have none of the site's fields."""
        if not seen.teams:
            return []
        keys = ", ".join(each.key for each in seen.teams)
        there = layout(seen.fields, self._names, self._entries)
        found = Provision(TEAM_MANAGED, keys, "team-managed projects", PRESENT, id=",".join(p.id for p in seen.teams))
        if self._entries:
            return [replace(found, reason=f"their tickets carry the values in the issue property '{self._entries}'")]
        lacking = {
            each.key: [f"'{name.title or name.id}'" for slot, name in self._names.items() if slot not in local]
            for each in seen.teams
            if len(local := there.local.get(each.id, {})) < len(self._names)
        }
        if not lacking:
            return [found]
        steps = [
            f"in the settings of project {key} › Fields, make {', '.join(titles)}" for key, titles in lacking.items()
        ]
        return [
            replace(
                found,
                state=UNFIT,
                reason="a team-managed project has none of the site's fields, and its own can only be made there",
                steps=(*steps, "or name an issue property for machines, with `property:` in the connection"),
            )
        ]


def _words(projects: Sequence[Project]) -> str:
    return f"{'project' if len(projects) == 1 else 'projects'} {', '.join(each.key for each in projects)}"


def _off(own: OwnField, seen: _Seen) -> list[Screen]:
    return [each for each in seen.screens or () if own.id not in each.fields]


def _why(reply: Reply) -> str:
    return NO_ADMIN if reply.status == FORBIDDEN else reply.said or f"Jira answered {reply.status}"
