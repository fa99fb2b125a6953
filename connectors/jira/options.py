"""The options of the selects that a kind of issue has: what the edit form of one of them offers. No admin is needed."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from connectors import Slot, perhaps, several
from connectors.jira.client import Api
from connectors.jira.edits import Edit
from connectors.jira.shapes import plain

__all__ = ["Offer", "Option", "Options", "meant", "offered"]

LASTS = 3600.0

REMEMBERED = 500
"""Kinds of issue: of a project and a type, which decide together what a field offers."""

HIDDEN = frozenset({400, 403, 404})


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    value: str


Offer: TypeAlias = Mapping[str, Sequence[Option]]

NOTHING: tuple[float, Offer] = (0.0, {})
"""What each field offers that the edit form has, by the field's id; nothing where it is no list."""


class Options:
    """Asks once for each kind of issue and remembers. Safe in threads."""

    def __init__(self, api: Api, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._now = api, now
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, Offer]] = {}

    def of(self, edit: Edit, *, fresh: bool = False) -> Offer:
        """Return what can be chosen on issues of this kind, as this one offers it.

        fresh: as it is now, since something that was remembered was not taken.
        """
        kind = edit.kind
        with self._lock:
            until, known = self._known.get(kind, (0.0, {}))
        if all(kind) and not fresh and self._now() < until:
            return known
        found = offered(self._api, edit.ticket_id)
        with self._lock:
            self._known.pop(kind, None)
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[kind] = (self._now() + LASTS, found)
        return found

    def recalled(self, edit: Edit) -> Offer:
        """Return what is remembered, without a call: of this kind of issue, else of the one asked about last."""
        with self._lock:
            until, known = self._known.get(edit.kind) or next(reversed(self._known.values()), NOTHING)
        return known if self._now() < until else {}

    def ids(self, edit: Edit) -> dict[str, int] | None:
        """Return the option that each select of an edit is to have, by field; None where one is not to be found."""
        found: dict[str, int] = {}
        for slot, word in edit.chosen.items():
            key = edit.places[slot].id
            option = meant(slot, word, self.of(edit).get(key, ()))
            if option is None or not option.id.isdecimal():
                return None
            found[key] = int(option.id)
        return found


def meant(slot: Slot, word: str, options: Sequence[Option]) -> Option | None:
    """Return the option that a word means; a state is told by its letters, whatever their case."""
    same = [each for each in options if each.value == word]
    if slot is Slot.STATE:
        same += [each for each in options if each.value.strip().casefold() == word.casefold()]
    return same[0] if same else None


def offered(api: Api, ticket_id: str) -> Offer:
    """Return the fields that this user may edit on an issue now, with the options that each has."""
    told = api.get(f"~/issue/{ticket_id}/editmeta", expect=HIDDEN)
    fields = perhaps(perhaps(told.body if told.good else None).get("fields"))
    return {key: _options(perhaps(each).get("allowedValues")) for key, each in fields.items()}


def _options(raw: object) -> list[Option]:
    found: list[Option] = []
    for each in map(perhaps, several(raw)):
        ident, value = plain(each.get("id")), each.get("value")
        if isinstance(ident, str) and isinstance(value, str):
            found.append(Option(ident, value))
    return found
