"""A source whose clocks are ours agrees with us, whatever happens to a ticket and however little it tells of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar.instants import to_us
from core.sla.causes import Cause
from core.sla.ledger import explained
from core.sla.parity import beside, pairs_of
from core.sla.theirs import theirs
from core.sla.verdict import State
from core.sla.weighing import Sight
from core.tickets import OnLeave
from tests.core.sla.native_statements import stated
from tests.core.sla.test_ledger_properties import (
    STARTS,
    STEP,
    changes,
    gaps,
    lives,
    odd,
    rules,
    switches,
    targets,
    tell,
)

METRICS = ("first_response", "resolution", "next_response", "periodic_update", "agent_work", "with_network")


@settings(max_examples=200)
@given(
    st.sampled_from(STARTS),
    odd,
    lives,
    switches,
    targets,
    gaps,
    st.sampled_from(OnLeave),
    changes,
    st.sampled_from(METRICS),
    st.booleans(),
)
def test_a_source_that_says_what_we_say_agrees_wholly(
    world: Any,
    start: datetime,
    moved: timedelta,
    life: Any,
    switched: Any,
    allowed: Any,
    wait: int,
    on_leave: OnLeave,
    change: Any,
    metric: str,
    pauses: bool,
) -> None:
    story, last = tell(world, start + timedelta(hours=7) + moved, life)
    desk = replace(world.desk, mapping=replace(world.mapping, on_leave=on_leave))
    now, given_rules = last + wait * STEP, rules(world, switched, allowed, change)
    found = explained(story.history(), desk, given_rules, now)
    # A source ends without a word what we cancel, and states nothing of it.
    mine = [
        one
        for one in found
        if one.clock.id.metric == metric and one.clock.agreement == "sla" and one.clock.state is not State.CANCELLED
    ]
    sight = Sight(to_us(now) + 1, to_us(now) + 1, pauses, given_rules[-1].calendars)
    rows = beside(mine, theirs(stated(mine, now, pauses=pauses)), pairs_of({"theirs": (metric,)}), sight)
    assert [row.ours for row in rows] == mine
    for row in rows:
        assert row.theirs is not None
        nothing_due = row.theirs.due is None and row.theirs.elapsed is None
        assert row.weighed.agrees is (None if nothing_due else True)
        assert row.cause is (Cause.ONGOING if nothing_due else None)
        assert row.weighed.difference in (None, 0, -1, 1)
