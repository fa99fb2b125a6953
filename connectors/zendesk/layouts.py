"""The account's ticket fields, asked for once and again when they no longer fit."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors import FieldName, Slot
from connectors.zendesk.client import Api
from connectors.zendesk.fields import Layout, layout

__all__ = ["Layouts"]


class Layouts:
    """Hands out where the hub's own fields stand. Safe in threads; one thread asks, the others wait."""

    def __init__(self, api: Api, names: Mapping[Slot, FieldName]) -> None:
        self._api, self._names = api, names
        self._lock = threading.Lock()
        self._known: Layout | None = None

    def get(self) -> Layout:
        """Return the fields as last seen; anew while one is still missing."""
        with self._lock:
            if self._known is None or len(self._known.fields) < len(self._names):
                self._known = self._asked()
            return self._known

    def renewed(self, raw: Sequence[object] | None = None) -> Layout:
        """Return the fields as they are now. raw: the account's `ticket_fields`, where they were just asked for."""
        with self._lock:
            self._known = self._asked() if raw is None else self._layout(raw)
            return self._known

    def _asked(self) -> Layout:
        return self._layout(self._api.everything("ticket_fields") if self._names else ())

    def _layout(self, raw: Sequence[object]) -> Layout:
        return replace(layout(raw, self._names), wrote=self._api.wrote)
