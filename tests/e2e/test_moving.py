"""The database saved, carried over and put back while a daemon works, and broken off in the middle of it."""

import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from core.store import Store, owner, schema, tables, transfer

pytestmark = pytest.mark.timeout(280)


def use(hub, store: Store) -> None:
    path = hub.path / "hub.yaml"
    path.write_text(path.read_text().replace("sqlite:///hub.db", written(store)))


def written(store: Store) -> str:
    """The address of a database as an admin writes it."""
    return store.url.set(drivername=store.url.get_backend_name()).render_as_string(hide_password=False)


def belief(hub) -> list[str]:
    """The hash of what the hub believes, and that of a rebuild."""
    said = hub.call("db", "rebuild", "--into", f"sqlite:///{hub.path / 'again.db'}").split()
    for left in hub.path.glob("again.db*"):
        left.unlink()
    return [word for word in said if len(word) == 64]


@pytest.mark.parametrize(("here", "there"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_what_was_saved_beside_a_daemon_at_work_is_put_back_and_carried_over(
    here: str, there: str, helpdesk, hub_folder, request, until, tmp_path: Path
) -> None:
    desk, hub, other = helpdesk(tickets=15), hub_folder(), hub_folder("other")
    mine: Store = request.getfixturevalue(f"{here}_stores")(empty=True)
    theirs: Store = request.getfixturevalue(f"{there}_stores")(empty=True)
    hub.write(desk)
    use(hub, mine)
    other.write(desk)
    use(other, theirs)
    daemon = hub.start()
    until(lambda: desk.writes() > 0, why="the daemon writes", within=120)
    file = tmp_path / "saved.db"
    assert "as it was just now" in hub.call("db", "backup", str(file))
    assert "counted and compared" in hub.call("db", "copy", written(theirs))
    assert f"process {daemon.pid}" in hub.call("db", "restore", str(file), "--replace", "--yes", status=2)
    assert daemon.poll() is None
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    assert "--replace throws it away" in hub.call("db", "restore", str(file), status=2)
    hub.call("db", "restore", str(file), "--replace", "--yes")
    # The newest ticket is older by then than what the export holds back.
    desk.stage("advance", seconds=120)
    hub.call("run", "--once")
    other.call("run", "--once")
    for one in (hub, other):
        mine_now, again = belief(one)
        assert mine_now == again
    assert transfer.tickets(mine) == transfer.tickets(theirs) >= 15


@pytest.fixture
def large(sqlite_stores) -> Store:
    """A database that takes a while to be carried."""
    store: Store = sqlite_stores()
    with store.unit() as tx:
        row = {"flow": "sync", "started_at": owner.datetime.fromisoformat("2026-05-11T09:00:00Z"), "reason": "x" * 1500}
        tx.execute(insert(tables.run), [row] * 40_000)
    return store


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_that_is_killed_leaves_an_empty_target_which_the_next_one_fills(
    kind: str, large: Store, helpdesk, hub_folder, request, until
) -> None:
    hub = hub_folder()
    hub.write(helpdesk(tickets=1))
    use(hub, large)
    target: Store = request.getfixturevalue(f"{kind}_stores")()
    process = subprocess.Popen(hub.command("db", "copy", written(target)), stderr=subprocess.PIPE, text=True)
    hub.running.append(process)
    until(lambda: underway(target), why="rows are on their way")
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    until(lambda: not underway(target) or kind == "sqlite", why="the server has noticed")
    assert transfer.empty(target)
    hub.call("db", "copy", written(target))
    assert transfer.count(target) == transfer.count(large)


def underway(target: Store) -> bool:
    if target.path is not None:
        log = target.path.with_name(f"{target.path.name}-wal")
        return log.exists() and log.stat().st_size > 4_000_000
    with target.view() as tx:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query ~ 'COPY \"?run'"
        return bool(tx.execute(text(asked)).scalar())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_that_is_killed_leaves_nothing_that_could_be_taken_for_one(
    kind: str, large: Store, helpdesk, hub_folder, request, until, tmp_path: Path
) -> None:
    hub, store = hub_folder(), large
    if kind == "postgresql":
        store = request.getfixturevalue("postgresql_stores")()
        transfer.whole(large, store)
    hub.write(helpdesk(tickets=1))
    use(hub, store)
    file = tmp_path / "saved.db"
    part = file.with_name("saved.db.part")
    process = subprocess.Popen(hub.command("db", "backup", str(file)), stderr=subprocess.PIPE, text=True)
    hub.running.append(process)
    until(lambda: part.exists() or file.exists(), why="the file is being written")
    process.kill()
    process.communicate()
    if not file.exists():
        assert "broken off" in hub.call("db", "restore", str(part), status=2)
        hub.call("db", "backup", str(file))
    with sqlite3.connect(file) as saved:
        assert saved.execute("SELECT count(*) FROM run").fetchone() == (40_000,)
    saved.close()
    assert not part.exists()
    assert schema.state(store).current == schema.HEAD
