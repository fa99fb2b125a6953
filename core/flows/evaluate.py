"""Evaluate: judge the tickets whose input has grown or whose time has come, and store what follows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.errors import HubError
from core.flows import calling, linking, noting, word_findings
from core.flows.active import Active
from core.flows.source import Done, Read, Source, meanings
from core.ports import Fetches, Slot, Stop, Value
from core.settings import Connection, Mode, Pilot
from core.sla import judge, shown
from core.sla.history import Desk, History
from core.sla.policy import Rules
from core.sla.verdict import Clock, Headline, Judgement, Normal, State
from core.sla.words import spoken
from core.store import Store, Tx, connections, findings, histories, judgements, lanes, queue, revisions
from core.store.histories import Loaded
from core.store.judgements import Evaluated
from core.tickets import OnLeave, Phase, Presence

__all__ = ["BATCH", "UNJUDGED", "Active", "desk_of", "evaluate", "relevant"]

BATCH = 500
WORKED_ON = frozenset({Phase.NEW, Phase.OPEN, Phase.WAITING})
LOST = frozenset({Presence.DELETED, Presence.FORBIDDEN})
UNJUDGED = (HubError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What one ticket's odd history may raise; it must not hold up the others."""

RESOLUTION = timedelta(seconds=1)
"""Sources speak in whole seconds: an action in the second of the due time may still be on its way."""


def evaluate(store: Store, source: Source, active: Active, stop: Stop, *, limit: int | None = None) -> Done:
    """Judge what is waiting, in batches, until nothing is, `limit` tickets are done, or `stop` is reached.

    Nothing is judged by rules that are in force no more: a process that knows the newer ones does it.
    """
    began = time.monotonic()
    done = Done("evaluate", source.name)
    before: Desk | None = None
    linking.pass_on(store, source, active)
    while not stop.reached() and (limit is None or done.evaluated < limit):
        batch, before = _batch(store, source, active, before)
        if batch is None:
            break
        done += batch
    return replace(done, seconds=round(time.monotonic() - began, 3))


def _batch(store: Store, source: Source, active: Active, before: Desk | None) -> tuple[Done | None, Desk | None]:
    now = source.now()
    with store.view() as tx:
        ids = queue.waiting(tx, source.id, now, BATCH)
        if not ids or revisions.last(tx) > active.revision:
            return None, before
        row = connections.get(tx, source.name)
        armed_at = row.armed_at if row is not None else None
        loaded = histories.load(tx, source.id, ids)
        desk = desk_of(tx, source, loaded, before)
        looks = isinstance(source.connector, Fetches) and not lanes.backfilling(tx, source.id)
    joins: linking.Joins = {}
    if active.links:
        linking.note(store, source, loaded, desk, active)
        with store.view() as tx:
            joins = linking.joins(tx, source, loaded, desk, active)
    judged: list[Evaluated] = []
    parked: list[tuple[Loaded, str]] = []
    for plain in loaded:
        each, rules = plain, relevant(active.rules, plain.history.ticket.created_at)
        try:
            each = linking.woven(plain, joins)
            judgement = judge(each.history, desk, rules, now, source.settings.show.agreements)
        except UNJUDGED as error:
            # A person looks at the parked one.
            parked.append((each, f"{type(error).__name__}: {error}"))
            continue
        made = _evaluated(each, judgement, desk, source=source, active=active, armed_at=armed_at)
        if made.desired is not None:
            ticket = each.history.ticket.id
            made = replace(made, notes=noting.wished(judgement, source.settings, ticket, armed_at, now))
        judged.append(replace(made, confirm_at=now) if looks and _blind(each, judgement) else made)
    with store.unit() as tx:
        connections.hold(tx, source.id)
        changed = judgements.record(
            tx,
            judged,
            revision=active.revision,
            judged_at=now,
            known_from=source.host_now(),
            noting=source.settings.note,
        )
        for each, reason in parked:
            queue.park(tx, each.id, each.input_version, reason, source.host_now())
        _unmapped(tx, source, judged, desk)
        if before is None or before.labels is not desk.labels:
            calling.note(tx, source, active.rules[-1], desk.labels)
        if before is None or before.mapping is not desk.mapping:
            word_findings.note(tx, source)
    source.metrics.evaluated(source.name, len(loaded))
    return Done("evaluate", source.name, evaluated=len(loaded), changed=changed), desk


def desk_of(tx: Tx, source: Read, loaded: Sequence[Loaded], before: Desk | None = None) -> Desk:
    """Return what these tickets share: the mapping, the people in their histories, the names people see.

    before: the desk of the last batch; what has not changed is the same object, so that the engine
        need not read the rules anew.
    """
    actors = {event.actor for each in loaded for event in each.history.events if event.actor is not None}
    actors |= {
        comment.author
        for each in loaded
        for event in each.history.events
        for comment in event.comments
        if comment.author is not None
    }
    labels = histories.labels(tx, source.id)
    same = before is not None and before.labels == labels
    return Desk(
        connection=source.name,
        mapping=meanings(tx, source.id, source.mapping),
        people=histories.people(tx, source.id, actors),
        labels=before.labels if before is not None and same else labels,
    )


def relevant(rules: Sequence[Rules], created_at: datetime) -> Sequence[Rules]:
    """Return the revisions that can govern a clock of a ticket created then."""
    before = [index for index, each in enumerate(rules) if each.applied_at <= created_at]
    return rules[before[-1] :] if before else rules


def _evaluated(
    each: Loaded, judgement: Judgement, desk: Desk, *, source: Source, active: Active, armed_at: datetime | None
) -> Evaluated:
    doubts = [clock for clock in judgement.clocks if not clock.confirmed and clock.state is not State.UNKNOWN]
    horizon = each.history.horizon
    ends = [(at, clock.breached) for clock in doubts if (at := _end(clock, each.history)) is not None]
    # What lies before the horizon already waits for something else: for an author to become known.
    silent = [(at, breached) for at, breached in ends if horizon is None or at >= horizon]
    breaches = [at for at, breached in silent if breached]
    direct = isinstance(source.connector, Fetches)
    return Evaluated(
        ticket=each.id,
        input_version=each.input_version,
        judgement=judgement,
        desired=_desired(each, judgement, desk, source.settings, armed_at, active.labels),
        mass=each.evaluated_revision is not None and each.evaluated_revision < active.revision,
        confirm_at=min(breaches) + RESOLUTION if breaches and direct else None,
        settle_at=min((at for at, _ in silent), default=None),
    )


def _blind(each: Loaded, judgement: Judgement) -> bool:
    """Say whether people work on a ticket that is shown, and whose beginning lies before the past that was read."""
    hidden = each.history.ticket.presence in LOST
    return each.history.whole_since is None and judgement.normal.status.phase in WORKED_ON and not hidden


def _end(clock: Clock, history: History) -> datetime | None:
    """Return the instant on whose far side nothing can change a clock that is not confirmed."""
    if not clock.breached or clock.breached_at is None:
        return clock.completed_at
    # What was due before the horizon is so by an event from behind it.
    behind = history.horizon is not None and clock.breached_at < history.horizon and history.events
    return max(clock.breached_at, history.events[-1].at) if behind else clock.breached_at


def _desired(
    each: Loaded,
    judgement: Judgement,
    desk: Desk,
    settings: Connection,
    armed_at: datetime | None,
    labels: Mapping[str, str],
) -> Mapping[Slot, Value | None] | None:
    """Return what the ticket's fields shall show, or None where the hub writes nothing."""
    if armed_at is None or not _written(each, judgement, desk, settings, armed_at):
        return None
    values = shown(judgement, labels, ZoneInfo(settings.show.timezone))
    if values[Slot.STATE] == Headline.UNKNOWN and each.history.whole_since is None:
        return None
    return {slot: values[slot] for slot in settings.write_back}


def _written(each: Loaded, judgement: Judgement, desk: Desk, settings: Connection, armed_at: datetime) -> bool:
    """Say whether the hub writes to this ticket: there, in scope, in its mode, and not resolved before it was armed."""
    ticket, normal = each.history.ticket, judgement.normal
    phase, there = normal.status.phase, {Presence.PRESENT}
    if desk.mapping.on_leave is OnLeave.KEEP:
        there.add(Presence.OUT_OF_SCOPE)
    if settings.mode is Mode.OBSERVE or ticket.presence not in there or not judgement.inside:
        return False
    if settings.mode is Mode.PILOT and not _in_pilot(settings.pilot, ticket.key, normal, desk):
        return False
    if phase is Phase.RESOLVED and normal.resolved_at is None:
        # Its history is not whole: nobody knows yet when it was resolved.
        return False
    return phase not in {Phase.CLOSED, Phase.CANCELLED} and (
        normal.resolved_at is None or normal.resolved_at >= armed_at
    )


def _in_pilot(pilot: Pilot, key: str, normal: Normal, desk: Desk) -> bool:
    return (
        key in pilot.tickets
        or bool(pilot.teams & _names(desk, "team", normal.team))
        or bool(pilot.organisations & _names(desk, "organisation", normal.organisation))
    )


def _names(desk: Desk, field: str, value: str | None) -> set[str]:
    return set() if value is None else {value, desk.labels.get((field, value), value)}


def _unmapped(tx: Tx, source: Source, judged: Sequence[Evaluated], desk: Desk) -> None:
    for field, value in sorted({pair for each in judged for pair in each.judgement.unmapped}):
        findings.note(
            tx,
            source.name,
            "unmapped",
            f"{field}={value}",
            f"the source's {spoken(field, value, desk.labels)} has no normal value; "
            f"add it under connections.{source.name}.mapping",
            source.host_now(),
        )
