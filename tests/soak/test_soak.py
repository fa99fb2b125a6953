"""Whatever breaks, in the end all is equal. The short form; `make soak` runs the long one."""

import gc
from pathlib import Path

import pytest

from tests.soak.run import Soak, soak
from tests.soak.server import database_server

pytestmark = pytest.mark.timeout(290)


def test_a_daemon_that_is_killed_over_and_over_while_everything_breaks_ends_in_the_truth(tmp_path: Path) -> None:
    outcome = soak(Soak(seed=11, rounds=4, changes=6, folder=tmp_path))
    assert outcome.differences == []
    assert outcome.kills > 0


# A page that was asked for ahead may be counted while the hub of this process is closed.
@pytest.mark.filterwarnings("ignore:.*was deleted while still open", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_with_a_database_server_that_is_killed_too_nothing_is_lost(tmp_path: Path) -> None:
    with database_server() as server:
        outcome = soak(Soak(seed=12, rounds=4, changes=6, folder=tmp_path, server=server))
    gc.collect()
    assert outcome.differences == []
    assert outcome.server_kills > 0
