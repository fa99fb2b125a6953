"""What the daemon does each time a flow has its turn with a connection."""

from collections.abc import Callable
from dataclasses import asdict

import structlog

from core.flows import hints
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import BACKFILL, LIVE, Hub

__all__ = ["Turn"]

log = structlog.get_logger("slahub")


class Turn:
    """One turn of each flow over one hub; `until` ends them when that hub is replaced or the daemon stops."""

    def __init__(self, hub: Hub, until: StopSignal, tell: Callable[[Done], None]) -> None:
        self._hub, self._until, self._tell = hub, until, tell

    def probe(self, source: Source) -> None:
        if self._hub.probe_due(source):
            state = self._hub.probe(source)
            log.info("probed", connection=source.name, state=state)

    def live(self, source: Source) -> None:
        if self._hub.usable(source):
            self._tell(self._hub.sync(source, LIVE, self._until))

    def backfill(self, source: Source) -> None:
        if self._hub.usable(source) and self._hub.backfilling(source):
            self._tell(self._hub.sync(source, BACKFILL, self._until))

    def census(self, source: Source) -> None:
        if self._hub.usable(source):
            self._tell(self._hub.census(source, self._until))

    def age(self) -> None:
        done = self._hub.age(self._until, author="daemon")
        if done is not None and any(asdict(done).values()):
            log.info("age", **asdict(done))

    def evaluate(self, source: Source) -> None:
        self._tell(self._hub.evaluate(source, self._until))

    def hints(self, source: Source) -> None:
        if self._hub.usable(source) and not source.resting(hints.FLOW):
            self._tell(self._hub.keep_registered(source))

    def follow(self, source: Source) -> None:
        if not self._hub.usable(source):
            return
        followed = self._hub.follow(source, self._until)
        self._tell(followed)
        if followed.read:
            # What was just seen does not wait for the next tick.
            self._tell(self._hub.evaluate(source, self._until))

    def deliver(self, source: Source) -> None:
        if not self._hub.usable(source) or not self._hub.caught_up(source):
            return
        looked = self._hub.confirm(source, self._until)
        self._tell(looked)
        if looked.read:
            # A breach that was just confirmed does not wait for the next tick.
            self._tell(self._hub.evaluate(source, self._until))
        self._tell(self._hub.deliver(source, self._until))
        if source.settings.note:
            self._tell(self._hub.note(source, self._until))
