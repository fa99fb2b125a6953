"""What an admin should know: open from the first note until it ends."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.store import tables
from core.store.bulk import clean

__all__ = ["Finding", "end", "note", "open_ones"]

SUBJECT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """connection: its name, empty for the hub itself. subject: what it is about; code and subject tell it apart."""

    connection: str
    code: str
    subject: str
    text: str
    since: datetime


def note(tx: Connection, connection: str, code: str, subject: str, text: str, at: datetime) -> bool:
    """Open a finding, or bring the text of the open one up to date; say whether it is a new one."""
    finding = tables.finding.c
    subject, text = clean(subject)[:SUBJECT_LENGTH], clean(text)
    key = (finding.connection, finding.code, finding.subject)
    opened = finding.ended_at.is_(None)
    known = tx.execute(
        select(finding.text).where(
            finding.connection == connection, finding.code == code, finding.subject == subject, opened
        )
    ).scalar()
    if known == text:
        return False
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = insert(tables.finding).values(connection=connection, code=code, subject=subject, text=text, since=at)
    tx.execute(row.on_conflict_do_update(index_elements=key, index_where=opened, set_={"text": row.excluded.text}))
    return known is None


def end(tx: Connection, connection: str, code: str, subject: str | None, at: datetime) -> int:
    """Close the open finding about `subject` (None: all of this code); return how many were open."""
    finding = tables.finding.c
    which = [finding.connection == connection, finding.code == code, finding.ended_at.is_(None)]
    if subject is not None:
        which.append(finding.subject == clean(subject)[:SUBJECT_LENGTH])
    return tx.execute(update(tables.finding).where(*which).values(ended_at=at)).rowcount


def open_ones(tx: Connection, connection: str | None) -> list[Finding]:
    """Return what is open, oldest first: of one connection, or (None) of all and the hub."""
    finding = tables.finding.c
    which: list[ColumnElement[bool]] = [finding.ended_at.is_(None)]
    if connection is not None:
        which.append(finding.connection == connection)
    rows = tx.execute(
        select(finding.connection, finding.code, finding.subject, finding.text, finding.since)
        .where(*which)
        .order_by(finding.since, finding.id)
    )
    return [Finding(*row) for row in rows]
