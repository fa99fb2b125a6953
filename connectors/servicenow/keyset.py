"""Rows of one table, each once, however the table moves while it is read.

By change: on (`sys_updated_on`, `sys_id`), so that rows of one second are told apart. By id: on `sys_id` alone. A page
may be short or empty while more follow: rows that may not be read are left out of it after they were counted. Only a
question that finds nothing at all is an end; an answer that was cut short or cancelled is asked again for less.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from connectors import Checkpoint, RetryLater, SourceError, Unreadable, fields_of, resumed
from connectors.servicenow.client import AT_ONCE, LONGEST_QUERY, Api, listed
from connectors.servicenow.shapes import instant, stamp, sys_id
from connectors.servicenow.terms import GROUP, within

__all__ = ["DAWN", "SECOND", "Asked", "Batch", "Keyset", "Place", "Row"]

Row = Mapping[str, object]

SECOND: Final = timedelta(seconds=1)

SHORT: Final = timedelta(hours=1)
"""A time whose changes are counted, too."""

DAWN: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

MOST: Final = 10_000
"""Rows without their columns that are looked through at once for one that may be read."""

MOST_HIDDEN: Final = 300
"""Times in a row that it is looked through: beyond, a table counts what is not there, or hides millions of rows."""

LESS: Final = 4

ID_LENGTH: Final = 33
"""Of an id and its comma."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. where: an encoded query. by: the column that tells when. size: of a page.

    all_or_none: whoever may read the table may read each of its rows, so that a page which is not full is the last one.
    """

    table: str
    columns: tuple[str, ...]
    where: str = ""
    by: str = "sys_updated_on"
    labels: bool = False
    size: int = AT_ONCE
    all_or_none: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Everything before the second `at` is read, and of that second the rows up to `sys_id`; all of it without one."""

    at: datetime
    sys_id: str = ""

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(json.dumps([stamp(self.at), self.sys_id], separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "Place":
        """Return the place of a checkpoint. Raises: SourceError."""
        return resumed(cursor, lambda found: cls(instant({"at": found[0]}, "at"), str(found[1])))

    @classmethod
    def beginning(cls, at: datetime | None) -> "Place":
        """Return where all that changed at or after an instant begins; None: all there is."""
        return cls(DAWN if at is None else at.replace(microsecond=0) - SECOND)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows. place: with them, all up to here is read. broken: ids of rows that no answer could hold.

    full: there may be more.
    """

    items: tuple[Row, ...]
    place: Place
    broken: tuple[str, ...] = ()
    full: bool = True


@dataclass(slots=True)
class _Stretch:
    """Where reading stands in time, and how much is asked for at once."""

    place: Place
    end: datetime
    limit: int
    until: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.until = self.end

    def halved(self) -> bool:
        """Ask for a shorter time; say whether there is one."""
        width = (self.end - self.place.at) // SECOND
        if width <= 1:
            return False
        self.end = self.place.at + SECOND * (width // 2)
        return True

    def over(self) -> bool:
        """Go on to the next stretch of time; say whether there is none."""
        if self.end >= self.until:
            return True
        width = max(self.end - self.place.at, SECOND)
        self.place, self.end = Place(self.end), min(self.until, self.end + 2 * width)
        return False


class Keyset:
    """Reads tables of one instance."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def changed(self, of: Asked, place: Place, until: datetime) -> Iterator[Batch]:
        """Yield the rows behind a place whose time is at most `until`, those changed longest ago first.

        Raises: SourceError where rows come that were not asked for: ServiceNow takes no notice of a filter that it
            does not understand. RetryLater where it cancels even the least question.
        """
        here = _Stretch(place, until, of.size)
        while True:
            try:
                found = self._next(of, here)
            except Unreadable:
                if here.limit > 1:
                    here.limit = max(1, here.limit // LESS)
                    continue
                try:
                    found = self._single(of, here)
                except Unreadable as error:
                    if here.halved():
                        continue
                    text = f"{of.table}: ServiceNow cancels even the question about one second"
                    raise RetryLater(text) from error
            if found is not None:
                here.place, here.limit = found.place, min(of.size, 2 * here.limit)
                yield found
            elif here.over():
                return

    def sweep(self, of: Asked, after: str = "") -> Iterator[Batch]:
        """Yield all rows in the order of their ids, from the one behind `after` on. The place's time means nothing."""
        limit, place = of.size, Place(DAWN, after)
        while True:
            clauses = (f"sys_id>{place.sys_id}",) if place.sys_id else ()
            order = ("sys_id",)
            try:
                found = self._page(of, clauses, order, limit, place)
            except Unreadable:
                if limit > 1:
                    limit = max(1, limit // LESS)
                    continue
                try:
                    found = self._one(of, clauses, order, place)
                except Unreadable as error:
                    raise RetryLater(f"{of.table}: ServiceNow cancels even the question about one row") from error
            if found is None:
                return
            place, limit = found.place, min(of.size, 2 * limit)
            yield found
            if of.all_or_none and not found.full:
                return

    def named(self, of: Asked, ids: Sequence[str], column: str = "sys_id") -> Batch:
        """Return the rows that these ids name, in any order; a row that no answer can hold is broken."""
        items: list[Row] = []
        broken: list[str] = []
        size = _at_once(of)
        left = [list(ids[first : first + size]) for first in range(0, len(ids), size)]
        while left:
            part = left.pop()
            try:
                page = self._api.page(
                    of.table, within(of.where, listed(column, part)), of.columns, len(part), labels=of.labels
                )
            except Unreadable:
                if len(part) == 1:
                    broken += part
                else:
                    middle = len(part) // 2
                    left += [part[:middle], part[middle:]]
                continue
            rows = [fields_of(each, "row") for each in page.items]
            if not {sys_id(row, column) for row in rows} <= set(part):
                raise _unheeded(of, f"rows by '{column}'")
            items += rows
        return Batch(tuple(items), Place(DAWN), tuple(broken))

    def _next(self, of: Asked, here: _Stretch) -> Batch | None:
        for clauses, order, counted in _clauses(of, here):
            found = self._page(of, clauses, order, here.limit, here.place, here.end, counted=counted)
            if found is not None:
                return found
        return None

    def _single(self, of: Asked, here: _Stretch) -> Batch | None:
        for clauses, order, _ in _clauses(of, here):
            found = self._one(of, clauses, order, here.place, here.end)
            if found is not None:
                return found
        return None

    def _page(
        self,
        of: Asked,
        clauses: Sequence[str],
        order: tuple[str, ...],
        limit: int,
        place: Place,
        end: datetime | None = None,
        *,
        counted: bool = False,
    ) -> Batch | None:
        """Return the first rows of a question; None where there are none. end: None for an order by id alone."""
        query = within(of.where, *clauses, order=order)
        page = self._api.page(of.table, query, of.columns, limit, counted=counted, labels=of.labels)
        if page.items:
            items, last = _checked(of, page.items, place, end)
            return Batch(items, last, full=page.after is not None or len(items) >= limit)
        if (of.all_or_none and page.after is None) or (counted and page.total == 0):
            return None
        # Perhaps all of them may not be read: those that may are looked for behind them.
        places = self._visible(of, query, place, end)
        if not places:
            return None
        part = places[:limit]
        found = self.named(of, [each.sys_id for each in part])
        return Batch(found.items, part[-1], found.broken)

    def _one(
        self,
        of: Asked,
        clauses: Sequence[str],
        order: tuple[str, ...],
        place: Place,
        end: datetime | None = None,
    ) -> Batch | None:
        """Return the first row of a question, asked for by its id alone; broken where no answer can hold it."""
        query = within(of.where, *clauses, order=order)
        places = self._visible(of, query, place, end, 1) or self._visible(of, query, place, end)
        if not places:
            return None
        found = self.named(of, [places[0].sys_id])
        return Batch(found.items, places[0], found.broken)

    def _visible(self, of: Asked, query: str, place: Place, end: datetime | None, limit: int = MOST) -> Sequence[Place]:
        """Return the places of the first rows that may be read."""
        columns, offset = ("sys_id", of.by), 0
        for _ in range(MOST_HIDDEN):
            page = self._api.page(of.table, query, columns, limit, after=offset, counted=limit == MOST)
            if page.items:
                return [_place(of, row, place) for row in _checked(of, page.items, place, end)[0]]
            if limit < MOST or (page.after is None and (page.total or 0) <= offset + limit):
                return ()
            offset = max(page.after or 0, offset + limit)
        raise SourceError(
            f"{of.table}: ServiceNow says that there are more rows, and shows none of the first {offset}: let the "
            "hub's user read the table's rows, or narrow the connection's scope to those that it may read"
        )


def _at_once(of: Asked) -> int:
    """Return how many ids an address has room for: they stand in each group of the query."""
    room = LONGEST_QUERY - 100 - len(of.where)
    return max(1, min(AT_ONCE, room // (ID_LENGTH * (of.where.count(GROUP) + 1))))


def _clauses(of: Asked, here: _Stretch) -> Iterator[tuple[Sequence[str], tuple[str, ...], bool]]:
    """Yield what is left of the second that was begun, then what is later; with whether it is to be counted.

    Counting is cheap for a short time, and tells that nothing is hidden where nothing is shown.
    """
    at = stamp(here.place.at)
    if here.place.sys_id:
        yield (f"{of.by}={at}", f"sys_id>{here.place.sys_id}"), ("sys_id",), True
    yield (f"{of.by}>{at}", f"{of.by}<={stamp(here.end)}"), (of.by, "sys_id"), here.end - here.place.at <= SHORT


def _checked(of: Asked, raw: Sequence[object], place: Place, end: datetime | None) -> tuple[tuple[Row, ...], Place]:
    """Return rows, and the place behind them. Raises: SourceError for rows that were not asked for."""
    items = tuple(fields_of(each, "row") for each in raw)
    last = place
    for row in items:
        found = _place(of, row, place)
        if end is None:
            good = found.sys_id > last.sys_id or not _plain(found.sys_id, last.sys_id)
        elif found.at == last.at:
            # What has no id yet has all of its second behind it.
            good = bool(last.sys_id) and (found.sys_id > last.sys_id or not _plain(found.sys_id, last.sys_id))
        else:
            good = last.at < found.at <= end
        if not good:
            raise _unheeded(of, "rows in an order and by their time" if end is not None else "rows by their ids")
        last = found if end is not None else Place(place.at, found.sys_id)
    if last == place:
        # Ids of an unusual kind may stand in any order, but not for ever in the same.
        raise _unheeded(of, "rows behind a place")
    return items, last


def _place(of: Asked, row: Row, place: Place) -> Place:
    return Place(instant(row, of.by) if of.by in row else place.at, sys_id(row))


def _plain(*ids: str) -> bool:
    """Say whether both are ids of the usual kind, of which the order is sure."""
    return all(len(each) == 32 and each.isalnum() and each.islower() | each.isdigit() for each in ids)


def _unheeded(of: Asked, what: str) -> SourceError:
    return SourceError(
        f"{of.table}: asked for {what}, and ServiceNow showed others: it takes no notice of a column that this user "
        "may not read, or that is not there"
    )
