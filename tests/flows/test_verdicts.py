"""What was held of a clock stays told: a late event, and one that is taken back, each add a verdict."""

from datetime import timedelta
from itertools import pairwise

from core.ports import Coverage
from core.store import facts, histories, lists, verdicts
from core.store.verdicts import VerdictRow


def told(bench) -> list[VerdictRow]:
    with bench.store.view() as tx:
        (ticket,) = lists.ticket_ids(tx, bench.source.id, key="1")
        return [one for one in verdicts.of_ticket(tx, ticket) if one.metric == "first_response"]


def test_a_late_reply_and_its_withdrawal_correct_what_was_held_and_wipe_nothing(make_bench) -> None:
    bench = make_bench()
    created = bench.now
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(hours=2)
    bench.settle()
    bench.cycle()
    late, replied = bench.now, created + timedelta(minutes=30)
    bench.pass_time(minutes=10)
    bench.act("1", "reply", at=replied, reply=True)
    bench.settle()
    bench.cycle()
    corrected = bench.now
    bench.pass_time(minutes=10)
    whole = Coverage("1", "ticket_events", bench.now, None)
    with bench.store.unit() as tx:
        (loaded,) = histories.load(tx, bench.source.id, lists.ticket_ids(tx, bench.source.id, key="1"))
        first = loaded.history.events[0]
        facts.add(tx, bench.source.id, records=[first], complete=[whole], stream="ticket_events", seen_at=bench.now)
    bench.judge()

    held = told(bench)
    last = [(one.state, one.standing, one.since, one.known_from, one.known_until) for one in held if one.confirmed][-3:]
    due = created + timedelta(hours=1)
    assert last == [
        ("running", "breached", due, late, corrected),
        ("completed", "met", replied, corrected, bench.now),
        ("running", "breached", due, bench.now, None),
    ]
    assert held[0].standing == "on_track"
    assert all(one.known_until == other.known_from for one, other in pairwise(held))
