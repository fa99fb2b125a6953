"""Whatever the helpdesk does to calls, the store ends equal to its truth, and its fields to the verdicts."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from connectors.zendesk.emulator import PROFILES
from core.store import Store
from tests.flows.proof import endure
from tests.flows.zendesk_desk import Opener, Zendesk, agree, work


@pytest.fixture
def make_desk(store: Store) -> Iterator[Callable[..., Zendesk]]:
    """Give a maker of desks with a hub over the test's database."""
    with ExitStack() as stack:
        yield Opener(stack, store)


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
