"""What the site's fields are: which show the hub's values, which are a service desk's own, which are followed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors import FieldName, Slot, Unreadable, fields_of, perhaps, text
from connectors.jira.own import FIT, STATES, FieldKind, OwnField

__all__ = [
    "CUSTOM",
    "PREFIX",
    "STATES",
    "Absent",
    "Field",
    "FieldKind",
    "Layout",
    "OwnField",
    "Unfit",
    "known",
    "layout",
    "shown_in",
]

CUSTOM = "customfield_"

ENTRY = "property:"
"""How the id of a place begins that is an entry of the issue property."""

PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"

SERVICE_DESK = "com.atlassian.servicedesk:"


NOT_FOLLOWED = frozenset(
    {
        f"{PREFIX}{FieldKind.LONG_TEXT}",
        f"{SERVICE_DESK}sd-request-participants",
        f"{SERVICE_DESK}sd-request-feedback",
        f"{SERVICE_DESK}sd-request-feedback-date",
        f"{SERVICE_DESK}sd-sla-field",
        f"{SERVICE_DESK}vp-origin",
        f"{SERVICE_DESK}sd-customer-organizations",
        "com.pyxis.greenhopper.jira:gh-lexo-rank",
    }
)
"""Prose, what is kept elsewhere, and ranks that change when another issue is dragged."""


class Unfit(Unreadable):
    """A field is there and cannot show what is asked of it."""


class Absent(Unreadable):
    """No field of this name is there. near: one that is called nearly so."""

    def __init__(self, name: FieldName, near: str = "") -> None:
        self.name, self.near = name, near
        hint = f"; did you mean '{near}'?" if near else ""
        super().__init__(f"there is no field '{name.title or name.id}'{hint}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the site. type: of a custom one, as `schema.custom` says. project: it belongs to this one alone."""

    id: str
    name: str
    type: str = ""
    project: str = ""

    @property
    def custom(self) -> bool:
        return self.id.startswith(CUSTOM)

    @property
    def kind(self) -> str:
        """The end of its type, where that is one of Jira's own."""
        return self.type.removeprefix(PREFIX) if self.type.startswith(PREFIX) else self.type


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a site, as far as the hub reads or writes them; custom ones by id.

    own: where the hub's values stand, in every project that has no field of its own for them; `places` tells.
    local: fields of one project alone that show a slot there, by project and slot. slots: all that are to be shown.
    entries: the key of the issue property in which they stand as well, or alone; none if empty.
    problems: what an admin must put right, one sentence each.
    absent: slots whose field can be made. every: all custom fields. slas: those that carry the source's own clocks.
    words: what other fields say that Jira has none for, by field: `team`, `service`, `requester_site`.
    request_type, organisations, participants, rating, rated: the service desk's own fields, usually one of each.
    """

    own: Mapping[Slot, OwnField] = field(default_factory=dict[Slot, OwnField])
    local: Mapping[str, Mapping[Slot, OwnField]] = field(default_factory=dict[str, Mapping[Slot, OwnField]])
    slots: tuple[Slot, ...] = ()
    entries: str = ""
    problems: tuple[str, ...] = ()
    absent: tuple[Slot, ...] = ()
    every: Mapping[str, Field] = field(default_factory=dict[str, Field])
    words: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def slas(self) -> tuple[str, ...]:
        return self._of("sd-sla-field")

    @property
    def request_type(self) -> tuple[str, ...]:
        return self._of("vp-origin")

    @property
    def organisations(self) -> tuple[str, ...]:
        return self._of("sd-customer-organizations")

    @property
    def participants(self) -> tuple[str, ...]:
        return self._of("sd-request-participants")

    @property
    def rating(self) -> tuple[str, ...]:
        return self._of("sd-request-feedback")

    @property
    def rated(self) -> tuple[str, ...]:
        return self._of("sd-request-feedback-date")

    @property
    def projects_are_teams(self) -> bool:
        """Whether it is the project that says whose work an issue is: no field is said to."""
        return "team" not in self.words.values()

    @property
    def desk(self) -> tuple[str, ...]:
        """The service desk's own fields, all of them."""
        asked = (*self.request_type, *self.organisations, *self.participants)
        return (*asked, *self.slas, *self.rating, *self.rated)

    @property
    def own_ids(self) -> frozenset[str]:
        """The fields in which the hub shows something, in whichever project."""
        found = (self.own, *self.local.values())
        return frozenset(each.id for some in found for each in some.values() if not each.entry)

    @property
    def properties(self) -> tuple[str, ...]:
        """The issue properties that belong to a ticket's picture."""
        return (self.entries,) if self.entries and self.slots else ()

    @property
    def whole(self) -> bool:
        """Whether every slot has a place, if only in one project."""
        return all(slot in self.own or any(slot in some for some in self.local.values()) for slot in self.slots)

    @property
    def followed(self) -> tuple[str, ...]:
        """Custom fields whose values are kept for conditions."""
        own = self.own_ids
        return tuple(each.id for each in self.every.values() if each.type not in NOT_FOLLOWED and each.id not in own)

    def named(self, name: str) -> tuple[Field, ...]:
        """Return the custom fields of this name, in any case; several may have one."""
        wanted = name.strip().casefold()
        return tuple(each for each in self.every.values() if each.name.strip().casefold() == wanted)

    def _of(self, kind: str) -> tuple[str, ...]:
        return tuple(each.id for each in self.every.values() if each.type == f"{SERVICE_DESK}{kind}")


def layout(
    raw: Sequence[object],
    names: Mapping[Slot, FieldName],
    entries: str = "",
    words: Mapping[str, str] | None = None,
) -> Layout:
    """Return the fields of a site, and where each named slot stands.

    raw: the answer of `field`. entries: the key of the issue property, if there is one.
    words: the title or id of the field that says what a word means on this site.
    """
    every = known(raw)
    own: dict[Slot, OwnField] = {}
    local: dict[str, dict[Slot, OwnField]] = {}
    problems: list[str] = []
    absent: list[Slot] = []
    for slot, name in names.items():
        alone, wrong = _alone(slot, name, every)
        for project, there in alone.items():
            local.setdefault(project, {})[slot] = there
        try:
            own[slot] = shown_in(slot, name, every, entries)
        except Absent as nowhere:
            # Where projects have fields of their own for it, it may well be that no other needs one.
            if not alone:
                absent.append(slot)
                wrong.append(str(nowhere))
        except Unreadable as unfit:
            wrong.append(str(unfit))
        problems += [f"write_back.{slot}: {each}" for each in wrong]
    said: dict[str, str] = {}
    for word, called in (words or {}).items():
        try:
            said[_chosen(FieldName(called, called), every).id] = word
        except Unreadable as wrong_name:
            problems.append(f"fields.{word}: {wrong_name}")
    custom = {each.id: each for each in every.values() if each.custom}
    return Layout(own, local, tuple(names), entries, tuple(problems), tuple(absent), custom, said)


def known(raw: Sequence[object]) -> dict[str, Field]:
    """Return the fields of a site by id. raw: the answer of `field`."""
    return {each.id: each for each in _fields(raw)}


def shown_in(slot: Slot, name: FieldName, every: Mapping[str, Field], entries: str = "") -> OwnField:
    """Return the place that a slot has in every project. entries: the key of the issue property, if there is one.

    Raises: Absent, Unfit.
    """
    if name.id.startswith(ENTRY):
        return _entry(slot, name, entries)
    found = _chosen(name, every)
    if not found.custom:
        raise Unfit(f"'{found.name}' is one of Jira's own fields; name a custom field")
    return _fitting(slot, found)


def _fitting(slot: Slot, found: Field) -> OwnField:
    if found.kind not in FIT[slot]:
        raise Unfit(f"'{found.name}' is of the type {found.kind or 'unknown'}, expected {' or '.join(FIT[slot][:2])}")
    return OwnField(slot, found.id, found.name, found.kind)


def _entry(slot: Slot, name: FieldName, entries: str) -> OwnField:
    if name.id != f"{ENTRY}{slot}":
        raise Unfit(f"an entry of the issue property bears the slot's name: write {{id: '{ENTRY}{slot}'}}")
    if not entries:
        raise Unfit("name the issue property in which it shall stand, with `property:` in the connection")
    return OwnField(slot, str(slot), name.id, FieldKind.ENTRY)


def _alone(slot: Slot, name: FieldName, every: Mapping[str, Field]) -> tuple[dict[str, OwnField], list[str]]:
    """Return the fields of that name that one project has for itself, by project, and what is wrong with others."""
    found: dict[str, OwnField] = {}
    wrong: list[str] = []
    for each in every.values():
        if each.project and (_called(each, name) or name.id in {each.id, each.id.removeprefix(CUSTOM)}):
            try:
                found.setdefault(each.project, _fitting(slot, each))
            except Unfit as unfit:
                wrong.append(f"in project {each.project} {unfit}")
    return found, wrong


def _called(found: Field, name: FieldName) -> bool:
    return bool(name.title) and found.custom and found.name.strip().casefold() == name.title.strip().casefold()


def _chosen(name: FieldName, every: Mapping[str, Field]) -> Field:
    pinned = every.get(name.id) or every.get(f"{CUSTOM}{name.id}") if name.id else None
    if pinned is not None and not pinned.project:
        return pinned
    if not name.title:
        if pinned is not None:
            raise Absent(name)
        raise Unfit(f"there is no field with the id {name.id}")
    # A field of one project alone is not what a title means that the whole connection is to show.
    same = [each for each in every.values() if _called(each, name) and not each.project]
    if len(same) > 1:
        ids = ", ".join(each.id for each in same)
        raise Unfit(f"several fields are called '{name.title}' ({ids}); name one by its id")
    if same:
        return same[0]
    near = get_close_matches(name.title, [each.name for each in every.values() if each.custom], n=1)
    raise Absent(name, near[0] if near else "")


def _fields(raw: Sequence[object]) -> Iterator[Field]:
    for each in raw:
        found = perhaps(each)
        if not isinstance(found.get("id"), str):
            continue
        schema, scope = perhaps(found.get("schema")), perhaps(found.get("scope"))
        project = perhaps(scope.get("project")).get("id")
        yield Field(
            text(fields_of(each), "id"),
            str(found.get("name") or ""),
            str(schema.get("custom") or ""),
            str(project) if project is not None else "",
        )
