"""Calls to an instance go on in the session that they have, one for each thread, and leave it where it is no good."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import httpx
import pytest

from connectors import open_client
from connectors.servicenow.emulator import KNOWN, Emulator, serve

ONE = "/api/now/v2/table/incident?sysparm_limit=1"


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(seed=1, tickets=5, start=datetime(2026, 3, 4, 10, 0, tzinfo=UTC))


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    auth = httpx.BasicAuth(KNOWN.user, KNOWN.password)
    with serve(emulator) as url, open_client(url, auth=auth, sessions=True, timeout=5) as client:
        yield client


def test_calls_of_one_thread_are_one_session(http: httpx.Client, emulator: Emulator) -> None:
    for _ in range(5):
        assert http.get(ONE).status_code == 200
    assert emulator.stage.sessions() == 1
    assert not http.cookies, "what is kept is no other thread's"


def test_threads_have_sessions_of_their_own_so_that_no_call_waits_for_another(
    http: httpx.Client, emulator: Emulator
) -> None:
    together = Barrier(3)

    def calls() -> set[int]:
        together.wait(10)
        return {http.get(ONE).status_code for _ in range(4)}

    with ThreadPoolExecutor(3) as pool:
        found = [each.result() for each in [pool.submit(calls) for _ in range(3)]]
    assert found == [{200}] * 3
    assert emulator.stage.sessions() == 3


def test_a_thread_goes_on_in_the_session_of_one_that_has_ended(http: httpx.Client, emulator: Emulator) -> None:
    for _ in range(5):
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(http.get, ONE).result().status_code == 200
    assert emulator.stage.sessions() == 1


def test_a_session_that_is_refused_is_left_and_another_begun(http: httpx.Client, emulator: Emulator) -> None:
    assert http.get(ONE).status_code == 200
    emulator.stage.revoke()
    assert http.get(ONE).status_code == 401
    emulator.stage.allow()
    assert [http.get(ONE).status_code for _ in range(2)] == [200, 200]
    assert emulator.stage.sessions() == 2


def test_a_session_does_not_outlive_its_credentials(http: httpx.Client, emulator: Emulator) -> None:
    assert http.get(ONE).status_code == 200
    emulator.stage.revoke()
    assert http.get(ONE).status_code == 401
    emulator.stage.traps(["sticky_session"])
    assert http.get(ONE).status_code == 401, "the session that was refused is brought no more"


def test_a_session_that_is_too_busy_is_left(http: httpx.Client, emulator: Emulator) -> None:
    assert http.get(ONE).status_code == 200
    emulator.stage.faults(["dropped"], rate=1.0, budget=1)
    assert [http.get(ONE).status_code for _ in range(2)] == [202, 200]
    assert emulator.stage.sessions() == 2


def test_without_sessions_each_call_begins_one(emulator: Emulator) -> None:
    auth = httpx.BasicAuth(KNOWN.user, KNOWN.password)
    with serve(emulator) as url, open_client(url, auth=auth) as client:
        assert [client.get(ONE).status_code for _ in range(3)] == [200] * 3
    assert emulator.stage.sessions() == 3
