"""PostgreSQL's planner knows the tables of a first backfill before the server would look at them by itself."""

from typing import Any

import pytest
from sqlalchemy import text

from core.store import Store

READ = text("SELECT reltuples FROM pg_class WHERE oid = 'event'::regclass")
SET = text("UPDATE pg_class SET reltuples = :rows WHERE oid = 'event'::regclass")


def known(store: Store) -> float:
    with store.view() as tx:
        return float(tx.execute(READ).scalar_one())


@pytest.mark.parametrize("before", [-1, 0])
def test_a_large_page_has_the_server_look_at_tables_that_it_does_not_know(
    postgresql_stores: Any, open_desk: Any, before: int
) -> None:
    store: Store = postgresql_stores()
    desk = open_desk(store)
    with store.unit() as tx:
        tx.execute(SET, {"rows": before})
    desk.add(desk.event("1", "few", 0))
    assert known(store) == before
    desk.add(*(desk.event(str(number), f"e{number}", number) for number in range(200)))
    assert known(store) == 201


def test_it_is_left_to_the_server_once_it_has_looked(postgresql_stores: Any, open_desk: Any) -> None:
    store: Store = postgresql_stores()
    desk = open_desk(store)
    with store.unit() as tx:
        tx.execute(SET, {"rows": 7})
    desk.add(*(desk.event(str(number), f"e{number}", number) for number in range(200)))
    assert known(store) == 7
