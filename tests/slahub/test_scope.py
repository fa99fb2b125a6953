"""A part of an emulated account, whose agents move tickets in and out, on each database."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.store import Store, histories, lists, tables

FOLDER = """
hub: {{database: "{database}"}}
connections:
  desk:
    connector: zendesk
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    mode: live
    budget: 100%
    at_once: 100000
    backfill: {{since: null}}
    scope: {scope}
    on_leave: {on_leave}
    write_back: {{due: SLA due, state: SLA state}}
policies:
  - name: standard
    calendar: always
    metrics:
      first_response: {{targets: {{other: 400h}}}}
      resolution: {{targets: {{other: 4000h}}}}
"""
HELD_BACK = 90
ACME, OUTLET = 26155621580000, 26155621580011


@dataclass
class Part:
    """A hub over a part of an account, in this process."""

    emulator: Emulator
    url: str
    folder: Path
    store: Store
    shell: Callable[..., Any]

    def write(self, scope: str, on_leave: str = "end") -> None:
        url = self.store.url
        database = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        text = FOLDER.format(url=self.url, email=KNOWN.email, database=database, scope=scope, on_leave=on_leave)
        (self.folder / "hub.yaml").write_text(text)

    def __call__(self, *arguments: str) -> str:
        said = self.shell(self.folder, *arguments)
        assert said.status == 0, said.out + said.err
        return said.out

    def round(self) -> None:
        """Let what happened leave the exports' last minute, and go through one whole cycle."""
        self.emulator.stage.advance(HELD_BACK)
        self("run", "--once")

    def later(self) -> None:
        """Let the next list be due: the search is asked every quarter of an hour."""
        self.emulator.stage.advance(900)
        with self.store.unit() as tx:
            tx.execute(tables.lane.update().where(tables.lane.c.stream == "scope").values(last_run_at=None))

    def move(self, ticket: int, **changes: object) -> None:
        self.emulator.stage.edit(ticket, changes)

    def group(self, number: int) -> int:
        return list(self.emulator.world.groups)[number]

    def present(self) -> set[int]:
        return {int(key) for key, presence in self.presences().items() if presence == "present"}

    def presences(self) -> dict[str, str]:
        with self.store.view() as tx:
            return {row.source_id: row.presence for row in lists.ticket_rows(tx, lists.ticket_ids(tx, 1))}

    def clocks(self, ticket: int) -> dict[str, lists.ClockRow]:
        with self.store.view() as tx:
            return {row.metric: row for row in lists.clock_rows(tx, 1) if row.key == str(ticket)}

    def state(self, ticket: int) -> str | None:
        field = self.emulator.field_ids()["state"]
        return self.emulator.world.tickets[ticket].values.get(field)

    def kept(self) -> set[int]:
        """Return the tickets of which an event is stored."""
        with self.store.view() as tx:
            rows = tx.execute(tables.event.select()).all()
        return {int(row.ticket_source_id) for row in rows}

    def missing(self) -> set[str]:
        """Return the tickets whose stored events are not those that the desk itself knows to have changed them."""
        audits = {
            str(each["ticket"]["id"]): {str(audit["id"]) for audit in each["audits"]}
            for each in self.emulator.stage.truth()["tickets"]
        }
        with self.store.view() as tx:
            loaded = histories.load(tx, 1, lists.ticket_ids(tx, 1))
        whole = {each.history.ticket.id: each.history for each in loaded}
        return {key for key, one in whole.items() if not {event.id for event in one.events} <= audits[key]} | {
            key for key, one in whole.items() if one.whole_since is None
        }


@pytest.fixture
def part(tmp_path: Path, store: Store, call) -> Iterator[Part]:
    emulator = Emulator(seed=4, tickets=24, limits=False)
    (tmp_path / "hub" / "secrets").mkdir(mode=0o700, parents=True)
    token = tmp_path / "hub" / "secrets" / "token"
    token.write_text(KNOWN.api_token)
    token.chmod(0o600)
    with serve(emulator) as url:
        yield Part(emulator, url, tmp_path / "hub", store, call)


def live(part: Part, **wanted: object) -> set[int]:
    """Return the tickets that the desk shows, with these attributes."""
    return {
        one.id
        for one in part.emulator.world.tickets.values()
        if one.status != "deleted" and not one.merged
        if all(getattr(one, name) == value for name, value in wanted.items())
    }


def test_a_brand_is_read_alone_and_tickets_that_move_in_and_out_are_followed(part) -> None:
    stage, tickets = part.emulator.stage, part.emulator.world.tickets
    mine, other, late = (stage.new_ticket(f"ticket {number}") for number in range(3))
    for ticket in [one.id for one in tickets.values() if one.status not in ("closed", "deleted")][:8]:
        part.move(ticket, brand_id=OUTLET)
    part.move(mine, brand_id=OUTLET)
    part.write("{brands: [acme outlet]}")
    part.round()
    outside = live(part, brand_id=ACME)
    assert part.present() == live(part, brand_id=OUTLET)
    assert {other, late} <= outside
    assert not part.kept() & outside
    assert (part.state(mine), part.state(other)) == ("sla_on_track", None)

    stage.advance(600)
    part.move(mine, brand_id=ACME)
    left = tickets[mine].updated_at
    stage.reply(late)
    stage.advance(600)
    part.move(other, brand_id=OUTLET)
    part.round()
    part.round()
    assert part.presences()[str(mine)] == "out_of_scope"
    assert {(row.state, row.elapsed_seconds) for row in part.clocks(mine).values()} == {
        ("cancelled", left - tickets[mine].created_at)
    }
    assert part.state(mine) == "sla_on_track"
    came = part.clocks(other)["resolution"]
    assert (came.state, int(came.started_at.timestamp())) == ("running", tickets[other].created_at)
    assert part.state(other) == "sla_on_track"
    assert part.clocks(late) == {}
    assert part.missing() == set()

    part.write("{}")
    part("config", "apply")
    part.round()
    assert part.present() == live(part)
    assert part.missing() == set()
    assert part.clocks(late)["first_response"].state == "completed"
    assert part.clocks(mine)["resolution"].state == "running"


def test_groups_pause_while_a_ticket_is_with_another(part) -> None:
    stage = part.emulator.stage
    first, second = part.group(0), part.group(1)
    ticket = stage.new_ticket("to be passed on")
    part.move(ticket, group_id=first)
    name = part.emulator.world.groups[first].name
    part.write(f"{{groups: ['{name}'], brands: [{ACME}]}}", "pause")
    part.round()
    assert part.present() == live(part, group_id=first)
    moved = [part.emulator.world.tickets[ticket].created_at]
    for group, seconds in ((second, 600), (first, 1200), (second, 300)):
        stage.advance(seconds)
        part.move(ticket, group_id=group)
        moved.append(part.emulator.world.tickets[ticket].updated_at)
    part.round()
    made, out, back, gone = moved
    clock = part.clocks(ticket)["resolution"]
    assert (clock.state, clock.elapsed_seconds) == ("paused", out - made + gone - back)
    part.move(ticket, group_id=first)
    part.round()
    part.round()
    assert part.clocks(ticket)["resolution"].state == "running"


def test_a_search_brings_tickets_in_whole_and_lets_them_go(part) -> None:
    stage = part.emulator.stage
    stage.advance(3600)
    vip, plain = (stage.new_ticket("one more", tags=["vip"] if number == 0 else []) for number in range(2))
    stage.advance(1200)
    part.write("{query: 'tags:vip'}")
    part.round()
    part.round()
    assert part.present() == {vip}
    assert part.state(vip) == "sla_on_track"
    part.move(plain, additional_tags=["vip"])
    for _ in range(2):
        part.later()
        part.round()
    assert part.present() == {vip, plain}
    assert part.state(plain) == "sla_on_track"
    part.move(vip, remove_tags=["vip"])
    for _ in range(3):
        part.later()
        part.round()
    assert part.presences() == {str(vip): "out_of_scope", str(plain): "present"}
    assert {row.state for row in part.clocks(vip).values()} == {"cancelled"}
