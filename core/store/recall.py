"""Stored changes and comments as values, remembered: of millions of events most say what another one said before."""

from typing import Final, TypeAlias

import orjson

from core.tickets import Change, Comment, SourceValue

__all__ = ["Recall", "value"]

Stored: TypeAlias = "str | list[str] | None"

_MOST: Final = 50_000
"""How many texts and values are kept; then all are forgotten, so that memory does not grow with the history."""


class Recall:
    """What stored texts mean; equal texts give the same values, which nobody changes in place.

    ids: with the ids of comments. No clock reads them, and without them most comments are like another one.
    """

    def __init__(self, *, ids: bool = True) -> None:
        self._ids = ids
        self._said: dict[str, tuple[Comment, ...]] = {}
        self._texts: dict[str, tuple[Change, ...]] = {"[]": ()}
        self._changes: dict[tuple[str, SourceValue, SourceValue, bool], Change] = {}

    def changes(self, text: str) -> tuple[Change, ...]:
        """Return the changes behind `[[field, before, after, initial], …]`."""
        known = self._texts.get(text)
        if known is None:
            if len(self._texts) >= _MOST:
                self._texts = {"[]": ()}
            known = self._texts[text] = tuple([self._change(*each) for each in orjson.loads(text)])
        return known

    def comments(self, text: str) -> tuple[Comment, ...]:
        """Return the comments behind `[[id, author, public, automated], …]`."""
        if text == "[]":
            return ()
        if self._ids:
            return tuple([Comment(*each) for each in orjson.loads(text)])
        # The id of the first one ends with the first quote before a comma, unless there are quotes within it.
        first, _, rest = text.partition('",')
        if "\\" in first:
            first, rest = "", text
        known = self._said.get(rest)
        if known is None:
            if len(self._said) >= _MOST:
                self._said = {}
            known = tuple([Comment("", *each[1:]) for each in orjson.loads(text)])
            self._said[rest] = known
        return known

    def _change(self, field: str, before: Stored, after: Stored, initial: bool) -> Change:
        key = (field, value(before), value(after), initial)
        known = self._changes.get(key)
        if known is None:
            if len(self._changes) >= _MOST:
                self._changes = {}
            known = self._changes[key] = Change(*key)
        return known


def value(stored: Stored) -> SourceValue:
    """Return a field's value as JSON holds it: text, a list of texts, or nothing."""
    return tuple(stored) if isinstance(stored, list) else stored
