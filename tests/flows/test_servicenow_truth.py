"""Whatever a ServiceNow does to its readers, the store ends equal to its truth, and its fields to the verdicts.

Left out of what is survived here: `local_literals` together with `foreign_zone`, where the connector refuses to read,
rightly; `overruled`, where a rule puts back what the hub writes for ever; scripts that change a ticket without moving
its stamps while the hub looks (`quiet_scripts`), of which an instance tells nobody, so that they act in the past alone.
What leaves no trace in the audit is held apart, since of that nobody can know all.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from starlette.requests import Request

from connectors.emulation import Answer
from connectors.servicenow.emulator import TRAPS
from connectors.servicenow.emulator.profiles import PROFILES
from core.settings import Mode
from core.store import Store, connections
from core.tickets import Presence
from tests.flows.proof import agree_on_fields, endure
from tests.flows.servicenow_desk import GONE, Opener, ServiceNow, agreement, differences, untrue, work

UNTOLD = frozenset({"imports", "purged_audit", "quiet_scripts"})
"""What leaves holes in the audit."""

SURVIVED = frozenset(TRAPS) - UNTOLD - {"foreign_zone", "overruled", "sticky_session"}
ABROAD = SURVIVED - {"local_literals"} | {"foreign_zone"}

QUERIED = {"incident": "active=true", "sc_req_item": "priority<=3^NQpriority=4^assigned_toISNOTEMPTY"}

CALLS = 4
"""Of an idle cycle for each table, and as many for all else."""


@pytest.fixture
def open_desk(sqlite_store: Store) -> Iterator[Callable[..., ServiceNow]]:
    with ExitStack() as stack:
        yield Opener(stack, sqlite_store)


def state(desk: ServiceNow) -> str:
    with desk.store.view() as tx:
        row = connections.get(tx, "desk")
    assert row is not None
    return row.state


def lost(desk: ServiceNow) -> set[str]:
    return {each for each, (presence, *_) in desk.stored().items() if presence in GONE}


def agree(desk: ServiceNow) -> None:
    """The store equals the instance's truth, its fields the verdicts, and nothing is left to write or to read."""
    # Jobs that touch everything, and whoever hides and shows tickets by himself, have gone home.
    desk.emulator.stage.traps(["equal_seconds", "hidden_rows"], on=False)
    assert agreement(desk) == {}
    assert desk.stored_scores() == desk.scores()
    assert desk.stored_keys() == desk.keys()
    agree_on_fields(desk)
    desk.stage.forget_calls()
    assert desk.cycle() == 0
    assert desk.calls() <= CALLS * (len(desk.tables) + 1)


def live(desk: ServiceNow, seed: int) -> None:
    """Let people work and administrators meddle while the hub goes round."""
    stage, chance, hidden = desk.emulator.stage, random.Random(seed), list[str]()

    def incident() -> str:
        truth = desk.truth()
        return chance.choice([each for each in sorted(desk.seen()) if truth[each][1]["kind"] == "incident"])

    def hide() -> None:
        hidden.extend(incident() for _ in range(3))
        for each in hidden:
            stage.hide(each)

    def show() -> None:
        for each in hidden:
            with suppress(LookupError):
                stage.hide(each, on=False)

    meddling: dict[int, Callable[[], object]] = {
        1: lambda: stage.rename_user("ada.alder", "ada.beech"),
        2: hide,
        4: desk.census,
        6: show,
        7: lambda: refused(desk),
        8: lambda: stage.forget_user("ben.birch"),
        9: lambda: stage.archive(incident()),
        10: lambda: stage.delete(chance.choice(sorted(desk.seen()))),
        11: lambda: stage.move(incident(), "u_field_work"),
        12: stage.expire_tokens,
        13: desk.census,
    }
    for number in range(15):
        for _ in range(5):
            work(desk, chance)
        desk.time.wait(chance.choice([5, 40, 90, 400]))
        meddling.get(number, int)()
        desk.cycle()


def refused(desk: ServiceNow) -> None:
    """The user is locked out: the connection says so, nothing is taken for deleted, and a new credential catches up."""
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
    desk.source = desk.reopened()
    desk.cycle()
    assert state(desk) == "ok"


def test_people_at_work_under_every_trap_end_in_the_truth(open_desk) -> None:
    desk = open_desk(seed=5, traps=sorted(SURVIVED))
    live(desk, 7)
    agree(desk)


def test_under_every_trap_postgresql_ends_in_the_truth_too(postgresql_stores) -> None:
    with ExitStack() as stack:
        desk = Opener(stack, postgresql_stores())(seed=6, traps=sorted(ABROAD))
        live(desk, 8)
        agree(desk)


def test_tickets_that_come_into_a_query_and_leave_it_end_in_the_truth(open_desk) -> None:
    desk = open_desk(seed=7, tables=QUERIED, traps=["deleted_users", "late_commits"])
    live(desk, 9)
    agree(desk)
    assert sum(presence is Presence.OUT_OF_SCOPE for presence, *_ in desk.stored().values()) > 3


def test_all_faults_and_traps_together_end_in_the_truth(open_desk) -> None:
    desk = open_desk(seed=1, traps=sorted({*ABROAD, "sticky_session"}))
    endure(desk, list(PROFILES), 1, work, budget=4)
    agree(desk)


def spoken(told: Any) -> dict[str, object]:
    """Return who wrote what is among the differences, and whether the caller sees it; not with which save."""
    return {name: each and each[1:3] for name, each in told[2].items() if name.startswith("comment:")}


@pytest.mark.parametrize("seed", [1, 2])
def test_of_what_left_no_trace_nothing_is_said_to_be_whole(open_desk, seed: int) -> None:
    desk = open_desk(seed=seed, traps=sorted(UNTOLD))
    stage, chance = desk.emulator.stage, random.Random(seed)
    stage.traps(["quiet_scripts"], on=False)
    for _ in range(6):
        for _ in range(5):
            work(desk, chance)
            some = {"urgency": chance.choice("123"), "impact": chance.choice("123")}
            stage.edit(chance.choice(sorted(desk.seen())), some, audit=False, workflow=False)
        desk.time.wait(90)
        desk.cycle()
    # What tickets show is known all the same, and who wrote on them.
    for known, true in agreement(desk).values():
        assert known[:2] == true[:2]
        assert spoken(known) == spoken(true)
    assert any(desk.gaps().values())
    assert untrue(desk) == {}


def test_what_happened_to_a_hidden_ticket_is_caught_up_when_it_is_shown_again_between_two_censuses(open_desk) -> None:
    desk = open_desk(seed=2, tickets=12, mode=Mode.OBSERVE)
    desk.cycle()
    desk.census()
    stage, ticket = desk.emulator.stage, sorted(desk.seen())[0]
    stage.hide(ticket)
    desk.time.wait(100)
    stage.reply(ticket, by="caller")
    for _ in range(2):
        desk.time.wait(1000)
        desk.cycle()
    stage.hide(ticket, on=False)
    assert agreement(desk) == {}


@pytest.mark.parametrize(
    "path", ["table/incident", "sys_audit", "sys_journal_field", "sys_user", "asmt_assessment", "table/task", "stats"]
)
def test_a_user_who_is_locked_out_at_any_call_is_refused_and_nothing_is_lost(open_desk, path: str) -> None:
    # Nothing is written to a ticket, and so nothing makes it come again.
    desk = open_desk(seed=1, tickets=12, tables=("incident", "sc_req_item"), open_first=False, mode=Mode.OBSERVE)
    stage = desk.emulator.stage
    ticket = stage.new_ticket()
    desk.time.wait(60)
    stage.hold(ticket)
    stage.archive(stage.new_ticket())
    desk.time.wait(5 * 86400)
    with meanwhile(desk, path, stage.revoke) as struck:
        desk.pull()
        desk.census()
    assert struck
    assert state(desk) == "refused"
    stage.allow()
    desk.source = desk.reopened()
    desk.time.wait(100)
    desk.pull()
    assert state(desk) == "ok"
    assert lost(desk) == set()
    assert agreement(desk) == {}


@pytest.mark.parametrize("path", ["table/incident", "sys_audit", "sys_journal_field", "batch"])
def test_a_token_that_ends_at_any_call_is_replaced_and_nobody_notices(open_desk, path: str) -> None:
    desk = open_desk(seed=2, tickets=12, tables=("incident", "sc_req_item"))
    with meanwhile(desk, path, desk.emulator.stage.expire_tokens) as struck:
        desk.cycle()
    assert struck
    assert state(desk) == "ok"
    assert differences(desk) == {}
    agree_on_fields(desk, least=10)


@contextmanager
def meanwhile(desk: ServiceNow, path: str, deed: Callable[[], object]) -> Iterator[list[str]]:
    """Have something done as soon as a path is called; gives the call with which it was."""
    struck, app = list[str](), desk.emulator.app
    answered = app.served

    def served(request: Request, raw: bytes) -> Answer:
        if not struck and path in request.url.path:
            struck.append(request.url.path)
            deed()
        return answered(request, raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "served", served)
        yield struck


@pytest.mark.parametrize("page", ["hibernation", "login", "redirect"])
def test_an_instance_that_sleeps_is_no_empty_one(open_desk, page: str) -> None:
    desk = open_desk(seed=3, tickets=12, tables=("incident", "sc_req_item"))
    desk.cycle()
    stage, before = desk.emulator.stage, desk.stored()
    stage.page(page)
    for _ in range(2):
        desk.time.wait(600)
        desk.cycle()
        desk.census()
        assert state(desk) == ("refused" if page == "redirect" else "unreachable")
    assert desk.stored() == before
    stage.page()
    stage.resolve(stage.new_ticket())
    assert agreement(desk) == {}
    assert state(desk) == "ok"
