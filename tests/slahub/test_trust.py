"""A secret stays with the host that it was given to, until a person says otherwise."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connectors.zendesk.emulator import Emulator, serve
from core.errors import SourceRefused
from slahub.binding import Bound


@pytest.fixture
def elsewhere() -> Iterator[tuple[Emulator, str]]:
    """Another helpdesk, which would know the same credentials."""
    emulator = Emulator(seed=5, tickets=3, limits=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture
def moved(fresh, elsewhere: tuple[Emulator, str]) -> tuple[str, str]:
    """The hosts that the connection led to and leads to now, by an applied revision."""
    file = fresh.folder / "hub.yaml"
    _, url = elsewhere
    text = file.read_text()
    old = text.split('url: "')[1].partition('"')[0]
    file.write_text(text.replace(old, url))
    return old.removeprefix("http://"), url.removeprefix("http://")


def calls(helpdesk: tuple[Emulator, str]) -> int:
    told = helpdesk[0].stage.writes()["calls"]
    assert isinstance(told, dict)
    return sum(told.values())


def test_another_host_gets_no_call_before_somebody_trusts_it(fresh, elsewhere, moved: tuple[str, str]) -> None:
    old, new = moved
    applied = fresh("config", "apply")
    assert applied.status == 0
    assert f"desk: its secrets belong to {old}, and its url leads to {new} now" in applied.err
    assert "slahub connections trust desk" in applied.err
    for arguments in (("run", "--once"), ("sync", "desk"), ("deliver",), ("check",)):
        said = fresh(*arguments)
        assert said.status == 1
        (complaint,) = said.err.splitlines()
        assert f"belong to {old}" in complaint
        assert complaint.endswith("slahub connections trust desk")
    assert fresh("status").status == 1
    assert calls(elsewhere) == 0


def test_a_draft_that_leads_elsewhere_is_checked_without_a_call(fresh, elsewhere, moved: tuple[str, str]) -> None:
    said = fresh("check")
    assert said.status == 1
    assert f"belong to {moved[0]}" in said.err
    assert calls(elsewhere) == 0


def test_trust_says_both_hosts_asks_and_is_remembered(fresh, elsewhere, moved: tuple[str, str]) -> None:
    old, new = moved
    fresh("config", "apply")
    asked = fresh("connections", "trust", "desk")
    assert asked.status == 1
    assert f"desk: its secrets were given to {old}; with this they go to {new}." in asked.out
    assert "Nobody is here to ask; nothing was changed." in asked.out
    assert fresh("run", "--once").status == 1
    assert calls(elsewhere) == 0
    done = fresh("connections", "trust", "desk", "--yes", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.rows == [{"connection": "desk", "from": old, "to": new, "trusted": True}]
    # It is another account, which stops the connection; but now it was asked.
    assert "stopped" in fresh("run", "--once").err
    assert calls(elsewhere) > 0
    assert fresh("connections", "trust", "desk").out == f"desk: its secrets go to {new} already\n"


def test_a_process_that_was_barred_goes_on_once_somebody_trusts() -> None:
    reasons = ["moved", "", "never asked again"]
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    bound = Bound(httpx.BasicAuth("a", "b"), lambda: reasons.pop(0), "desk")
    with httpx.Client(base_url="https://desk", auth=bound, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(SourceRefused, match="moved"):
            client.get("/")
        assert seen == []
        assert [client.get("/").status_code for _ in range(2)] == [200, 200]
    assert ["authorization" in each.headers for each in seen] == [True, True]


def test_the_way_back_needs_no_trust(fresh, elsewhere, moved: tuple[str, str]) -> None:
    file: Path = fresh.folder / "hub.yaml"
    fresh("config", "apply")
    assert fresh("run", "--once").status == 1
    file.write_text(file.read_text().replace(moved[1], moved[0]))
    assert fresh("config", "apply").err == ""
    assert fresh("run", "--once").status == 0


def test_a_new_connection_is_bound_when_it_comes_into_force(call, hub_file: Path, elsewhere) -> None:
    assert call(hub_file.parent, "config", "apply").status == 0
    hub_file.write_text(hub_file.read_text().replace("https://desk.example.com", elsewhere[1]))
    assert "belong to desk.example.com" in call(hub_file.parent, "config", "apply").err
    assert call(hub_file.parent, "run", "--once").status == 1
    assert calls(elsewhere) == 0
