"""Deliver: a planner over what each field should show, what was sent, and what it shows."""

import time
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from core.errors import RetryLater, SourceError, Unreadable
from core.flows import process as processes
from core.flows import reach
from core.flows.confirm import look
from core.flows.evaluate import Active
from core.flows.source import Done, Source
from core.ports import BoundsJobs, Delivery, Fetches, FieldUpdate, Outcome, Purpose, Slot, Stop, WritesBack
from core.settings import Mode
from core.store import Store, Tx, connections, deliveries, fields, findings, runs
from core.store.deliveries import Job
from core.store.fields import Wish

__all__ = ["BATCH", "FIRST_WRITES_AN_HOUR", "Planner", "deliver"]

BATCH = 100
FIRST_WRITES_AN_HOUR = 500
WRITES_A_TICKET_AN_HOUR = 6
LOST_AFTER = timedelta(minutes=2)
LOST_LOOKS = timedelta(seconds=5)
RETRY_AFTER = timedelta(seconds=30)
BUSY_PAUSE = timedelta(minutes=10)
IDLE_PAUSE = timedelta(milliseconds=500)
"""How long wishes that may not be written yet (a bound is reached) are not looked at again."""

SOONEST_POLL, LATEST_POLL = timedelta(milliseconds=500), timedelta(seconds=30)
STORED_EVERY = 1.0
"""Seconds: answers that come one by one are stored together, but none waits longer."""

TROUBLES = ("busy", "in_doubt", "overwritten", "write_fails", "write_refused")


def deliver(store: Store, source: Source, active: Active, stop: Stop, *, process: str) -> Done:
    """Ask after pending jobs, then write what differs, most urgent first.

    process: a name that is this process's alone; what a dead one sent without an answer is looked at again.
    """
    connector = source.connector
    silent = source.settings.mode is Mode.OBSERVE or not source.settings.write_back or source.withheld
    if silent or not isinstance(connector, WritesBack) or source.resting("deliver") or stop.reached():
        return Done("deliver", source.name)
    return Planner(store, source, active, connector, process).run(stop)


class Planner:
    """One run over one connection; `written` counts the tickets that came to show what was sent."""

    flow: ClassVar[str] = "deliver"

    def __init__(self, store: Store, source: Source, active: Active, connector: WritesBack, process: str) -> None:
        self._store, self._source, self._active = store, source, active
        self._connector, self._process = connector, process
        self._fetches = connector if isinstance(connector, Fetches) else None
        self._most_jobs = connector.most_jobs() if isinstance(connector, BoundsJobs) else None
        self.written = 0

    def run(self, stop: Stop) -> Done:
        """Do what there is to do; what fails is left for a later run."""
        source = self._source
        done = Done(self.flow, source.name)
        jobs, senders, restless = self._waiting()
        if not (jobs or senders or restless):
            return done
        began, calls, began_at = time.monotonic(), source.meter.calls(), source.host_now()
        try:
            with source.meter.on(Purpose.WRITES):
                unread = self._settle(jobs)
                self._find_lost(senders)
                if restless or senders:
                    self._show(stop)
            if unread is not None:
                raise unread
            source.failing.pop(self.flow, None)
        except SourceError as error:
            done = replace(done, reason=reach.broken(self._store, source, self.flow, error, stop))
        done = replace(
            done,
            written=self.written,
            calls=source.meter.calls() - calls,
            seconds=round(time.monotonic() - began, 3),
        )
        if done.written or done.reason:
            self._log(done, began_at)
        return done

    def _waiting(self) -> tuple[list[Job], set[str], bool]:
        """Return jobs to ask after, processes that owe an answer, and whether some wish may go on."""
        source, now = self._source, self._source.host_now()
        with self._store.view() as tx:
            restless = self._restless(tx, now)
            jobs = [] if source.resting("settle") else deliveries.jobs(tx, source.id)
            senders = set[str]() if source.resting("lost") else deliveries.senders(tx, source.id)
        if not source.resting("lost"):
            source.rest("lost", LOST_LOOKS)
        if not jobs and not source.resting("settle"):
            source.rest("settle", SOONEST_POLL)
        return jobs, senders, restless

    def _restless(self, tx: Tx, now: datetime) -> bool:
        return fields.restless(tx, self._source.id, now, masses=True) and (
            not self._held(tx) or fields.restless(tx, self._source.id, now, masses=False)
        )

    def _held(self, tx: Tx) -> bool:
        row, revision = connections.get(tx, self._source.name), self._active.revision
        return row is not None and row.held_revision == revision and row.released_revision != revision

    def _settle(self, jobs: Sequence[Job]) -> Unreadable | None:
        """Ask after jobs, ever more rarely as they grow older; return why some cannot be read, which stops no other."""
        if not jobs:
            return None
        age = self._source.host_now() - max(job.sent_at for job in jobs)
        self._source.rest("settle", min(max(age / 4, SOONEST_POLL), LATEST_POLL))
        unread: Unreadable | None = None
        for start in range(0, len(jobs), BATCH):
            answers: list[Delivery] = []
            try:
                for answer in self._connector.settle([job.id for job in jobs[start : start + BATCH]]):
                    answers.append(answer)
            except Unreadable as error:
                unread = error
            finally:
                self._keep(answers)
        return unread

    def _find_lost(self, senders: Collection[str]) -> None:
        if not senders:
            return
        dead = {name for name in senders if processes.dead(name, self._process)}
        with self._unit() as tx:
            for key in deliveries.lost(tx, self._source.id, dead, self._source.host_now() - LOST_AFTER):
                self._note(tx, "in_doubt", key, "was written without an answer; it is looked at before anything else")

    def _show(self, stop: Stop) -> None:
        """Look where that is needed and write what differs, until nothing is left that may be written now."""
        masses, did = self._masses_may_go(), False
        while not (stop.reached() or self._full()):
            looked = self._look(masses=masses)
            planned = self._plan(masses=masses)
            if not looked and planned is None:
                break
            did = True
            if planned:
                self._write(planned)
        if masses and not did:
            self._source.rest(self.flow, IDLE_PAUSE)

    def _full(self) -> bool:
        """Say whether so many jobs are pending that no other may be begun."""
        if self._most_jobs is None:
            return False
        with self._store.view() as tx:
            return len(deliveries.jobs(tx, self._source.id)) >= self._most_jobs

    def _look(self, *, masses: bool) -> bool:
        """Look at one batch of tickets that nobody has seen since they were made, failed or were put off."""
        source, now = self._source, self._source.host_now()
        if source.resting("look"):
            return False
        with self._store.view() as tx:
            unseen = fields.unseen(tx, source.id, now, masses=masses, limit=BATCH)
        if not unseen:
            return False
        shown: Collection[str] = unseen
        left_out: Collection[str] = ()
        if self._fetches is not None:
            looked = look(self._store, source, self._fetches, unseen)
            shown, left_out = looked.shown, looked.left_out
            if left_out:
                # What needs no look is written meanwhile.
                source.rest("look", looked.after)
        with self._unit() as tx:
            deliveries.looked(tx, source.id, now, shown)
            hidden = [each for each in unseen if each not in shown and each not in left_out]
            deliveries.postpone(tx, source.id, hidden, now + BUSY_PAUSE)
        return len(left_out) < len(unseen)

    def _masses_may_go(self) -> bool:
        """Decide whether what a revision changed is written now; hold it, visibly, where it is too much."""
        source, now, revision = self._source, self._source.host_now(), self._active.revision
        with self._unit() as tx:
            row = connections.get(tx, source.name)
            if row is None or source.replaced(tx) or fields.mass_unsettled(tx, source.id, revision):
                return False
            count = fields.mass_pending(tx, source.id)
            if count <= source.settings.at_once or row.released_revision == revision:
                if count:
                    fields.release(tx, source.id)
                if row.held or row.held_revision is not None:
                    connections.update(tx, source.id, held=0, held_revision=None)
                findings.end(tx, source.name, "held", None, now)
                return True
            connections.update(tx, source.id, held=count, held_revision=revision)
            findings.note(
                tx,
                source.name,
                "held",
                f"revision {revision}",
                f"revision {revision} would change {count} tickets at once (at_once is "
                f"{source.settings.at_once}); look with 'slahub connections release {source.name} --dry-run', "
                f"then let them go with 'slahub connections release {source.name}'",
                now,
            )
            return False

    def _plan(self, *, masses: bool) -> list[Wish] | None:
        """Choose at most one batch inside the hourly bounds and note it as sent; None: there is nothing."""
        source, now = self._source, self._source.host_now()
        with self._unit() as tx:
            if source.replaced(tx):
                return None
            room = FIRST_WRITES_AN_HOUR - fields.first_writes(tx, source.id, now - timedelta(hours=1))
            found = fields.wishes(tx, source.id, now, masses=masses, firsts=room > 0, limit=BATCH)
            if not found:
                return None
            planned: list[Wish] = []
            for wish in found:
                if wish.recent >= WRITES_A_TICKET_AN_HOUR and wish.urgency > 0:
                    self._note(
                        tx, "busy", wish.key, f"was written {wish.recent} times within an hour; only breaches go on"
                    )
                    deliveries.postpone(tx, source.id, [wish.source_id], now + BUSY_PAUSE)
                    continue
                if wish.overruled:
                    slots = ", ".join(sorted(wish.overruled))
                    self._note(tx, "overwritten", wish.key, f"somebody keeps overwriting {slots}; it is left alone now")
                    deliveries.give_way(tx, wish.ticket, wish.overruled)
                if not wish.fields or (wish.first and room <= 0):
                    continue
                room -= 1 if wish.first else 0
                planned.append(wish)
            deliveries.sent(tx, planned, now, self._process)
            return planned

    def _write(self, planned: Sequence[Wish]) -> None:
        open_ones = {wish.source_id for wish in planned}
        answers: list[Delivery] = []
        stored_at = time.monotonic()
        try:
            for delivery in self._connector.write_back([FieldUpdate(wish.source_id, wish.fields) for wish in planned]):
                open_ones.discard(delivery.ticket_id)
                answers.append(delivery)
                if time.monotonic() - stored_at > STORED_EVERY:
                    self._keep(answers)
                    answers, stored_at = [], time.monotonic()
        except SourceError as error:
            self._keep(answers)
            if isinstance(error, RetryLater) and error.after is not None:
                # A source that asks for time has not done what it was asked; a batch looked at anew costs many calls.
                with self._unit() as tx:
                    deliveries.unsent(tx, self._source.id, open_ones)
            else:
                self._keep([Delivery(each, Outcome.RETRY, reason=str(error)) for each in open_ones], failed=False)
            raise
        answers += [Delivery(each, Outcome.RETRY, reason="the source says nothing of it") for each in open_ones]
        self._keep(answers)
        self._source.rests.pop("settle", None)

    def _keep(self, answers: Sequence[Delivery], *, failed: bool = True) -> None:
        """Store answers, and tell of tickets that do not take what they are to show."""
        if not answers:
            return
        now, source = self._source.host_now(), self._source
        reasons = {each.ticket_id: each.reason for each in answers}
        refused = {each.ticket_id for each in answers if each.outcome is Outcome.REFUSED}
        partly = {each.ticket_id: each.refused for each in answers if each.refused}
        with self._unit() as tx:
            if source.replaced(tx):
                # What was read back may stand in fields that are shown no more: that has to be looked at again.
                shown = [replace(each, outcome=Outcome.RETRY) for each in answers if each.outcome is Outcome.SHOWN]
                deliveries.delivered(tx, source.id, shown, now, RETRY_AFTER, failed=False)
                answers = [each for each in answers if each.outcome is not Outcome.SHOWN]
            failing = deliveries.delivered(tx, source.id, answers, now, RETRY_AFTER, failed=failed)
            for ticket_id, key in fields.keys(tx, source.id, refused).items():
                self._note(tx, "write_refused", key, f"takes no more updates: {reasons[ticket_id]}")
            for ticket_id, key in fields.keys(tx, source.id, partly.keys() - refused).items():
                self._note(tx, "write_refused", key, f"does not take {_told(partly[ticket_id])}")
            for ticket_id, key in fields.keys(tx, source.id, failing).items():
                text = f"does not take its fields: {reasons[ticket_id]}; tried ever more rarely, and parked in the end"
                self._note(tx, "write_fails", key, text)
        for each in answers:
            source.metrics.wrote(source.name, each.outcome)
        self.written += sum(each.outcome is Outcome.SHOWN for each in answers)

    def _note(self, tx: Tx, code: str, key: str, text: str) -> None:
        findings.note(tx, self._source.name, code, key, f"ticket {key} {text}", self._source.host_now())

    def _log(self, done: Done, began_at: datetime) -> None:
        """Keep the run, and end what is no longer so of single tickets."""
        source, now = self._source, self._source.host_now()
        with self._unit() as tx:
            run = runs.begin(tx, self.flow, source.id, "", began_at)
            outcome = "failed" if done.reason else "done"
            runs.end(tx, run, now, outcome, {"written": done.written, "calls": done.calls}, done.reason)
            troubles = [each for each in findings.open_ones(tx, source.name) if each.code in TROUBLES]
            still = fields.troubled(tx, source.id, now) if troubles else set[str]()
            for each in troubles:
                if each.subject not in still:
                    findings.end(tx, source.name, each.code, each.subject, now)

    @contextmanager
    def _unit(self) -> Generator[Tx]:
        with self._store.unit() as tx:
            connections.hold(tx, self._source.id)
            yield tx


def _told(refused: Mapping[Slot, str]) -> str:
    """Return which slots are not taken, those of one reason together."""
    slots: dict[str, list[str]] = {}
    for slot, why in refused.items():
        slots.setdefault(why, []).append(str(slot))
    return "; ".join(f"{', '.join(each)} ({why})" for why, each in slots.items())
