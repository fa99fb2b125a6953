"""A folder out of what a helpdesk promises already: files beside those that are there, or a folder of its own."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import Emulator
from core.settings import read_folder

CALENDARS, MAPPING, POLICIES = OURS = tuple(f"{part}.from-desk.yaml" for part in ("calendars", "mapping", "policies"))

Files = Callable[[Path], Sequence[str]]


@pytest.fixture
def hub(helpdesk: tuple[Emulator, str], hub_file: Path) -> Path:
    """A folder with one file; its calendar has the name of one of the helpdesk's schedules."""
    text = hub_file.read_text().replace("https://desk.example.com", helpdesk[1])
    hub_file.write_text(text.replace("office", "berlin-office"))
    return hub_file.parent


def test_the_files_stand_beside_the_others_and_the_folder_stays_sound(
    call: Any, helpdesk: tuple[Emulator, str], hub: Path, files: Files
) -> None:
    before = {name: (hub / name).read_text() for name in files(hub)}
    made = call(hub, "init", "--from", "desk")
    told = made.out.splitlines()
    promised = helpdesk[0].world.agreements
    assert made.status == 0
    assert f"wrote {hub / CALENDARS}: {len(promised.schedules)} calendars" in told
    # One more than the helpdesk has ends the list.
    count = len(promised.policies) + len(promised.group_policies) + 1
    assert f"wrote {hub / POLICIES}: {count} policies" in told
    remarks = sum((hub / name).read_text().count("Not translated: ") for name in OURS)
    assert remarks > 1
    assert f"{remarks} things could not be translated; what, stands where it would be: grep" in made.out
    assert any(line.startswith("Next: read the comments") and line.endswith(" check'.") for line in told)
    assert told[-1].startswith(f"The policies in {hub / 'hub.yaml'} are read before these")
    assert made.err.startswith("! desk: Business hours are those of the account's first schedule, Berlin office.")
    assert {name: (hub / name).read_text() for name in before} == before
    content = read_folder(hub).content
    assert set(content["calendars"]) == {"berlin-office", "berlin-office-desk", "us-support"}
    names = [policy["name"] for policy in content["policies"]]
    assert names == ["standard", "vip-organisations", "incidents", "default", "no-promise", "tier-2-ownership"]
    # The folder holds together; that its first policy takes every ticket of the others is for people to decide.
    sound = call(hub, "check", "--offline")
    assert "is sound: 1 connection, 3 calendars, 6 policies." in sound.out
    assert all("`standard` stands before it" in line for line in sound.err.splitlines())


def test_a_second_time_nothing_is_asked_and_nothing_written(call: Any, hub: Path) -> None:
    for name in OURS:
        (hub / name).write_text("# mine")
    file = hub / "hub.yaml"
    file.write_text(file.read_text().replace("127.0.0.1", "nowhere.invalid").replace("http:", "https:"))
    said = call(hub, "init", "--from", "desk")
    assert said.status == 2
    errors = [f"error: {hub / name}: is there already (nothing was written; move it" for name in OURS]
    assert all(line.startswith(tuple(errors)) for line in said.err.splitlines())
    assert len(said.err.splitlines()) == len(errors)
    assert [(hub / name).read_text() for name in OURS] == ["# mine"] * len(OURS)


def test_a_new_folder_gets_the_connection_without_its_leave_to_write(
    call: Any, hub: Path, tmp_path: Path, files: Files
) -> None:
    file, fresh = hub / "hub.yaml", tmp_path / "fresh"
    file.write_text(file.read_text().replace("budget: 100%", "mode: live"))
    before = files(hub)
    made = call(hub, "init", "--from", "desk", str(fresh))
    assert made.status == 0
    assert files(hub) == before
    assert files(fresh) == [CALENDARS, "connections.yaml", "hub.yaml", POLICIES]
    assert (
        f"Next: read the comments and correct what they speak of, then run 'slahub --config {fresh} check'." in made.out
    )
    sound = call(fresh, "check", "--json")
    found = {row["code"]: row for row in sound.rows}
    assert (found["configured"]["mode"], found["account"]["reached"]) == ("observe", True)
    connection = read_folder(fresh).content["connections"]["desk"]
    assert connection["mapping"]["status"]["pending"] == "waiting/customer"
    assert call(hub, "init", "--from", "desk", str(fresh)).status == 2


def test_where_there_is_no_connection_it_is_said_how_to_get_one(
    command: Any, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(hub.parent)
    said = command("--config", "nowhere", "init", "--from", "desk")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "error: nowhere: there is no configuration yet (write the connection there first; "
        "'slahub init nowhere' makes an example of one)\n"
    )
    said = command("--config", "hub", "init", "--from", "dask")
    assert (said.status, said.out) == (2, "")
    assert said.err == "error: hub: connections: there is no connection `dask` (did you mean `desk`?)\n"


def test_a_folder_that_is_not_finished_yet_is_no_obstacle(call: Any, hub: Path) -> None:
    (hub / "policies.yaml").write_text("policies:\n  - {name: new, calendar: not-there-yet}\n")
    assert call(hub, "init", "--from", "desk").status == 0


def test_a_helpdesk_that_refuses_is_said_and_nothing_is_written(call: Any, hub: Path, files: Files) -> None:
    (hub / "secrets" / "token").write_text("wrong")
    before = files(hub)
    said = call(hub, "init", "--from", "desk")
    assert said.status == 1
    assert said.err.startswith("! desk: ")
    assert said.err.rstrip().endswith("look at connections.desk.auth")
    assert files(hub) == before
