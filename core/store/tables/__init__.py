"""The schema, once for SQLite and PostgreSQL. Alembic's migrations lead to exactly this.

Enumerations are text; booleans are booleans; instants are `Instant`; JSON only where nothing filters
but the census, once a day.
"""

from core.store.tables.base import metadata
from core.store.tables.facts import (
    census,
    connection,
    coverage,
    event,
    label,
    lane,
    mention,
    native_clock,
    organisation,
    outage,
    person,
    person_role,
    provision,
    rating,
    set_aside,
    team,
    ticket,
)
from core.store.tables.keeping import audit, forgotten, ledger
from core.store.tables.work import (
    alert,
    clock,
    credential,
    daemon,
    field,
    finding,
    hint,
    note,
    registration,
    revision,
    run,
    spent,
    verdict,
)

__all__ = [
    "alert",
    "audit",
    "census",
    "clock",
    "connection",
    "coverage",
    "credential",
    "daemon",
    "event",
    "field",
    "finding",
    "forgotten",
    "hint",
    "label",
    "lane",
    "ledger",
    "mention",
    "metadata",
    "native_clock",
    "note",
    "organisation",
    "outage",
    "person",
    "person_role",
    "provision",
    "rating",
    "registration",
    "revision",
    "run",
    "set_aside",
    "spent",
    "team",
    "ticket",
    "verdict",
]
