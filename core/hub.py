"""The hub of one database: what is configured, what is open, and one whole cycle over it."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches

from core.errors import Problem, SettingsError
from core.flows import alerts, census, process
from core.flows.age import age, due
from core.flows.confirm import confirm
from core.flows.deliver import deliver
from core.flows.evaluate import Active, evaluate
from core.flows.follow import follow
from core.flows.hints import keep_registered
from core.flows.noting import note
from core.flows.old_enough import Aged
from core.flows.probe import probe
from core.flows.retract import retract
from core.flows.source import Done, Source
from core.flows.sync import backfilling, caught_up, sync
from core.flows.watching import Watch
from core.ports import LaneKind, Now, Stop
from core.settings import Configuration, Offer
from core.store import Store, connections

__all__ = ["BACKFILL", "LIVE", "Hub"]

LIVE = frozenset({LaneKind.LIVE})
BACKFILL = frozenset({LaneKind.BACKFILL})


PROBE_EVERY = timedelta(hours=1)
PROBE_AGAIN = timedelta(minutes=10)
"""How long a refused or stopped connection is left alone before it is asked again."""

REMEMBERED = 1.0
"""Seconds for which a connection's state is not read again: it is asked for several times a second."""

MEET_AGAIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Hub:
    """Everything a process works with. `broken` names connections that could not be opened, and why.

    provided: when an id of a field was recorded last, as the connections know them.
    zones: the edition of the zones that clocks go by. ticks: seconds by a clock that nobody sets.
    recipients: who is told of findings.
    """

    store: Store
    configuration: Configuration
    active: Active
    sources: Mapping[str, Source]
    offers: Mapping[str, Offer]
    now: Now
    broken: Mapping[str, str] = field(default_factory=dict[str, str])
    provided: datetime | None = None
    zones: str = ""
    process: str = field(default_factory=process.name)
    ticks: Callable[[], float] = time.monotonic
    recipients: Callable[[], Sequence[alerts.Recipient]] = tuple
    _probed: dict[str, float] = field(default_factory=dict[str, float], repr=False)
    _met: set[str] = field(default_factory=set[str], repr=False)
    _behind: dict[str, datetime] = field(default_factory=dict[str, datetime], repr=False)
    _reading: set[str] = field(default_factory=set[str], repr=False)
    _usable: dict[str, tuple[float, bool]] = field(default_factory=dict[str, tuple[float, bool]], repr=False)

    def source(self, name: str) -> Source:
        """Return the open connection of that name. Raises: SettingsError naming the nearest one."""
        if name not in self.sources:
            near = get_close_matches(name, self.sources, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(self.sources) or 'none'}"
            raise SettingsError(Problem(f"no connection is called {name!r}", hint=hint))
        return self.sources[name]

    def usable(self, source: Source) -> bool:
        """Say whether the connection may be asked: it is the instance it was, not refused, not stopped.

        Until this process has met the instance, nothing is read from it and nothing written to it.
        """
        if source.name not in self._met:
            return False
        asked, usable = self._usable.get(source.name, (-math.inf, False))
        if time.monotonic() - asked > REMEMBERED:
            with self.store.view() as tx:
                row = connections.get(tx, source.name)
            usable = row is not None and row.state not in {"refused", "stopped"}
            self._usable[source.name] = (time.monotonic(), usable)
        return usable

    def probe_due(self, source: Source) -> bool:
        """Say whether the source should be asked who it is: not met yet, paused for a while, or long ago."""
        probed = self._probed.get(source.name)
        if probed is None:
            return True
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        paused = row is not None and row.state in {"refused", "stopped"}
        every = PROBE_AGAIN if paused else PROBE_EVERY if source.name in self._met else MEET_AGAIN
        return probed + every.total_seconds() <= self.ticks()

    def probe(self, source: Source) -> str:
        """Ask the source who it is and keep the answer; see `core.flows.probe`."""
        self._probed[source.name] = self.ticks()
        state = probe(self.store, source)
        self._usable.pop(source.name, None)
        if state == "ok":
            if source.name not in self._met:
                self._behind[source.name] = source.host_now()
            self._met.add(source.name)
        elif state == "stopped":
            self._met.discard(source.name)
        else:
            self._note_away(source)
        return state

    def sync(self, source: Source, kinds: frozenset[LaneKind], stop: Stop, *, forced: bool = False) -> Done:
        """Pull the lanes of these kinds that are due."""
        kept = self._kept_from("sync", source)
        if kept is not None:
            return kept
        if LaneKind.LIVE not in kinds:
            return sync(self.store, source, kinds, stop, forced=forced)
        self._reading.add(source.name)
        try:
            behind = self._behind.get(source.name)
            done = sync(self.store, source, kinds, stop, forced=forced, behind=behind)
            if done.reason:
                self._note_away(source)
        finally:
            self._reading.discard(source.name)
        return done

    def _note_away(self, source: Source) -> None:
        """Remember that a source is away: it has to be caught up with once it is back."""
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        if row is not None and row.state in {"refused", "unreachable"}:
            self._behind[source.name] = source.host_now()

    def caught_up(self, source: Source) -> bool:
        """Say whether what happened while the source was away, or this process, has been read.

        Until then clocks are judged by what was known before, and nobody is told of them.
        """
        since = self._behind.get(source.name)
        if since is not None and source.name not in self._reading and caught_up(self.store, source, since):
            self._behind.pop(source.name, None)
        return source.name not in self._behind

    def backfilling(self, source: Source) -> bool:
        """Say whether the past of this connection is still being read."""
        return backfilling(self.store, source)

    def evaluate(self, source: Source, stop: Stop) -> Done:
        """Judge what is waiting."""
        return evaluate(self.store, source, self.active, stop)

    def confirm(self, source: Source, stop: Stop) -> Done:
        """Look directly at one batch of breaches that rest on silence."""
        return self._kept_from("confirm", source) or confirm(self.store, source, stop)

    def follow(self, source: Source, stop: Stop) -> Done:
        """Look directly at one batch of tickets that the source has told of by itself."""
        return self._kept_from("follow", source) or follow(self.store, source, stop)

    def census(self, source: Source, stop: Stop, *, forced: bool = False) -> Done:
        """Count the tickets of the connection, where a census is due or `forced`."""
        return self._kept_from("census", source) or census.take(self.store, source, stop, forced=forced)

    def age(
        self, stop: Stop, *, author: str, forced: bool = False, told: Callable[[int], None] = lambda count: None
    ) -> Aged | None:
        """Remove what is older than it is to be kept; None where that was done within a day and is not `forced`."""
        now = self.now()
        if not forced and not due(self.store, now):
            return None
        sources, kept = list(self.sources.values()), self.configuration.retention
        return age(self.store, sources, self.active, kept, stop, now=now, author=author, zones=self.zones, told=told)

    def deliver(self, source: Source, stop: Stop) -> Done:
        """Write what tickets should show and do not."""
        return self._kept_from("deliver", source) or deliver(
            self.store, source, self.active, stop, process=self.process
        )

    def note(self, source: Source, stop: Stop) -> Done:
        """Leave internal notes on tickets that have breached, where the connection says so."""
        return self._kept_from("note", source) or note(self.store, source, stop)

    def retract(self, source: Source, stop: Stop) -> Done:
        """Clear what tickets show of the hub's; raises SettingsError while the connection may write."""
        return self._kept_from("retract", source) or retract(
            self.store, source, self.active, stop, process=self.process
        )

    def keep_registered(self, source: Source) -> Done:
        """Have the source send hints, where the connection says where to."""
        url, secret = source.settings.hints.url, source.hint_secret
        return self._kept_from("hints", source) or keep_registered(self.store, source, url, secret, source.now())

    def watch(self, watch: Watch) -> None:
        """Look at what no flow meets by itself. watch: remembers what the last look has found."""
        watch.look(self.store, list(self.sources.values()), self.active, self.now())

    def tell(self, stop: Stop) -> int:
        """Tell an admin of findings that began and that are over; return how many messages were sent."""
        left_out = self.configuration.alerts.left_out
        return alerts.tell(self.store, self.recipients(), left_out, self.now, self.process, stop)

    def judge_and_deliver(self, source: Source, stop: Stop) -> Iterator[Done]:
        """Evaluate, confirm what came due, and deliver, until nothing is left to do now."""
        yield self.evaluate(source, stop)
        while not stop.reached():
            looked = self.confirm(source, stop)
            if looked.read or looked.reason:
                yield looked
            if not looked.read:
                break
            yield self.evaluate(source, stop)
        yield self.deliver(source, stop)
        if source.settings.note:
            yield self.note(source, stop)

    def _kept_from(self, flow: str, source: Source) -> Done | None:
        """Return why a flow may not ask the source, meeting it first where that has not been done; else None."""
        if source.name not in self._met:
            self.probe(source)
        if self.usable(source):
            return None
        with self.store.view() as tx:
            row = connections.get(tx, source.name)
        if row is None:
            return Done(flow, source.name, reason="it was never opened")
        reason = f"{row.state}: {row.reason}" if row.reason else "its call limits leave no call to meet it for now"
        return Done(flow, source.name, reason=reason)
