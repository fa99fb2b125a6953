"""What a report may be missing: how many tickets there are, how many are here, and why the others are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Table, and_, func, select

from core.ports import CENSUS
from core.store import census, findings, histories, tables
from core.store.census import CensusRow
from core.store.connections import ConnectionRow
from core.store.scope import presence
from core.tickets import Presence

__all__ = ["Cause", "Completeness", "Counted", "completeness", "counted"]

_ticket = tables.ticket.c

THERE = (str(Presence.PRESENT), str(Presence.ARCHIVED))


class Cause(StrEnum):
    """Why a ticket that there is is not here."""

    FORBIDDEN = "forbidden"
    SET_ASIDE = "set_aside"
    NOT_SHOWN = "not_shown"


@dataclass(frozen=True, slots=True)
class Counted:
    """What the last census has found in all parts that are in scope: `expected` is `present` and all that is missing.

    at: when the part that was counted first was counted, in the source's time.
    doubted: the parts of which another census has to say so too.
    """

    at: datetime
    present: int
    missing: Mapping[Cause, int]
    doubted: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        return self.present + sum(self.missing.values())


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of one connection. counted: None where no census was ever taken to its end.

    here: tickets that are stored, there and in scope; newer: of these, those that no census could have counted yet.
    elsewhere: tickets that are stored and not there, or were left out, by where they are; with `here` they are all.
    hidden_since: since when the first of those that are forbidden has been so.
    late: tickets whose history does not reach back to their beginning; None while the past is being read.
    set_aside: records that could not be read, and why the last one could not.
    unmapped: values without a meaning. unconfirmed: clocks that rest on what is not known yet. parked: tickets.
    """

    connection: str
    counted: Counted | None
    here: int
    newer: int
    elsewhere: Mapping[str, int]
    hidden_since: datetime | None
    late: int | None
    set_aside: int
    set_aside_reason: str
    unmapped: int
    unconfirmed: int
    parked: int


def counted(rows: Sequence[CensusRow]) -> Counted | None:
    """Return what these parts come to; None where there are none. Each listed ticket is counted once."""
    if not rows:
        return None
    missing = {
        Cause.FORBIDDEN: sum(row.forbidden for row in rows),
        Cause.SET_ASIDE: sum(row.aside for row in rows),
        Cause.NOT_SHOWN: sum(row.unseen - row.hidden - row.aside for row in rows),
    }
    doubted = tuple(row.part for row in rows if not row.believed)
    return Counted(min(row.at for row in rows), sum(row.present for row in rows), missing, doubted)


def completeness(tx: Connection, row: ConnectionRow, since: datetime | None = None) -> Completeness:
    """Return what is known and what is not of a connection.

    since: of histories, clocks and parked tickets only those of tickets that have changed since then.
    """
    found = counted(_last_round(tx, row.id))
    mine = _ticket.connection_id == row.id
    there = and_(mine, _ticket.key.is_not(None), _ticket.presence.in_(THERE), _ticket.listed.is_not(False))
    touched = and_(mine, *([] if since is None else [_ticket.updated_at >= since]))
    clock, aside = tables.clock.c, tables.set_aside.c
    of = select(_ticket.id).where(touched)
    open_ones = and_(~clock.confirmed, ~clock.gone, clock.state != "unknown", clock.ticket_id.in_(of))
    newest = select(aside.reason).where(aside.connection_id == row.id).order_by(aside.id.desc()).limit(1)
    hidden = (_ticket.presence == str(Presence.FORBIDDEN), _ticket.lost_at.is_not(None))
    return Completeness(
        connection=row.name,
        counted=found,
        here=_count(tx, tables.ticket, there),
        newer=0 if found is None else _count(tx, tables.ticket, and_(there, _ticket.created_at > found.at)),
        elsewhere=_elsewhere(tx, row.id),
        hidden_since=tx.execute(select(func.min(_ticket.lost_at)).where(mine, *hidden)).scalar(),
        late=histories.late(tx, row.id, since),
        set_aside=_count(tx, tables.set_aside, aside.connection_id == row.id),
        set_aside_reason=tx.execute(newest).scalar() or "",
        unmapped=sum(each.code == "unmapped" for each in findings.open_ones(tx, row.name)),
        unconfirmed=_count(tx, tables.clock, open_ones),
        parked=_count(tx, tables.ticket, and_(touched, _ticket.parked_at.is_not(None))),
    )


def _last_round(tx: Connection, connection_id: int) -> list[CensusRow]:
    """Return what the last census found that came to its end, and parts that were counted again since.

    A part that it did not count is in scope no more, or empty.
    """
    run = tables.run.c
    done = (run.connection_id == connection_id, run.flow == CENSUS, run.outcome == "done")
    began = tx.execute(select(func.max(run.started_at)).where(*done)).scalar()
    if began is None:
        return []
    return [row for row in census.latest(tx, connection_id) if row.ended_at is not None and row.ended_at >= began]


def _elsewhere(tx: Connection, connection_id: int) -> dict[str, int]:
    """Count the stored tickets that are not there, or not in scope, by where they are."""
    out = _ticket.listed.is_(False)
    rows = tx.execute(
        select(_ticket.presence, out, func.count())
        .where(_ticket.connection_id == connection_id, _ticket.key.is_not(None))
        .group_by(_ticket.presence, out)
    )
    found: dict[str, int] = {}
    for picture, left_out, count in rows:
        where = str(presence(picture, False if left_out else None))
        if where not in THERE:
            found[where] = found.get(where, 0) + count
    return found


def _count(tx: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return int(tx.execute(select(func.count()).select_from(table).where(which)).scalar_one())
