"""What waits to be written, as an admin sees it, and how it is let go."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import Emulator, serve


@pytest.fixture
def desk() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=5, tickets=12, limits=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture
def hub(call: Any, hub_file: Path, desk: tuple[Emulator, str]) -> Path:
    """The folder of a hub that has read everything and is live."""
    hub_file.write_text(hub_file.read_text().replace("https://desk.example.com", desk[1]))
    folder = hub_file.parent
    call(folder, "run", "--once")
    assert call(folder, "connections", "live", "desk", "--yes").status == 0
    return folder


def test_a_parked_write_is_told_with_its_reason_until_it_is_let_go(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "evaluate")
    closed = max(number for number, ticket in desk[0].world.tickets.items() if ticket.status == "open")
    desk[0].stage.solve(closed)
    desk[0].stage.close(closed)
    call(hub, "deliver")
    row = call(hub, "deliveries", "--json").rows[0]
    assert (row["key"], row["wait"]) == (str(closed), "parked")
    said = call(hub, "deliveries")
    assert said.out.endswith("desk: 1 ticket parked; let go with 'slahub connections release desk [KEY]'\n")
    status = call(hub, "status")
    assert "! desk: writes to 1 ticket are parked; look with 'slahub deliveries'" in status.err
    assert call(hub, "status", "--json").rows[0]["writes_parked"] == 1
    assert call(hub, "connections", "release", "desk", "none").out == "desk: none: nothing waits for release\n"
    assert call(hub, "connections", "release", "desk", "--dry-run").out == "desk: 1 ticket parked would be written\n"
    released = call(hub, "connections", "release", "desk", str(closed), "--json").rows
    assert released == [{"connection": "desk", "held": 0, "parked": 1, "released": True}]
    assert call(hub, "deliveries").out == "desk: nothing waits\n"
