"""Records that were deleted or archived: `sys_audit_delete`, where this user may read it, and the archive's tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from connectors import Absence, Checkpoint, Page, Presence, SourceError
from connectors.servicenow.client import Api, Closed, stops
from connectors.servicenow.keyset import Asked, Keyset, Place, Row
from connectors.servicenow.mapping import readable, version
from connectors.servicenow.shapes import instant, moment, perhaps, sys_id, text

__all__ = ["STREAM", "Deletions"]

STREAM: Final = "deletions"

LOG: Final = "sys_audit_delete"

COLUMNS: Final = ("sys_id", "tablename", "documentkey", "sys_created_on")
"""Not its `payload`: that is the whole record."""

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
        of = Asked(LOG, COLUMNS, self._where(), by="sys_created_on")
        for batch in self._keyset.changed(of, place, until):
            absences, aside = readable(STREAM, batch.items, self._absence)
            yield Page(self._archived(absences), batch.place.checkpoint(), set_aside=aside)
        yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint())

    def of(self, ids: Sequence[str]) -> Sequence[Absence]:
        """Return which of some tickets are known to be gone, and how."""
        if not ids or self._asked() is None:
            return ()
        try:
            found = self._keyset.named(Asked(LOG, COLUMNS, self._where()), ids, "documentkey")
        except Closed:
            return ()
        return self._archived(readable(STREAM, found.items, self._absence)[0])

    def horizon(self) -> datetime | None:
        """Return since when deletions are known; None where they are not."""
        try:
            rows = self._api.page(LOG, "ORDERBYsys_created_on", COLUMNS, 1).items
        except Closed:
            return None
        return moment(text(perhaps(rows[0]), "sys_created_on")) if rows else None

    def _asked(self) -> datetime | None:
        """Return ServiceNow's clock, or None where the log is not shown with all its columns."""
        try:
            page = self._api.page(LOG, "", COLUMNS, 1)
        except Closed:
            return None
        good = bool(page.items) and set(COLUMNS) <= perhaps(page.items[0]).keys()
        return page.asked if good else None

    def _where(self) -> str:
        return f"tablenameIN{','.join(sorted(self._tables))}"

    def _absence(self, raw: object) -> Absence:
        row: Row = perhaps(raw)
        if text(row, "tablename") not in self._tables:
            raise SourceError(f"{LOG}: asked for some tables' rows, and ServiceNow showed others")
        at = instant(row, "sys_created_on")
        return Absence(sys_id(row, "documentkey"), Presence.DELETED, version(at, LAST), at)

    def _archived(self, absences: Iterable[Absence]) -> tuple[Absence, ...]:
        """Return these, with those marked that are in the archive: to move a record there deletes it as well."""
        found = {each.ticket_id: each for each in absences}
        kept = set[str]()
        for table in sorted(self._tables - self._bare) if found else ():
            try:
                rows = self._keyset.named(Asked(f"ar_{table}", ("sys_id",)), sorted(found)).items
            except SourceError as error:
                if stops(error):
                    raise
                self._bare.add(table)
                # There is no such archive, or this user may not look into it.
                continue
            kept.update(sys_id(row) for row in rows)
        return tuple(
            Absence(each.ticket_id, Presence.ARCHIVED, each.version, each.updated_at) if ident in kept else each
            for ident, each in found.items()
        )
