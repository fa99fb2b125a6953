"""A draft tried on the stored past: what it would have made of every ticket, and that nothing is written."""

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from benchmarks.past import NOW, draft, fill, in_force
from benchmarks.tickets import desk
from core.flows.plan import Asked, Part, Replayer, Trial
from core.flows.plan_parts import LOT, Lot, compare, lots
from core.flows.plan_standing import Stands
from core.flows.stop import StopSignal
from core.sla import judge
from core.sla.compare import Change, Outcome, Pair, pairs
from core.sla.policy import CalendarChoice, Policy, Rules
from core.sla.tally import Narrowed
from core.store import Store, histories, names, tables
from core.tickets import Label, Phase, Status

TICKETS = 60


def trial(store: Store, drafted: Rules | None = None, **more: Any) -> Trial:
    mapping = desk().mapping
    asked = Asked(1, "desk", NOW, mapping, more.pop("mapping", mapping))
    url = store.url.render_as_string(hide_password=False)
    return Trial(url, more.pop("active", (in_force(),)), drafted or draft(), (asked,), **more)


def found(store: Store, given: Trial, sample: int | None = None, processes: int = 1) -> Part:
    whole = Part()
    for part in compare(given, store, lots(store, given, sample), processes, StopSignal()):
        whole.absorb(part)
        whole.listed += part.listed
    return whole


def expected(store: Store, given: Trial) -> list[tuple[str, Pair]]:
    """What judging every ticket on both sides says, by the plainest way there is."""
    asked = given.asked[0]
    with store.view() as tx:
        loaded = histories.load(tx, asked.id, list(range(1, TICKETS + 1)))
        people = histories.people(tx, asked.id, {event.actor or "" for each in loaded for event in each.history.events})
        labels = histories.labels(tx, asked.id)
    shared = replace(desk(), people=people, labels=labels)
    stands = Stands((*given.active, given.draft))
    compared: list[tuple[str, Pair]] = []
    for each in loaded:
        before = judge(each.history, shared, given.active, NOW)
        after = judge(each.history, shared, (given.draft,), NOW)
        both = pairs(stands.judged(before.clocks, NOW), stands.judged(after.clocks, NOW))
        compared += [(each.history.ticket.key, pair) for pair in both]
    return in_order(compared)


def in_order(compared: list[tuple[str, Pair]]) -> list[tuple[str, Pair]]:
    return sorted(compared, key=lambda one: (one[0], (one[1].after or one[1].before or ())[:4]))


def everything(store: Store) -> list[Any]:
    with store.view() as tx:
        return [sorted(map(repr, tx.execute(select(table)))) for table in tables.metadata.sorted_tables]


@pytest.fixture
def past(stores: Any) -> Callable[..., Store]:
    """Gives a database with a past, its clocks stored, or all tickets waiting to be judged."""

    def make(*, clocks: bool = True) -> Store:
        store: Store = stores()
        fill(store, TICKETS, clocks=clocks)
        return store

    return make


def test_each_clock_is_what_judging_it_on_both_sides_says(past: Any) -> None:
    for clocks in (True, False):
        store = past(clocks=clocks)
        given = trial(store, listed=frozenset(Change))
        whole = found(store, given)
        assert in_order([(one.key, one.pair) for one in whole.listed]) == expected(store, given)
        assert whole.stored == (TICKETS if clocks else 0)
        assert whole.tickets == TICKETS
        assert {one.pair.change for one in whole.listed} >= {Change.SAME, Change.MOVED}


def test_the_rules_in_force_change_nothing_and_another_warning_changes_only_the_time_at_risk(past: Any) -> None:
    store = past()
    total = found(store, trial(store, replace(in_force(), revision=2))).tallies.total
    assert (total.changes(), total.at_risk[0]) == (0, total.at_risk[1])
    gold, between = in_force().policies
    warned = replace(gold, at_risk=replace(gold.at_risk, share=0.9, at_most=None))
    total = found(store, trial(store, replace(in_force(), revision=2, policies=(warned, between)))).tallies.total
    assert total.changes() == 0
    assert 0 < total.at_risk[0] < total.at_risk[1]


def test_nothing_is_written(past: Any) -> None:
    store = past()
    before = everything(store)
    assert found(store, trial(store)).tallies.total.changes() > 0
    assert everything(store) == before


def test_several_processes_find_what_one_finds(past: Any) -> None:
    store = past()
    given = trial(store, listed=frozenset({Change.MOVED}))
    alone = found(store, given)
    some = [Lot(0, list(range(first, first + 7))) for first in range(1, TICKETS + 1, 7)]
    shared = Part()
    for part in compare(given, store, some, 2, StopSignal()):
        shared.absorb(part)
        shared.listed += part.listed
    for whole in (alone, shared):
        whole.seconds = Part().seconds
    assert shared.tallies.groups == alone.tallies.groups
    assert shared.listed == alone.listed
    assert (shared.tickets, shared.worked_on, shared.touched) == (alone.tickets, alone.worked_on, alone.touched)


def test_a_sample_is_spread_evenly_and_always_the_same(past: Any) -> None:
    store = past()
    given = trial(store)
    assert lots(store, given, 4) == [Lot(0, [1, 16, 31, 46])]
    assert lots(store, given, 1000) == lots(store, given) == [Lot(0, list(range(1, TICKETS + 1)))]
    assert found(store, given, 4).tickets == 4
    assert lots(store, replace(given, asked=()), 4) == []


def test_it_ends_soon_after_it_is_asked_to(past: Any) -> None:
    store = past()
    stop = StopSignal()
    many = [Lot(0, [ticket]) for ticket in range(1, TICKETS)]
    parts: list[Part] = []
    for part in compare(trial(store), store, many, 1, stop):
        parts.append(part)
        stop.set()
    assert len(parts) == 1
    assert LOT <= 5_000


def test_several_processes_end_when_they_are_asked_to(past: Any) -> None:
    store = past()
    stop = StopSignal()
    many = [Lot(0, [ticket]) for ticket in range(1, TICKETS)]
    parts = 0
    for _ in compare(trial(store), store, many, 2, stop):
        parts += 1
        stop.set()
    assert parts == 1
    assert multiprocessing.active_children() == []
    assert Replayer(trial(store), store).part(0, [1, 2], lambda: True).tickets == 0


def test_clocks_whose_time_has_come_are_judged_and_not_read(past: Any) -> None:
    store = past()
    ticket = tables.ticket
    with store.unit() as tx:
        tx.execute(update(ticket).where(ticket.c.id <= 10).values(next_check_at=NOW - timedelta(seconds=1)))
        tx.execute(update(ticket).where(ticket.c.id.between(11, 20)).values(input_version=2))
        tx.execute(update(ticket).where(ticket.c.id.between(21, 30)).values(evaluated_revision=0))
        tx.execute(update(ticket).where(ticket.c.id.between(31, 40)).values(parked_at=NOW))
        # What is stored of them is not what stands.
        tx.execute(update(tables.clock).where(tables.clock.c.ticket_id <= 40).values(breached=True, state="running"))
    given = trial(store, listed=frozenset(Change))
    whole = found(store, given)
    assert whole.stored == TICKETS - 40
    assert in_order([(one.key, one.pair) for one in whole.listed]) == expected(store, given)


def test_applying_a_draft_leaves_what_is_over_and_changes_open_tickets(past: Any) -> None:
    store = past()
    whole = found(store, trial(store))
    open_ones = {each.history.ticket.key for each in _loaded(store) if each.history.events[-1].id[-2:] != "-9"}
    assert 0 < whole.worked_on <= len(open_ones) + TICKETS
    assert 0 < whole.touched.tickets <= whole.worked_on < whole.tallies.total.changes()
    same = found(store, trial(store, replace(in_force(), revision=2)))
    assert same.touched.tickets == 0


def _loaded(store: Store) -> Sequence[histories.Loaded]:
    with store.view() as tx:
        return histories.load(tx, 1, list(range(1, TICKETS + 1)))


def test_a_policy_that_goes_takes_its_clocks_with_it_and_leaves_tickets_uncovered(past: Any) -> None:
    store = past()
    whole = found(store, trial(store, replace(in_force(), revision=2, policies=())))
    total = whole.tallies.total
    assert (total.after(), total.changes(Change.VANISHES)) == (0, total.before())
    assert whole.uncovered.tickets == TICKETS
    assert whole.uncovered.samples == ["K-0", "K-1", "K-2"]
    lacking = replace(in_force(), revision=2, policies=(Policy("empty", {}, CalendarChoice("office")),))
    assert found(store, trial(store, lacking)).uncovered.tickets == 0


def test_another_mapping_is_part_of_the_draft(past: Any) -> None:
    store = past()
    mapping = desk().mapping
    status = {key: value for key, value in mapping.status.items() if key != ("status", "solved")}
    whole = found(store, trial(store, replace(in_force(), revision=2), mapping=replace(mapping, status=status)))
    total = whole.tallies.total
    assert total.before(Outcome.UNKNOWN) == 0 < total.after(Outcome.UNKNOWN)


def test_a_mapping_by_name_is_planned_as_one_by_value(past: Any) -> None:
    store = past()
    with store.unit() as tx:
        (connection,) = tx.execute(select(tables.connection.c.id)).scalars()
        labels = [Label("status", "pending", "Waiting for them"), Label("status", "hold", "Pending")]
        names.add(tx, connection, (), (), labels)
    mapping, draft = desk().mapping, replace(in_force(), revision=2)
    given = [
        replace(
            mapping,
            status={**mapping.status, ("status", word): Status(Phase.OPEN)},
            configured=frozenset({("status", word)}),
        )
        for word in ("waiting for THEM", "pending")
    ]
    by_name, by_value = (found(store, trial(store, draft, mapping=each)).tallies.total for each in given)
    assert by_name.changes(Change.SAME) < by_name.before()
    assert {each: by_name.changes(each) for each in Change} == {each: by_value.changes(each) for each in Change}


def test_only_what_is_asked_for_is_counted_and_listed(past: Any) -> None:
    store = past()
    given = trial(store, narrowed=Narrowed(policy="pick-up"), listed=frozenset({Change.SAME}))
    whole = found(store, given)
    assert set(whole.tallies.by("policy")) == {"pick-up"}
    assert {one.pair.after.policy for one in whole.listed if one.pair.after} == {"pick-up"}
    assert whole.tickets == TICKETS


def test_a_ticket_that_cannot_be_judged_is_told_and_the_others_go_on(past: Any) -> None:
    store = past()
    gold, between = in_force().policies
    lost = replace(between, calendar=CalendarChoice("nowhere"))
    with pytest.raises(IndexError):
        Replayer(trial(store), store).part(7, [1])
    whole = found(store, trial(store, replace(in_force(), revision=2, policies=(gold, lost))))
    assert (whole.tickets, whole.unjudged) == (0, TICKETS)
    assert whole.reasons[0].startswith("K-0: SettingsError: policy pick-up uses calendar nowhere")
    assert len(whole.reasons) == 3
