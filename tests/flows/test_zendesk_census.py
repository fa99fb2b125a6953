"""A census of an emulated Zendesk, read either way: what is gone, hidden, put away or elsewhere, and what is back."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connectors.zendesk.emulator import PROFILES
from core.store import Store, findings
from core.store import census as counts
from core.store.completeness import completeness
from core.store.connections import get
from slahub.cli.completing import sentence
from tests.flows.proof import endure, settle
from tests.flows.zendesk_desk import Opener, Zendesk, work

EITHER = pytest.mark.parametrize("read", ["exports", "lists"])
LATER = 15 * 60
"""Seconds in which the search has caught up."""


@pytest.fixture
def open_desk(store: Store) -> Iterator[Callable[..., Zendesk]]:
    with ExitStack() as stack:
        yield Opener(stack, store)


def presences(desk: Zendesk) -> dict[str, str]:
    return {each: str(presence) for each, (presence, *_) in desk.stored().items()}


def told(desk: Zendesk) -> dict[str, str]:
    with desk.store.view() as tx:
        return {each.code: each.text for each in findings.open_ones(tx, "desk") if each.code.startswith("census")}


def words(desk: Zendesk) -> str:
    with desk.store.view() as tx:
        row = get(tx, "desk")
        assert row is not None
        return sentence(completeness(tx, row))


def parts(desk: Zendesk) -> list[counts.CensusRow]:
    with desk.store.view() as tx:
        return counts.latest(tx, desk.source.id)


def made(desk: Zendesk, count: int) -> list[str]:
    """Let customers open tickets, and the hub read all there is."""
    found = [str(desk.emulator.stage.new_ticket(f"Request {number}", priority="high")) for number in range(count)]
    settle(desk)
    desk.census()
    return found


def agreed(desk: Zendesk) -> None:
    """What is stored is where it is in the helpdesk, and of what is shown there all is known that happened to it."""
    stored, truth = desk.stored(), desk.truth()
    assert {each: str(stored[each][0]) for each in stored} == {each: str(truth[each][0]) for each in stored}
    shown = {each for each, (presence, *_) in truth.items() if presence not in {"trashed", "deleted"}}
    assert {each: stored.get(each) for each in shown} == {each: truth[each] for each in shown}


@EITHER
def test_a_census_of_what_is_all_there_costs_two_calls_for_a_thousand_tickets(open_desk, read: str) -> None:
    desk = open_desk(seed=3, read=read)
    made(desk, 2)
    desk.stage.forget_calls()
    done = desk.census()
    assert (done.reason, done.changed, desk.calls()) == ("", 0, 2)
    assert sum(each.present for each in parts(desk)) == done.read >= 20
    assert told(desk) == {}
    assert f"of {done.read} tickets that the helpdesk listed" in words(desk)
    assert f"{done.read} are here" in words(desk)


@EITHER
def test_what_a_census_finds_before_any_page_tells_is_what_pages_tell_later(open_desk, read: str) -> None:
    desk = open_desk(seed=4, read=read)
    trashed, purged, merged, target, restored = made(desk, 5)
    stage = desk.emulator.stage
    for each in (trashed, purged, restored):
        stage.delete(int(each))
    stage.scrub(int(purged))
    stage.merge(int(merged), int(target))
    desk.time.wait(LATER)
    desk.census()
    found = presences(desk)
    assert (found[trashed], found[purged], found[restored]) == ("trashed", "deleted", "trashed")
    assert told(desk)["census_lost"].endswith(f": {purged}")
    stage.restore(int(restored))
    settle(desk)
    desk.census()
    settle(desk)
    found = presences(desk)
    assert [found[each] for each in (trashed, purged, merged, restored)] == ["trashed", "deleted", "merged", "present"]
    assert told(desk) == {}
    assert " are here" in words(desk)
    assert "forbidden" not in words(desk)


@EITHER
def test_archived_tickets_are_in_the_list_and_one_that_is_purged_is_missed(open_desk, read: str) -> None:
    desk = open_desk(seed=5, read=read)
    first, second = made(desk, 2)
    stage = desk.emulator.stage
    for each in (first, second):
        stage.close(int(each))
    desk.time.wait(125 * 86400)
    settle(desk)
    desk.stage.forget_calls()
    done = desk.census()
    assert (done.changed, desk.calls(), told(desk)) == (0, 2, {})
    stage.delete(int(first))
    stage.scrub(int(first))
    desk.time.wait(LATER)
    desk.census()
    assert presences(desk)[first] == "deleted"


def test_tickets_that_may_not_be_seen_any_more_are_forbidden_and_back_with_all_that_happened(open_desk) -> None:
    desk = open_desk(seed=6, read="lists")
    stage = desk.emulator.stage
    kept, changed, gone, trashed, other = made(desk, 5)
    stage.change_role("hub", "agent")
    groups = sorted(desk.emulator.world.groups)
    for each in (kept, changed, gone, trashed, other):
        stage.edit(int(each), {"group_id": groups[0] if each == kept else groups[1]})
    settle(desk)
    agreed(desk)
    stage.restrict("hub", [groups[0]])
    desk.time.wait(LATER)
    before = presences(desk)
    desk.census()
    # Most of it is missing: that is not believed at once.
    assert presences(desk) == before
    assert told(desk).keys() == {"census_shrunk"}
    desk.time.wait(3600)
    desk.census()
    found = presences(desk)
    hidden = {each for each, presence in found.items() if presence == "forbidden"}
    assert {changed, gone, trashed, other} <= hidden
    assert found[kept] == "present"
    assert f"{len(hidden)} forbidden since 2026-03-0" in words(desk)
    desk.stage.forget_calls()
    assert desk.census().changed == 0
    # The list and the brands: nobody who is known to be hidden is asked for again.
    assert desk.calls() == 2
    stage.reply(int(changed), status="solved")
    late = stage.new_ticket("While nobody looked")
    stage.edit(late, {"group_id": groups[1]})
    stage.delete(int(gone))
    stage.scrub(int(gone))
    stage.delete(int(trashed))
    desk.time.wait(8 * 86400)
    settle(desk)
    desk.census()
    found = presences(desk)
    assert found[other] == found[changed] == "forbidden"
    assert str(late) not in found
    # Of what lies in the trash hidden agents are shown no more than of what is gone for good.
    assert found[gone] == found[trashed] == "deleted"
    stage.restrict("hub", None)
    stage.restore(int(trashed))
    desk.time.wait(LATER)
    desk.census()
    settle(desk)
    agreed(desk)
    assert presences(desk)[gone] == "deleted"
    assert presences(desk)[str(late)] == presences(desk)[trashed] == "present"
    assert "forbidden" not in words(desk)
    assert told(desk).keys() <= {"census_repaired"}


@pytest.mark.parametrize(
    "scope",
    [{"brands": ["Acme"]}, {"groups": [26155600000000]}, {"query": "priority:urgent"}],
    ids=lambda each: next(iter(each)),
)
@EITHER
def test_of_a_part_of_the_account_only_what_is_in_it_is_expected(
    open_desk, read: str, scope: dict[str, object]
) -> None:
    desk = open_desk(seed=7, read=read, **scope)
    stage, world = desk.emulator.stage, desk.emulator.world
    inside, outside = (stage.new_ticket("In and out") for _ in range(2))
    (brand, other_brand), (group, other_group) = sorted(world.brands), sorted(world.groups)[:2]
    stage.edit(inside, {"brand_id": brand, "group_id": group, "priority": "urgent"})
    stage.edit(outside, {"brand_id": brand, "group_id": group, "priority": "urgent"})
    settle(desk)
    stage.edit(outside, {"brand_id": other_brand, "group_id": other_group, "priority": "low"})
    settle(desk)
    desk.census()
    found = presences(desk)
    assert (found[str(inside)], found[str(outside)]) == ("present", "out_of_scope")
    assert sum(each.listed or 0 for each in parts(desk)) == sum(each.present for each in parts(desk)) < 27
    assert told(desk) == {}
    for each in (inside, outside):
        stage.delete(each)
        stage.scrub(each)
    desk.time.wait(LATER)
    desk.census()
    found = presences(desk)
    assert (found[str(inside)], found[str(outside)]) == ("deleted", "out_of_scope")
    assert told(desk).keys() == {"census_lost"}


@EITHER
def test_a_census_amid_all_faults_believes_nothing_that_is_not_so(open_desk, read: str) -> None:
    desk = open_desk(seed=8, read=read)
    settle(desk)

    def meddle(desk: Zendesk, chance: random.Random) -> None:
        work(desk, chance)
        if chance.random() < 0.3:
            desk.census()

    endure(desk, list(PROFILES), 8, meddle, budget=3)
    settle(desk)
    for _ in range(2):
        desk.census()
    settle(desk)
    agreed(desk)
    assert told(desk).keys() <= {"census_repaired"}
