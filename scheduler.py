"""What runs when: APScheduler jobs over a Hub, signals, and an orderly stop."""

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from core.errors import HubError
from core.flows.source import Done, Source
from core.flows.stop import StopSignal
from core.hub import BACKFILL, LIVE, Hub
from core.store import owner, revisions

__all__ = ["Daemon"]

log = structlog.get_logger("slahub")

GRACE = 8.0
"""Seconds that running jobs have to reach a safe place once the daemon is told to stop."""

PULL_LOOKS = timedelta(seconds=2)
"""How often lanes are looked at; each has its own rhythm and is left alone until then."""

TICK = timedelta(milliseconds=250)
"""How often due times are looked at; one indexed query where nothing is due."""

WATCH = timedelta(seconds=1)
PROBE_EVERY = timedelta(hours=1)
PROBE_AGAIN = timedelta(minutes=10)


class Daemon:
    """Runs a hub until it is told to stop.

    reopen: gives the hub of the revision that is in force now, on the same database.
    """

    def __init__(self, hub: Hub, reopen: Callable[[], Hub], stop: StopSignal) -> None:
        self._hub, self._reopen, self._stop = hub, reopen, stop
        self._busy = 0
        self._idle = threading.Condition()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(size) for name, size in _POOLS.items()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Work until the stop signal is set, by SIGTERM, SIGINT or a caller.

        Raises: StoreError naming who runs, when another daemon owns the database.
        """
        with owner.claim(self._hub.store, now=self._hub.now()), self._signals():
            self.start()
            log.info("running", revision=self._hub.active.revision, connections=sorted(self._hub.sources))
            while not self._stop.wait(1.0):
                pass
            self.end()

    def start(self) -> None:
        """Plan the jobs and let them run in the background."""
        self._plan()
        self._scheduler.start()

    def end(self) -> None:
        """Stop planning and let running jobs end; nothing is half done even where one is cut off."""
        self._stop.set()
        self._scheduler.shutdown(wait=False)
        with self._idle:
            quiet = self._idle.wait_for(lambda: self._busy == 0, GRACE)
        log.info("stopped", clean=quiet)
        if not quiet:
            self._hub.store.close()
            os._exit(0)

    def _plan(self) -> None:
        self._scheduler.remove_all_jobs()
        self._every("watch", WATCH, "evaluate", self._watch)
        for source in self._hub.sources.values():
            name = source.name
            self._every(f"probe {name}", PROBE_AGAIN, "sync", self._probe, source)
            self._every(f"live {name}", PULL_LOOKS, "sync", self._live, source)
            self._every(f"backfill {name}", PULL_LOOKS, "backfill", self._backfill, source)
            self._every(f"evaluate {name}", TICK, "evaluate", self._evaluate, source)
            self._every(f"deliver {name}", TICK, "deliver", self._deliver, source)

    def _every(self, name: str, every: timedelta, pool: str, work: Callable[..., None], *args: Source) -> None:
        self._scheduler.add_job(
            self._job,
            "interval",
            seconds=every.total_seconds(),
            args=(name, work, *args),
            id=name,
            executor=pool,
            next_run_time=datetime.now(UTC),
        )

    def _job(self, name: str, work: Callable[..., None], *args: Source) -> None:
        if self._stop.reached():
            return
        with self._idle:
            self._busy += 1
        try:
            work(*args)
        except HubError as error:
            log.warning("job failed", job=name, reason=str(error))
        except Exception:
            log.exception("job broke", job=name)
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _watch(self) -> None:
        with self._hub.store.view() as tx:
            newest = revisions.newest(tx)
        if newest is not None and newest.number != self._hub.active.revision:
            self._hub = self._reopen()
            log.info("revision in force", revision=self._hub.active.revision)
            self._plan()

    def _probe(self, source: Source) -> None:
        if self._hub.probe_due(source, PROBE_EVERY):
            state = self._hub.probe(source)
            log.info("probed", connection=source.name, state=state)

    def _live(self, source: Source) -> None:
        if self._hub.usable(source):
            self._told(self._hub.sync(source, LIVE, self._stop))

    def _backfill(self, source: Source) -> None:
        if self._hub.usable(source) and self._hub.backfilling(source):
            self._told(self._hub.sync(source, BACKFILL, self._stop))

    def _evaluate(self, source: Source) -> None:
        self._told(self._hub.evaluate(source, self._stop))

    def _deliver(self, source: Source) -> None:
        if self._hub.usable(source):
            looked = self._hub.confirm(source, self._stop)
            if looked.read:
                # A breach that was just confirmed does not wait for the next tick.
                self._told(looked)
                self._told(self._hub.evaluate(source, self._stop))
            self._told(self._hub.deliver(source, self._stop))

    def _told(self, done: Done) -> None:
        if done.read or done.changed or done.written or done.reason:
            log.info(
                done.flow,
                connection=done.connection,
                read=done.read,
                changed=done.changed,
                written=done.written,
                calls=done.calls,
                **({"reason": done.reason} if done.reason else {}),
            )

    @contextmanager
    def _signals(self) -> Generator[None]:
        def ask(number: int, frame: FrameType | None) -> None:
            self._stop.set()

        def reread(number: int, frame: FrameType | None) -> None:
            log.info("SIGHUP: secrets are read again with the next revision; nothing is put into force")

        old = {
            signal.SIGTERM: signal.signal(signal.SIGTERM, ask),
            signal.SIGINT: signal.signal(signal.SIGINT, ask),
            signal.SIGHUP: signal.signal(signal.SIGHUP, reread),
        }
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)


_POOLS = {"sync": 8, "backfill": 4, "evaluate": 2, "deliver": 4}
