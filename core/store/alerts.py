"""What an admin was told of findings: noted before it is sent, so that nothing is told twice but by chance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.store import tables
from core.store.database import exclusive

__all__ = [
    "BEGINS",
    "DOUBTFUL",
    "ENDS",
    "FAILED",
    "SENT",
    "AlertRow",
    "Due",
    "Told",
    "claim",
    "due",
    "lost",
    "recent",
    "settle",
    "told",
    "under_way",
]

BEGINS, ENDS = "begins", "ends"
CLAIMED, SENT, FAILED, DOUBTFUL = "claimed", "sent", "failed", "doubtful"

ONCE_MORE = 1
"""How often what may have arrived is sent again."""

_alert, _finding = tables.alert.c, tables.finding.c


@dataclass(frozen=True, slots=True)
class Due:
    """What a recipient is to be told. says: begins or ends. doubts: how often it may have arrived before."""

    finding: int
    connection: str
    code: str
    subject: str
    text: str
    since: datetime
    ended_at: datetime | None
    step: str
    says: str
    doubts: int


@dataclass(frozen=True, slots=True)
class Told:
    """What one recipient was told in all: messages that arrived, and parts of them that may have arrived or not.

    failures: attempts in a row that the service refused; not_before: when it is tried again.
    """

    recipient: str
    sent: int = 0
    doubtful: int = 0
    failures: int = 0
    last_sent_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One thing that a recipient was told, or is to be."""

    recipient: str
    connection: str
    code: str
    subject: str
    text: str
    says: str
    step: str
    state: str
    at: datetime
    doubts: int
    reason: str


def due(tx: Connection, recipient: str, patience: Mapping[str, timedelta], now: datetime) -> list[Due]:
    """Return what this recipient is to be told, oldest first.

    patience: codes of which anything is told, and how long each has to last before it is.
    What was over before it could be told is told to nobody.
    """
    if not patience:
        return []
    ripe = or_(
        *(
            and_(_finding.code.in_(sorted(codes)), _finding.since <= now - wait)
            for wait, codes in _by_patience(patience).items()
        )
    )
    begun = _read(tx, recipient, BEGINS, _alert.step == _finding.step, _finding.ended_at.is_(None), ripe)
    said = tables.alert.alias()
    heard = (
        select(said.c.id)
        .where(said.c.finding_id == _finding.id, said.c.recipient == recipient, said.c.says == BEGINS)
        .where(or_(said.c.state.in_((SENT, DOUBTFUL)), said.c.doubts > 0))
        .exists()
    )
    over = and_(_finding.ended_at.is_not(None), _finding.code.in_(sorted(patience)), heard)
    ended = _read(tx, recipient, ENDS, _alert.step == "", over)
    return sorted((*begun, *ended), key=lambda each: (each.ended_at or each.since, each.finding))


def claim(tx: Connection, recipient: str, chosen: Sequence[Due], at: datetime, by: str) -> None:
    """Note that this process is about to send these. One unit at a time claims, over all processes."""
    exclusive(tx, "alerts")
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    for each in chosen:
        row = insert(tables.alert).values(
            finding_id=each.finding,
            recipient=recipient,
            says=each.says,
            step=_step(each),
            state=CLAIMED,
            claimed_at=at,
            claimed_by=by,
        )
        again = {"state": CLAIMED, "claimed_at": at, "claimed_by": by}
        tx.execute(row.on_conflict_do_update(index_elements=[_alert[name] for name in _KEY], set_=again))


_KEY = ("finding_id", "recipient", "says", "step")


def settle(
    tx: Connection, recipient: str, chosen: Sequence[Due], at: datetime, *, reason: str, after: datetime | None
) -> None:
    """Note what became of these. reason: why they were refused, empty where they arrived; after: try again then."""
    values: dict[str, object] = {"state": SENT, "settled_at": at, "failures": 0, "not_before": None, "reason": ""}
    if not reason:
        mine = (_alert.recipient == recipient, _alert.failures > 0)
        tx.execute(update(tables.alert).where(*mine).values(failures=0, not_before=None))
    else:
        failures = _alert.failures + 1
        values = {"state": FAILED, "settled_at": at, "failures": failures, "not_before": after, "reason": reason}
    for each in chosen:
        tx.execute(update(tables.alert).where(*_of(recipient, each)).values(values))


def lost(tx: Connection, claimed: Collection[int], at: datetime, why: str) -> None:
    """Note of these rows that nobody can say whether they have arrived: once they are sent again, then no more."""
    for row in tx.execute(select(_alert.id, _alert.doubts).where(_alert.id.in_(claimed))).all():
        state = FAILED if row.doubts < ONCE_MORE else DOUBTFUL
        values = {"state": state, "settled_at": at, "doubts": row.doubts + 1, "not_before": None, "reason": why}
        tx.execute(update(tables.alert).where(_alert.id == row.id).values(values))


def under_way(tx: Connection) -> list[tuple[int, str, datetime]]:
    """Return the rows that somebody is sending, which process that is, and since when."""
    columns = (_alert.id, _alert.claimed_by, _alert.claimed_at)
    return [tuple(row) for row in tx.execute(select(*columns).where(_alert.state == CLAIMED).order_by(_alert.id))]


def told(tx: Connection, recipient: str) -> Told:
    """Return what a recipient was told in all."""
    failed = and_(_alert.state == FAILED, _alert.failures > 0)
    row = tx.execute(
        select(
            func.count().filter(_alert.state == SENT),
            func.count().filter(_alert.doubts > 0),
            func.coalesce(func.max(_alert.failures).filter(failed), 0),
            func.max(_alert.settled_at).filter(_alert.state == SENT),
            func.max(_alert.not_before).filter(failed),
        ).where(_alert.recipient == recipient)
    ).one()
    return Told(recipient, *row)


def recent(tx: Connection, limit: int) -> list[AlertRow]:
    """Return what was told last, newest first."""
    at = func.coalesce(_alert.settled_at, _alert.claimed_at)
    rows = tx.execute(
        select(
            _alert.recipient,
            _finding.connection,
            _finding.code,
            _finding.subject,
            _finding.text,
            _alert.says,
            _alert.step,
            _alert.state,
            at,
            _alert.doubts,
            _alert.reason,
        )
        .join_from(tables.alert, tables.finding, _finding.id == _alert.finding_id)
        .order_by(at.desc(), _alert.id.desc())
        .limit(limit)
    )
    return [AlertRow(*row) for row in rows]


def _read(
    tx: Connection, recipient: str, says: str, step: ColumnElement[bool], *which: ColumnElement[bool]
) -> list[Due]:
    mine = and_(_alert.finding_id == _finding.id, _alert.recipient == recipient, _alert.says == says, step)
    open_one = or_(_alert.id.is_(None), _alert.state == FAILED)
    rows = tx.execute(
        select(
            _finding.id,
            _finding.connection,
            _finding.code,
            _finding.subject,
            _finding.text,
            _finding.since,
            _finding.ended_at,
            _finding.step,
            func.coalesce(_alert.doubts, 0),
        )
        .join_from(tables.finding, tables.alert, mine, isouter=True)
        .where(open_one, *which)
    )
    return [Due(*row[:8], says, row[8]) for row in rows]


def _by_patience(patience: Mapping[str, timedelta]) -> dict[timedelta, set[str]]:
    found: dict[timedelta, set[str]] = {}
    for code, wait in patience.items():
        found.setdefault(wait, set()).add(code)
    return found


def _step(each: Due) -> str:
    return each.step if each.says == BEGINS else ""


def _of(recipient: str, each: Due) -> tuple[ColumnElement[bool], ...]:
    mine = (_alert.finding_id == each.finding, _alert.recipient == recipient)
    return (*mine, _alert.says == each.says, _alert.step == _step(each))
