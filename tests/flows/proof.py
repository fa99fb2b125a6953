"""A hub over an emulated helpdesk on a socket, in a time of its own, held against the helpdesk's whole truth.

What is the same for every helpdesk; each test file says what its own helpdesk's truth comes to.
"""

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import httpx

from connectors import Http, Limits, Skew
from connectors.breaker import Breaker
from core.calendar import always
from core.flows import census
from core.flows.confirm import confirm
from core.flows.deliver import deliver
from core.flows.evaluate import Active, evaluate
from core.flows.source import Done, Source
from core.flows.sync import sync
from core.ports import FieldName, LaneKind, Slot
from core.settings import Backfill, Connection, Mode
from core.sla.policy import CalendarChoice, Metric, MetricKind, Policy, Rules, StatusPattern, StopOn, Target
from core.store import Store, connections, fields, histories, lists
from core.tickets import Event, Phase, Presence, Priority, SourceValue, WaitOn

K = TypeVar("K")

ROUNDS, BUDGET = 80, 8
"""After so many every profile must have used up its budget."""

Told = tuple[str, Mapping[str, SourceValue], Mapping[str, object]]
"""Of one ticket: its presence, its values that are not empty, and by id what is told of each event."""


class Stage(Protocol):
    """The stage hand, as far as every helpdesk has the same."""

    def advance(self, seconds: float) -> str: ...
    def hold_time(self) -> None: ...
    def heal(self) -> None: ...
    def forget_calls(self) -> None: ...
    def writes(self) -> Mapping[str, object]: ...
    def strikes(self) -> Mapping[str, object]: ...
    def faults(
        self,
        profiles: list[str],
        seed: int | None = None,
        rate: float | None = None,
        budget: int | None = None,
        longest: float = 3.0,
    ) -> None: ...


@dataclass
class Time:
    """The desk's clock and the host's, moved together; whoever waits moves them, and nothing sleeps."""

    stage: Stage
    start: datetime
    passed: float = 0.0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def ticks(self) -> float:
        return self.passed

    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        with self.lock:
            self.passed += seconds
            self.stage.advance(seconds)
        return False


@dataclass
class Desk(ABC):
    """A hub over one emulated account."""

    stage: Stage
    time: Time
    store: Store
    source: Source
    active: Active

    @abstractmethod
    def truth(self) -> dict[str, Told]:
        """Return what the helpdesk would tell somebody to whom nothing ever happens."""

    @abstractmethod
    def shown(self) -> dict[tuple[str, str], str | None]:
        """Return what the fields say in the helpdesk, by ticket and slot."""

    def pull(self) -> Done:
        return sync(self.store, self.source, frozenset(LaneKind), self.time, forced=True)

    def cycle(self) -> int:
        """Pull, judge, confirm and write until no write is under way; return how many tickets were written."""
        written = 0
        self.pull()
        for _ in range(40):
            evaluate(self.store, self.source, self.active, self.time)
            if confirm(self.store, self.source, self.time).read:
                evaluate(self.store, self.source, self.active, self.time)
            written += deliver(self.store, self.source, self.active, self.time, process="test").written
            with self.store.view() as tx:
                if not fields.under_way(tx, self.source.id):
                    break
            self.time.wait(5)
        return written

    def census(self) -> Done:
        return census.take(self.store, self.source, self.time, forced=True)

    def stored(self) -> dict[str, Told]:
        with self.store.view() as tx:
            loaded = histories.load(tx, self.source.id, lists.ticket_ids(tx, self.source.id))
        return {
            each.history.ticket.id: (
                each.history.ticket.presence,
                {name: value for name, value in each.history.ticket.values.items() if value is not None},
                {one.id: told(one) for one in each.history.events},
            )
            for each in loaded
        }

    def wished(self) -> dict[tuple[str, str], str | None]:
        with self.store.view() as tx:
            rows = lists.field_rows(tx, self.source.id)
        return {(row.source_id, row.slot): row.desired for row in rows if row.wanted}

    def calls(self) -> int:
        """Return how many calls the helpdesk was asked since they were forgotten."""
        counts = self.stage.writes()["calls"]
        assert isinstance(counts, dict)
        return sum(counts.values())


def told(event: Event) -> object:
    """Return all that an event says, its changes by field."""
    return event.at, event.actor, tuple(sorted(event.changes, key=lambda each: each.field)), event.comments


def rules(start: datetime) -> Active:
    """One policy for everything, round the clock, with both metrics."""
    targets: dict[Priority | None, Target] = {Priority.CRITICAL: Target(seconds=3600), None: Target(seconds=8 * 3600)}
    over = frozenset({StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)})
    waits = frozenset({StatusPattern(Phase.WAITING, WaitOn.CUSTOMER)})
    replied = frozenset[StopOn]({"agent_public_comment"})
    metrics = {
        "first_response": Metric(MetricKind.FIRST_RESPONSE, targets, stop_on=replied),
        "resolution": Metric(MetricKind.RESOLUTION, targets, stop_in=over, pause_in=waits),
    }
    policy = Policy("standard", metrics, CalendarChoice("always"))
    return Active((Rules(1, start - timedelta(days=4000), (policy,), {"always": always()}),))


def opened(
    store: Store,
    kind: type,
    client: httpx.Client,
    settings: object,
    time: Time,
    names: Mapping[Slot, FieldName],
    *,
    open_first: bool = True,
    mode: Mode = Mode.LIVE,
    rate: tuple[int, timedelta] | None = None,
) -> tuple[Source, Http]:
    """Open a connection that reads all the past there is. kind: the connector's class. rate: as an admin sets it."""
    limits, breaker = Limits(kind.buckets, share=1.0, rate=rate, now=time.ticks), Breaker(time.ticks)
    http = Http(client, limits, stop=time, now=time.now, skew=Skew(), breaker=breaker)
    connector = kind(http, settings, names)
    past = Backfill(None, open_first=open_first)
    connection = Connection("desk", kind.name, settings, mode=mode, write_back=names, backfill=past)
    with store.unit() as tx:
        row = connections.ensure(tx, "desk", kind.name)
        connections.update(tx, row.id, armed_at=time.now() - timedelta(days=2000))
    return Source(connection, row.id, connector, connector, http, time.now, ticks=time.ticks), http


def endure(
    desk: Desk,
    profiles: Sequence[str],
    seed: int,
    work: Callable[[Desk, random.Random], None],
    *,
    rounds: int = ROUNDS,
    budget: int = BUDGET,
) -> None:
    """Run the hub while people work and these profiles strike, until they have struck as often as they may."""
    chance = random.Random(seed)
    desk.stage.faults(list(profiles), seed=seed, rate=0.4, budget=budget, longest=0.05)
    for _ in range(rounds):
        for _ in range(3):
            work(desk, chance)
        desk.time.wait(chance.choice([5, 40, 90]))
        desk.cycle()
        if not any(left(each) for each in desk.stage.strikes().values()):
            break
    struck = {name: left(each) for name, each in desk.stage.strikes().items()}
    assert struck == dict.fromkeys(profiles, 0)
    desk.stage.heal()


def left(strikes: object) -> int:
    assert isinstance(strikes, dict)
    return int(strikes["left"])


def differing(one: Mapping[K, object], other: Mapping[K, object]) -> dict[K, tuple[object, object]]:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


def allowed(deed: Callable[[], object]) -> bool:
    """Do what somebody at a helpdesk would; say whether the helpdesk let them."""
    try:
        deed()
    except (ValueError, LookupError):
        return False
    return True


def settle(desk: Desk, cycles: int = 4) -> None:
    """Let nothing happen for longer than whatever failed last is left alone."""
    for _ in range(cycles):
        desk.time.wait(1000)
        desk.cycle()


def agree_on_fields(desk: Desk, least: int = 20) -> None:
    """The fields in the helpdesk say what the verdicts are, and nothing is left to write."""
    wished, shown = desk.wished(), desk.shown()
    assert len(wished) > least
    assert {key: (word, shown.get(key)) for key, word in wished.items() if shown.get(key) != word} == {}
    assert desk.cycle() == 0


def utc(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


GONE = frozenset({Presence.DELETED, Presence.FORBIDDEN})
