"""What the engine is given: tickets with their events, the people in them, the names people see."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from orjson import loads
from sqlalchemy import BigInteger, Connection, Text, cast, false, or_, select, type_coerce

from core.ports import LaneKind
from core.sla.history import History, RoleSpan
from core.store import lanes, names, tables
from core.store.bulk import chunks, plain_rows
from core.store.horizon import horizon
from core.store.people import sightings, spans
from core.store.recall import Recall, value
from core.store.scope import presence
from core.store.snapshots import gaps_of
from core.store.types import EPOCH, MICROSECOND, from_microseconds
from core.tickets import Event, Label, Presence, Ticket

__all__ = ["Loaded", "labels", "late", "load", "people", "words"]

_TICKET: Final = itemgetter(0)

Stretch = tuple[datetime | None, datetime]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ticket's history as read; `input_version` is not newer than what the history holds."""

    id: int
    input_version: int
    evaluated_version: int
    evaluated_revision: int | None
    history: History


@dataclass(frozen=True, slots=True)
class _Reach:
    """What the lanes of one history stream cover, and where its live lane began."""

    stream: str
    live_from: datetime | None
    covered: tuple[Stretch, ...]


def load(tx: Connection, connection_id: int, ticket_ids: Sequence[int], recall: Recall | None = None) -> list[Loaded]:
    """Return the histories of these tickets (row ids) in the given order.

    Tickets without a picture are left out; `Ticket.own` is empty. `whole_since` is the ticket's creation
    once every event up to the start of the live lanes is here, else None: what is missing later is only
    what the source has not shown yet.
    """
    rows = _tickets(tx, ticket_ids)
    reaches = _reaches(tx, connection_id)
    covered = _coverage(tx, rows)
    events = _events(tx, connection_id, [row.source_id for row in rows.values()], recall or Recall())
    found: list[Loaded] = []
    for ticket_id in ticket_ids:
        row = rows.get(ticket_id)
        if row is None:
            continue
        end, whole = _known(row, reaches, covered.get(ticket_id, {}))
        history = History(
            ticket=_ticket(row),
            events=events.get(row.source_id, ()),
            horizon=end,
            whole_since=row.created_at if whole else None,
            # An empty column is a null of JSON's in one of the databases.
            gaps=gaps_of(loads(row.gaps) if row.gaps else None),
        )
        found.append(Loaded(row.id, row.input_version, row.evaluated_version, row.evaluated_revision, history))
    return found


def late(tx: Connection, connection_id: int, since: datetime | None = None) -> int | None:
    """Count the tickets of which the history does not reach back to their beginning, or that of some field does not.

    since: only tickets that have changed since then. None: the past is still being read, so nobody knows.
    """
    reaches = _reaches(tx, connection_id)
    if lanes.backfilling(tx, connection_id) or not reaches:
        return None
    ticket = tables.ticket.c
    begins = [_earliest(reach) for reach in reaches]
    # What was created after a lane's beginning is covered by it; the others are looked at one by one.
    older = [ticket.created_at < each for each in begins if each is not None]
    some = or_(false(), *older, ticket.left_out_until.is_not(None), ticket.gaps.is_not(None))
    which = [ticket.connection_id == connection_id, ticket.key.is_not(None), ticket.presence.in_(_THERE), some]
    which += [ticket.listed.is_not(False)] + ([] if since is None else [ticket.updated_at >= since])
    ids = tx.execute(select(ticket.id).where(*which)).scalars().all()
    rows, covered = _tickets(tx, ids), _coverage(tx, ids)
    return sum(
        bool(gaps_of(loads(row.gaps) if row.gaps else None)) or not _known(row, reaches, covered.get(each, {}))[1]
        for each, row in rows.items()
    )


_THERE: Final = (str(Presence.PRESENT), str(Presence.ARCHIVED))


def _earliest(reach: "_Reach") -> datetime | None:
    """Return where a stream's lanes begin; None where they cover the beginning of everything."""
    starts = [start for start, _ in reach.covered]
    if not starts:
        return datetime.max.replace(tzinfo=UTC)
    known = [start for start in starts if start is not None]
    return min(known) if len(known) == len(starts) else None


def people(tx: Connection, connection_id: int, actor_ids: Collection[str]) -> Mapping[str, tuple[RoleSpan, ...]]:
    """Return the role spans of those of these people who are known."""
    return {source_id: spans(seen) for source_id, seen in sightings(tx, connection_id, actor_ids).items()}


def labels(tx: Connection, connection_id: int) -> Mapping[tuple[str, str], str]:
    """Return the names people see by (field, source value); organisations and teams under these fields."""
    return names.load(tx, connection_id)


def words(tx: Connection, connection_id: int, fields: Collection[str]) -> tuple[Label, ...]:
    """Return the labels of these fields' values, the categories and former names with them."""
    return names.words(tx, connection_id, fields)


class _Picture(NamedTuple):
    """A ticket's row. values: as JSON."""

    id: int
    source_id: str
    key: str
    url: str
    created_at: datetime
    updated_at: datetime
    version: int
    values: str
    presence: str
    gaps: str | None
    listed: bool | None
    left_out_until: int | None
    input_version: int
    evaluated_version: int
    evaluated_revision: int | None


def _tickets(tx: Connection, ticket_ids: Sequence[int]) -> dict[int, _Picture]:
    ticket = tables.ticket.c
    found: dict[int, _Picture] = {}
    for chunk in chunks(ticket_ids):
        rows = tx.execute(
            select(
                ticket.id,
                ticket.source_id,
                ticket.key,
                ticket.url,
                type_coerce(ticket.created_at, BigInteger),
                type_coerce(ticket.updated_at, BigInteger),
                ticket.version,
                cast(ticket.source_values, Text),
                ticket.presence,
                cast(ticket.gaps, Text),
                ticket.listed,
                type_coerce(ticket.left_out_until, BigInteger),
                ticket.input_version,
                ticket.evaluated_version,
                ticket.evaluated_revision,
            ).where(ticket.id.in_(chunk), ticket.key.is_not(None))
        )
        for row_id, source_id, key, url, created, updated, *rest in plain_rows(rows):
            times = from_microseconds(created), from_microseconds(updated)
            found[row_id] = _Picture(row_id, source_id, key, url, *times, *rest)
    return found


def _reaches(tx: Connection, connection_id: int) -> list[_Reach]:
    rows = [row for row in lanes.every(tx, connection_id) if row.carries_history]
    return [
        _Reach(
            stream=live.stream,
            live_from=live.start_at,
            covered=tuple(
                (row.start_at, end)
                for row in rows
                if row.stream == live.stream
                # A live lane that has read nothing yet covers nothing, but from its start on nothing gets lost.
                and (end := row.settled_until or (row.start_at if row is live else None)) is not None
            ),
        )
        for live in rows
        if live.kind is LaneKind.LIVE
    ]


def _known(row: _Picture, reaches: Sequence[_Reach], covered: Mapping[str, Stretch]) -> tuple[datetime | None, bool]:
    """Return the least horizon over the history streams, and whether each has reached its live lane."""
    created_at = row.created_at
    left_out = None if row.left_out_until is None else from_microseconds(row.left_out_until)
    # Lanes went over it without keeping it: they cover nothing of it before that, least of all its beginning.
    since = None if left_out is None else max(left_out, created_at + MICROSECOND)
    ends: list[datetime] = []
    whole = bool(reaches)
    for reach in reaches:
        own = covered.get(reach.stream)
        lanes_cover = reach.covered if since is None else _after(since, reach.covered)
        end = horizon(created_at, lanes_cover if own is None else (*lanes_cover, own))
        if end is None:
            return None, False
        ends.append(end)
        whole = whole and (reach.live_from is None or end >= reach.live_from)
    return min(ends, default=None), whole


def _after(since: datetime, covered: Sequence[Stretch]) -> list[Stretch]:
    return [(max(since, start or since), end) for start, end in covered if end > since]


def _coverage(tx: Connection, ticket_ids: Collection[int]) -> dict[int, dict[str, Stretch]]:
    coverage = tables.coverage.c
    found: defaultdict[int, dict[str, Stretch]] = defaultdict(dict)
    for chunk in chunks(ticket_ids):
        rows = tx.execute(
            select(coverage.ticket_id, coverage.stream, coverage.since, coverage.until).where(
                coverage.ticket_id.in_(chunk)
            )
        )
        for ticket_id, stream, since, until in rows:
            found[ticket_id][stream] = (since, until)
    return found


def _events(
    tx: Connection, connection_id: int, source_ids: Collection[str], recall: Recall
) -> dict[str, tuple[Event, ...]]:
    """Return by ticket the events in total order: (at, order, stream, id)."""
    event = tables.event.c
    found: dict[str, tuple[Event, ...]] = {}
    changes, comments = recall.changes, recall.comments
    for chunk in chunks(source_ids):
        selected = tx.execute(
            select(
                event.ticket_source_id,
                type_coerce(event.at, BigInteger),
                event.order_key,
                event.stream,
                event.source_id,
                event.actor,
                type_coerce(event.latest_at, BigInteger),
                cast(event.changes, Text),
                cast(event.comments, Text),
            ).where(
                event.connection_id == connection_id,
                event.ticket_source_id.in_(chunk),
                event.withdrawn_at.is_(None),
            )
        )
        rows = plain_rows(selected)
        # No two rows of a ticket are equal up to their ids, so that nothing behind them is compared.
        rows.sort()
        for ticket, each in groupby(rows, key=_TICKET):
            found[ticket] = tuple(
                [
                    Event(
                        ticket,
                        stream,
                        source_id,
                        EPOCH + at * MICROSECOND,
                        order,
                        actor,
                        changes(changed),
                        comments(said),
                        None if latest is None else from_microseconds(latest),
                    )
                    for _, at, order, stream, source_id, actor, latest, changed, said in each
                ]
            )
    return found


def _ticket(row: _Picture) -> Ticket:
    values = {field: value(stored) for field, stored in loads(row.values).items()}
    listed = None if row.listed is None else bool(row.listed)
    if listed is False:
        # Where the event that says since when is not to be had: it was so from the beginning.
        values["presence"] = str(Presence.OUT_OF_SCOPE)
    return Ticket(
        id=row.source_id,
        key=row.key,
        url=row.url,
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        values=values,
        presence=presence(row.presence, listed),
    )
