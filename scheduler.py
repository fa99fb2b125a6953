"""What runs when: APScheduler jobs over a Hub, signals, and an orderly stop."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from core.errors import HubError, StoreError
from core.flows import follow, hints
from core.flows.broken_jobs import BrokenJobs
from core.flows.source import Done
from core.flows.stop import StopSignal
from core.flows.watching import Watch
from core.hub import Hub
from core.ports import RegistersHints, TakesHints
from core.store import connections, owner, provisions, revisions, runs, waits
from core.telemetry import Outage
from core.turns import Turn

__all__ = ["Daemon"]

log = structlog.get_logger("slahub")

GRACE = 8.0
"""Seconds that running jobs have to reach a safe place once the daemon is told to stop."""

PULL_LOOKS = timedelta(seconds=2)
"""How often lanes and hints are looked at; each has its own rhythm and is left alone until then."""

TICK = timedelta(milliseconds=250)
"""How often due times are looked at; one indexed query where nothing is due."""

WATCH = timedelta(seconds=1)

CENSUS_LOOKS = timedelta(minutes=1)
"""How often it is asked whether a census is due: one a day is."""

AGE_LOOKS = timedelta(minutes=10)
"""How often it is asked whether a day has passed since what is old was removed."""

FOLDER = timedelta(seconds=10)
"""How often the folder's files are looked at; they are read only when one has changed."""

LOOKS_AROUND = timedelta(minutes=1)
"""How often what no flow meets by itself is looked at."""

ALERTS = timedelta(seconds=5)
"""How often it is asked whether there is anything to tell an admin."""

REST = 10.0
"""Seconds for which a job is left alone after it broke."""

LOOKS = 1.0
"""Seconds between two looks of the daemon at the host's clock."""

STEP = 3.0
"""Seconds in such a while by which a clock was set, rather than drifted."""

TURNING = 30.0
"""Seconds since it last gave out work after which a scheduler stands still."""

_POOLS = (
    "role",
    "watch",
    "age",
    "probe",
    "live",
    "backfill",
    "census",
    "evaluate",
    "deliver",
    "look",
    "alerts",
    follow.FLOW,
    hints.FLOW,
)
_THREADS = 64
"""At most, in each pool; one is made only while there is a job for it: a connection has one job in each."""


class Daemon:
    """Runs a hub until it is told to stop.

    reopen: gives the hub of the revision that is in force now, on the same database, with secrets read again.
    look: notes whether the folder still says what is in force. new_secrets: says whether a secret's file holds another
        one than the hub was opened with. beside: gives what runs while the daemon does, once the role is its own.
    """

    def __init__(
        self,
        hub: Hub,
        reopen: Callable[[], Hub],
        stop: StopSignal,
        look: Callable[[], None] = lambda: None,
        beside: Callable[["Daemon"], AbstractContextManager[object]] = nullcontext,
        new_secrets: Callable[[], bool] = lambda: False,
    ) -> None:
        self._hub, self._reopen, self._stop, self._look, self._beside = hub, reopen, stop, look, beside
        self._new_secrets = new_secrets
        self._until = stop.part()
        self._reread = threading.Event()
        self._planning = threading.Lock()
        self._role: owner.Claim | None = None
        self._lost: StoreError | None = None
        self._busy = 0
        self._idle = threading.Condition()
        self._outages: dict[str, Outage] = {}
        self._rests: dict[str, float] = {}
        self._beat = time.monotonic()
        self._broken = BrokenJobs()
        self._planned: set[str] = set()
        self._around = Watch()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(_THREADS) for name in _POOLS},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # A job that still runs when its next turn comes is usual here: the turn is left out.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

    def run(self) -> None:
        """Work until the stop signal is set, by SIGTERM, SIGINT or a caller.

        Raises: StoreError naming who runs, when another daemon owns the database or has come to own it.
        """
        with owner.claim(self._hub.store, now=self._hub.now()) as self._role, self._signals(), self._beside(self):
            with self._hub.store.unit() as tx:
                runs.give_up(tx, self._hub.now())
            self.start()
            log.info("running", revision=self._hub.active.revision, connections=sorted(self._hub.sources))
            ahead = self._ahead()
            while not self._stop.wait(LOOKS):
                ahead, before = self._ahead(), ahead
                if abs(ahead - before) > STEP:
                    self._clock_was_set(timedelta(seconds=ahead - before))
            self.end()
        if self._lost is not None:
            raise self._lost

    @property
    def hub(self) -> Hub:
        """The hub that is worked with at this moment."""
        return self._hub

    def turning(self) -> bool:
        """Say whether the scheduler still gives out work."""
        return time.monotonic() - self._beat < TURNING

    @contextmanager
    def working(self) -> Generator[None]:
        """Mark a piece of work that an orderly stop waits for."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

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
            if self._lost is not None:
                log.error("another daemon has taken over", reason=str(self._lost))
            self._hub.store.close()
            os._exit(0 if self._lost is None else 2)

    def _ahead(self) -> float:
        """Return how far the host's clock is ahead of one that nobody sets, in seconds."""
        return self._hub.now().timestamp() - time.monotonic()

    def _clock_was_set(self, by: timedelta) -> None:
        """Go on at once: what waits for an instant by the host's clock may have to wait for hours now."""
        log.warning("the host's clock was set", by_seconds=round(by.total_seconds()))
        with self._planning:
            self._plan()
        if by < timedelta():
            try:
                with self._hub.store.unit() as tx:
                    waits.shift(tx, by)
            except StoreError as error:
                log.warning("what waits goes on waiting by the clock as it was", reason=str(error))

    def _plan(self) -> None:
        self._scheduler.remove_all_jobs()
        self._planned.clear()
        if self._role is not None:
            self._every("role", WATCH, self._keep_role, self._role)
        self._every("watch", WATCH, self._watch)
        self._every("watch turning", WATCH, self._turned)
        self._every("watch folder", FOLDER, self._look)
        self._every("look around", LOOKS_AROUND, self._look_around)
        self._every("alerts", ALERTS, self._tell_admin)
        turn = Turn(self._hub, self._until, self._told)
        self._every("age", AGE_LOOKS, turn.age)
        for name, source in self._hub.sources.items():
            self._every(f"probe {name}", PULL_LOOKS, turn.probe, source)
            self._every(f"live {name}", PULL_LOOKS, turn.live, source)
            self._every(f"backfill {name}", PULL_LOOKS, turn.backfill, source)
            self._every(f"census {name}", CENSUS_LOOKS, turn.census, source)
            self._every(f"evaluate {name}", TICK, turn.evaluate, source)
            self._every(f"deliver {name}", TICK, turn.deliver, source)
            if source.hint_secret and isinstance(source.connector, TakesHints):
                self._every(f"{follow.FLOW} {name}", TICK, turn.follow, source)
            if isinstance(source.connector, RegistersHints):
                self._every(f"{hints.FLOW} {name}", PULL_LOOKS, turn.hints, source)
        self._broken.take_over(self._hub.store, self._planned, self._hub.now)

    def _every(self, name: str, every: timedelta, work: Callable[..., None], *args: object) -> None:
        self._planned.add(name)
        self._scheduler.add_job(
            self._job,
            "interval",
            seconds=every.total_seconds(),
            args=(name, work, *args),
            id=name,
            executor=name.partition(" ")[0],
            next_run_time=datetime.now(UTC),
        )

    def _job(self, name: str, work: Callable[..., None], *args: object) -> None:
        """Do one job; whatever breaks in it ends nothing but this turn, and is told once."""
        if self._stop.reached() or time.monotonic() < self._rests.get(name, 0.0):
            return
        with self.working():
            try:
                work(*args)
            except HubError as error:
                self._rests[name] = time.monotonic() + REST
                if self._down(name):
                    log.warning("job failed", job=name, reason=str(error))
                self._broken.broke(self._hub.store, name, str(error), self._hub.now)
            except Exception as error:
                self._rests[name] = time.monotonic() + REST
                self._down(name)
                log.exception("job broke", job=name)
                self._broken.broke(self._hub.store, name, f"{type(error).__name__}: {error}", self._hub.now)
            else:
                self._up(name, job=name)
                self._broken.well(self._hub.store, name, self._hub.now)

    def _look_around(self) -> None:
        self._hub.watch(self._around)

    def _tell_admin(self) -> None:
        if sent := self._hub.tell(self._until):
            log.info("alerts", sent=sent)

    def _keep_role(self, role: owner.Claim) -> None:
        """End where another daemon has taken over, before both of them go on for long."""
        try:
            kept = role.keep()
        except StoreError as error:
            self._lost = error
            self._stop.set()
            return
        if kept:
            self._up("role", job="role")
        elif self._down("role"):
            log.warning("the database no longer knows this process as the one that runs; it is told so again")

    def _turned(self) -> None:
        self._beat = time.monotonic()

    def _watch(self) -> None:
        """Work on with the newest revision and fields, and with secrets that are asked to be read again."""
        with self._hub.store.view() as tx:
            newest, provided = revisions.last(tx), provisions.newest(tx)
            refused = any(row.state == "refused" for row in connections.every(tx) if row.name in self._hub.sources)
        again = self._reread.is_set() or (refused and self._new_secrets())
        if (newest, provided) == (self._hub.active.revision, self._hub.provided) and not again:
            return
        self._reread.clear()
        what = "revision in force" if newest != self._hub.active.revision else "fields recorded"
        hub = self._reopen()
        with self._planning:
            # What still runs by the old one ends at its next safe place.
            self._until.set()
            self._hub, self._until = hub, self._stop.part()
            self._plan()
        log.info("secrets read again" if again else what, revision=hub.active.revision)

    def _told(self, done: Done) -> None:
        """Log what a flow did; a source that does not answer once, and once when it does again."""
        name = f"{done.flow} {done.connection}"
        if done.reason:
            if self._down(name):
                log.warning("out of reach", flow=done.flow, connection=done.connection, reason=done.reason)
        elif done.calls or done.read or done.written:
            self._up(name, flow=done.flow, connection=done.connection)
        if done.read or done.changed or done.written:
            log.info(
                done.flow,
                connection=done.connection,
                read=done.read,
                changed=done.changed,
                written=done.written,
                calls=done.calls,
            )

    def _down(self, name: str) -> bool:
        self._outages[name], news = self._outages.get(name, Outage()).down(self._hub.now())
        return news

    def _up(self, name: str, **about: str) -> None:
        if name in self._outages:
            _, length = self._outages.pop(name).up(self._hub.now())
            log.info("well again", **about, after_seconds=int(length.total_seconds()) if length else 0)

    @contextmanager
    def _signals(self) -> Generator[None]:
        # In a thread of its own: the main one may hold the very lock that setting an event takes.
        def ask(number: int, frame: FrameType | None) -> None:
            threading.Thread(target=self._stop.set).start()

        def reread(number: int, frame: FrameType | None) -> None:
            threading.Thread(target=self._reread.set).start()

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
