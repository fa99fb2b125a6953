"""What the site's fields are: which show the hub's values, which are a service desk's own, which are followed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors import FieldName, Slot, Unreadable
from connectors.jira.shapes import LONGEST, fields_of, moment, perhaps, spoken, text

__all__ = ["CUSTOM", "STATES", "Absent", "Field", "FieldKind", "Layout", "OwnField", "Unfit", "layout", "shown_in"]

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

CUSTOM = "customfield_"

PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"

SERVICE_DESK = "com.atlassian.servicedesk:"


class FieldKind:
    """What a custom field is made of, by the end of its type."""

    DATETIME = "datetime"
    DATE = "datepicker"
    SELECT = "select"
    TEXT = "textfield"
    LONG_TEXT = "textarea"
    READ_ONLY = "readonlyfield"


FIT: Mapping[Slot, tuple[str, ...]] = {
    Slot.DUE: (FieldKind.DATETIME, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.BREACHED_AT: (FieldKind.DATETIME, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.DUE_DAY: (FieldKind.DATE, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.STATE: (FieldKind.SELECT, FieldKind.TEXT, FieldKind.READ_ONLY),
    Slot.METRIC: (FieldKind.TEXT, FieldKind.READ_ONLY, FieldKind.SELECT),
    Slot.POLICY: (FieldKind.TEXT, FieldKind.READ_ONLY, FieldKind.SELECT),
}

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
class OwnField:
    """One field that shows a slot."""

    slot: Slot
    id: str
    title: str
    kind: str

    def read(self, raw: object) -> str | None:
        """Return what it shows, in the hub's words; a value that is none of them as it is."""
        if self.kind == FieldKind.SELECT:
            raw = perhaps(raw).get("value")
            return raw.strip().casefold() if isinstance(raw, str) and raw.strip().casefold() in STATES else _some(raw)
        at = moment(raw) if self.kind == FieldKind.DATETIME else None
        return spoken(at) if at is not None else _some(raw)


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of a site, as far as the hub reads or writes them; custom ones by id.

    own: where the hub's values stand. problems: what an admin must put right, one sentence each.
    absent: slots whose field can be made. every: all custom fields. slas: those that carry the source's own clocks.
    request_type, organisations, rating, rated: the service desk's own fields, usually one of each.
    """

    own: Mapping[Slot, OwnField] = field(default_factory=dict[Slot, OwnField])
    problems: tuple[str, ...] = ()
    absent: tuple[Slot, ...] = ()
    every: Mapping[str, Field] = field(default_factory=dict[str, Field])

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
    def rating(self) -> tuple[str, ...]:
        return self._of("sd-request-feedback")

    @property
    def rated(self) -> tuple[str, ...]:
        return self._of("sd-request-feedback-date")

    @property
    def own_ids(self) -> frozenset[str]:
        return frozenset(each.id for each in self.own.values())

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


def layout(raw: Sequence[object], names: Mapping[Slot, FieldName]) -> Layout:
    """Return the fields of a site, and where each named slot stands. raw: the answer of `field`."""
    every = {each.id: each for each in _fields(raw)}
    own: dict[Slot, OwnField] = {}
    problems: list[str] = []
    absent: list[Slot] = []
    for slot, name in names.items():
        try:
            own[slot] = shown_in(slot, name, every)
        except Unreadable as wrong:
            absent += [slot] if isinstance(wrong, Absent) else []
            problems.append(f"write_back.{slot}: {wrong}")
    return Layout(own, tuple(problems), tuple(absent), {each.id: each for each in every.values() if each.custom})


def shown_in(slot: Slot, name: FieldName, known: Mapping[str, Field]) -> OwnField:
    """Return the field that a slot stands in. Raises: Absent, Unfit."""
    found = _chosen(name, known)
    if not found.custom:
        raise Unfit(f"'{found.name}' is one of Jira's own fields; name a custom field")
    if found.kind not in FIT[slot]:
        raise Unfit(f"'{found.name}' is of the type {found.kind or 'unknown'}, expected {' or '.join(FIT[slot][:2])}")
    return OwnField(slot, found.id, found.name, found.kind)


def _chosen(name: FieldName, known: Mapping[str, Field]) -> Field:
    if name.id and (found := known.get(name.id) or known.get(f"{CUSTOM}{name.id}")) is not None:
        return found
    if not name.title:
        raise Unfit(f"there is no field with the id {name.id}")
    wanted = name.title.strip().casefold()
    same = [each for each in known.values() if each.custom and each.name.strip().casefold() == wanted]
    # A field of one project alone is not what a title means that the whole connection is to show.
    same = [each for each in same if not each.project] or same
    if len(same) > 1:
        ids = ", ".join(each.id for each in same)
        raise Unfit(f"several fields are called '{name.title}' ({ids}); name one by its id")
    if same:
        return same[0]
    near = get_close_matches(name.title, [each.name for each in known.values() if each.custom], n=1)
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


def _some(raw: object) -> str | None:
    return raw[:LONGEST] or None if isinstance(raw, str) else None if raw is None else str(raw)[:LONGEST]
