"""What a page brings, stored at once: repeats are harmless, and nothing is lost or edited."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, select

from core.ports import Coverage, SetAside
from core.store import (
    absences,
    aging,
    connections,
    events,
    findings,
    links,
    lost,
    mentions,
    names,
    native_clocks,
    outages,
    people,
    pictures,
    ratings,
    scope,
    snapshots,
    statistics,
    tables,
    veiled,
)
from core.store.bulk import Upsert, chunks, clean
from core.store.types import to_microseconds
from core.store.veiled import CLEAR, Veil
from core.tickets import (
    Absence,
    Event,
    Label,
    NativeClock,
    Organisation,
    Outage,
    OutageWithdrawn,
    Person,
    Rating,
    Record,
    Team,
    Ticket,
)

__all__ = ["Added", "add"]

MANY = 100
"""So many new rows at once come from a backfill, which fills empty tables."""

_SET_ASIDE = Upsert(
    tables.set_aside,
    ("connection_id", "stream", "source_id", "payload_hash", "reason", "seen_at"),
    key=("connection_id", "stream", "source_id", "payload_hash"),
    update=("reason",),
)


@dataclass(frozen=True, slots=True)
class Added:
    """What was new in a page.

    tickets: pictures that were new or different. events: new ones, and withdrawn ones that came again.
    set_aside: unreadable records in the page. touched: row ids of the tickets to be judged again.
    """

    tickets: int = 0
    events: int = 0
    withdrawn: int = 0
    people: int = 0
    set_aside: int = 0
    touched: frozenset[int] = frozenset()


def add(
    tx: Connection,
    connection_id: int,
    *,
    records: Sequence[Record],
    complete: Sequence[Coverage] = (),
    set_aside: Sequence[SetAside] = (),
    stream: str = "",
    outside: Collection[str] | None = None,
    asked: datetime | None = None,
    veil: Veil = CLEAR,
    seen_at: datetime,
) -> Added:
    """Store one page inside the caller's unit; any order and repetition of pages ends in the same rows.

    An event whose identity is stored already stays as it was first seen; where it comes with another
    content, finding `event_differs` says so. Tickets that only events or coverage name get a row without
    a picture.

    stream: the lane's, for set-aside records that name none. seen_at: host time.
    asked: since when the source was asked for just these tickets, in its time; None: a stream brought them.
    veil: what is stored in the place of names, and of all that tells of a person who was forgotten.
    outside: as in the page: of a ticket that has only been shown out of scope nothing but its row is kept.
    """
    connections.hold(tx, connection_id)
    records = veiled.records(tx, connection_id, veil, records)
    records, complete = aging.unsealed(tx, connection_id, records, complete, seen_at)
    tickets = [each for each in records if isinstance(each, Ticket)]
    page_events = [each for each in records if isinstance(each, Event)]
    ids, fresh = snapshots.ensure(
        tx,
        connection_id,
        {each.id for each in tickets}
        | {each.ticket_id for each in page_events}
        | {each.ticket_id for each in complete},
    )
    if outside is not None:
        snapshots.lock(tx, set(ids.values()))
        left = scope.sift(tx, connection_id, ids, records, outside)
        fresh -= {ids.pop(each) for each in left}
        tickets = [each for each in tickets if clean(each.id) not in left]
        page_events = [each for each in page_events if clean(each.ticket_id) not in left]
        complete = [each for each in complete if clean(each.ticket_id) not in left]
        records = scope.wanted(tx, connection_id, records, outside)
    page_events += pictures.differences(tx, connection_id, ids, tickets)
    stored = events.add(tx, connection_id, ids, page_events, complete, seen_at=seen_at)
    mentions.note(tx, connection_id, _mentioned(ids, tickets, stored.new))
    changed = {ids[clean(each)] for each in stored.tickets}
    known, turned = people.add(tx, connection_id, [each for each in records if isinstance(each, Person)])
    changed |= mentions.tickets(tx, connection_id, mentions.ACTOR, turned)
    changed |= names.add(
        tx,
        connection_id,
        [each for each in records if isinstance(each, Organisation)],
        [each for each in records if isinstance(each, Team)],
        [each for each in records if isinstance(each, Label)],
    )
    gone = [each for each in records if isinstance(each, Absence)]
    rows = absences.known(tx, connection_id, {each.ticket_id for each in gone})
    snapshots.lock(tx, changed | set(ids.values()) | set(rows.values()))
    tickets += absences.pictures(tx, rows, gone, tickets)
    shown = snapshots.add(tx, connection_id, rows | ids, tickets, asked)
    lost.found(tx, connection_id, shown.back, seen_at)
    changed |= shown.changed
    snapshots.bump(tx, changed - fresh)
    links.renamed(tx, connection_id, shown.former)
    for chunk in chunks(changed | fresh):
        links.stir(tx, connection_id, tables.ticket.c.id.in_(chunk))
    # None of them says anything of a promise made here: no ticket is judged again for them, and none is made.
    ratings.add(tx, connection_id, [each for each in records if isinstance(each, Rating)])
    native_clocks.add(tx, connection_id, [each for each in records if isinstance(each, NativeClock)])
    outages.add(tx, connection_id, [each for each in records if isinstance(each, Outage)])
    outages.withdraw(tx, connection_id, [each for each in records if isinstance(each, OutageWithdrawn)])
    _put_aside(tx, connection_id, set_aside, stream, seen_at)
    statistics.learn(tx, *_filled(shown.new, len(stored.new)))
    if stored.differing:
        _note_differing(tx, connection_id, stored.differing, seen_at)
    return Added(
        tickets=shown.new,
        events=len(stored.new),
        withdrawn=stored.withdrawn,
        people=known,
        set_aside=len(set_aside),
        touched=frozenset(changed | fresh),
    )


def _filled(pictures: int, new: int) -> set[Table]:
    """Return the tables that a page has put many rows into."""
    found = {tables.mention, tables.ticket} if pictures >= MANY else set[Table]()
    return found | {tables.mention, tables.event} if new >= MANY else found


def _mentioned(
    ids: dict[str, int], tickets: Sequence[Ticket], new: Sequence[Event]
) -> set[tuple[mentions.Mention, int]]:
    found: set[tuple[mentions.Mention, int]] = set()
    for event in new:
        row = ids[clean(event.ticket_id)]
        found.update([(mention, row) for mention in mentions.in_event(event)])
    for ticket in tickets:
        row = ids[clean(ticket.id)]
        found.update([(mention, row) for mention in mentions.in_values(ticket.values)])
    return found


def _put_aside(
    tx: Connection, connection_id: int, set_aside: Sequence[SetAside], stream: str, seen_at: datetime
) -> None:
    rows = {(each.stream or stream, clean(each.source_id), each.payload_hash): clean(each.reason) for each in set_aside}
    _SET_ASIDE.run(tx, [(connection_id, *key, reason, to_microseconds(seen_at)) for key, reason in rows.items()])


def _note_differing(tx: Connection, connection_id: int, differing: Sequence[Event], at: datetime) -> None:
    name = tx.execute(select(tables.connection.c.name).where(tables.connection.c.id == connection_id)).scalar_one()
    first = differing[0]
    findings.note(
        tx,
        name,
        "event_differs",
        first.stream,
        f"the source has given event {first.id} of ticket {first.ticket_id} (stream {first.stream}) again with "
        "another content; what was stored first stays. Events are expected never to change",
        at,
    )
