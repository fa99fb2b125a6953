"""The site's fields, asked for once and again when they no longer fit."""

import threading
from collections.abc import Mapping, Sequence

from connectors import FieldName, Slot
from connectors.jira.client import Api
from connectors.jira.fields import Layout, layout

__all__ = ["Layouts"]


class Layouts:
    """Hands out where the hub's values stand, and the site's custom fields. Safe in threads; one asks, others wait.

    entries: the key of the issue property in which the values stand as well, or alone; none if empty.
    words: the title or id of the field that says what a word means on this site.
    """

    def __init__(
        self, api: Api, names: Mapping[Slot, FieldName], entries: str = "", words: Mapping[str, str] | None = None
    ) -> None:
        self._api, self._names, self._entries, self._words = api, names, entries, words
        self._lock = threading.Lock()
        self._known: Layout | None = None

    def get(self) -> Layout:
        """Return the fields as last seen; anew while one that is named for a slot is still missing."""
        with self._lock:
            if self._known is None or not self._known.whole:
                self._known = self._asked()
            return self._known

    def renewed(self, raw: Sequence[object] | None = None) -> Layout:
        """Return the fields as they are now. raw: the answer of `field`, where it was just asked for."""
        with self._lock:
            self._known = self._asked(raw)
            return self._known

    def _asked(self, raw: Sequence[object] | None = None) -> Layout:
        return layout(self._api.array("~/field") if raw is None else raw, self._names, self._entries, self._words)
