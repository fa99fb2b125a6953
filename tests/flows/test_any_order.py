"""Whatever comes late, twice or in another order: no breach is said that was none, and all ends in one belief."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.flows.rebuild import belief, rebuild
from core.ports import Slot
from core.sla import judge
from core.sla.history import Desk, History, RoleSpan
from core.store import lists, schema
from core.store.database import Store
from core.tickets import Event, Person, Ticket

KEYS = ("1", "2")
PEOPLE = {
    "anna": (RoleSpan(None, "end-user"),),
    "ben": (RoleSpan(None, "agent"),),
    "carla": (RoleSpan(None, "agent"),),
    "dan": (RoleSpan(None, "end-user"),),
}

acts = st.tuples(
    st.just("act"),
    st.sampled_from(KEYS),
    st.sampled_from(("open", "pending", "solved", None)),
    st.sampled_from((None, "ben", "carla", "dan", "anna")),
)
passing = st.tuples(st.just("pass"), st.sampled_from((1, 29, 58, 61, 300)))
exporting = st.tuples(st.just("export"), st.integers(0, 3), st.booleans())
FLOWS = (("people",), ("pull",), ("judge",), ("confirm",), ("judge",), ("deliver",))


@st.composite
def rounds(draw: st.DrawFn) -> list[tuple[object, ...]]:
    """Things happen, time passes, some of it is exported, and some of the flows run."""
    happened = draw(st.lists(acts, max_size=2))
    exported = draw(st.lists(exporting, max_size=2))
    ran = [flow for flow in FLOWS if draw(st.booleans())]
    return [*happened, draw(passing), *exported, *ran]


steps = st.lists(rounds(), min_size=2, max_size=8).map(lambda made: [FLOWS[1], *(step for one in made for step in one)])

UNSEEN_REPLY = [("pull",), ("judge",), ("pass", 59), ("act", "1", None, "ben"), ("pass", 61), *FLOWS[2:]]
UNKNOWN_AUTHOR = [("pull",), ("act", "1", None, "carla"), *[("export", 0, False)] * 2, *FLOWS[1:]]


class World:
    """A helpdesk whose exports are late, and what truly happened in it."""

    def __init__(self, bench) -> None:
        self.bench, self.held, self.number, self.said = bench, [], 0, 0
        for key in KEYS:
            bench.ticket(key)

    def act(self, key: str, status: str | None, author: str | None) -> None:
        self.number += 1
        changes = {} if status is None else {"status": status}
        before = len(self.bench.connector.direct)
        self.bench.act(
            key, f"e{self.number}", reply=author is not None, actor=author or "ben", exported=False, **changes
        )
        self.held += self.bench.connector.direct[before:]

    def export(self, which: int, again: bool) -> None:
        """Let one held record out, whichever; or again something that was out already."""
        if self.held:
            record = self.held[which % len(self.held)]
            self.bench.connector.add("tickets" if isinstance(record, Ticket) else "ticket_events", record)
            if not again:
                self.held.remove(record)
        waiting = [record.at for record in self.held if isinstance(record, Event)]
        self.bench.settle(min([*waiting, self.bench.now]))

    def people(self) -> None:
        for each, spans in PEOPLE.items():
            self.bench.connector.add("people", Person(each, each, spans[0].role))

    def truth(self, key: str):
        """The judgement of all that has happened so far, by somebody who knows everything."""
        bench = self.bench
        records = bench.connector.direct + [
            each for pages in bench.connector._pages.values() for page in pages for each in page.records
        ]
        events = {each.id: each for each in records if isinstance(each, Event) and each.ticket_id == key}
        ordered = tuple(sorted(events.values(), key=lambda each: (each.at, each.order, each.stream, each.id)))
        ticket = bench.connector.ticket(key)
        history = History(ticket, ordered, bench.now + timedelta(days=1), ticket.created_at)
        desk = Desk("desk", bench.source.mapping, PEOPLE)
        return judge(history, desk, bench.active.rules, bench.now)

    def check(self) -> None:
        """Whatever is said or held for sure to be a breach is one."""
        bench = self.bench
        writes, self.said = bench.connector.writes[self.said :], len(bench.connector.writes)
        for key in KEYS:
            breaches = {clock.id.metric: clock.breached_at for clock in self.truth(key).clocks if clock.breached}
            for metric, row in bench.clocks(key).items():
                if row.breached and row.confirmed:
                    assert breaches.get(metric) == row.breached_at
            spoken = {f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in breaches.values()}
            for update in writes:
                if update.ticket_id == key and update.fields.get(Slot.BREACHED_AT) is not None:
                    assert update.fields[Slot.BREACHED_AT] in spoken
                if update.ticket_id == key and update.fields.get(Slot.STATE) in {"breached", "missed"}:
                    assert spoken


def play(bench, script, fresh: Store) -> None:
    world = World(bench)
    for name, *arguments in script:
        match name:
            case "act":
                # Two actions in one second have an order that no later export could tell.
                bench.pass_time(seconds=1)
                world.act(*arguments)
            case "pass":
                bench.pass_time(minutes=arguments[0])
            case "export":
                world.export(*arguments)
            case "people":
                world.people()
            case _:
                getattr(bench, name)()
                world.check()
    while world.held:
        world.export(0, again=False)
    world.people()
    bench.pass_time(minutes=1)
    bench.settle()
    for _ in range(4):
        bench.pass_time(seconds=31)
        bench.cycle()
        world.check()
    rebuild(bench.store, fresh, [bench.source], bench.active, bench.now)
    assert belief(fresh, [bench.source]) == belief(bench.store, [bench.source])
    for key in KEYS:
        known = {clock.id.metric: (clock.state, clock.breached_at) for clock in world.truth(key).clocks}
        assert {metric: (row.state, row.breached_at) for metric, row in bench.clocks(key).items()} == known
    with bench.store.view() as tx:
        for row in lists.field_rows(tx, bench.source.id):
            assert not row.wanted or row.refused_reason or row.desired == row.shown


QUICK = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
}


@settings(max_examples=10, **QUICK)
@example(script=UNSEEN_REPLY)
@example(script=UNKNOWN_AUTHOR)
@given(script=steps)
@pytest.mark.parametrize("fetches", [True, False])
def test_no_breach_is_said_that_was_none_and_all_ends_in_one_belief(
    fetches: bool, script, bench_in, sqlite_stores
) -> None:
    play(bench_in(sqlite_stores(), fetches=fetches), script, sqlite_stores())


@settings(max_examples=5, **QUICK)
@given(script=steps)
def test_it_is_the_same_on_postgresql(script, bench_in, postgresql_stores, tmp_path_factory) -> None:
    fresh = Store(f"sqlite:///{tmp_path_factory.mktemp('again')}/again.db")
    schema.migrate(fresh)
    place = postgresql_stores()
    play(bench_in(place), script, fresh)
    fresh.close()
    place.close()
