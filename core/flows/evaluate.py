"""Evaluate: judge the tickets whose input has grown or whose time has come, and store what follows."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.errors import HubError
from core.flows.source import Done, Source
from core.ports import Fetches, Slot, Stop, Value
from core.settings import Connection, Mode, Pilot
from core.sla import judge, shown
from core.sla.history import Desk
from core.sla.policy import Rules
from core.sla.verdict import Headline, Judgement, Normal, State
from core.store import Store, Tx, findings, histories, judgements, queue
from core.store.histories import Loaded
from core.store.judgements import Evaluated
from core.tickets import Phase, Presence

__all__ = ["BATCH", "Active", "desk_of", "evaluate"]

BATCH = 500
RESOLUTION = timedelta(seconds=1)
"""Sources speak in whole seconds: an action in the second of the due time may still be on its way."""


@dataclass(frozen=True, slots=True)
class Active:
    """What is in force: every revision as the engine sees it, ascending; the last one is active."""

    rules: tuple[Rules, ...]

    @property
    def labels(self) -> dict[str, str]:
        """What people call each policy of the active revision, by its name."""
        return {policy.name: policy.label for policy in self.rules[-1].policies if policy.label}

    @property
    def revision(self) -> int:
        return self.rules[-1].revision


def evaluate(
    store: Store, source: Source, active: Active, stop: Stop, *, armed_at: datetime | None, limit: int | None = None
) -> Done:
    """Judge what is waiting, in batches, until nothing is, `limit` tickets are done, or `stop` is reached."""
    began = time.monotonic()
    done = Done("evaluate", source.name)
    before: Desk | None = None
    while not stop.reached() and (limit is None or done.evaluated < limit):
        batch, before = _batch(store, source, active, armed_at, before)
        if batch is None:
            break
        done += batch
    return replace(done, seconds=round(time.monotonic() - began, 3))


def _batch(
    store: Store, source: Source, active: Active, armed_at: datetime | None, before: Desk | None
) -> tuple[Done | None, Desk | None]:
    now = source.now()
    with store.view() as tx:
        ids = queue.waiting(tx, source.id, now, BATCH)
        if not ids:
            return None, before
        loaded = histories.load(tx, source.id, ids)
        desk = desk_of(tx, source, loaded, before)
    judged: list[Evaluated] = []
    parked: list[tuple[Loaded, str]] = []
    for each in loaded:
        rules = _relevant(active.rules, each.history.ticket.created_at)
        try:
            judgement = judge(each.history, desk, rules, now, source.settings.show.agreements)
        except (HubError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            # One ticket's odd history must not hold up the others; a person looks at the parked one.
            parked.append((each, f"{type(error).__name__}: {error}"))
            continue
        judged.append(_evaluated(each, judgement, desk, source=source, active=active, armed_at=armed_at))
    with store.unit() as tx:
        changed = judgements.record(tx, judged, revision=active.revision, judged_at=now, known_from=source.host_now())
        for each, reason in parked:
            queue.park(tx, each.id, each.input_version, reason, source.host_now())
        _unmapped(tx, source, judged)
    return Done("evaluate", source.name, evaluated=len(loaded), changed=changed), desk


def desk_of(tx: Tx, source: Source, loaded: Sequence[Loaded], before: Desk | None = None) -> Desk:
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
        mapping=source.mapping,
        people=histories.people(tx, source.id, actors),
        labels=before.labels if before is not None and same else labels,
    )


def _relevant(rules: Sequence[Rules], created_at: datetime) -> Sequence[Rules]:
    """Return the revisions that can govern a clock of a ticket created then."""
    before = [index for index, each in enumerate(rules) if each.applied_at <= created_at]
    return rules[before[-1] :] if before else rules


def _evaluated(
    each: Loaded, judgement: Judgement, desk: Desk, *, source: Source, active: Active, armed_at: datetime | None
) -> Evaluated:
    doubts = [clock for clock in judgement.clocks if not clock.confirmed and clock.state is not State.UNKNOWN]
    breaches = [clock.due_at for clock in doubts if clock.breached and clock.due_at is not None]
    ends = [at for clock in doubts if (at := clock.due_at if clock.breached else clock.completed_at) is not None]
    direct = isinstance(source.connector, Fetches)
    return Evaluated(
        ticket=each.id,
        input_version=each.input_version,
        judgement=judgement,
        desired=_desired(each, judgement, desk, source.settings, armed_at, active.labels),
        mass=each.evaluated_revision is not None and each.evaluated_revision < active.revision,
        confirm_at=min(breaches) + RESOLUTION if breaches and direct else None,
        settle_at=min(ends) if ends else None,
    )


def _desired(
    each: Loaded,
    judgement: Judgement,
    desk: Desk,
    settings: Connection,
    armed_at: datetime | None,
    labels: Mapping[str, str],
) -> Mapping[Slot, Value | None] | None:
    """Return what the ticket's fields shall show, or None where the hub writes nothing."""
    normal, ticket = judgement.normal, each.history.ticket
    if settings.mode is Mode.OBSERVE or armed_at is None or ticket.presence is not Presence.PRESENT:
        return None
    if settings.mode is Mode.PILOT and not _in_pilot(settings.pilot, ticket.key, normal, desk):
        return None
    if normal.status.phase in {Phase.CLOSED, Phase.CANCELLED}:
        return None
    if normal.resolved_at is not None and normal.resolved_at < armed_at:
        return None
    values = shown(judgement, labels)
    if values[Slot.STATE] == Headline.UNKNOWN and each.history.whole_since is None:
        return None
    return {slot: values[slot] for slot in settings.write_back}


def _in_pilot(pilot: Pilot, key: str, normal: Normal, desk: Desk) -> bool:
    return (
        key in pilot.tickets
        or bool(pilot.teams & _names(desk, "team", normal.team))
        or bool(pilot.organisations & _names(desk, "organisation", normal.organisation))
    )


def _names(desk: Desk, field: str, value: str | None) -> set[str]:
    return set() if value is None else {value, desk.labels.get((field, value), value)}


def _unmapped(tx: Tx, source: Source, judged: Sequence[Evaluated]) -> None:
    for field, value in sorted({pair for each in judged for pair in each.judgement.unmapped}):
        findings.note(
            tx,
            source.name,
            "unmapped",
            f"{field}={value}",
            f"the source's {field} {value!r} has no normal value; add it under connections.{source.name}.mapping",
            source.host_now(),
        )
