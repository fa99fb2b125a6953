"""Two accounts of Zendesk, of which one's tickets hold the other's keys, and one customer who writes to both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve

FOLDER = """
hub: {{database: "sqlite:///hub.db"}}
connections:
  desk: &zendesk
    connector: zendesk
    url: "{desk}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
  eng:
    <<: *zendesk
    url: "{eng}"
customers:
  acme:
    name: ACME GmbH
    is: {{desk: {{organisations: ["{ours}"]}}, eng: {{organisations: ["{theirs}"]}}}}
links:
  - {{from: desk, to: eng, by: {{field: Order reference}}}}
policies:
  - name: acme
    when: {{customer: acme}}
    calendar: always
    metrics: {{resolution: {{targets: {{other: 400h}}}}}}
  - name: engineering
    agreement: ola
    when: {{connection: desk}}
    calendar: always
    metrics:
      fix:
        kind: custom
        start: {{not: {{linked.key: none}}}}
        stop: {{linked.status: [resolved, closed]}}
        targets: {{other: 8h}}
"""


@dataclass
class Pair:
    """The two accounts, and a hub over both."""

    desk: Emulator
    eng: Emulator
    folder: Path
    shell: Callable[..., Any]

    def __call__(self, *arguments: str) -> Any:
        said = self.shell(self.folder, *arguments)
        assert said.status == 0, said.out + said.err
        return said

    def round(self) -> None:
        """Let what happened leave the exports' last minute, and go through one whole cycle."""
        for each in (self.desk, self.eng):
            each.stage.advance(90)
        self("run", "--once")

    def refer(self, ticket: int, text: str) -> None:
        field = self.desk.world.field_of("Order reference").id
        self.desk.stage.edit(ticket, {"custom_fields": [{"id": field, "value": text}]})

    def link(self, ticket: int) -> list[dict[str, object]]:
        return self("tickets", f"desk:{ticket}", "--json").rows[0]["links"]

    def fix(self, ticket: int) -> dict[str, object]:
        return next(row for row in self("clocks", "--json").rows if (row["key"], row["metric"]) == (str(ticket), "fix"))


@pytest.fixture
def pair(call: Callable[..., Any], tmp_path: Path) -> Iterator[Pair]:
    desk, eng = (Emulator(seed=seed, tickets=4, limits=False) for seed in (3, 4))
    with serve(desk) as ours, serve(eng) as theirs:
        folder = tmp_path / "hub"
        (folder / "secrets").mkdir(mode=0o700, parents=True)
        (folder / "secrets" / "token").write_text(KNOWN.api_token)
        (folder / "secrets" / "token").chmod(0o600)
        names = {side: organisation(each) for side, each in (("ours", desk), ("theirs", eng))}
        (folder / "hub.yaml").write_text(FOLDER.format(desk=ours, eng=theirs, email=KNOWN.email, **names))
        yield Pair(desk, eng, folder, call)


def organisation(emulator: Emulator) -> str:
    """Return the name of the organisation for which a new ticket is."""
    world = emulator.world
    number = world.tickets[emulator.stage.new_ticket()].organization_id
    return world.organisations[number].name


def test_an_agreement_runs_from_the_reference_to_the_linked_ticket_s_solution(pair: Pair) -> None:
    mine, theirs = pair.desk.stage.new_ticket(), pair.eng.stage.new_ticket()
    pair.desk.stage.edit(mine, {"group_id": next(iter(pair.desk.world.groups))})
    pair.refer(mine, str(theirs))
    pair.round()
    assert pair.fix(mine)["state"] == "running"
    assert pair.link(mine) == [{"connection": "eng", "key": str(theirs), "by": "Order reference", "stored": True}]
    (back,) = pair("tickets", f"eng:{theirs}", "--json").rows[0]["links"]
    assert back == {"connection": "desk", "key": str(mine), "by": "Order reference", "stored": True}
    pair.eng.stage.advance(3600)
    pair.desk.stage.advance(3600)
    pair.eng.stage.solve(theirs)
    pair.round()
    fix = pair.fix(mine)
    assert (fix["state"], fix["standing"]) == ("completed", "met")
    assert 3600 <= fix["elapsed_seconds"] < 4000
    said = pair("tickets", f"desk:{mine}").out
    assert f"eng:{theirs}" in said
    assert "resolved" in said
    assert "completed: linked.status resolved, in the linked ticket" in pair("explain", f"desk:{mine}").out


def test_a_link_to_a_ticket_that_is_not_stored_shows_as_such(pair: Pair) -> None:
    mine, theirs = pair.desk.stage.new_ticket(), pair.eng.stage.new_ticket()
    pair.round()
    url = pair("tickets", f"eng:{theirs}", "--json").rows[0]["url"]
    pair.refer(mine, f"{url}?brand=1, 99999")
    pair.round()
    assert [(each["key"], each["stored"]) for each in pair.link(mine)] == [(str(theirs), True), ("99999", False)]
    assert "not stored" in pair("tickets", f"desk:{mine}").out


def test_check_names_a_link_by_what_no_connector_can_tell(pair: Pair) -> None:
    file = pair.folder / "hub.yaml"
    file.write_text(file.read_text().replace("{field: Order reference}", "remote_links"))
    said = pair.shell(pair.folder, "check", "--json")
    (found,) = [row for row in said.rows if row["code"] == "no_remote_links"]
    assert said.status == 1
    assert (found["connection"], found["level"]) == ("desk", "problem")
    assert "remote_links" in file.read_text().splitlines()[found["line"] - 1]
    assert "{field: …}" in found["do"]


def test_one_customer_has_tickets_of_both_accounts_under_one_policy(pair: Pair) -> None:
    pair.round()
    rows = pair("tickets", "--json").rows
    assert {row["connection"] for row in rows if row.get("customer") == "acme"} == {"desk", "eng"}
    clocks = pair("clocks", "--json").rows
    governed = {(row["connection"], row["key"]) for row in clocks if row["policy"] == "acme"}
    assert governed == {(row["connection"], row["key"]) for row in rows if row.get("customer") == "acme"}
