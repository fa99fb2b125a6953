"""Where the hub's own values stand in this account: its ticket fields and their options. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors import FieldName, Slot, Unreadable, fields_of, flag, perhaps, several, text
from connectors.zendesk.shapes import identifier

__all__ = [
    "DAY",
    "DROPDOWN",
    "STATES",
    "Absent",
    "Layout",
    "OwnField",
    "Unfit",
    "lacking",
    "layout",
    "own_field",
    "tag_of",
]

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

PLAIN = frozenset({"text", "textarea", "regexp"})
"""Types that take any text. A date field is not among them: it keeps the day and drops the time."""

DROPDOWN = "tagger"
DAY = "date"

PREFIX = "sla_"
"""Option values are tags, and tags are one namespace for the whole account."""


@dataclass(frozen=True, slots=True)
class OwnField:
    """One ticket field that shows a slot. words: the hub's word by option value; None: a text field."""

    slot: Slot
    id: str
    title: str
    words: Mapping[str, str] | None = None

    def read(self, raw: str) -> str:
        """Return the hub's word for a value; one that is none of them comes back as it is."""
        if self.slot is Slot.DUE_DAY:
            return raw[: len("2026-05-11")]  # a date may be told with a time of day, which means nothing
        return raw if self.words is None else self.words.get(raw, raw)

    def write(self, word: str) -> str | None:
        """Return the value that stands for a word, or None where this dropdown has no such option.

        Zendesk answers 200 to a value that is no option, and drops it: it must not be sent.
        """
        if self.words is None:
            return word
        return next((value for value, known in self.words.items() if known == word), None)


@dataclass(frozen=True, slots=True)
class Layout:
    """The account's ticket fields as far as the hub writes them.

    tags: option values of our dropdown; Zendesk keeps them among the ticket's tags too.
    problems: what an admin must put right, one sentence each. absent: slots whose field can be made.
    wrote: whether somebody is the user under whom the hub acts.
    """

    fields: Mapping[Slot, OwnField] = field(default_factory=dict[Slot, OwnField])
    problems: tuple[str, ...] = ()
    absent: tuple[Slot, ...] = ()
    ids: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    wrote: Callable[[str | None], bool] = field(default=lambda _: False, compare=False)


def layout(raw: Sequence[object], names: Mapping[Slot, FieldName]) -> Layout:
    """Return where each named slot stands. raw: the account's `ticket_fields`."""
    found: dict[Slot, OwnField] = {}
    problems: list[str] = []
    absent: list[Slot] = []
    known = [each for each in map(perhaps, raw) if each]
    for slot, name in names.items():
        try:
            own = own_field(slot, name, known)
        except Unreadable as wrong:
            absent += [slot] if isinstance(wrong, Absent) else []
            problems.append(f"write_back.{slot}: {wrong}")
            continue
        found[slot] = own
        if name.id not in {"", own.id}:
            problems.append(
                f"write_back.{slot}: the ticket field that showed it (id {name.id}) is gone, and '{own.title}' "
                f"(id {own.id}) has its title; if that is the right one: slahub provision"
            )
        if missing := lacking(own):
            problems.append(f"write_back.{slot}: {missing}")
    return Layout(
        fields=found,
        problems=tuple(problems),
        absent=tuple(absent),
        ids=frozenset(own.id for own in found.values()),
        tags=frozenset(tag for own in found.values() for tag in own.words or ()),
    )


class Unfit(Unreadable):
    """A slot cannot be shown in the field named for it."""


class Absent(Unfit):
    """There is no field of that title, so that one can be made. near: one that is called nearly so."""

    def __init__(self, name: FieldName, near: str) -> None:
        gone = f"the ticket field that showed it (id {name.id}) is gone, and " if name.id else ""
        meant = f"; the nearest is '{near}', else" if near else ";"
        super().__init__(f"{gone}there is no ticket field called '{name.title}'{meant} 'slahub provision' makes it")
        self.near = near


def own_field(slot: Slot, name: FieldName, known: Sequence[Mapping[str, object]]) -> OwnField:
    """Return the field that shows a slot. Raises: Unfit, Absent."""
    raw = _chosen(name, known)
    title, kind = text(raw, "title"), text(raw, "type")
    if not flag(raw, "active", default=True):
        raise Unfit(f"the ticket field '{title}' is switched off; activate it in Zendesk")
    if kind == DROPDOWN and slot is Slot.STATE:
        options = [fields_of(each, "field option") for each in several(raw.get("custom_field_options"))]
        words = {text(option, "value"): _word(text(option, "name"), text(option, "value")) for option in options}
        return OwnField(slot, identifier(raw, "id"), title, words)
    if kind in PLAIN or (kind == DAY and slot is Slot.DUE_DAY):
        return OwnField(slot, identifier(raw, "id"), title)
    wanted = {Slot.STATE: "a dropdown or a text field", Slot.DUE_DAY: "a date or a text field"}.get(
        slot, "a text field"
    )
    why = ": a date field keeps no time of day" if kind == DAY else ""
    raise Unfit(f"the ticket field '{title}' is of type '{kind}', it must be {wanted}{why}")


def lacking(own: OwnField) -> str:
    """Return which options a dropdown lacks, as a sentence; empty where it lacks none."""
    missing = [] if own.words is None else [state for state in STATES if own.write(state) is None]
    return f"'{own.title}' has no option named {_listed(missing)}" if missing else ""


def tag_of(state: str) -> str:
    """Return the tag of a state's option, where the hub chooses it."""
    return PREFIX + state.replace(" ", "_")


def _chosen(name: FieldName, known: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    for raw in known:
        if name.id and identifier(raw, "id") == name.id:
            return raw
    if not name.title:
        raise Unfit(f"there is no ticket field with the id {name.id}")
    wanted = name.title.strip().casefold()
    same = [raw for raw in known if text(raw, "title").strip().casefold() == wanted]
    same = [raw for raw in same if flag(raw, "active", default=True)] or same
    if len(same) > 1:
        ids = ", ".join(identifier(raw, "id") for raw in same)
        raise Unfit(f"several ticket fields are called '{name.title}' (ids {ids}); name one by its id")
    if same:
        return same[0]
    near = get_close_matches(name.title, [text(raw, "title") for raw in known], n=1)
    raise Absent(name, near[0] if near else "")


def _word(name: str, value: str) -> str:
    """Return the state that an option means: by its name, nested ones by the last part, else by its value."""
    spoken = name.rpartition("::")[2].strip().casefold()
    if spoken in STATES:
        return spoken
    tagged = value.removeprefix(PREFIX).replace("_", " ")
    return tagged if value.startswith(PREFIX) and tagged in STATES else value


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
