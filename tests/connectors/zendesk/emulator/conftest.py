from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from connectors import open_client
from connectors.zendesk.emulator import KNOWN, Emulator, Stage, serve

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def emulator() -> Emulator:
    """A desk of forty tickets whose clock stands still at START until it is advanced."""
    desk = Emulator(seed=7, tickets=40, start=START)
    desk.stage.hold_time()
    return desk


@pytest.fixture
def stage(emulator: Emulator) -> Stage:
    return emulator.stage


@pytest.fixture
def url(emulator: Emulator) -> Iterator[str]:
    with serve(emulator) as base:
        yield base


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    """The hub's way in: an administrator by API token, below /api/v2/."""
    auth = httpx.BasicAuth(f"{KNOWN.email}/token", KNOWN.api_token)
    with open_client(f"{url}/api/v2/", auth=auth) as client:
        yield client
