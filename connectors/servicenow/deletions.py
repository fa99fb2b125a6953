"""Records that were deleted or archived: `sys_audit_delete`, where this user may read it, and the archive's tables."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors import Absence, Checkpoint, OutageWithdrawn, Page, Presence, SourceError, perhaps, readable
from connectors.servicenow.client import SOME, Api, Closed, stops
from connectors.servicenow.keyset import DAWN, Asked, Keyset, Place, Row
from connectors.servicenow.mapping import row_id, version
from connectors.servicenow.shapes import instant, moment, number, stored, sys_id

__all__ = ["OUTAGES", "STREAM", "Deletions"]

STREAM: Final = "deletions"

LOG: Final = "sys_audit_delete"

OUTAGES: Final = "cmdb_ci_outage"

COLUMNS: Final = ("sys_id", "tablename", "documentkey", "sys_created_on")
"""Not its `payload`: that is the whole record."""

KEPT: Final = ("sys_id", "sys_updated_on", "sys_mod_count")

HELD_BACK: Final = timedelta(seconds=30)

OVERLAP: Final = timedelta(minutes=5)

LAST: Final = 999
"""Nothing that happened to a record in its last second comes after its end."""


class Deletions:
    """Reads which records of some tables are there no more."""

    def __init__(self, api: Api, tables: frozenset[str]) -> None:
        self._api, self._keyset, self._tables = api, Keyset(api), tables
        self._bare = set[str]()

    def pull(self, since: Checkpoint) -> Iterator[Page]:
        """Yield what was deleted since; nothing where that may not be read."""
        place = Place.loaded(since.cursor)
        asked = self._asked()
        if asked is None:
            yield Page((), since)
            return
        until = asked - HELD_BACK
        of = Asked(LOG, COLUMNS, _where(self._tables | {OUTAGES}), by="sys_created_on")
        for batch in self._keyset.changed(of, place, until):
            gone, aside = readable(STREAM, batch.items, self._gone, row_id)
            absences = self._archived([each for each in gone if isinstance(each, Absence)])
            outages = [each for each in gone if isinstance(each, OutageWithdrawn)]
            yield Page((*absences, *outages), batch.place.checkpoint(), set_aside=aside)
        yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint())

    def of(self, ids: Sequence[str]) -> Sequence[Absence]:
        """Return which of some tickets are known to be gone, and how."""
        if not ids:
            return ()
        found: Sequence[Absence] = ()
        if self._asked() is not None:
            rows = self._keyset.named(Asked(LOG, COLUMNS, _where(self._tables)), ids, "documentkey").items
            found = readable(STREAM, rows, self._absence, row_id)[0]
        kept = self._kept(ids)
        told = {each.ticket_id for each in found}
        # Where the log may not be read, the archive tells by itself.
        return (*_marked(found, kept), *(each for ident, each in kept.items() if ident not in told))

    def horizon(self) -> datetime | None:
        """Return since when deletions are known; None where they are not."""
        try:
            rows = self._api.page(LOG, "ORDERBYsys_created_on", COLUMNS, SOME).items
        except Closed:
            return None
        return moment(stored(perhaps(rows[0]), "sys_created_on")) if rows else None

    def _asked(self) -> datetime | None:
        """Return ServiceNow's clock, or None where the log is not shown with all its columns."""
        try:
            page = self._api.page(LOG, "", COLUMNS, SOME)
        except Closed:
            return None
        good = bool(page.items) and set(COLUMNS) <= perhaps(page.items[0]).keys()
        return page.asked if good else None

    def _gone(self, raw: object) -> Absence | OutageWithdrawn:
        row: Row = perhaps(raw)
        if stored(row, "tablename") == OUTAGES:
            return OutageWithdrawn(sys_id(row, "documentkey"), instant(row, "sys_created_on"))
        return self._absence(raw)

    def _absence(self, raw: object) -> Absence:
        row: Row = perhaps(raw)
        if stored(row, "tablename") not in self._tables:
            raise SourceError(f"{LOG}: asked for some tables' rows, and ServiceNow showed others")
        at = instant(row, "sys_created_on")
        return Absence(sys_id(row, "documentkey"), Presence.DELETED, version(at, LAST), at)

    def _archived(self, absences: Sequence[Absence]) -> tuple[Absence, ...]:
        return _marked(absences, self._kept([each.ticket_id for each in absences]))

    def _kept(self, ids: Sequence[str]) -> Mapping[str, Absence]:
        """Return those of some tickets that are in the archive, as they were put there."""
        found: dict[str, Absence] = {}
        for table in sorted(self._tables - self._bare) if ids else ():
            try:
                rows = self._keyset.named(Asked(f"ar_{table}", KEPT), sorted(set(ids))).items
            except SourceError as error:
                if stops(error):
                    raise
                # There is no such archive, or this user may not look into it.
                self._bare.add(table)
                continue
            for row in rows:
                at = moment(stored(row, "sys_updated_on")) or DAWN
                last = version(at, number(row, "sys_mod_count")) + 1
                found[sys_id(row)] = Absence(sys_id(row), Presence.ARCHIVED, last, at)
        return found


def _where(tables: Set[str]) -> str:
    return f"tablenameIN{','.join(sorted(tables))}"


def _marked(absences: Sequence[Absence], kept: Mapping[str, Absence]) -> tuple[Absence, ...]:
    """Return these, those that are in the archive as such: to move a record there deletes it as well."""
    return tuple(
        replace(each, presence=Presence.ARCHIVED) if each.ticket_id in kept else each
        for each in {each.ticket_id: each for each in absences}.values()
    )
