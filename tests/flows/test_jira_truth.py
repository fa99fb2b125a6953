"""Whatever a Jira does to its readers, the store ends equal to its truth, and its fields to the verdicts."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.requests import Request

from connectors.emulation import Answer
from connectors.jira.emulator.profiles import PROFILES
from core.settings import Mode
from core.store import Store, connections
from core.tickets import Presence
from tests.flows.jira_desk import PROPERTY, Jira, Opener, agreement, work
from tests.flows.proof import agree_on_fields, endure

FLAVOURS = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "datacenter"])
REPEATED_HOUR = datetime(2026, 11, 1, 5, 20, tzinfo=UTC)
"""The hour from half past five is there twice in New York, where the hub's profile is."""

AFTER_THE_CHANGE = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
def open_desk(sqlite_store: Store) -> Iterator[Callable[..., Jira]]:
    with ExitStack() as stack:
        yield Opener(stack, sqlite_store)


def state(desk: Jira) -> str:
    with desk.store.view() as tx:
        row = connections.get(tx, "desk")
    assert row is not None
    return row.state


def lost(desk: Jira) -> set[str]:
    return {
        each for each, (presence, *_) in desk.stored().items() if presence in {Presence.DELETED, Presence.FORBIDDEN}
    }


def agree(desk: Jira) -> None:
    """The store equals the site's truth, its fields the verdicts, and nothing is left to write or to read."""
    assert agreement(desk) == {}
    assert desk.stored_scores() == desk.scores()
    assert desk.stored_keys() == desk.keys()
    assert desk.stored_links() == desk.links()
    assert desk.stored_statuses().items() >= desk.statuses().items()
    agree_on_fields(desk)
    desk.stage.forget_calls()
    assert desk.cycle() == 0
    # A search, who we are, and now and then which projects are shown.
    assert desk.calls() <= 3


def live(desk: Jira, seed: int) -> None:
    """Let people work and administrators meddle while the hub goes round."""
    stage, chance = desk.emulator.stage, random.Random(seed)
    meddling: dict[int, Callable[[], object]] = {
        3: lambda: stage.rename_status("In Progress", "Under way"),
        6: lambda: stage.delete_status("Pending", into="Waiting for customer"),
        8: lambda: stage.revoke_project("FAC"),
        12: desk.census,
        15: lambda: stage.grant_project("FAC"),
        17: lambda: refused(desk),
        20: lambda: stage.forget_user("agent3@example.test"),
        22: lambda: stage.archive(chance.choice(sorted(desk.seen()))),
        24: lambda: stage.delete(chance.choice(sorted(desk.seen()))),
        25: desk.census,
    }
    for number in range(28):
        for _ in range(4):
            work(desk, chance)
        desk.time.wait(chance.choice([5, 40, 90, 400]))
        meddling.get(number, int)()
        desk.cycle()
    # Whoever closes projects by themselves has gone home.
    stage.grant_project("FAC")


def refused(desk: Jira) -> None:
    """The token ends: the connection says so, nothing is taken for deleted, and a new one catches up."""
    before, stage = lost(desk), desk.emulator.stage
    stage.revoke()
    for _ in range(2):
        work(desk, random.Random(1))
        desk.cycle()
        desk.census()
        assert state(desk) == "refused"
        desk.time.wait(600)
    assert lost(desk) == before
    stage.allow()
    desk.cycle()
    assert state(desk) == "ok"


@pytest.mark.parametrize(
    ("start", "projects"), [(REPEATED_HOUR, ()), (AFTER_THE_CHANGE, ("HELP", "FAC", "ENG"))], ids=["all", "named"]
)
@FLAVOURS
def test_people_at_work_under_every_trap_end_in_the_truth(
    open_desk, cloud: bool, start: datetime, projects: tuple[str, ...]
) -> None:
    desk = open_desk(seed=5, cloud=cloud, start=start, projects=projects, traps=["all"])
    # Not every Data Center takes an instant in a search; the others are told an age.
    desk.emulator.stage.epoch_literals(cloud or not projects)
    live(desk, 7)
    agree(desk)


def test_under_every_trap_postgresql_ends_in_the_truth_too(postgresql_stores) -> None:
    with ExitStack() as stack:
        desk = Opener(stack, postgresql_stores())(seed=6, start=REPEATED_HOUR, traps=["all"])
        live(desk, 8)
        agree(desk)


@FLAVOURS
def test_all_faults_and_traps_together_end_in_the_truth(open_desk, cloud: bool) -> None:
    desk = open_desk(seed=1, cloud=cloud, traps=["all"], prop="" if cloud else PROPERTY)
    # A Data Center has no tasks that many edits are done in, and so none that fail.
    endure(desk, [each for each in PROFILES if cloud or each != "jobs"], 1, crowd, budget=3)
    desk.emulator.stage.grant_project("FAC")
    agree(desk)


def crowd(desk: Jira, chance: random.Random) -> None:
    """Let people do something, and often many the same: what many tickets are to show alike goes in one task."""
    work(desk, chance)
    if chance.random() < 0.4:
        for _ in range(5):
            desk.emulator.stage.new_ticket(priority=4)


@FLAVOURS
def test_histories_that_are_rewritten_as_their_status_is_deleted_are_told_anew(open_desk, cloud: bool) -> None:
    desk = open_desk(seed=1, cloud=cloud)
    issue = desk.emulator.stage.new_ticket()
    desk.time.wait(60)
    desk.emulator.stage.move_status(issue, "Escalated")
    desk.time.wait(60)
    desk.emulator.stage.move_status(issue, "Pending")
    desk.cycle()
    desk.time.wait(60)
    desk.emulator.stage.rename_status("Pending", "Parked")
    desk.emulator.stage.delete_status("Escalated", into="In Progress")
    assert agreement(desk) == {}


@pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
@pytest.mark.parametrize("path", ["bulkfetch", "/comment", "remotelink", "issue/", "search", "myself"])
@FLAVOURS
def test_a_token_that_ends_at_any_call_is_refused_and_nothing_is_lost(
    open_desk, cloud: bool, path: str, named: bool
) -> None:
    traps = ["expired_empty", "no_seraph", "comment_cut"]
    # Nothing is written to a ticket, and so nothing makes it come again.
    desk = open_desk(seed=1, cloud=cloud, tickets=12, traps=traps, open_first=False, mode=Mode.OBSERVE)
    stage = desk.emulator.stage
    issue = stage.new_ticket()
    stage.remote_link(issue, "https://desk.example.test/tickets/7", "Ticket 7")
    for _ in range(25):
        desk.time.wait(1)
        stage.reply(issue)
    stage.resolve(issue)
    desk.time.wait(3600)
    stage.resolve(stage.new_ticket())
    desk.time.wait(5 * 86400)
    with ending(desk, path, named=named) as struck:
        desk.pull()
        assert (state(desk) == "refused") == bool(struck)
        desk.pull()
    stage.allow()
    desk.time.wait(100)
    desk.pull()
    assert lost(desk) == set()
    assert agreement(desk) == {}


@FLAVOURS
def test_a_token_that_ends_while_single_tickets_are_asked_about_has_none_taken_for_deleted(
    open_desk, cloud: bool
) -> None:
    desk = open_desk(seed=1, cloud=cloud, tickets=12, traps=["expired_empty", "no_seraph"])
    desk.pull()
    (issue, *_) = sorted(desk.stored())
    desk.emulator.stage.archive(issue)
    desk.time.wait(1000)
    with ending(desk, "issue/", named=False) as struck:
        desk.census()
    assert struck
    assert state(desk) == "refused"
    assert lost(desk) == set()


NAMES = ("x-aaccountid", "x-ausername")


def without_names(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in NAMES}


@contextmanager
def ending(desk: Jira, path: str, *, named: bool) -> Iterator[list[str]]:
    """Let the token end as soon as a path is called; gives the call with which it did.

    named: whether answers say by a header whom they were given to.
    """
    struck, app = list[str](), desk.emulator.app
    answered = app.served

    def served(request: Request, raw: bytes) -> Answer:
        if not struck and path in request.url.path:
            struck.append(request.url.path)
            desk.emulator.stage.revoke()
        answer = answered(request, raw)
        return answer if named else replace(answer, headers=without_names(answer.headers))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "served", served)
        yield struck


@pytest.mark.parametrize("projects", [(), ("HELP", "FAC")], ids=["all", "named"])
@FLAVOURS
def test_what_happened_while_a_project_was_closed_is_caught_up_when_it_is_open_again(
    open_desk, cloud: bool, projects: tuple[str, ...]
) -> None:
    desk = open_desk(seed=2, cloud=cloud, projects=projects)
    stage = desk.emulator.stage
    old = [stage.new_ticket(project="FAC") for _ in range(3)]
    desk.time.wait(60)
    desk.cycle()
    desk.census()
    stage.revoke_project("FAC")
    for number in range(6):
        desk.time.wait(1500)
        stage.reply(old[number % 2])
        desk.cycle()
    desk.time.wait(1500)
    stage.resolve(old[2])
    stage.new_ticket(project="FAC")
    desk.cycle()
    stage.grant_project("FAC")
    assert agreement(desk) == {}


@FLAVOURS
def test_what_somebody_did_in_the_second_of_a_write_is_not_taken_for_overwriting_it(open_desk, cloud: bool) -> None:
    desk = open_desk(seed=1, cloud=cloud, tickets=1)
    stage = desk.emulator.stage
    issue = stage.new_ticket(priority=1)
    desk.cycle()
    desk.time.wait(7200.4)
    # The search shows the comment soon, and the edit of the same second long after it.
    stage.lag(5, issue)
    stage.reply(issue, by="customer")
    stage.lag(600, issue)
    desk.time.wait(0.2)
    stage.forget_calls()
    for _ in range(4):
        desk.cycle()
        desk.time.wait(60)
    assert edits_of(desk, issue) == 1


def edits_of(desk: Jira, issue: int) -> int:
    """Return how often an issue was edited since calls were forgotten."""
    calls: Any = desk.stage.writes()["writes"]
    return sum(f"/issue/{issue}" in each["path"] for each in calls)
