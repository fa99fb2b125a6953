"""Where the hub's own values stand in this account: its ticket fields and their options. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from connectors import FieldName, Slot, Unreadable
from connectors.zendesk.shapes import fields_of, flag, identifier, perhaps, several, text

__all__ = ["STATES", "Layout", "OwnField", "layout"]

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

PLAIN = frozenset({"text", "textarea", "regexp"})
"""Types that take any text. A date field is not among them: it keeps the day and drops the time."""

DROPDOWN = "tagger"

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
    problems: what an admin must put right, one sentence each.
    """

    fields: Mapping[Slot, OwnField] = field(default_factory=dict[Slot, OwnField])
    problems: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


def layout(raw: Sequence[object], names: Mapping[Slot, FieldName]) -> Layout:
    """Return where each named slot stands. raw: the account's `ticket_fields`."""
    found: dict[Slot, OwnField] = {}
    problems: list[str] = []
    known = [each for each in map(perhaps, raw) if each]
    for slot, name in names.items():
        try:
            own = _own(slot, name, known)
        except Unreadable as wrong:
            problems.append(f"write_back.{slot}: {wrong}")
            continue
        found[slot] = own
        missing = [] if own.words is None else [state for state in STATES if own.write(state) is None]
        if missing:
            problems.append(f"write_back.{slot}: '{own.title}' has no option named {_listed(missing)}")
    return Layout(
        fields=found,
        problems=tuple(problems),
        ids=frozenset(own.id for own in found.values()),
        tags=frozenset(tag for own in found.values() for tag in own.words or ()),
    )


class _Wrong(Unreadable):
    """A slot cannot be shown in the field named for it."""


def _own(slot: Slot, name: FieldName, known: Sequence[Mapping[str, object]]) -> OwnField:
    raw = _chosen(name, known)
    title, kind = text(raw, "title"), text(raw, "type")
    if not flag(raw, "active", default=True):
        raise _Wrong(f"the ticket field '{title}' is switched off; activate it in Zendesk")
    if kind == DROPDOWN and slot is Slot.STATE:
        options = [fields_of(each, "field option") for each in several(raw.get("custom_field_options"))]
        words = {text(option, "value"): _word(text(option, "name"), text(option, "value")) for option in options}
        return OwnField(slot, identifier(raw, "id"), title, words)
    if kind in PLAIN:
        return OwnField(slot, identifier(raw, "id"), title)
    wanted = "a dropdown or a text field" if slot is Slot.STATE else "a text field"
    why = ": a date field keeps no time of day" if kind == "date" else ""
    raise _Wrong(f"the ticket field '{title}' is of type '{kind}', it must be {wanted}{why}")


def _chosen(name: FieldName, known: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    if name.id:
        for raw in known:
            if identifier(raw, "id") == name.id:
                return raw
        raise _Wrong(f"there is no ticket field with the id {name.id}")
    wanted = name.title.strip().casefold()
    same = [raw for raw in known if text(raw, "title").strip().casefold() == wanted]
    same = [raw for raw in same if flag(raw, "active", default=True)] or same
    if len(same) > 1:
        ids = ", ".join(identifier(raw, "id") for raw in same)
        raise _Wrong(f"several ticket fields are called '{name.title}' (ids {ids}); name one by its id")
    if same:
        return same[0]
    near = get_close_matches(name.title, [text(raw, "title") for raw in known], n=1)
    hint = f"; the nearest is '{near[0]}'" if near else ""
    raise _Wrong(f"there is no ticket field called '{name.title}'{hint}")


def _word(name: str, value: str) -> str:
    """Return the state that an option means: by its name, nested ones by the last part, else by its value."""
    spoken = name.rpartition("::")[2].strip().casefold()
    if spoken in STATES:
        return spoken
    tagged = value.removeprefix(PREFIX).replace("_", " ")
    return tagged if value.startswith(PREFIX) and tagged in STATES else value


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
