"""A hub without processes: a real database, a connector made of lists, and a clock that tests move."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from connectors.testing.lists import ListConnector
from core.calendar import always
from core.flows.confirm import confirm
from core.flows.deliver import deliver
from core.flows.evaluate import Active, evaluate
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.flows.sync import sync
from core.ports import FieldName, LaneKind, Purpose, Slot
from core.settings import Backfill, Connection, Mode
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Rules, StatusPattern, Target
from core.store import Store, connections, lists, schema
from core.tickets import REMOTE_LINKS, Change, Comment, Event, Person, Phase, SourceValue, Ticket, WaitOn

MONDAY = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
LONG_AGO = MONDAY - timedelta(days=400)
SLOTS = {slot: FieldName(title=f"SLA {slot}") for slot in Slot}
HOUR = 3600


def rules(
    revision: int = 1, *, response: int = HOUR, resolution: int = 8 * HOUR, applied_at: datetime = LONG_AGO
) -> Rules:
    """One policy for everything: a first response and a resolution that pauses while the customer is waited for."""
    metrics = {
        "first_response": Metric(
            MetricKind.FIRST_RESPONSE, {None: Target(seconds=response)}, stop_on=frozenset({"agent_public_comment"})
        ),
        "resolution": Metric(
            MetricKind.RESOLUTION,
            {None: Target(seconds=resolution)},
            stop_in=frozenset({StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)}),
            pause_in=frozenset({StatusPattern(Phase.WAITING, WaitOn.CUSTOMER)}),
        ),
    }
    policy = Policy("standard", metrics, CalendarChoice("always"))
    return Rules(revision, applied_at, (policy,), {"always": always()})


@dataclass
class Bench:
    """The parts a test holds in its hands. `now` is host and source time alike.

    clock: `real` is time as it passes, `now` what the host's clock says.
    """

    store: Store
    connector: ListConnector
    source: Source
    clock: dict[str, datetime]
    active: Active = field(default_factory=lambda: Active((rules(),)))
    stop: StopSignal = field(default_factory=StopSignal)
    process: str = "test"
    rules = staticmethod(rules)

    @property
    def now(self) -> datetime:
        return self.clock["now"]

    def pass_time(self, **length: float) -> None:
        self.clock["now"] += timedelta(**length)
        self.clock["real"] += timedelta(**length)

    def set_clock(self, **by: float) -> None:
        """Somebody sets the host's clock; no time passes."""
        self.clock["now"] += timedelta(**by)

    def configure(self, **changes: object) -> None:
        self.source = replace(self.source, settings=replace(self.source.settings, **changes))

    def pull(self, *kinds: LaneKind) -> Done:
        return sync(self.store, self.source, frozenset(kinds or LaneKind), self.stop, forced=True)

    def judge(self) -> Done:
        return evaluate(self.store, self.source, self.active, self.stop)

    def confirm(self) -> Done:
        return confirm(self.store, self.source, self.stop)

    def deliver(self) -> Done:
        return deliver(self.store, self.source, self.active, self.stop, process=self.process)

    def cycle(self) -> Done:
        """Pull, judge, confirm, judge again, write, and settle."""
        done = self.pull() + self.judge() + self.confirm() + self.judge() + self.deliver()
        return done + self.deliver()

    def clocks(self, key: str) -> Mapping[str, lists.ClockRow]:
        with self.store.view() as tx:
            rows = lists.clock_rows(tx, self.source.id)
        return {row.metric: row for row in rows if row.key == key}

    def shown(self, key: str) -> Mapping[str, str | None]:
        """What the helpdesk shows on the ticket."""
        ticket = self.connector.ticket(key)
        assert ticket is not None
        return ticket.own

    def ticket(self, key: str, *, created: datetime | None = None, **values: SourceValue) -> None:
        """The helpdesk has a new ticket with its first event."""
        at = created or self.now
        values = {"status": "new", "priority": "normal", "requester": "anna", **values}
        snapshot = Ticket(key, key, f"https://desk.test/{key}", at, at, 1, values, dict.fromkeys(SLOTS))
        first = Event(
            key,
            "ticket_events",
            f"{key}-created",
            at,
            0,
            "anna",
            tuple(Change(name, None, value, initial=True) for name, value in values.items()),
            (Comment(f"{key}-c0", "anna", public=True),),
        )
        self.connector.add("tickets", snapshot)
        self.connector.add("ticket_events", first)

    def act(
        self,
        key: str,
        name: str,
        *,
        at: datetime | None = None,
        reply: bool = False,
        exported: bool = True,
        actor: str = "ben",
        **values: SourceValue,
    ) -> None:
        """Somebody changes a ticket or replies; `exported` false: only a direct look shows it yet."""
        at = at or self.now
        ticket = self.connector.ticket(key)
        assert ticket is not None
        changes = tuple(Change(what, ticket.values.get(what), value) for what, value in values.items())
        comments = (Comment(f"{key}-{name}-c", actor, public=True),) if reply else ()
        event = Event(key, "ticket_events", f"{key}-{name}", at, int(at.timestamp()), actor, changes, comments)
        changed = replace(ticket, values={**ticket.values, **values}, version=ticket.version + 1, updated_at=at)
        if exported:
            self.connector.add("tickets", changed)
            self.connector.add("ticket_events", event)
        else:
            self.connector.direct.extend((changed, event))

    def link(self, key: str, *addresses: str) -> None:
        """Somebody links a ticket with others, of which the helpdesk's log does not tell."""
        ticket = self.connector.ticket(key)
        assert ticket is not None
        values = {**ticket.values, REMOTE_LINKS: addresses or None}
        self.connector.add("tickets", replace(ticket, values=values, version=ticket.version + 1, updated_at=self.now))

    def settle(self, at: datetime | None = None) -> None:
        """The source says that nothing new can appear before `at`."""
        self.connector.settled["ticket_events"] = at or self.now


@pytest.fixture
def make_bench(store: Store, bench_in: Callable[..., Bench]) -> Callable[..., Bench]:
    """Give a maker of benches over the test's database; live mode unless told."""
    return partial(bench_in, store)


@pytest.fixture
def bench_in() -> Callable[..., Bench]:
    """Give a maker of benches over a database; live mode unless told."""

    def make(
        place: Store,
        *,
        mode: Mode = Mode.LIVE,
        jobs: bool = False,
        fetches: bool = True,
        name: str = "desk",
        **settings: object,
    ) -> Bench:
        clock = {"now": MONDAY, "real": MONDAY}

        def now() -> datetime:
            return clock["now"]

        def ticks() -> float:
            return clock["real"].timestamp()

        connector = ListConnector(now=now, jobs=jobs)
        connector.add("people", Person("anna", "Anna", "end-user"), Person("ben", "Ben", "agent"))
        connection = Connection(
            name,
            "lists",
            None,
            mode=mode,
            write_back=SLOTS,
            **{"backfill": Backfill(since=None), **settings},
        )
        with place.unit() as tx:
            row = connections.ensure(tx, name, "lists")
            if mode is not Mode.OBSERVE:
                connections.update(tx, row.id, armed_at=MONDAY - timedelta(days=30))
        open_one = connector if fetches else Export(connector)
        source = Source(connection, row.id, open_one, open_one, Gauge(), now, ticks=ticks)
        return Bench(place, connector, source, clock)

    return make


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    """Give a second database, empty."""
    made = Store(f"sqlite:///{tmp_path / 'again.db'}")
    schema.migrate(made)
    yield made
    made.close()


class Export:
    """The same helpdesk where no single ticket can be asked about."""

    name = ListConnector.name
    mapping = ListConnector.mapping

    def __init__(self, whole: ListConnector) -> None:
        self.probe, self.streams, self.start, self.pull = whole.probe, whole.streams, whole.start, whole.pull
        self.write_back, self.settle = whole.write_back, whole.settle


class Gauge:
    """A transport's measurements where there is no transport."""

    def skew(self) -> timedelta:
        return timedelta()

    def calls(self) -> int:
        return 0

    def allowance(self) -> tuple[int, int]:
        return 0, 0

    def on(self, purpose: Purpose) -> AbstractContextManager[None]:
        return nullcontext()
