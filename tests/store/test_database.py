import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from core.errors import SettingsError, StoreError
from core.store import Store, connections, tables
from core.store.database import FairLock
from core.tickets import Organisation


def _together(*jobs: Callable[[], object]) -> list[BaseException]:
    """Run the jobs in threads of their own; return what they raised."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(job) for job in jobs]
    return [error for each in running if (error := each.exception()) is not None]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x", "no url", ""])
def test_a_database_that_cannot_be_used_is_refused_with_the_key_to_correct(url: str) -> None:
    with pytest.raises(SettingsError, match=r"hub\.database"):
        Store(url)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/missing/x.db")
    with pytest.raises(StoreError, match=r"cannot open .*missing/x\.db"), store.view() as tx:
        tx.execute(text("SELECT 1"))
    store.close()


def test_a_password_is_in_no_repr_and_no_error() -> None:
    store = Store("postgresql://hub:hunter2@127.0.0.1:1/hub?connect_timeout=2")
    assert "hunter2" not in repr(store)
    with pytest.raises(StoreError) as caught, store.view():
        pass
    assert "hunter2" not in str(caught.value)
    store.close()


def test_an_error_holds_none_of_the_data(desk: Any) -> None:
    secret = "Wilhelmine"
    row = {"connection_id": desk.id, "source_id": secret, "name": secret}
    desk.add(Organisation(secret, secret))
    with pytest.raises(StoreError) as caught, desk.store.unit() as tx:
        tx.execute(insert(tables.organisation).values(row))
    assert secret not in str(caught.value)
    assert isinstance(caught.value.__cause__, SQLAlchemyError)


def test_a_unit_is_all_or_nothing(desk: Any) -> None:
    def fail(tx: Connection) -> None:
        connections.update(tx, desk.id, reason="half")
        tx.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(StoreError), desk.store.unit() as tx:
        fail(tx)
    with desk.store.view() as tx:
        row = connections.get(tx, "desk")
    assert row is not None
    assert row.reason == ""


def test_a_view_cannot_write(desk: Any) -> None:
    with pytest.raises(StoreError), desk.store.view() as tx:
        connections.update(tx, desk.id, reason="written")


def test_a_view_sees_one_state_and_neither_waits_nor_holds_up(desk: Any) -> None:
    def reasons(tx: Any) -> list[str]:
        return list(tx.execute(select(tables.connection.c.reason)).scalars())

    with desk.store.view() as early:
        assert reasons(early) == [""]
        with desk.store.unit() as tx:
            connections.update(tx, desk.id, reason="new")
            with desk.store.view() as during:
                assert reasons(during) == [""]
        assert reasons(early) == [""]
        with desk.store.view() as late:
            assert reasons(late) == ["new"]


def test_a_unit_inside_a_unit_is_refused_and_not_waited_for(sqlite_desk: Any) -> None:
    with pytest.raises(StoreError, match="inside another"), sqlite_desk.store.unit(), sqlite_desk.store.unit():
        pass
    with sqlite_desk.store.unit() as tx:
        connections.update(tx, sqlite_desk.id, reason="free again")


def test_units_of_many_threads_lose_nothing(desk: Any) -> None:
    def count_up() -> None:
        for _ in range(20):
            with desk.store.unit() as tx:
                row = tables.connection.c
                tx.execute(tables.connection.update().values(calls_used=row.calls_used + 1))

    assert _together(*[count_up] * 8) == []
    assert [row.calls_used for row in desk.rows(tables.connection)] == [160]


def test_pages_of_one_ticket_from_many_threads_all_arrive(desk: Any) -> None:
    def job(number: int) -> Callable[[], None]:
        def pages() -> None:
            for page in range(5):
                events = [desk.event(each, f"{each}-{number}-{page}", number) for each in ("3", "1", "2")]
                person = desk.person("ben", f"role{page % 2}", number * 10 + page)
                desk.add(*events, desk.ticket("1", page), person, complete=[desk.covers("2", -5)])

        return pages

    assert _together(*(job(number) for number in range(6))) == []
    assert len(desk.rows(tables.event)) == 90
    assert len(desk.rows(tables.ticket)) == 3
    assert len(desk.rows(tables.person_role)) == 30


def test_the_lock_is_handed_on_in_the_order_of_asking() -> None:
    lock, order = FairLock(), list[int]()
    lock.acquire()
    threads: list[threading.Thread] = []

    def take(number: int) -> None:
        lock.acquire()
        order.append(number)
        lock.release()

    for number in range(10):
        threads.append(threading.Thread(target=take, args=(number,)))
        threads[-1].start()
        while lock.waiting() <= number:
            threading.Event().wait(0.001)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == list(range(10))


def test_another_process_that_writes_is_waited_for_and_then_named(sqlite_store: Store, monkeypatch: Any) -> None:
    monkeypatch.setattr("core.store.database.BUSY_SECONDS", 0.2)
    url = sqlite_store.url.render_as_string()
    one, other = Store(url), Store(url)
    with one.unit(), pytest.raises(StoreError, match="another process keeps writing"), other.unit():
        pass
    one.close()
    other.close()


CRASH = """
import sys
from datetime import UTC, datetime
from core.store import Store, connections, facts
from core.tickets import Event

store = Store(sys.argv[1])
at = datetime(2026, 1, 1, tzinfo=UTC)
with store.unit() as tx:
    desk = connections.ensure(tx, "desk", "lists").id
    events = [Event(str(n % 50), "events", f"e{n}", at, n, "ben") for n in range(2000)]
    facts.add(tx, desk, records=events, seen_at=at)
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_process_killed_inside_a_unit_leaves_nothing(store: Store) -> None:
    arguments = [sys.executable, "-c", CRASH, store.url.render_as_string(hide_password=False)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        os.kill(process.pid, signal.SIGKILL)
    with store.unit() as tx:
        assert connections.every(tx) == []
        assert tx.execute(select(tables.event)).first() is None
