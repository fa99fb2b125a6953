"""Counting what a source lists against what is stored of it, part by part, and what that has found."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from core.ports import Census
from core.store import tables
from core.store.bulk import chunks
from core.store.lost import THERE
from core.store.scope import presence
from core.tickets import Presence

__all__ = [
    "CensusRow",
    "Compared",
    "Known",
    "Tally",
    "begin",
    "compare",
    "count",
    "end",
    "last",
    "latest",
    "listed_at",
    "lost_keys",
    "parts",
    "stored",
    "tally",
    "unknown",
    "unlisted",
    "withheld",
]

DAY: Final = timedelta(days=1)
"""No index takes so long to list what has changed."""

WEEK: Final = timedelta(days=7)
"""How long a ticket is taken to be there that no list has and that was shown when asked for."""

_LOST: Final = frozenset({Presence.DELETED, Presence.FORBIDDEN})

_census, _ticket = tables.census.c, tables.ticket.c


@dataclass(frozen=True, slots=True)
class CensusRow:
    """What one census has found of one part; see the table."""

    id: int
    field: str
    value: str
    part: str
    at: datetime
    began_at: datetime
    ended_at: datetime | None
    believed: bool
    listed: int | None
    present: int
    out_of_scope: int
    unseen: int
    deleted: int
    forbidden: int
    lost: int
    back: int
    repaired: int
    hidden: int
    aside: int


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket of a part as it is stored. lost: nobody has shown it since.

    unlisted_at: when it was told to be there on being asked for, though no list had it.
    """

    source_id: str
    key: str
    updated_at: datetime
    presence: Presence
    lost: bool
    unlisted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """expected: how many stored tickets the list should have. missing: those it has not. back: lost ones that it has,
    and archived ones where the list has none of these.

    Source ids, each once. again: those that earlier lists had not. behind: those that it has, changed since they are
    stored, and long enough ago that a page should have brought it. hidden: those of which was said that they may not be
    shown, and that are to be asked for once more: nobody expects them in the list.
    """

    expected: int
    missing: Sequence[str]
    back: Sequence[str]
    again: Sequence[str]
    behind: Sequence[str] = ()
    hidden: Sequence[str] = ()

    @property
    def shrunk(self) -> bool:
        """Say whether so much is missing that the list itself is in doubt."""
        return 2 * len(self.missing) > self.expected


class Tally(NamedTuple):
    """Of the listed ids: how many are stored, kept out, and neither of it. Of the stored: how many are lost.

    hidden, aside: of those that are neither, how many are among the forbidden ones, and could not be read.
    """

    present: int
    out_of_scope: int
    unseen: int
    deleted: int
    forbidden: int
    hidden: int = 0
    aside: int = 0


def compare(
    known: Sequence[Known], census: Census, since: datetime | None, settled: datetime | None = None
) -> Compared:
    """Hold the stored tickets of a part against the ids in it.

    since: what has not changed since then need not be listed. settled: up to when pages have brought all that was
    shown; None: that is not known.
    """
    listed = census.ids or frozenset[str]()
    dated = [each for each in known if each.updated_at < census.as_of and (since is None or each.updated_at >= since)]
    due = [each for each in dated if _expected(each, census)]
    unlisted = [each for each in dated if each.source_id not in listed and not _asked_for(each, census.as_of)]
    return Compared(
        len(due),
        [each.source_id for each in unlisted if _expected(each, census)],
        [each.source_id for each in known if each.source_id in listed and (each.lost or _put_away(each, census))],
        [each.source_id for each in known if each.unlisted_at is not None and each.source_id in listed],
        [each.source_id for each in known if settled is not None and _behind(each, census, settled)],
        [each.source_id for each in unlisted if _withheld(each, census) and each.unlisted_at is not None],
    )


def _put_away(each: Known, census: Census) -> bool:
    """Say whether a ticket lies in an archive that the list does not have: its absence from it says nothing."""
    return each.presence is Presence.ARCHIVED and not census.archived


def _withheld(each: Known, census: Census) -> bool:
    """Say whether a ticket was not to be seen, in a part that is shown."""
    return census.ids is not None and each.lost and each.presence is Presence.FORBIDDEN


def _expected(each: Known, census: Census) -> bool:
    """Say whether the list should have a ticket: what was hidden with its part should be there again with it."""
    if _withheld(each, census):
        return each.unlisted_at is None
    return each.presence in THERE and not _put_away(each, census)


def _behind(each: Known, census: Census, settled: datetime) -> bool:
    changed = census.changed.get(each.source_id)
    return changed is not None and each.presence in THERE and each.updated_at < changed < settled


def _asked_for(each: Known, at: datetime) -> bool:
    """Say whether a ticket was told to be there not long ago though no list had it: thousands may be archived.

    at: of the list. One that was asked for since then is not asked for again because of it.
    """
    if each.unlisted_at is None:
        return False
    return at < each.unlisted_at or (each.updated_at < each.unlisted_at - DAY and at < each.unlisted_at + WEEK)


def stored(tx: Connection, connection_id: int, field: str, value: str) -> list[Known]:
    """Return the tickets with a picture that are of a part by it."""
    rows = tx.execute(
        select(
            _ticket.source_id,
            _ticket.key,
            _ticket.updated_at,
            _ticket.presence,
            _ticket.listed,
            _ticket.lost_at,
            _ticket.unlisted_at,
        ).where(_of(connection_id), _in(field) == value)
    )
    return [
        Known(source_id, key, updated_at, presence(picture, listed), lost_at is not None, unlisted_at)
        for source_id, key, updated_at, picture, listed, lost_at, unlisted_at in rows
    ]


def parts(tx: Connection, connection_id: int, field: str) -> list[str]:
    """Return the parts of which tickets are there as far as is known, or hidden."""
    there = and_(_ticket.presence.in_([str(each) for each in THERE]), _ticket.listed.is_not(False))
    hidden = and_(_ticket.presence == str(Presence.FORBIDDEN), _ticket.lost_at.is_not(None))
    named = (_of(connection_id), _in(field).is_not(None), or_(there, hidden))
    return sorted(tx.execute(select(_in(field)).where(*named).distinct()).scalars())


def unknown(tx: Connection, connection_id: int, ids: Collection[str]) -> list[str]:
    """Return those of these ids of which no ticket is stored, though none is known to be out of scope."""
    return [each for each, found in _found(tx, connection_id, ids) if found is None]


def withheld(
    tx: Connection, connection_id: int, ids: Collection[str], since: datetime | None, settled: datetime
) -> int:
    """Return how many of these stored tickets a page should have brought: they have changed in what was read.

    since: where reading began; settled: up to where all had been read. What has changed later was merely to come.
    """
    read = _ticket.created_at < settled
    if since is not None:
        read = and_(read, _ticket.created_at >= since)
    which = (_ticket.connection_id == connection_id, or_(read, _ticket.updated_at < settled))
    return sum(
        int(tx.execute(select(func.count()).where(*which, _ticket.source_id.in_(chunk))).scalar_one())
        for chunk in chunks(ids)
    )


def tally(tx: Connection, connection_id: int, census: Census) -> Tally:
    """Count where the listed ids are in store, and what of the part is lost."""
    places = dict(_found(tx, connection_id, census.ids or ()))
    out = sum(each is Presence.OUT_OF_SCOPE for each in places.values())
    unseen = [source_id for source_id, each in places.items() if each is None or each in _LOST]
    lost = (_of(connection_id), _in(census.field) == census.value, _ticket.lost_at.is_not(None))
    rows = tx.execute(select(_ticket.presence, func.count()).where(*lost).group_by(_ticket.presence))
    gone: dict[str, int] = dict(rows.all())
    return Tally(
        len(places) - out - len(unseen),
        out,
        len(unseen),
        gone.get(str(Presence.DELETED), 0),
        gone.get(str(Presence.FORBIDDEN), 0),
        _hidden(tx, connection_id, unseen),
        _aside(tx, connection_id, [each for each in unseen if places[each] is None]),
    )


def _hidden(tx: Connection, connection_id: int, ids: Collection[str]) -> int:
    """Count those of these tickets that are stored and were hidden since."""
    hidden = (_ticket.presence == str(Presence.FORBIDDEN), _ticket.lost_at.is_not(None))
    return sum(
        int(
            tx.execute(
                select(func.count())
                .select_from(tables.ticket)
                .where(_of(connection_id), _ticket.source_id.in_(chunk), *hidden)
            ).scalar_one()
        )
        for chunk in chunks(ids)
    )


def _aside(tx: Connection, connection_id: int, ids: Collection[str]) -> int:
    """Count those of these tickets that could not be read."""
    aside = tables.set_aside.c
    return sum(
        len(
            tx.execute(
                select(aside.source_id)
                .where(aside.connection_id == connection_id, aside.source_id.in_(chunk))
                .distinct()
            ).all()
        )
        for chunk in chunks(ids)
    )


def begin(tx: Connection, connection_id: int, census: Census, at: datetime) -> CensusRow:
    """Return the row in which this part is counted: the one that was broken off, if there is one. at: host time."""
    open_one = next(_read(tx, _part(connection_id, census.field, census.value), _census.ended_at.is_(None)), None)
    values = {"part": census.part, "at": census.as_of, "listed": None if census.ids is None else len(census.ids)}
    if open_one is not None:
        tx.execute(update(tables.census).where(_census.id == open_one.id).values(values))
    else:
        named = {"connection_id": connection_id, "field": census.field, "value": census.value}
        tx.execute(insert(tables.census).values(**named, **values, began_at=at))
    return next(_read(tx, _part(connection_id, census.field, census.value)))


def count(tx: Connection, row_id: int, *, lost: int, back: int, repaired: int) -> None:
    """Add what was found with some of the tickets, in the unit that stores it."""
    more = {"lost": _census.lost + lost, "back": _census.back + back, "repaired": _census.repaired + repaired}
    tx.execute(update(tables.census).where(_census.id == row_id).values(more))


def end(tx: Connection, row_id: int, found: Tally, at: datetime, *, believed: bool) -> CensusRow:
    """Note how the part stands after it was counted to its end."""
    ended = {**found._asdict(), "believed": believed, "ended_at": at}
    tx.execute(update(tables.census).where(_census.id == row_id).values(ended))
    return next(_read(tx, _census.id == row_id))


def unlisted(tx: Connection, connection_id: int, source_ids: Collection[str], at: datetime | None) -> None:
    """Note that these tickets were shown when asked for then, though no list had them; None: a list has them again."""
    for chunk in chunks(sorted(source_ids)):
        here = (_ticket.connection_id == connection_id, _ticket.source_id.in_(chunk))
        tx.execute(update(tables.ticket).where(*here).values(unlisted_at=at))


def last(tx: Connection, connection_id: int, field: str, value: str) -> CensusRow | None:
    """Return what the last census of a part has found that came to its end."""
    return next(_read(tx, _part(connection_id, field, value), _census.ended_at.is_not(None)), None)


def listed_at(tx: Connection, connection_id: int, field: str, value: str) -> datetime | None:
    """Return the instant of the last census of a part that was believed and found it shown."""
    sure = (_census.ended_at.is_not(None), _census.believed, _census.listed.is_not(None))
    row = next(_read(tx, _part(connection_id, field, value), *sure), None)
    return None if row is None else row.at


def latest(tx: Connection, connection_id: int) -> list[CensusRow]:
    """Return what the last census of each part has found that came to its end, by its name."""
    newest = select(func.max(_census.id)).where(_census.connection_id == connection_id, _census.ended_at.is_not(None))
    ids = newest.group_by(_census.field, _census.value)
    return sorted(_read(tx, _census.id.in_(ids)), key=lambda row: (row.part, row.field, row.value))


_COLUMNS = tuple(_census[each.name] for each in fields(CensusRow))


def _read(tx: Connection, *which: ColumnElement[bool]) -> Iterator[CensusRow]:
    """Yield these rows, the newest first."""
    for row in tx.execute(select(*_COLUMNS).where(*which).order_by(_census.id.desc())).all():
        yield CensusRow(*row)


def _part(connection_id: int, field: str, value: str) -> ColumnElement[bool]:
    return and_(_census.connection_id == connection_id, _census.field == field, _census.value == value)


def _of(connection_id: int) -> ColumnElement[bool]:
    return and_(_ticket.connection_id == connection_id, _ticket.key.is_not(None))


def lost_keys(tx: Connection, connection_id: int, row: CensusRow, limit: int) -> list[str]:
    """Return keys of tickets that the census of this row has found to be gone from a part that is shown."""
    gone = (_ticket.presence == str(Presence.DELETED), _ticket.lost_at >= row.at)
    keys = select(_ticket.key).where(_of(connection_id), _in(row.field) == row.value, *gone)
    return list(tx.execute(keys.order_by(_ticket.id).limit(limit)).scalars())


def _in(field: str) -> ColumnElement[str]:
    """Return the part that a ticket is in by its picture."""
    found: ColumnElement[str] = _ticket.source_values[field].as_string()
    return found


def _found(tx: Connection, connection_id: int, ids: Collection[str]) -> Iterator[tuple[str, Presence | None]]:
    """Yield where each ticket is as far as is known; None: nothing is."""
    known = or_(_ticket.key.is_not(None), _ticket.presence == str(Presence.OUT_OF_SCOPE))
    for chunk in chunks(ids):
        rows = tx.execute(
            select(_ticket.source_id, _ticket.presence, _ticket.listed).where(
                _ticket.connection_id == connection_id, _ticket.source_id.in_(chunk), known
            )
        )
        there = {source_id: presence(picture, listed) for source_id, picture, listed in rows}
        for each in chunk:
            yield each, there.get(each)
