"""Taking back what the hub has written, by one command."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import SLA_FIELDS, Emulator, serve


@pytest.fixture
def desk() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=5, tickets=25, limits=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture
def hub(call: Any, hub_file: Path, desk: tuple[Emulator, str]) -> Path:
    """The folder of a hub that has gone live and written its first round."""
    hub_file.write_text(hub_file.read_text().replace("https://desk.example.com", desk[1]))
    folder = hub_file.parent
    call(folder, "run", "--once")
    assert call(folder, "connections", "live", "desk", "--yes").status == 0
    assert call(folder, "run", "--once").status == 0
    assert shown(desk)
    return folder


def shown(desk: tuple[Emulator, str]) -> dict[int, dict[str, object]]:
    """Return what stands in the hub's fields, by ticket and title; tickets of which all are empty are left out."""
    world = desk[0].world
    ours = {field.id: field.title for field in world.fields.values() if field.title in SLA_FIELDS.values()}
    found = {
        number: {ours[field]: value for field, value in ticket.values.items() if field in ours and value}
        for number, ticket in world.tickets.items()
    }
    return {number: values for number, values in found.items() if values}


def writes(desk: tuple[Emulator, str]) -> int:
    told: Any = desk[0].stage.writes()
    return int(told["count"])


def others(desk: tuple[Emulator, str]) -> dict[int, object]:
    """Return everything else that people see on the tickets."""
    world = desk[0].world
    ours = {field.id for field in world.fields.values() if field.title in SLA_FIELDS.values()}
    return {
        number: (
            ticket.status,
            ticket.priority,
            [tag for tag in ticket.tags if not tag.startswith("sla_")],
            {field: value for field, value in ticket.values.items() if field not in ours and value},
        )
        for number, ticket in world.tickets.items()
    }


def test_it_says_what_it_takes_and_does_nothing_unasked(call: Any, hub: Path, desk: Any) -> None:
    before, file = shown(desk), (hub / "hub.yaml").read_text()
    said = call(hub, "connections", "retract", "desk")
    assert (said.status, said.err) == (1, "")
    assert said.out.splitlines() == [
        f"desk: {len(before)} tickets show something of ours; clearing them takes about 3 calls.",
        "desk is live now; it goes back to observe first, so that nothing is written again.",
        "Nobody is here to ask; nothing was changed. Use --yes to go on without a question.",
    ]
    row = call(hub, "connections", "retract", "desk", "--json").rows
    assert row == [{"connection": "desk", "tickets": len(before), "closed": 0, "calls": 3, "retracted": False}]
    assert (shown(desk), (hub / "hub.yaml").read_text()) == (before, file)


def test_it_stops_the_writing_and_clears_every_field_and_nothing_else(call: Any, hub: Path, desk: Any) -> None:
    before, count = others(desk), len(shown(desk))
    said = call(hub, "connections", "retract", "desk", "--yes")
    assert (said.status, said.err) == (0, "")
    assert f"desk only observes: {hub / 'hub.yaml'} says so, and revision 3 is in force.\n" in said.out
    assert said.out.endswith(f"desk: {count} tickets cleared with 3 calls\n")
    assert shown(desk) == {}
    assert not any(tag.startswith("sla_") for ticket in desk[0].world.tickets.values() for tag in ticket.tags)
    assert others(desk) == before
    assert "mode: observe" in (hub / "hub.yaml").read_text()
    assert "# the only one" in (hub / "hub.yaml").read_text()


def test_a_second_time_writes_nothing_and_a_cycle_brings_nothing_back(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "connections", "retract", "desk", "--yes")
    before = writes(desk)
    again = call(hub, "connections", "retract", "desk", "--yes")
    assert (again.status, again.out) == (0, "desk: no ticket that can be changed shows anything of ours\n")
    desk[0].stage.advance(3 * 86400)
    assert call(hub, "run", "--once").status == 0
    assert call(hub, "connections", "retract", "desk", "--json").rows == [
        {"connection": "desk", "tickets": 0, "closed": 0, "calls": 0, "retracted": True, "cleared": 0, "left": 0}
    ]
    assert (writes(desk), shown(desk)) == (before, {})


def test_what_is_closed_keeps_what_it_shows_and_is_counted(call: Any, hub: Path, desk: Any) -> None:
    closed = min(shown(desk))
    desk[0].stage.solve(closed)
    desk[0].stage.close(closed)
    desk[0].stage.advance(120)
    call(hub, "run", "--once")
    said = call(hub, "connections", "retract", "desk", "--yes")
    assert said.status == 0
    assert "desk: 1 ticket is closed and keeps what is shown there: nobody can change it any more." in said.out
    assert set(shown(desk)) == {closed}


def test_a_ticket_that_was_closed_unnoticed_is_told_afterwards(call: Any, hub: Path, desk: Any) -> None:
    closed = min(shown(desk))
    desk[0].stage.solve(closed)
    desk[0].stage.close(closed)
    said = call(hub, "connections", "retract", "desk", "--yes")
    assert said.status == 1
    assert said.err == "! desk: 1 ticket could not be changed; closed or deleted meanwhile, most likely\n"
    assert set(shown(desk)) == {closed}


def test_a_folder_that_says_more_is_not_put_into_force(call: Any, hub: Path, desk: Any) -> None:
    file = hub / "hub.yaml"
    file.write_text(file.read_text().replace("{other: 1h}", "{other: 2h}"))
    before = shown(desk)
    said = call(hub, "connections", "retract", "desk", "--yes")
    assert said.status == 2
    assert "the folder differs from what is in force in more than this: policies.standard" in said.err
    assert shown(desk) == before


def test_a_folder_that_says_observe_already_is_put_into_force(call: Any, hub: Path, desk: Any) -> None:
    file = hub / "hub.yaml"
    text = file.read_text().replace("mode: live", "mode: observe")
    file.write_text(text)
    assert call(hub, "connections", "retract", "desk", "--yes").status == 0
    assert (shown(desk), file.read_text()) == ({}, text)


def test_it_breaks_off_where_the_helpdesk_does_and_goes_on_from_there(call: Any, hub: Path, desk: Any) -> None:
    desk[0].stage.fail("update_many", status=403, method="PUT", body={"error": "Forbidden"})
    broken = call(hub, "connections", "retract", "desk", "--yes")
    assert broken.status == 1
    assert "403" in broken.err
    assert "still to be cleared: slahub connections retract desk" in broken.err
    assert shown(desk)
    # A refused connection is asked again before anything is written.
    assert call(hub, "run", "--once").status == 0
    assert call(hub, "connections", "retract", "desk", "--yes").status == 0
    assert shown(desk) == {}
