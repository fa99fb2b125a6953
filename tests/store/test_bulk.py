"""Many rows at once: few or many, plain or odd, the same ones end in the database."""

from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, text

from core.errors import StoreError
from core.store import Store, connections, tables
from core.store.bulk import LARGE, Cell, Upsert

FEW, MANY = LARGE // 10, LARGE * 2

LABEL = Upsert(
    tables.label,
    ("connection_id", "field", "value", "text", "category"),
    key=("connection_id", "field", "value"),
    update=("text", "category"),
)
EVENT = Upsert(
    tables.event,
    (
        "connection_id",
        "ticket_source_id",
        "stream",
        "source_id",
        "at",
        "order_key",
        "actor",
        "changes",
        "comments",
        "seen_at",
    ),
    key=("connection_id", "stream", "source_id"),
)
SHOWN = Upsert(
    tables.field,
    (
        "ticket_id",
        "slot",
        "known",
        "shown",
        "shown_version",
        "wanted",
        "urgency",
        "mass",
        "corrected",
        "refused_reason",
    ),
    key=("ticket_id", "slot"),
    update=("shown", "shown_version"),
    newest="shown_version",
)


class NothingKept(Exception):
    """Rolls back what a test has done to roles and rights."""


def desk(store: Store) -> int:
    with store.unit() as tx:
        return connections.ensure(tx, "desk", "none").id


def labels(desk: int, count: int, word: str) -> list[tuple[Cell, ...]]:
    return [(desk, "brand", str(number), f"{word} {number}", "") for number in range(count)]


def texts(store: Store) -> dict[str, str]:
    with store.view() as tx:
        return dict(tx.execute(select(tables.label.c.value, tables.label.c.text)).all())


@pytest.mark.parametrize("count", [FEW, MANY])
def test_stored_rows_are_overwritten_and_new_ones_inserted(store: Store, count: int) -> None:
    mine = desk(store)
    with store.unit() as tx:
        LABEL.run(tx, labels(mine, count, "old"))
        LABEL.run(tx, labels(mine, count * 2, "new"))
    assert texts(store) == {str(number): f"new {number}" for number in range(count * 2)}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_is_stored_stays_where_nothing_is_to_be_overwritten(store: Store, count: int) -> None:
    mine = desk(store)
    for actor in ("first", "second"):
        with store.unit() as tx:
            EVENT.run(tx, [(mine, "1", "events", str(n), n, n, actor, "[]", "[]", 0) for n in range(count)])
    with store.view() as tx:
        assert set(tx.execute(select(tables.event.c.actor)).scalars()) == {"first"}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_an_older_value_does_not_replace_a_newer_one(store: Store, count: int) -> None:
    mine = desk(store)
    with store.unit() as tx:
        ids = [number + 1 for number in range(count)]
        tx.execute(
            tables.ticket.insert(), [{"id": each, "connection_id": mine, "source_id": str(each)} for each in ids]
        )
        for shown, version in (("newer", 2), ("older", 1)):
            SHOWN.run(tx, [(each, "due", True, shown, version, False, 9, False, 0, "") for each in ids])
        rows = tx.execute(select(tables.field.c.shown, tables.field.c.known)).all()
    assert set(rows) == {("newer", True)}


@pytest.mark.parametrize("count", [FEW, MANY])
def test_every_character_arrives(store: Store, count: int) -> None:
    mine = desk(store)
    odd = "tab\tline\nreturn\rback\\slash \\N \\. 'quote' \"double\" caf\u00e9 \U0001f600 {braces} %s"
    rows = [
        (mine, odd, "events", str(n), n, n, None, f'[["{n}", "\\t\\u00e9", null, true]]', "[]", 0) for n in range(count)
    ]
    with store.unit() as tx:
        EVENT.run(tx, rows)
    event = tables.event.c
    with store.view() as tx:
        found = tx.execute(select(event.ticket_source_id, event.actor, event.changes).order_by(event.at)).all()
    assert [tuple(row) for row in found] == [(odd, None, [[str(n), "\t\u00e9", None, True]]) for n in range(count)]


@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_the_database_refuses_is_a_store_error_that_shows_no_value(store: Store, count: int) -> None:
    mine = desk(store)
    rows = [*labels(mine, count - 1, "good"), (mine, "brand", None, "confidential", "")]
    with pytest.raises(StoreError) as refused, store.unit() as tx:
        LABEL.run(tx, rows)
    assert "confidential" not in str(refused.value)
    assert texts(store) == {}


def test_a_role_that_may_not_make_temporary_tables_stores_as_much(postgresql_stores: Any) -> None:
    postgresql_store: Store = postgresql_stores()
    mine = desk(postgresql_store)
    with suppress(NothingKept), postgresql_store.unit() as tx:
        tx.execute(text("CREATE ROLE modest"))
        tx.execute(text(f"REVOKE TEMPORARY ON DATABASE {postgresql_store.url.database} FROM PUBLIC"))
        for what in ("TABLES", "SEQUENCES"):
            tx.execute(text(f"GRANT ALL ON ALL {what} IN SCHEMA public TO modest"))
        tx.execute(text("SET LOCAL ROLE modest"))
        LABEL.run(tx, labels(mine, MANY, "modest"))
        assert len(tx.execute(select(tables.label.c.value)).all()) == MANY
        raise NothingKept
