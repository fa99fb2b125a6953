"""What an admin should know: open from the first note until it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.store import tables
from core.store.bulk import clean
from core.store.database import Store

__all__ = ["Finding", "end", "keep", "note", "open_ones"]

SUBJECT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Finding:
    """connection: its name, empty for the hub itself. subject: what it is about; code and subject tell it apart."""

    connection: str
    code: str
    subject: str
    text: str
    since: datetime


def note(tx: Connection, connection: str, code: str, subject: str, text: str, at: datetime, *, step: str = "") -> bool:
    """Open a finding, or bring the text of the open one up to date; say whether it is a new one.

    step: how far it has come, where an admin is to be told of each step.
    """
    finding = tables.finding.c
    subject, text = clean(subject)[:SUBJECT_LENGTH], clean(text)
    key = (finding.connection, finding.code, finding.subject)
    opened = finding.ended_at.is_(None)
    known = tx.execute(
        select(finding.text, finding.step).where(
            finding.connection == connection, finding.code == code, finding.subject == subject, opened
        )
    ).one_or_none()
    if known is not None and (known.text, known.step) == (text, step):
        return False
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    row = insert(tables.finding).values(
        connection=connection, code=code, subject=subject, text=text, since=at, step=step
    )
    brought = {"text": row.excluded.text, "step": row.excluded.step}
    tx.execute(row.on_conflict_do_update(index_elements=key, index_where=opened, set_=brought))
    return known is None


def end(tx: Connection, connection: str, code: str, subject: str | None, at: datetime) -> int:
    """Close the open finding about `subject` (None: all of this code); return how many were open."""
    finding = tables.finding.c
    which = [finding.connection == connection, finding.code == code, finding.ended_at.is_(None)]
    if subject is not None:
        which.append(finding.subject == clean(subject)[:SUBJECT_LENGTH])
    return tx.execute(update(tables.finding).where(*which).values(ended_at=at)).rowcount


def keep(store: Store, told: Mapping[tuple[str, str], Mapping[str, str]], at: datetime) -> None:
    """Have the findings of each connection and code be about these subjects, and end all others of it.

    told: texts by subject, by connection and code. Nothing is written where all is as it was.
    """
    with store.view() as tx:
        known = {(each.connection, each.code, each.subject): each.text for each in open_ones(tx, None)}
    changed = {
        (connection, code): texts
        for (connection, code), texts in told.items()
        if {subject: text for (*where, subject), text in known.items() if where == [connection, code]} != texts
    }
    if not changed:
        return
    with store.unit() as tx:
        for (connection, code), texts in changed.items():
            for of, is_a, subject in known:
                if (of, is_a) == (connection, code) and subject not in texts:
                    end(tx, connection, code, subject, at)
            for subject, text in texts.items():
                note(tx, connection, code, subject, text, at)


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
