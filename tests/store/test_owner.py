import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store import Store, tables
from core.store.owner import claim

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
    for _ in range(2):
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
    import threading

    for _ in range(100):
        try:
            with claim(store, now=SINCE):
                return
        except StoreError:
            threading.Event().wait(0.05)
    pytest.fail("the role of a killed daemon was not freed")
