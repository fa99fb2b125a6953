import ast
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams

from connectors import zendesk
from connectors.zendesk.emulator import KNOWN, Emulator
from connectors.zendesk.emulator.answers import Call
from connectors.zendesk.emulator.exports import tickets_by_cursor
from connectors.zendesk.emulator.jobs import update_many
from connectors.zendesk.emulator.people import People
from connectors.zendesk.emulator.world import World

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk() -> Emulator:
    emulator = Emulator(seed=1, tickets=600, start=START)
    emulator.stage.hold_time()
    return emulator


def test_the_same_seed_makes_the_same_desk() -> None:
    truths = []
    for seed in (3, 3, 4):
        emulator = Emulator(seed=seed, tickets=30, start=START)
        emulator.stage.hold_time()
        truths.append(emulator.stage.truth())
    assert truths[0]["tickets"] == truths[1]["tickets"]
    assert truths[0]["users"] == truths[1]["users"]
    assert truths[0]["tickets"] != truths[2]["tickets"]


def test_what_people_do_does_not_depend_on_what_a_client_writes() -> None:
    stories = []
    for writes in (0, 1):
        emulator = Emulator(seed=7, tickets=40, start=START)
        stage, world = emulator.stage, emulator.world
        stage.hold_time()
        for _ in range(writes):
            body: dict[str, object] = {"tickets": [{"id": ticket} for ticket in sorted(world.tickets)[-20:]]}
            hub = world.people[hub_id(world)]
            update_many(world, Call("PUT", "tickets/update_many", QueryParams(), body, hub, "http://desk"))
        for _ in range(8):
            stage.advance(30)
            People(world).step()
        told = [
            (one.ticket_id, one.author_id, one.created_at) for one in world.audits if one.author_id != hub_id(world)
        ]
        stories.append(told)
    assert stories[0] == stories[1]


def hub_id(world: World) -> int:
    return next(one.id for one in world.people.values() if one.email == KNOWN.email)


def test_there_is_some_of_everything(desk: Emulator) -> None:
    tickets = desk.world.tickets.values()
    assert len(tickets) == 600
    assert {one.status for one in tickets} == {"new", "open", "pending", "hold", "solved", "closed", "deleted"}
    assert {one.priority for one in tickets} == {None, "low", "normal", "high", "urgent"}
    assert {one.type for one in tickets} == {None, "question", "incident", "problem", "task"}
    assert {one.via.channel for one in tickets} >= {"web", "email", "api"}
    assert any("closed_by_merge" in one.tags for one in tickets)
    assert any(one.organization_id is None for one in tickets)
    lines = [(audit, event) for audit in desk.world.audits for event in audit.events]
    assert any(audit.author_id == -1 for audit, _ in lines)
    assert any(event.field == "status" and event.previous == "deleted" for _, event in lines)
    assert any(event.field == "status" and (event.previous, event.value) == ("solved", "open") for _, event in lines)
    assert {event.comment.public for _, event in lines if event.comment is not None} == {True, False}
    defaults = {one.id for one in desk.world.statuses.values() if one.default}
    assert any(event.field == "custom_status_id" and event.value not in defaults for _, event in lines)


def test_several_audits_share_one_second_and_some_rows_were_only_touched(desk: Emulator) -> None:
    seconds = Counter((audit.ticket_id, audit.created_at) for audit in desk.world.audits)
    assert max(seconds.values()) >= 2
    assert max(Counter(one.generated for one in desk.world.tickets.values()).values()) >= 5
    assert any(one.generated > one.updated_at for one in desk.world.tickets.values())
    assert all(one.generated >= one.updated_at >= one.created_at for one in desk.world.tickets.values())


def test_nothing_happened_after_the_start_and_something_just_before(desk: Emulator) -> None:
    now = int(START.timestamp())
    created = sorted(one.created_at for one in desk.world.tickets.values())
    assert created[-1] == now - 30
    assert desk.world.audits[-1].created_at <= now
    assert sum(1 for at in created if at > now - 6 * 3600) >= 10
    assert created[0] > now - 45 * 86400


def test_each_tickets_audits_lead_to_its_present_state(desk: Emulator) -> None:
    for ticket in desk.world.tickets.values():
        state: dict[str, object] = {}
        for audit in ticket.audits:
            for event in audit.events:
                if event.kind == "Change":
                    assert state.get(event.field) == event.previous or (event.field == "tags" and not event.previous)
                if event.kind in ("Create", "Change"):
                    state[event.field] = event.value
        for name in ("status", "priority", "type", "assignee_id", "group_id", "organization_id", "custom_status_id"):
            assert state.get(name) == getattr(ticket, name), (ticket.id, name)
        assert state.get("tags", []) == ticket.tags
        for field_id, value in ticket.values.items():
            assert state.get(str(field_id)) == value


def test_a_desk_can_begin_empty_and_without_the_hubs_fields() -> None:
    emulator = Emulator(tickets=0, sla_fields=False)
    assert emulator.field_ids() == {}
    assert emulator.world.audits == []
    assert emulator.stage.new_ticket() == 1


def test_a_page_holds_a_thousand_tickets_at_most() -> None:
    emulator = Emulator(tickets=1100, start=START)
    person = next(iter(emulator.world.people.values()))
    path = "/api/v2/incremental/tickets/cursor"
    call = Call("GET", path, QueryParams({"start_time": "0"}), {}, person, "http://desk")
    body = tickets_by_cursor(emulator.world, call).body
    assert isinstance(body, dict)
    assert len(body["tickets"]) == 1000


def test_the_connector_never_imports_the_emulator() -> None:
    folder = Path(str(zendesk.__file__)).parent
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(alias.name for alias in node.names)]
            assert not any("emulator" in name for name in names), file.name
