import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core.errors import StoreError
from core.store import Store, tables
from core.store.database import lock_key
from core.store.owner import claim, holder

SINCE = datetime(2026, 5, 11, 9, 30, tzinfo=UTC)

DAEMON = """
import sys
from datetime import UTC, datetime
from core.store import Store
from core.store.owner import claim

with claim(Store(sys.argv[1]), now=datetime(2026, 5, 11, 9, 30, tzinfo=UTC)):
    print("claimed", flush=True)
    sys.stdin.read()
"""


def test_a_second_one_is_refused_with_the_name_of_the_first(store: Store) -> None:
    expected = rf"process {os.getpid()} on {socket.gethostname()}, since 2026-05-11 09:30:00 UTC"
    with claim(store, now=SINCE), pytest.raises(StoreError, match=expected), claim(store, now=SINCE):
        pass


def test_the_role_is_free_again_at_the_end_and_other_roles_always(store: Store) -> None:
    for _ in range(25):
        with claim(store, now=SINCE), claim(store, now=SINCE, role="other"), store.view() as tx:
            assert len(tx.execute(tables.daemon.select()).all()) == 2
    with store.view() as tx:
        assert tx.execute(tables.daemon.select()).all() == []


def test_a_killed_daemon_frees_the_role(store: Store) -> None:
    arguments = [sys.executable, "-c", DAEMON, store.url.render_as_string(hide_password=False)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "claimed\n"
        with pytest.raises(StoreError, match=f"process {process.pid} "), claim(store, now=SINCE):
            pass
        os.kill(process.pid, signal.SIGKILL)
    _claim_within_seconds(store)


def _claim_within_seconds(store: Store) -> None:
    """The kernel frees a file at once; a server needs a moment to notice that a client is gone."""
    for _ in range(100):
        try:
            with claim(store, now=SINCE):
                return
        except StoreError:
            threading.Event().wait(0.05)
    pytest.fail("the role of a killed daemon was not freed")


def test_a_second_one_is_refused_whichever_link_to_the_database_it_takes(sqlite_store: Store, tmp_path: Path) -> None:
    assert sqlite_store.path is not None
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.db").symlink_to(sqlite_store.path)
    other = Store(f"sqlite:///{tmp_path}/elsewhere/link.db")
    with claim(sqlite_store, now=SINCE), pytest.raises(StoreError, match="runs already"), claim(other, now=SINCE):
        pass
    other.close()


def test_one_that_ends_while_another_process_writes_leaves_the_note_and_frees_the_role(sqlite_store: Store) -> None:
    writer = Store(sqlite_store.url.render_as_string())
    with ExitStack() as writing:
        began = time.monotonic()
        with claim(sqlite_store, now=SINCE):
            writing.enter_context(writer.unit())
        assert time.monotonic() - began < 5
        with sqlite_store.view() as tx:
            assert holder(tx) is not None
    with claim(sqlite_store, now=SINCE):
        pass
    with sqlite_store.unit() as tx:
        assert tx.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000
    writer.close()


def lose_the_session(store: Store) -> None:
    """End the session that holds the lock, as a restart of the server or a broken line does."""
    held = "FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND d.datname = "
    with store.session() as tx:
        ended = tx.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {held} current_database()")).scalars().all()
    assert ended == [True]


def test_a_role_whose_session_was_lost_is_taken_again(postgresql_stores: Any) -> None:
    store = postgresql_stores()
    with claim(store, now=SINCE) as mine:
        assert mine.keep()
        lose_the_session(store)
        assert mine.keep()
        assert mine.keep()
        with pytest.raises(StoreError, match="runs already"), claim(store, now=SINCE):
            pass
    with claim(store, now=SINCE):
        pass


def test_a_role_that_another_one_took_meanwhile_is_lost_for_good_and_says_to_whom(postgresql_stores: Any) -> None:
    store = postgresql_stores()
    with claim(store, now=SINCE) as mine:
        lose_the_session(store)
        with claim(store, now=SINCE + timedelta(hours=1)):
            said = rf"taken over: process {os.getpid()} on {socket.gethostname()}, since 2026-05-11 10:30:00 UTC"
            for _ in range(2):
                with pytest.raises(StoreError, match=said):
                    mine.keep()


def test_the_note_of_one_that_took_over_is_not_wiped_out(postgresql_stores: Any) -> None:
    store = postgresql_stores()
    later = SINCE + timedelta(hours=1)
    with ExitStack() as mine:
        mine.enter_context(claim(store, now=SINCE))
        lose_the_session(store)
        with claim(store, now=later):
            mine.close()
            with store.view() as tx:
                found = holder(tx)
            assert found is not None
            assert found.since == later


def test_a_server_that_does_not_know_yet_that_the_session_is_lost_is_asked_again(postgresql_stores: Any) -> None:
    store = postgresql_stores()
    with claim(store, now=SINCE) as mine:
        lose_the_session(store)
        with store.session() as old:
            assert old.execute(select(func.pg_try_advisory_lock(lock_key("owner:scheduler")))).scalar()
            assert not mine.keep()
        for _ in range(100):
            if mine.keep():
                break
            threading.Event().wait(0.05)
        assert mine.keep()
