"""What a report may be missing: figures that add up, and words that say where nothing was counted."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.flows.census import take
from core.ports import Census, SetAside
from core.settings import Backfill
from core.store import connections, histories, lists
from core.store.census import CensusRow
from core.store.completeness import Cause, Completeness, completeness, counted
from core.tickets import Presence
from slahub.cli.completing import row, sentence, tell

PARTS = ("10001", "10002", "10003")


@pytest.fixture
def desk(make_bench):
    """Give a maker of benches over three projects that have been read to their end: twelve tickets in each."""

    def make():
        bench = make_bench()
        bench.connector.parts = "project"
        for number in range(36):
            bench.ticket(str(number), project=PARTS[number % 3])
        settled(bench)
        bench.pass_time(minutes=10)
        return bench

    return make


def settled(bench) -> None:
    bench.settle()
    bench.cycle()
    bench.cycle()


def count(bench, times: int = 1) -> None:
    for _ in range(times):
        assert take(bench.store, bench.source, bench.stop, forced=True).reason == ""
        bench.pass_time(minutes=10)


def now_of(bench) -> Completeness:
    with bench.store.view() as tx:
        found = connections.get(tx, "desk")
        assert found is not None
        return completeness(tx, found)


def places(bench) -> dict[str, str]:
    with bench.store.view() as tx:
        rows = lists.ticket_rows(tx, lists.ticket_ids(tx, bench.source.id))
        return {each.source_id: each.presence for each in rows}


def listed_besides(bench, *ids: str) -> None:
    """Have the helpdesk list ids that it does not show."""
    plain = bench.connector.census

    def more(since) -> Iterator[Census]:
        for each in plain(since):
            yield replace(each, ids=each.ids | set(ids)) if each.value == PARTS[0] else each

    bench.connector.census = more


def test_where_no_census_was_taken_it_says_so_instead_of_a_number(desk) -> None:
    one = now_of(desk())
    assert one.counted is None
    assert sentence(one) == "36 tickets here; how many the helpdesk has is not known, no census was taken"
    assert {"expected", "present", "missing"}.isdisjoint({name for name, each in row(one).items() if each is not None})


def test_a_census_that_did_not_come_to_its_end_says_nothing(desk) -> None:
    bench = desk()
    bench.connector.delete("1")
    plain = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(plain(ids), left_out=tuple(ids), after=timedelta(minutes=2))
    take(bench.store, bench.source, bench.stop, forced=True)
    assert now_of(bench).counted is None


def test_all_that_is_there_is_here(desk) -> None:
    bench = desk()
    count(bench)
    at = f"{bench.now - timedelta(minutes=10):%Y-%m-%d %H:%M}"
    assert sentence(now_of(bench)) == f"of 36 tickets that the helpdesk listed at {at} UTC, 36 are here"


def test_each_cause_is_told_by_its_name_and_what_is_gone_is_not_missing(desk) -> None:
    bench = desk()
    bench.connector.delete("0")
    bench.connector.forbidden |= {"1", "2"}
    aside = SetAside("tickets", "77", "a date without a year", "0" * 64)
    listed_besides(bench, "77", "78")
    plain = bench.connector.fetch
    bench.connector.fetch = lambda ids: replace(plain(ids), set_aside=(aside,) if "77" in ids else ())
    count(bench)
    bench.ticket("new", project=PARTS[0])
    bench.pull()
    one = now_of(bench)
    assert one.counted is not None
    assert one.counted.missing == {Cause.FORBIDDEN: 2, Cause.SET_ASIDE: 1, Cause.NOT_SHOWN: 1}
    assert (one.counted.present, one.counted.expected) == (33, 37)
    assert (one.here, one.newer, one.elsewhere) == (34, 1, {"deleted": 1, "forbidden": 2})
    assert (
        "33 are here; 2 forbidden since 2026-05-11; 1 set aside; 1 listed and not shown; 1 newer; "
        "1 record set aside (a date without a year)"
    ) in sentence(one)


def test_a_part_that_is_not_believed_is_named(desk) -> None:
    bench = desk()
    bench.connector.hidden.add(PARTS[1])
    count(bench)
    assert f"not sure of {PARTS[1]} until another census" in sentence(now_of(bench))
    count(bench)
    one = now_of(bench)
    assert one.counted is not None
    assert (one.counted.present, dict(one.counted.missing)[Cause.FORBIDDEN], one.counted.expected) == (24, 12, 36)


def test_what_left_the_scope_is_counted_no_more(desk) -> None:
    bench = desk()
    count(bench)
    bench.connector.scope = lambda each: each.values.get("project") != PARTS[2]
    mapping = replace(bench.source.settings.mapping, scope={"project": frozenset(PARTS[:2])})
    bench.configure(mapping=mapping)
    bench.source.__dict__.pop("_mapping", None)
    count(bench)
    one = now_of(bench)
    assert one.counted is not None
    assert one.counted.expected == one.counted.present == 24


@pytest.mark.parametrize("seed", range(4))
def test_the_figures_add_up_to_what_the_helpdesk_has_whatever_becomes_of_its_tickets(desk, seed: int) -> None:
    bench, chance = desk(), random.Random(seed)
    ids = [str(number) for number in range(36)]
    deleted, forbidden = set[str](), set[str]()
    for _ in range(3):
        for each in chance.sample(ids, 3):
            if chance.random() < 0.5 and each not in forbidden:
                bench.connector.delete(each)
                deleted.add(each)
            elif each not in deleted:
                forbidden.symmetric_difference_update({each})
        bench.connector.forbidden.clear()
        bench.connector.forbidden |= forbidden
        bench.connector.hidden.clear()
        if chance.random() < 0.4:
            bench.connector.hidden.add(chance.choice(PARTS))
        count(bench, 2)
        settled(bench)
        count(bench, 2)
        one = now_of(bench)
        assert one.counted is not None
        gone = {each for each, place in places(bench).items() if place == Presence.DELETED}
        hidden = {each for each in ids if PARTS[int(each) % 3] in bench.connector.hidden}
        assert gone | hidden >= deleted >= gone
        assert one.counted.expected == 36 - len(gone)
        assert min(one.counted.missing.values()) >= 0
        assert one.counted.present == one.here
        assert one.here + sum(one.elsewhere.values()) == 36


def test_of_each_listed_ticket_one_thing_is_said() -> None:
    chance = random.Random(3)
    for _ in range(200):
        rows = []
        for number in range(chance.randint(1, 4)):
            present, out, hidden, aside, other, deleted, unlisted = (chance.randint(0, 9) for _ in range(7))
            found = {"present": present, "out_of_scope": out, "unseen": hidden + aside + other, "deleted": deleted}
            found |= {"forbidden": hidden + unlisted, "hidden": hidden, "aside": aside}
            listed = present + out + hidden + aside + other
            rows.append((listed, unlisted, CensusRow(number, **BARE, **found, listed=listed)))
        one = counted([each for _, _, each in rows])
        assert one is not None
        assert one.expected == sum(listed - each.out_of_scope + unlisted for listed, unlisted, each in rows)


AT = "2026-05-11"
BARE = {
    **dict.fromkeys(("field", "value", "part"), ""),
    **dict.fromkeys(("at", "began_at", "ended_at"), AT),
    **dict.fromkeys(("lost", "back", "repaired"), 0),
    "believed": True,
}


def test_a_history_that_starts_late_is_counted_once_the_past_is_read(make_bench) -> None:
    bench = make_bench(backfill=Backfill(since=timedelta(days=30)))
    bench.ticket("old", created=bench.now - timedelta(days=60))
    bench.ticket("new")
    bench.act("old", "note", priority="high")
    assert now_of(bench).late is None
    bench.settle()
    bench.pull()
    bench.pull()
    assert (now_of(bench).here, now_of(bench).late) == (2, 1)
    assert "history of 1 starts late" in sentence(now_of(bench))


def test_scripts_get_an_object_and_people_a_line(desk, capsys) -> None:
    bench = desk()
    count(bench)
    tell(bench.store, [bench.source], as_json=True)
    tell(bench.store, [bench.source], as_json=False)
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["part"] == "completeness"
    assert json.loads(first)["missing"] == {"forbidden": 0, "set_aside": 0, "not_shown": 0}
    assert second.startswith("complete? desk: of 36 tickets")


def test_presence_is_an_event_in_the_history_of_the_ticket(desk) -> None:
    bench = desk()
    bench.connector.delete("0")
    bench.connector.forbidden.add("1")
    count(bench)
    found = places(bench)
    assert (found["0"], found["1"], found["2"]) == (Presence.DELETED, Presence.FORBIDDEN, Presence.PRESENT)
    with bench.store.view() as tx:
        ids = lists.ticket_ids(tx, bench.source.id)
        events = {each.history.ticket.id: each.history.events for each in histories.load(tx, bench.source.id, ids)}
    for key, place in (("0", "deleted"), ("1", "forbidden")):
        last = events[key][-1]
        assert [(each.field, each.before, each.after) for each in last.changes] == [("presence", "present", place)]
