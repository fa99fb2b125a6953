"""Two helpdesks with the same work: tickets of one see what becomes of those of the other that they refer to."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.flows.counterparts import counterparts
from core.flows.evaluate import Active
from core.flows.plan import Asked, Replayer, Trial
from core.flows.rebuild import belief, rebuild
from core.ports import LaneKind
from core.sla.compare import Change, Outcome
from core.sla.conditions import Changed, Empty, In, Not
from core.sla.history import Desk
from core.sla.policy import Agreement, CalendarChoice, Link, Metric, MetricKind, Policy, Target, Turns
from core.store import histories, lists, replays, schema
from core.store.database import Store
from core.tickets import REMOTE_LINKS, Label, Presence, Team

FIELD = "field:7"
HOUR = 3600

WAITING = Metric(
    MetricKind.CUSTOM,
    {None: Target(seconds=4 * HOUR)},
    turns=Turns(start=Not(Empty("linked.key")), stop=In("linked.status", frozenset({"resolved", "closed"}))),
)


def engineering(name: str = "engineering", agreement: Agreement = Agreement.OLA, **metrics: Metric) -> Policy:
    """An agreement about the time that a linked ticket takes."""
    when = In("connection", frozenset({"desk"}))
    return Policy(name, metrics or {"fix": WAITING}, CalendarChoice("always"), agreement, when)


@dataclass
class Two:
    """A desk whose tickets hold keys of the engineers' tickets, in one database. `on` holds what each test moves."""

    desk: object
    eng: object

    def __post_init__(self) -> None:
        self.eng.clock = self.desk.clock
        now = self.desk.source.host_now
        self.eng.connector._now = now
        self.eng.source = replace(self.eng.source, host_now=now, ticks=self.desk.source.ticks)

    def put(self, *policies: Policy, links: tuple[Link, ...] = (Link("desk", "eng", FIELD),)) -> None:
        """Put policies and links into force."""
        rules = self.desk.rules()
        rules = replace(rules, policies=(*rules.policies, *policies), links=links)
        mappings = {each.source.name: each.source.mapping for each in (self.desk, self.eng)}
        self.desk.active = self.eng.active = Active((rules,), mappings)

    def cycle(self) -> None:
        for each in (self.desk, self.eng, self.desk):
            each.cycle()

    def settle(self) -> None:
        for each in (self.desk, self.eng):
            each.settle()


@pytest.fixture
def two(make_bench) -> Two:
    made = Two(make_bench(), make_bench(name="eng"))
    made.put(engineering())
    return made


def test_an_ola_starts_with_the_link_and_stops_when_the_linked_ticket_is_resolved(two: Two) -> None:
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support")
    two.cycle()
    assert "fix" not in two.desk.clocks("1")
    two.desk.pass_time(minutes=30)
    two.desk.act("1", "handed", **{FIELD: "E-1"})
    two.cycle()
    started = two.desk.now
    running = two.desk.clocks("1")["fix"]
    assert (running.state, running.agreement, running.started_at) == ("running", "ola", started)
    two.desk.pass_time(hours=1)
    two.eng.act("E-1", "done", status="solved")
    two.cycle()
    fix = two.desk.clocks("1")["fix"]
    assert (fix.state, fix.standing, fix.elapsed_seconds, fix.completed_at) == ("completed", "met", HOUR, two.desk.now)


def test_a_linked_ticket_that_comes_later_than_the_reference_starts_the_clock_at_its_creation(two: Two) -> None:
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.eng.cycle()
    two.cycle()
    assert "fix" not in two.desk.clocks("1")
    two.desk.pass_time(hours=1)
    two.eng.ticket("E-1")
    created = two.desk.now
    two.desk.pass_time(hours=1)
    two.eng.pull()
    two.desk.judge()
    assert two.desk.clocks("1")["fix"].started_at == created


def test_another_key_in_the_field_is_another_ticket_from_then_on(two: Two) -> None:
    changed = Metric(
        MetricKind.CUSTOM,
        {None: Target(seconds=4 * HOUR)},
        turns=Turns(start=Changed("linked.key"), stop=In("linked.status", frozenset({"resolved"}))),
    )
    two.put(engineering(fix=changed))
    two.eng.ticket("E-1")
    two.eng.ticket("E-2")
    two.desk.ticket("1", team="support")
    two.desk.pass_time(minutes=1)
    two.desk.act("1", "first", **{FIELD: "E-1"})
    two.desk.pass_time(hours=1)
    two.desk.act("1", "second", **{FIELD: "https://desk.test/E-2"})
    two.desk.pass_time(hours=1)
    two.eng.act("E-1", "done", status="solved")
    two.cycle()
    assert two.desk.clocks("1")["fix"].state == "running"
    two.desk.pass_time(hours=1)
    two.eng.act("E-2", "done", status="solved")
    two.cycle()
    assert two.desk.clocks("1")["fix"].elapsed_seconds == 3 * HOUR


def test_a_policy_may_be_for_tickets_by_what_the_linked_one_is_like(two: Two) -> None:
    urgent = In("linked.priority", frozenset({"critical"}))
    response = {"first_response": Metric(MetricKind.FIRST_RESPONSE, {None: Target(seconds=60)})}
    team = Policy(
        "network", response, CalendarChoice("always"), Agreement.VENDOR, In("linked.team", frozenset({"net"}))
    )
    two.put(Policy("urgent", response, CalendarChoice("always"), Agreement.GOAL, urgent), team)
    two.eng.connector.add("people", Team("9", "Net"))
    two.eng.ticket("E-1", team="9")
    two.desk.ticket("1", **{FIELD: "E-1"})
    two.cycle()
    assert {row.policy for row in rows(two.desk, "1")} == {"network", "standard"}
    two.eng.act("E-1", "raised", priority="urgent")
    two.cycle()
    assert {row.policy for row in rows(two.desk, "1")} == {"network", "standard", "urgent"}


def rows(bench, key: str) -> list[lists.ClockRow]:
    with bench.store.view() as tx:
        return [row for row in lists.clock_rows(tx, bench.source.id) if row.key == key]


def test_where_the_linked_history_is_not_whole_only_clocks_that_lean_on_it_are_unknown(two: Two) -> None:
    old = two.desk.now - timedelta(days=3)
    two.eng.ticket("E-1", created=old)
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.desk.cycle()
    two.eng.pull(LaneKind.LIVE)
    two.eng.connector.add("tickets", two.eng.connector.ticket("E-1"))
    two.desk.cycle()
    fix, response = (two.desk.clocks("1")[name] for name in ("fix", "first_response"))
    assert (fix.state, response.state) == ("unknown", "running")
    assert "E-1" in fix.reason
    two.cycle()
    assert two.desk.clocks("1")["fix"].state == "running"


def test_the_end_of_the_other_helpdesk_s_past_makes_known_what_was_unknown(two: Two) -> None:
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.desk.cycle()
    two.eng.pull(LaneKind.LIVE)
    two.eng.ticket("E-1", created=two.desk.now - timedelta(days=3))
    two.eng.pull(LaneKind.LIVE)
    two.desk.judge()
    assert two.desk.clocks("1")["fix"].state == "unknown"
    # The past holds nothing that is not here already: only its end is news.
    two.eng.pull(LaneKind.BACKFILL)
    two.desk.judge()
    assert two.desk.clocks("1")["fix"].state == "running"


def test_a_direct_look_at_the_linked_ticket_is_enough(two: Two) -> None:
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.desk.pass_time(hours=5)
    two.desk.settle()
    two.desk.cycle()
    two.eng.judge()
    assert two.desk.clocks("1")["fix"].confirmed is False
    assert two.eng.confirm().read
    two.desk.judge()
    assert two.desk.clocks("1")["fix"].confirmed is True


def test_a_breach_is_sure_once_the_other_helpdesk_has_shown_that_nothing_came_before(two: Two) -> None:
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.desk.pass_time(hours=5)
    two.eng.act("E-1", "done", at=two.desk.now - timedelta(hours=2), status="solved", exported=False)
    two.desk.settle()
    two.desk.cycle()
    fix = two.desk.clocks("1")["fix"]
    assert (fix.standing, fix.confirmed) == ("breached", False)
    for record in two.eng.connector.direct:
        two.eng.connector.add("tickets" if hasattr(record, "key") else "ticket_events", record)
    two.cycle()
    assert two.desk.clocks("1")["fix"].standing == "met"


def test_a_doubt_that_only_the_other_helpdesk_can_end_ends_without_an_event(two: Two) -> None:
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.desk.pass_time(hours=5)
    two.desk.settle()
    two.desk.cycle()
    assert two.desk.clocks("1")["fix"].confirmed is False
    two.eng.settle()
    two.eng.cycle()
    assert two.desk.judge().evaluated == 0
    two.desk.pass_time(minutes=1)
    two.desk.judge()
    assert two.desk.clocks("1")["fix"].confirmed is True


def test_nothing_is_judged_again_and_again_where_both_refer_to_each_other(two: Two) -> None:
    two.put(engineering(), links=(Link("desk", "eng", FIELD), Link("eng", "desk", FIELD)))
    two.eng.ticket("E-1", **{FIELD: "1"})
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.cycle()
    two.desk.pass_time(hours=1)
    two.eng.act("E-1", "done", status="solved")
    two.cycle()
    assert two.desk.clocks("1")["fix"].state == "completed"
    assert [each.judge().evaluated for each in (two.desk, two.eng, two.desk, two.eng)] == [0, 0, 0, 0]


def test_a_deleted_ticket_counts_as_cancelled(two: Two) -> None:
    gone = Metric(
        MetricKind.CUSTOM,
        {None: Target(seconds=4 * HOUR)},
        turns=Turns(start=Not(Empty("linked.key")), stop=In("linked.status", frozenset({"cancelled"}))),
    )
    two.put(engineering(fix=gone))
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.desk.pass_time(hours=1)
    was = two.eng.connector.ticket("E-1")
    two.eng.connector.add(
        "tickets", replace(was, presence=Presence.DELETED, version=was.version + 1, updated_at=two.desk.now)
    )
    two.cycle()
    assert two.desk.clocks("1")["fix"].elapsed_seconds == HOUR


def test_a_field_by_its_title_and_a_ticket_under_a_new_key(two: Two) -> None:
    two.put(engineering(), links=(Link("desk", "eng", "field:Engineering key"),))
    two.desk.connector.add("people", Label("field", "7", "Engineering key"))
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "M-5"})
    two.eng.cycle()
    two.cycle()
    assert "fix" not in two.desk.clocks("1")
    was = two.eng.connector.ticket("E-1")
    two.eng.connector.add("tickets", replace(was, key="M-5", version=was.version + 1))
    two.cycle()
    assert two.desk.clocks("1")["fix"].state == "running"
    two.eng.connector.add("tickets", replace(was, key="X-1", version=was.version + 2))
    two.cycle()
    assert "fix" not in two.desk.clocks("1")


REMOTE = (Link("desk", "eng", REMOTE_LINKS),)


def address(key: str) -> str:
    return f"https://desk.test/{key}"


def test_the_helpdesk_s_own_links_join_tickets_as_a_field_does(two: Two) -> None:
    two.put(engineering(), links=REMOTE)
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{REMOTE_LINKS: None})
    two.cycle()
    assert "fix" not in two.desk.clocks("1")
    two.desk.pass_time(minutes=30)
    two.desk.act("1", "linked", **{REMOTE_LINKS: ("https://wiki.test/pages/E-1", address("E-1"))})
    started = two.desk.now
    two.cycle()
    assert two.desk.clocks("1")["fix"].started_at == started
    two.desk.pass_time(hours=1)
    two.eng.act("E-1", "done", status="solved")
    two.cycle()
    fix = two.desk.clocks("1")["fix"]
    assert (fix.state, fix.standing, fix.elapsed_seconds) == ("completed", "met", HOUR)


def test_an_address_elsewhere_is_no_ticket_though_it_ends_like_one(two: Two) -> None:
    two.put(engineering(), links=REMOTE)
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{REMOTE_LINKS: ("https://other.test/browse/E-1",)})
    two.cycle()
    assert "fix" not in two.desk.clocks("1")


def test_a_link_of_which_no_event_tells_was_there_from_the_beginning(two: Two) -> None:
    two.put(engineering(), links=REMOTE)
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support")
    created = two.desk.now
    two.cycle()
    assert "fix" not in two.desk.clocks("1")
    two.desk.pass_time(hours=1)
    two.desk.link("1", address("E-1"))
    two.cycle()
    assert two.desk.clocks("1")["fix"].started_at == created
    two.desk.pass_time(hours=1)
    two.desk.link("1")
    two.cycle()
    assert "fix" not in two.desk.clocks("1")


def test_the_tickets_elsewhere_are_shown_and_other_pages_are_not(two: Two) -> None:
    two.put(engineering(), links=REMOTE)
    two.eng.ticket("E-1")
    links = ("https://wiki.test/pages/17", address("E-1"), address("E-9"))
    two.desk.ticket("1", team="support", **{REMOTE_LINKS: links})
    two.cycle()
    assert shown(two.desk, "1", two.desk.active) == [("eng", "E-1", True), ("eng", address("E-9"), False)]
    assert shown(two.eng, "E-1", two.desk.active) == [("desk", "1", True)]


def shown(bench, key: str, active: Active) -> list[tuple[str, str, bool]]:
    with bench.store.view() as tx:
        (loaded,) = histories.load(tx, bench.source.id, lists.ticket_ids(tx, bench.source.id, key=key))
        desk = Desk(bench.source.name, bench.source.mapping, labels=histories.labels(tx, bench.source.id))
        found = counterparts(tx, bench.source, loaded, desk, active)
    return [(each.connection, each.key, each.stored is not None) for each in found]


KEYS, OTHERS = ("1", "2"), ("E-1", "E-2")
REMOTES = (None, (address("E-1"),), (address("E-1"), address("E-2")), ("https://wiki.test/pages/E-2",))
acts = st.one_of(
    st.tuples(st.just("remote"), st.sampled_from(KEYS), st.sampled_from(REMOTES)),
    st.tuples(st.just("link"), st.sampled_from(KEYS), st.sampled_from(REMOTES)),
    st.tuples(st.just("refer"), st.sampled_from(KEYS), st.sampled_from((None, "E-1", "E-2", "E-1, E-2", "E-9"))),
    st.tuples(st.just("solve"), st.sampled_from(OTHERS), st.sampled_from(("open", "solved"))),
)
flows = st.tuples(
    st.just("flow"), st.sampled_from(("desk", "eng")), st.sampled_from(("pull", "judge", "confirm", "cycle"))
)
exports = st.tuples(st.just("export"), st.integers(0, 3))
scripts = st.lists(
    st.one_of(acts, flows, exports, st.tuples(st.just("pass"), st.sampled_from((1, 61, 300)))), max_size=25
)

FIELDS = {"refer": FIELD, "remote": REMOTE_LINKS, "solve": "status"}

QUICK = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
}


def play(two: Two, script, fresh: Store) -> None:
    two.put(engineering(), engineering("when", Agreement.GOAL))
    links = (Link("desk", "eng", FIELD), Link("desk", "eng", REMOTE_LINKS), Link("eng", "desk", "field:8"))
    two.put(*two.desk.active.rules[-1].policies[1:], links=links)
    held: list[tuple[object, object]] = []
    for key in KEYS:
        two.desk.ticket(key, team="support")
    for number, (name, *arguments) in enumerate(script):
        match name:
            case "link":
                two.desk.pass_time(seconds=1)
                two.desk.link(arguments[0], *(arguments[1] or ()))
            case "refer" | "remote" | "solve":
                two.desk.pass_time(seconds=1)
                bench = two.eng if name == "solve" else two.desk
                key, value = arguments
                if name == "solve" and bench.connector.ticket(key) is None:
                    bench.ticket(key, **{"field:8": "1"})
                    continue
                before = len(bench.connector.direct)
                bench.act(key, f"e{number}", exported=False, **{FIELDS[name]: value})
                held += [(bench, record) for record in bench.connector.direct[before:]]
            case "export":
                export(held, arguments[0])
            case "pass":
                two.desk.pass_time(minutes=arguments[0])
            case _:
                getattr(getattr(two, arguments[0]), arguments[1])()
    while held:
        export(held, 0)
    two.desk.pass_time(minutes=1)
    two.settle()
    for _ in range(3):
        two.desk.pass_time(minutes=11)
        two.cycle()
    sources = [two.desk.source, two.eng.source]
    rebuild(two.desk.store, fresh, sources, two.desk.active, two.desk.now)
    assert belief(fresh, sources) == belief(two.desk.store, sources)


def export(held, which: int) -> None:
    if held:
        bench, record = held.pop(which % len(held))
        bench.connector.add("tickets" if hasattr(record, "key") else "ticket_events", record)


@settings(max_examples=15, **QUICK)
@given(script=scripts)
def test_whatever_comes_first_the_clocks_are_those_of_a_database_built_anew(script, bench_in, sqlite_stores) -> None:
    place = sqlite_stores()
    play(Two(bench_in(place), bench_in(place, name="eng")), script, sqlite_stores())


@settings(max_examples=5, **QUICK)
@given(script=scripts)
def test_it_is_the_same_on_postgresql(script, bench_in, postgresql_stores, tmp_path_factory) -> None:
    fresh = Store(f"sqlite:///{tmp_path_factory.mktemp('again')}/again.db")
    schema.migrate(fresh)
    place = postgresql_stores()
    play(Two(bench_in(place), bench_in(place, name="eng")), script, fresh)
    fresh.close()
    place.close()


def test_flows_of_both_helpdesks_in_many_threads_end_in_the_belief_of_a_database_built_anew(
    two: Two, empty_store
) -> None:
    desk, eng = two.desk, two.eng
    two.put(engineering(), links=(Link("desk", "eng", FIELD), Link("eng", "desk", "field:8")))
    for number in range(4):
        eng.ticket(f"E-{number}", **{"field:8": str(number)})
        desk.ticket(str(number), team="support")
    over = threading.Event()

    def often(work: Callable[[], object]) -> None:
        while not over.wait(0.005):
            work()

    works = (desk.pull, eng.pull, desk.judge, desk.judge, eng.judge, desk.confirm, eng.confirm)
    with ThreadPoolExecutor(len(works)) as pool:
        running = [pool.submit(often, work) for work in works]
        for step in range(12):
            desk.pass_time(minutes=5)
            desk.act(str(step % 4), f"step{step}", **{FIELD: f"E-{(step // 3) % 4} E-{step % 4}"})
            eng.act(f"E-{step % 4}", f"step{step}", status=("open", "solved", "pending")[step % 3])
            desk.pull()
        over.set()
    assert [each.exception() for each in running] == [None] * len(works)
    for _ in range(3):
        desk.pass_time(minutes=11)
        two.cycle()
    sources = [desk.source, eng.source]
    rebuild(desk.store, empty_store, sources, desk.active, desk.now)
    assert belief(empty_store, sources) == belief(desk.store, sources)


def test_a_plan_knows_the_linked_tickets_too(two: Two) -> None:
    two.eng.ticket("E-1")
    two.desk.ticket("1", team="support", **{FIELD: "E-1"})
    two.cycle()
    two.desk.pass_time(hours=2)
    two.eng.act("E-1", "done", status="solved")
    two.cycle()
    two.settle()
    (rules,) = two.desk.active.rules
    shorter = replace(WAITING, targets={None: Target(seconds=HOUR)})
    kept = tuple(each for each in rules.policies if each.name != "engineering")
    drafted = replace(rules, revision=2, policies=(*kept, engineering(fix=shorter)))
    sources = [each.source for each in (two.desk, two.eng)]
    asked = tuple(Asked(one.id, one.name, one.now(), one.mapping, one.mapping) for one in sources)
    url = two.desk.store.url.render_as_string(hide_password=False)
    trial = Trial(url, (rules,), drafted, asked, listed=frozenset(Change))
    with two.desk.store.view() as tx:
        tickets = replays.ticket_ids(tx, two.desk.source.id)
    part = Replayer(trial, two.desk.store).part(0, tickets)
    fixes = [one.pair for one in part.listed if "fix" in one.pair.after]
    assert [(fix.change, fix.before.outcome, fix.after.outcome) for fix in fixes] == [
        (Change.NEWLY_BREACHED, Outcome.MET, Outcome.BREACHED)
    ]
