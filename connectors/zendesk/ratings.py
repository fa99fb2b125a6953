"""Satisfaction ratings, which no export tells: a list filtered by when each was last changed."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from connectors import Checkpoint, Page, resumed
from connectors.zendesk import mapping
from connectors.zendesk.client import Api, CursorExpired
from connectors.zendesk.shapes import epoch, second

__all__ = ["RESOURCE", "STREAM", "pull", "start"]

STREAM = "ratings"

RESOURCE = "satisfaction_ratings"

OVERLAP = timedelta(minutes=1)
"""Read again each time: Zendesk promises nothing about how soon a list shows what has changed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What changed before `mark` is read. asked: Zendesk's clock when the list now being read was begun."""

    mark: int
    asked: int = 0
    after: str = ""

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "_Place":
        return resumed(cursor, lambda raw: cls(second(raw["mark"]), second(raw["asked"]), str(raw["after"])))


def start(at: int) -> Checkpoint:
    """Return where the ratings changed at or after a second begin."""
    return _Place(at).checkpoint()


def pull(api: Api, since: Checkpoint) -> Iterator[Page]:
    """Yield the ratings that changed since; none where the plan or the role has no ratings."""
    place = _Place.loaded(since.cursor)
    read = mapping.each(STREAM, mapping.rating)
    while True:
        try:
            # Without an end: what changes meanwhile must not leave the list, and move what comes behind it.
            found = api.page(RESOURCE, place.after, {"start_time": place.mark}, optional=True)
        except CursorExpired:
            place = replace(place, after="")
            found = api.page(RESOURCE, place.after, {"start_time": place.mark}, optional=True)
        if not found.there:
            yield Page((), replace(place, asked=0, after="").checkpoint())
            return
        asked = place.asked or int(found.date.timestamp())
        records, aside = read(found.items)
        if found.after and found.after != place.after:
            place = replace(place, asked=asked, after=found.after)
            yield Page(records, place.checkpoint(), set_aside=aside)
            continue
        mark = max(place.mark, asked - int(OVERLAP.total_seconds()))
        yield Page(records, _Place(mark).checkpoint(), epoch(mark), set_aside=aside)
        return
