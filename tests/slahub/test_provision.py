"""Making what agents need, knowingly; and knowing it again by its id."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve

TITLES = {
    "due": "SLA due",
    "state": "SLA state",
    "metric": "SLA metric",
    "policy": "SLA policy",
    "breached_at": "SLA breached at",
}
FIELDS = [f"field:{slot}" for slot in TITLES]
VIEWS = ["view:at_risk", "view:breached"]


@pytest.fixture
def desk() -> Iterator[tuple[Emulator, str]]:
    """A helpdesk that has no field of the hub's."""
    emulator = Emulator(seed=5, tickets=12, limits=False, sla_fields=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture
def hub(hub_file: Path, desk: tuple[Emulator, str]) -> Path:
    hub_file.write_text(hub_file.read_text().replace("https://desk.example.com", desk[1]))
    return hub_file.parent


def edit(hub: Path, old: str, new: str) -> None:
    file = hub / "hub.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def titled(desk: tuple[Emulator, str], title: str) -> Any:
    return next((field for field in desk[0].world.fields.values() if field.title == title), None)


def made(desk: tuple[Emulator, str]) -> int:
    told: Any = desk[0].stage.writes()
    return int(told["count"])


def recorded(hub: Path) -> dict[str, str]:
    with sqlite3.connect(hub / "hub.db") as database:
        return dict(database.execute("SELECT what, source_id FROM provision").fetchall())


def test_it_shows_what_is_missing_asks_and_makes_nothing_by_itself(call: Any, hub: Path, desk: Any, files: Any) -> None:
    before = files(hub)
    said = call(hub, "provision", "desk")
    assert (said.status, said.err) == (1, "")
    lines = [line.split() for line in said.out.splitlines()]
    assert ["desk", "state", "drop-down", "SLA", "state", "missing"] in lines
    assert ["desk", "breached", "view", "Breached", "missing"] in lines
    assert "desk: 7 things are to be made there, for agents to see and hidden from end users." in said.out
    assert "Nobody is here to ask; nothing was changed." in said.out
    assert (made(desk), files(hub)) == (0, before)
    rows = call(hub, "provision", "--json")
    assert rows.status == 1
    assert [(row["what"], row["state"]) for row in rows.rows] == [(what, "missing") for what in FIELDS + VIEWS]
    assert (made(desk), files(hub)) == (0, before)


def test_it_makes_them_once_and_keeps_their_ids(call: Any, hub: Path, desk: Any) -> None:
    done = call(hub, "provision", "--yes")
    assert (done.status, done.err) == (0, "")
    assert f"desk: made the drop-down 'SLA state' ({titled(desk, 'SLA state').id})" in done.out
    assert done.out.endswith("desk: everything is there, and known by its id from now on.\n")
    ids = {f"field:{slot}": str(titled(desk, title).id) for slot, title in TITLES.items()}
    assert {what: source_id for what, source_id in recorded(hub).items() if what in FIELDS} == ids
    assert set(recorded(hub)) == {*FIELDS, *VIEWS}
    assert made(desk) == 7
    again = call(hub, "provision", "--yes", "--json")
    assert (again.status, made(desk)) == (0, 7)
    assert {row["state"] for row in again.rows} == {"present"}
    assert call(hub, "check").status == 0


def test_what_was_there_before_is_kept_by_its_id_too(call: Any, hub: Path, desk: Any) -> None:
    edit(hub, "due: SLA due", "due: order reference")
    said = call(hub, "provision", "--yes", "--no-views")
    assert (said.status, made(desk)) == (0, 4)
    assert recorded(hub)["field:due"] == str(titled(desk, "Order reference").id)
    assert set(recorded(hub)) == set(FIELDS)


def test_a_run_that_broke_off_goes_on_where_it_was(call: Any, hub: Path, desk: Any) -> None:
    desk[0].stage.fail("ticket_fields", "reset", method="POST", served=True)
    broken = call(hub, "provision", "--yes")
    assert broken.status == 1
    assert "not sent again, it may have arrived" in broken.err
    done = call(hub, "provision", "--yes")
    assert done.status == 0
    assert "made the text field 'SLA due'" not in done.out
    assert set(recorded(hub)) == {*FIELDS, *VIEWS}
    titles = [field.title for field in desk[0].world.fields.values()]
    assert len(titles) == len(set(titles))


def test_print_tells_each_step_and_changes_nothing(call: Any, hub: Path, desk: Any, files: Any) -> None:
    before = files(hub)
    said = call(hub, "provision", "--print")
    assert (said.status, said.err) == (0, "")
    for step in (
        "Admin Center › Objects and rules › Tickets › Fields › Add field: Drop-down, called 'SLA state'",
        "on track (sla_on_track), at risk (sla_at_risk)",
        "'Agents can edit', so that end users do not see it",
        "Views › Create view: 'Breached', for any agent",
        "all conditions: Status category is less than Solved; SLA state is 'breached'",
    ):
        assert step in said.out
    assert (made(desk), files(hub)) == (0, before)


def test_whoever_may_not_make_them_is_told_the_steps(call: Any, hub: Path, desk: Any) -> None:
    edit(hub, KNOWN.email, KNOWN.agent[0])
    (hub / "secrets" / "token").write_text(KNOWN.agent[1])
    said = call(hub, "provision", "--yes")
    assert said.status == 1
    assert (
        "! desk: text field 'SLA due' was not made: this user (role agent) may not make ticket fields; "
        "an admin of Zendesk may"
    ) in said.err.splitlines()
    assert "Add field: Text, called 'SLA due'" in said.out
    assert "everything is there" not in said.out


def test_renaming_a_field_in_the_helpdesk_changes_nothing_for_us(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "provision", "--yes")
    titled(desk, "SLA due").title = "Fällig"
    assert call(hub, "check").err == ""
    shown = call(hub, "provision")
    assert (shown.status, made(desk)) == (0, 7)
    assert "Fällig" in shown.out
    call(hub, "run", "--once")
    assert call(hub, "connections", "live", "desk", "--yes").status == 0
    written = call(hub, "run", "--once", "--json")
    assert written.status == 0
    due = titled(desk, "Fällig").id
    assert any(ticket.values.get(due) for ticket in desk[0].world.tickets.values())


def test_another_title_in_the_folder_means_another_field(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "provision", "--yes")
    edit(hub, "due: SLA due", "due: SLA end")
    said = call(hub, "provision", "--yes", "--json")
    assert [row["title"] for row in said.rows if row["state"] == "created"] == ["SLA end"]
    edit(hub, "due: SLA end", "due: SLA due")
    assert {row["state"] for row in call(hub, "provision", "--json").rows} == {"present"}


def test_an_id_in_the_folder_goes_before_the_record(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "provision", "--yes")
    other = titled(desk, "Order reference")
    edit(hub, "due: SLA due", f"due: {{id: {other.id}}}")
    due = next(row for row in call(hub, "provision", "--json").rows if row["what"] == "field:due")
    assert (due["id"], due["title"], due["state"]) == (str(other.id), "Order reference", "present")


def test_a_recorded_field_that_is_gone_is_told_and_made_again_on_every_ticket(call: Any, hub: Path, desk: Any) -> None:
    call(hub, "provision", "--yes")
    call(hub, "run", "--once")
    call(hub, "connections", "live", "desk", "--yes")
    call(hub, "run", "--once")
    old = titled(desk, "SLA policy")
    shown = {number for number, ticket in desk[0].world.tickets.items() if ticket.values.get(old.id)}
    assert shown
    del desk[0].world.fields[old.id]
    checked = call(hub, "check")
    assert checked.status == 1
    assert f"the ticket field that showed it (id {old.id}) is gone" in checked.err
    assert call(hub, "provision", "--yes").status == 0
    new = titled(desk, "SLA policy")
    assert recorded(hub)["field:policy"] == str(new.id) != str(old.id)
    call(hub, "run", "--once")
    tickets = desk[0].world.tickets
    assert {number for number in shown if tickets[number].values.get(new.id)} == shown


def test_the_due_day_is_written_as_a_day_of_the_zone_that_is_shown(call: Any, hub: Path, desk: Any) -> None:
    edit(hub, "write_back: {", "show: {timezone: Pacific/Auckland}\n    write_back: {due_day: SLA day, ")
    call(hub, "provision", "--yes")
    call(hub, "run", "--once")
    call(hub, "connections", "live", "desk", "--yes")
    call(hub, "run", "--once")
    day, due = titled(desk, "SLA day").id, titled(desk, "SLA due").id
    values = [ticket.values for ticket in desk[0].world.tickets.values()]
    pairs = {(each.get(due), each.get(day)) for each in values if each.get(due)}
    assert pairs
    for at, told in pairs:
        local = datetime.fromisoformat(str(at)).astimezone(ZoneInfo("Pacific/Auckland"))
        assert told == f"{local:%Y-%m-%d}"
    assert not any(each.get(day) for each in values if not each.get(due))


def test_without_a_name_in_the_folder_nothing_is_made(call: Any, hub: Path, desk: Any) -> None:
    text = (hub / "hub.yaml").read_text()
    (hub / "hub.yaml").write_text("".join(line for line in text.splitlines(True) if "write_back" not in line))
    said = call(hub, "provision", "--yes")
    assert (said.status, made(desk)) == (2, 0)
    assert said.err == (
        "error: connections.desk.write_back: no field is named, so there is none to make (for example due: SLA due)\n"
    )


def test_a_misspelt_connection_is_told_with_the_nearest(call: Any, hub: Path) -> None:
    said = call(hub, "provision", "dekk")
    assert (said.status, said.err) == (2, "error: no connection is called `dekk` (did you mean `desk`?)\n")
