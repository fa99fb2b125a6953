"""The census: the numbers of all tickets, brand by brand, by the search that gives all it finds.

It tells a thousand tickets a call, archived ones among them and deleted ones not, and every agent may ask it: so both
ways of reading count by it. The exports would tell as many, out of the ten calls a minute in which changes are read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from connectors import Census, RetryLater, SourceError, Unreadable, perhaps, readable, text
from connectors.zendesk.client import Api
from connectors.zendesk.scope import INDEX_LAG, Scope
from connectors.zendesk.shapes import epoch, identifier, instant, number
from connectors.zendesk.windows import Windows, stamp

__all__ = ["RollCall"]

STALE: Final = timedelta(days=1).total_seconds()
"""A list that took longer is begun anew: a tenth of a share of a quarter allows some millions of tickets until then."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One ticket as found. updated: seconds since 1970, None where that cannot be read."""

    id: int
    brand: str | None
    updated: int | None


@dataclass(slots=True)
class _Roll:
    """What was found until now: by brand the tickets, each with the second of its last change.

    searches: those that are not yet listed to their end, the first one perhaps in part. asked: Zendesk's clock at the
    first answer. began: the process's own.
    """

    since: datetime | None
    searches: list[Windows]
    began: float
    asked: datetime | None = None
    found: dict[str, dict[int, int | None]] = field(
        default_factory=lambda: defaultdict[str, dict[int, int | None]](dict)
    )


class RollCall:
    """Lists one account.

    What was listed when the call limits broke in is kept in the process, and the next census goes on from there: its
    part of them is a few calls a minute, and an account may have a thousand times as many tickets.
    """

    def __init__(self, api: Api, scope: Scope) -> None:
        self._api, self._scope = api, scope
        self._roll: _Roll | None = None

    def take(self, since: datetime | None) -> Iterator[Census]:
        """Yield each brand in scope with all its tickets that changed at or after `since`."""
        roll = self._roll
        if roll is None or roll.since != since or monotonic() - roll.began > STALE:
            roll = self._roll = self._begun(since)
        try:
            asked, brands = self._listed(roll), self._brands()
        except RetryLater:
            raise
        except SourceError:
            self._roll = None
            raise
        for brand in sorted(brands.keys() | roll.found.keys(), key=int):
            rows = roll.found.get(brand, {})
            changed = {str(one): epoch(at) for one, at in rows.items() if at is not None}
            ids = frozenset(map(str, rows))
            yield Census(
                brands.get(brand, brand), "brand", brand, ids, asked - INDEX_LAG, changed=changed, archived=True
            )
        self._roll = None

    def _begun(self, since: datetime | None) -> _Roll:
        query = self._scope.query
        # Whoever writes a query may have written of times in it: nothing is added to that.
        changed = "" if query or since is None else f"updated>={stamp(int(since.timestamp()))}"
        words = [" ".join(filter(None, (each, changed))) for each in self._scope.searches()]
        return _Roll(since, [Windows(each, narrow=not query) for each in words], monotonic())

    def _listed(self, roll: _Roll) -> datetime:
        """List what is left of all searches; return when the first was asked. Raises: SourceError."""
        while roll.searches:
            for page in roll.searches[0].pages(self._api):
                roll.asked = roll.asked or page.date
                self._add(roll, page.items)
            del roll.searches[0]
        if roll.asked is None:
            raise SourceError("a census of nothing: the scope holds no brand and no group")
        return roll.asked

    def _add(self, roll: _Roll, items: tuple[object, ...]) -> None:
        inside = [raw for raw in items if not self._scope.fails(raw)]
        oldest = None if roll.since is None else int(roll.since.timestamp())
        for row in readable("census", inside, _row)[0]:
            old = oldest is not None and row.updated is not None and row.updated < oldest
            if row.brand is not None and not old:
                roll.found[row.brand][row.id] = row.updated

    def _brands(self) -> Mapping[str, str]:
        """Return the names of the brands in scope by their ids; of other brands a ticket tells the id at least."""
        wanted = self._scope.ids("brand")
        names = {
            identifier(row, "id"): text(row, "name")
            for row in map(perhaps, self._api.offered("brands", "brands") or ())
        }
        return names if wanted is None else {each: names.get(each, each) for each in wanted}


def _row(raw: object) -> _Row:
    row = perhaps(raw)
    try:
        updated = int(instant(row, "updated_at").timestamp())
    except Unreadable:
        updated = None
    return _Row(number(row, "id"), None if row.get("brand_id") is None else identifier(row, "brand_id"), updated)
