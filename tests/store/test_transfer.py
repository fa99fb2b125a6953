"""A whole database carried into another one, and written into a file, beside those who go on working."""

import sqlite3
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from core.errors import StoreError
from core.store import Store, backup, connections, findings, owner, revisions, runs, schema, tables, transfer
from core.tickets import Label, Organisation, Team

PROCESS = {"daemon"}


@pytest.fixture
def filled(desk: Any) -> Any:
    """A desk with rows of most kinds: text of all sorts, JSON, bytes, flags, instants and nothings."""
    desk.add(
        *(desk.ticket(str(n), status="open", tags=("ä", "b"), own={"due": None, "state": "met"}) for n in range(20)),
        *(desk.event(str(n), f"e{n}", n, status="open", author="eva") for n in range(25)),
        desk.person("eva", "agent", 5, name='Eva "Ö" \t\\N\n'),
        Organisation("o1", "Acme"),
        Team("t1", "Desk"),
        Label("brand", "b1", "Brand"),
        complete=[desk.covers("1", 20)],
    )
    with desk.store.unit() as tx:
        revisions.apply(tx, applied_at=desk.at(0), author="me", content='{"a": "b"}')
        findings.note(tx, "desk", "x", "y", "z", desk.at(0))
        runs.begin(tx, "sync", desk.id, "", desk.at(0))
        sealed = {"connection": "desk", "name": "t", "sealed": bytes(range(256)), "updated_at": desk.at(0)}
        tx.execute(tables.credential.insert().values(sealed))
    return desk


def every_row(store: Store) -> dict[str, list[Any]]:
    with store.view() as tx:
        return {
            name: sorted(map(tuple, tx.execute(table.select())), key=repr)
            for name, table in tables.metadata.tables.items()
            if name not in PROCESS
        }


@pytest.mark.parametrize("to", ["sqlite_stores", "postgresql_stores"])
def test_every_row_of_every_table_arrives_as_it_was(filled: Any, to: str, request: pytest.FixtureRequest) -> None:
    target: Store = request.getfixturevalue(to)()
    told: list[int] = []
    rows = transfer.whole(filled.store, target, report=lambda _, count: told.append(count))
    assert every_row(target) == every_row(filled.store)
    assert rows == sum(told) == transfer.count(filled.store) > 70
    assert transfer.tickets(target) == 25


def test_new_rows_get_new_numbers_after_a_transfer(filled: Any, stores: Any) -> None:
    target = stores()
    transfer.whole(filled.store, target)
    other = type(filled)(target, filled.id)
    assert other.add(other.ticket("new"), other.event("new", "e-new", 1)).events == 1


def test_a_database_that_holds_something_is_filled_only_when_that_is_to_be_replaced(filled: Any, stores: Any) -> None:
    target = stores()
    assert transfer.empty(target)
    with target.unit() as tx:
        connections.ensure(tx, "other", "lists")
    with pytest.raises(StoreError, match="not empty: table connection"):
        transfer.whole(filled.store, target)
    assert not transfer.empty(target)
    transfer.whole(filled.store, target, replace=True)
    assert every_row(target) == every_row(filled.store)


def test_another_version_is_refused_on_either_side(filled: Any, stores: Any) -> None:
    newer = stores(empty=True)
    schema.migrate(newer)
    with newer.unit() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer slahub"):
        transfer.whole(filled.store, newer)
    with pytest.raises(StoreError, match="newer slahub"):
        transfer.whole(newer, filled.store, replace=True)


def test_a_transfer_that_breaks_off_leaves_the_target_as_it_was(filled: Any, stores: Any) -> None:
    target = stores()
    with target.unit() as tx:
        connections.ensure(tx, "other", "lists")
    before = every_row(target)

    def broken(table: str, rows: int) -> None:
        if table == "event":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transfer.whole(filled.store, target, replace=True, report=broken)
    assert every_row(target) == before


def test_a_row_that_is_changed_on_its_way_is_noticed(filled: Any, sqlite_stores: Any) -> None:
    target = sqlite_stores()
    with target.unit() as tx:
        tx.execute(text("CREATE TRIGGER bad AFTER INSERT ON person BEGIN UPDATE person SET name = 'x'; END"))
    with pytest.raises(StoreError, match="table person did not arrive as it was"):
        transfer.whole(filled.store, target)
    assert transfer.empty(target)


def test_what_is_written_meanwhile_is_either_there_whole_or_not_at_all(filled: Any, tmp_path: Path) -> None:
    stop = threading.Event()
    begun = threading.Event()

    def work() -> None:
        number = 100
        while not stop.is_set():
            number += 1
            filled.add(filled.ticket(str(number)), filled.event(str(number), f"e{number}", 1))
            begun.set()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        assert begun.wait(20)
        for number in range(5):
            backup.write(filled.store, tmp_path / f"{number}.db")
    finally:
        stop.set()
        worker.join()
    for number in range(5):
        with backup.opened(tmp_path / f"{number}.db") as saved, saved.view() as tx:
            assert tx.execute(text("PRAGMA integrity_check")).scalar() == "ok"
            late = [
                set(tx.execute(text(f"SELECT {name} FROM {table} WHERE CAST({name} AS INTEGER) > 100")).scalars())
                for table, name in (("ticket", "source_id"), ("event", "ticket_source_id"))
            ]
            assert late[0] == late[1]


def test_a_backup_is_one_file_that_only_its_owner_reads_and_holds_no_process(filled: Any, tmp_path: Path) -> None:
    file, seen = tmp_path / "saved.db", list[tuple[int, int]]()
    with owner.claim(filled.store, now=filled.at(0)):
        backup.write(filled.store, file, lambda done, whole: seen.append((done, whole)))
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("saved")] == ["saved.db"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert seen[-1][0] == seen[-1][1] > 0
    with backup.opened(file) as saved:
        assert every_row(saved) == every_row(filled.store)
        with saved.view() as tx:
            assert owner.holder(tx) is None
    with pytest.raises(StoreError, match="there already"):
        backup.write(filled.store, file)


def test_what_is_no_whole_backup_is_refused_in_words(filled: Any, tmp_path: Path, sqlite_stores: Any) -> None:
    part, other, none, bare = (tmp_path / name for name in ("a.db.part", "b.txt", "none.db", "bare.db"))
    part.write_bytes(b"SQLite format 3\0")
    other.write_text("hello")
    sqlite3.connect(bare).execute("CREATE TABLE x (y)").connection.close()
    newer = sqlite_stores()
    with newer.unit() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for file, words in (
        (part, "broken off"),
        (other, "is no backup"),
        (none, "there is no file"),
        (bare, "no tables of slahub"),
        (newer.path, "9999.*install the version that wrote it"),
    ):
        with pytest.raises(StoreError, match=words), backup.opened(file):
            pass


def test_a_large_table_is_carried_in_little_memory(sqlite_desk: Any, sqlite_stores: Any) -> None:
    for part in range(10):
        sqlite_desk.add(*(sqlite_desk.event("1", f"e{part}-{n}", n, actor=f"{'x' * 150}{n}") for n in range(3000)))
    target = sqlite_stores()
    tracemalloc.start()
    try:
        transfer.whole(sqlite_desk.store, target)
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()
    assert every_row(target)["event"] == every_row(sqlite_desk.store)["event"]
