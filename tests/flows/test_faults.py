"""Whatever the helpdesk does to calls, the store ends equal to its truth, and its fields to the verdicts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connectors.zendesk.emulator import PROFILES
from core.store import Store
from core.tickets import Says
from tests.flows.proof import agree_on_fields, differing, endure, settle
from tests.flows.zendesk_desk import Opener, Zendesk, work


@pytest.fixture
def make_desk(store: Store) -> Iterator[Callable[..., Zendesk]]:
    """Give a maker of desks with a hub over the test's database."""
    with ExitStack() as stack:
        yield Opener(stack, store)


def agree(desk: Zendesk) -> None:
    """The store equals the helpdesk's truth, its fields the verdicts, and nothing is left to write."""
    settle(desk)
    assert differing(desk.stored(), desk.truth()) == {}
    (scores, clocks), (true_scores, true_clocks) = desk.stored_beside(), desk.beside()
    assert scores == true_scores
    # A breach that Zendesk dates back further than its export is read again is not there to be read.
    back = {each for each in true_clocks if each.says is Says.DUE and each.at < desk.time.now()}
    assert true_clocks - back <= clocks <= true_clocks
    agree_on_fields(desk)


# What faults do to calls has nothing to do with the database; all of them together run on both.
@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_of_faults_ends_in_the_truth(make_desk: Callable[..., Zendesk], profile: str) -> None:
    desk = make_desk(seed=4)
    endure(desk, [profile], 11, work)
    agree(desk)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_faults_together_end_in_the_truth(make_desk: Callable[..., Zendesk], seed: int) -> None:
    desk = make_desk(seed=seed)
    endure(desk, list(PROFILES), seed, work)
    agree(desk)
