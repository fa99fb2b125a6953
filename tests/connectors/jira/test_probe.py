"""The probe: whose site it is, and what the configured work lacks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors import FieldName, Probe, Slot, SourceRefused
from connectors.jira.emulator import KNOWN, Emulator, serve

AUTH: dict[str, tuple[dict[str, str], str]] = {
    "cloud": ({"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}, KNOWN.api_token),
    "datacenter": ({"method": "personal_access_token", "token": "${SLAHUB_T}"}, KNOWN.pat),
}

Ask = Callable[..., Probe]


@pytest.fixture(params=["cloud", "datacenter"])
def emulator(request: pytest.FixtureRequest) -> Emulator:
    return Emulator(seed=5, tickets=10, flavour=request.param, limits=False)


@pytest.fixture
def ask(emulator: Emulator, opened: Callable[..., Any]) -> Iterator[Ask]:
    auth, secret = AUTH[emulator.world.flavour]
    with serve(emulator) as url:

        def probe(**more: Any) -> Probe:
            connector, _ = opened(url, auth, secret, **more)
            return connector.probe()

        yield probe


def test_a_site_is_told_by_its_address_and_the_user_by_their_id(emulator: Emulator, ask: Ask) -> None:
    probe = ask()
    hub = next(one.id for one in emulator.world.users.values() if one.email == KNOWN.email)
    assert probe.instance.startswith("127.0.0.1:")
    assert (probe.actor, probe.problems) == (hub, ())


@pytest.mark.parametrize("word", ["HELP", "help", "10000", 10000])
def test_a_project_is_named_by_key_or_id(ask: Ask, word: object) -> None:
    assert ask(scope={"projects": [word]}).problems == ()


@pytest.mark.parametrize("word", ["NOPE", "SEC", "Help Center"])
def test_a_project_that_is_not_there_or_not_shown_is_a_problem_of_the_scope(ask: Ask, word: str) -> None:
    (problem,) = ask(scope={"projects": ["HELP", word]}).problems
    assert problem == f"scope.projects: no project '{word}' is shown to this user"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("priority = Sauce", "'Sauce'"),
        ("nofield is not EMPTY", "'nofield'"),
        ("(((", "Error in the JQL Query"),
        ('"Severity" = ', "Error in the JQL Query"),
    ],
)
def test_a_query_that_jira_does_not_take_is_a_problem_in_its_words(ask: Ask, query: str, said: str) -> None:
    (problem,) = ask(scope={"query": query}).problems
    assert problem.startswith("scope.query: Jira does not take it: ")
    assert said in problem


def test_a_query_that_finds_nothing_is_no_problem(ask: Ask) -> None:
    assert ask(scope={"query": "labels = nobody-has-this", "projects": "HELP"}).problems == ()


def test_of_a_query_in_projects_that_are_not_shown_only_the_projects_are_told(ask: Ask) -> None:
    (problem,) = ask(scope={"query": "(((", "projects": ["NOPE"]}).problems
    assert problem.startswith("scope.projects: ")


def test_fields_that_are_not_there_are_problems_at_their_key(ask: Ask) -> None:
    probe = ask(
        fields={Slot.DUE: FieldName("SLA due"), Slot.STATE: FieldName("Nowhere"), Slot.POLICY: FieldName("Rank")}
    )
    assert [each.partition(":")[0] for each in probe.problems] == ["write_back.state", "write_back.policy"]


def test_credentials_that_are_no_good_are_refused(emulator: Emulator, ask: Ask) -> None:
    emulator.stage.revoke()
    with pytest.raises(SourceRefused):
        ask()


def test_an_answer_to_a_stranger_is_no_answer(emulator: Emulator, ask: Ask) -> None:
    emulator.stage.traps(["expired_empty", "no_seraph"])
    emulator.stage.revoke()
    with pytest.raises(SourceRefused):
        ask(scope={"projects": ["HELP"]})
