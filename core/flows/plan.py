"""Plan: what a draft would have made of the stored past, ticket by ticket; nothing is written."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.calendar.instants import to_us
from core.flows import linking
from core.flows.active import Active
from core.flows.evaluate import UNJUDGED, relevant
from core.flows.plan_standing import Stands
from core.flows.source import meanings
from core.sla import judge
from core.sla.compare import Change, Held, Pair, pairs
from core.sla.coverage import SAMPLES, Coverage, Share, cover
from core.sla.history import Desk, History, RoleSpan
from core.sla.policy import Rules
from core.sla.tally import Grouping, Narrowed, Tallies
from core.sla.tried import Tried, tried
from core.store import Store, Tx, histories, replays
from core.store.bulk import chunks
from core.store.recall import Recall
from core.tickets import Phase, SourceMapping, Ticket

__all__ = ["Asked", "Listed", "Part", "Replayer", "Seconds", "Trial"]

_WORKED_ON = frozenset({Phase.NEW, Phase.OPEN, Phase.WAITING})


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection whose tickets are replayed. now: in the source's time. mapping: as it is now, and in the draft."""

    id: int
    name: str
    now: datetime
    mapping: SourceMapping
    drafted: SourceMapping


@dataclass(frozen=True, slots=True)
class Trial:
    """What is compared: all that a process needs to do its part.

    url: of the database. active: every revision, ascending. draft: the folder's rules, numbered as the next revision.
    listed: which changes are wanted clock by clock.
    """

    url: str = field(repr=False)
    active: tuple[Rules, ...]
    draft: Rules
    asked: tuple[Asked, ...]
    narrowed: Narrowed = Narrowed()
    listed: frozenset[Change] = frozenset()


@dataclass(frozen=True, slots=True)
class Listed:
    """A clock that was asked for. key: of its ticket."""

    connection: str
    key: str
    grouping: Grouping
    pair: Pair


@dataclass(slots=True)
class Seconds:
    """Where the time went, over all processes."""

    read: float = 0.0
    replay: float = 0.0
    compare: float = 0.0


@dataclass(slots=True)
class Part:
    """What was found in some tickets.

    uncovered: those in scope that no policy means. short: those whose policy has no target for them, by policy.
    worked_on: how many are open; touched: the open ones with clocks that change once the draft is applied, though
    nothing that is over is judged again.
    unjudged: how many could not be judged; reasons: of some, with their keys.
    stored: how many have stored clocks that say what judging them again would.
    """

    tallies: Tallies = field(default_factory=Tallies)
    tickets: int = 0
    uncovered: Share = field(default_factory=Share)
    short: dict[str, Share] = field(default_factory=dict[str, Share])
    worked_on: int = 0
    touched: Share = field(default_factory=Share)
    unjudged: int = 0
    reasons: list[str] = field(default_factory=list[str])
    stored: int = 0
    seconds: Seconds = field(default_factory=Seconds)
    listed: list[Listed] = field(default_factory=list[Listed])

    def absorb(self, other: "Part") -> None:
        """Add what was found in later tickets; what is listed stays with them."""
        self.tallies.absorb(other.tallies)
        self.tickets += other.tickets
        self.uncovered.absorb(other.uncovered)
        for policy, share in other.short.items():
            self.short.setdefault(policy, Share()).absorb(share)
        self.worked_on += other.worked_on
        self.touched.absorb(other.touched)
        self.unjudged += other.unjudged
        self.reasons += other.reasons[: SAMPLES - len(self.reasons)]
        self.stored += other.stored
        self.seconds.read += other.seconds.read
        self.seconds.replay += other.seconds.replay
        self.seconds.compare += other.seconds.compare


class _Desks:
    """The two desks of a connection, as it is now and by the draft, and the draft as if applied to it now."""

    def __init__(self, asked: Asked, draft: Rules, tx: Tx) -> None:
        self.asked, self.draft = asked, replace(draft, applied_at=asked.now)
        self._people: dict[str, tuple[RoleSpan, ...]] = {}
        mapping, drafted = (meanings(tx, asked.id, each) for each in (asked.mapping, asked.drafted))
        self.active = Desk(asked.name, mapping, self._people, histories.labels(tx, asked.id))
        self.drafted = self.active if mapping == drafted else replace(self.active, mapping=drafted)

    def meet(self, tx: Tx, met: Sequence[History]) -> None:
        """Learn who the people in these histories are. Of nobody who was asked for before anything changes."""
        events = [event for history in met for event in history.events]
        found = {event.actor for event in events}
        found.update([comment.author for event in events for comment in event.comments])
        new = {person for person in found if person is not None and person not in self._people}
        self._people.update(dict.fromkeys(new, ()))
        self._people.update(histories.people(tx, self.asked.id, new))


class Replayer:
    """One process's part of a trial. What it remembers of people and texts changes no answer."""

    def __init__(self, trial: Trial, store: Store, ticks: Callable[[], float] = time.perf_counter) -> None:
        self._trial, self._store, self._ticks = trial, store, ticks
        self._stands = Stands((*trial.active, trial.draft))
        self._recall = Recall(ids=False)
        self._active = Active(trial.active, {each.name: each.mapping for each in trial.asked})
        self._drafted = Active((trial.draft,), {each.name: each.drafted for each in trial.asked})
        with store.view() as tx:
            self._desks = [_Desks(each, trial.draft, tx) for each in trial.asked]

    def part(self, which: int, ids: Sequence[int], ended: Callable[[], bool] = lambda: False) -> Part:
        """Compare these tickets (row ids) of one of the trial's connections, as many as come before `ended` is true."""
        whole = Part()
        for chunk in chunks(ids):
            if ended():
                break
            found = self._batch(which, chunk)
            whole.absorb(found)
            whole.listed += found.listed
        return whole

    def _batch(self, which: int, ids: Sequence[int]) -> Part:
        desks, found, ticks = self._desks[which], Part(), self._ticks
        began = ticks()
        newest = self._trial.active[-1].revision
        with self._store.view() as tx:
            loaded = histories.load(tx, desks.asked.id, ids, self._recall)
            stood = replays.standing(tx, ids, newest, desks.asked.now)
            desks.meet(tx, [each.history for each in loaded])
            by_draft = linking.joins(tx, desks.asked, loaded, desks.drafted, self._drafted)
            by_active = linking.joins(tx, desks.asked, loaded, desks.active, self._active)
        now = to_us(desks.asked.now)
        read = ticks()
        sides: list[tuple[Ticket, Tried, list[Held]]] = []
        for each in loaded:
            history = each.history
            try:
                history = linking.woven(each, by_draft).history
                after = self._tried(history, desks)
                if each.id in stood.current:
                    before = self._stands.stored(stood.clocks.get(each.id, ()), now)
                else:
                    before = self._governed(linking.woven(each, by_active).history, desks.active, desks)
                sides.append((history.ticket, after, before))
                if after.phase in _WORKED_ON:
                    found.worked_on += 1
                    self._apply(found, history, before, desks)
            except UNJUDGED as error:
                found.unjudged += 1
                if len(found.reasons) < SAMPLES:
                    found.reasons.append(f"{history.ticket.key}: {type(error).__name__}: {error}")
        replayed = ticks()
        found.stored = len(stood.current)
        for ticket, after, before in sides:
            self._compare(found, ticket, after, before, desks)
        _cover(found, cover((ticket for ticket, _, _ in sides), desks.drafted, desks.draft))
        found.seconds = Seconds(read - began, replayed - read, ticks() - replayed)
        return found

    def _tried(self, history: History, desks: _Desks) -> Tried:
        if history.linked is None:
            return tried(history, desks.drafted, desks.draft, desks.asked.now)
        # What is known of linked tickets bounds what can be said: the page's way knows how.
        judged = judge(history, desks.drafted, [desks.draft], desks.asked.now)
        clocks = self._stands.judged(judged.clocks, desks.asked.now)
        return Tried(clocks, judged.normal.status.phase, judged.normal.customer, judged.normal.team)

    def _governed(self, history: History, desk: Desk, desks: _Desks, *more: Rules) -> list[Held]:
        """Return what counts under the revisions that govern, with `more` after those that are in force."""
        rules = (*relevant(self._trial.active, history.ticket.created_at), *more)
        return self._stands.judged(judge(history, desk, rules, desks.asked.now).clocks, desks.asked.now)

    def _apply(self, found: Part, history: History, before: Sequence[Held], desks: _Desks) -> None:
        """Note whether the clocks of an open ticket change once the draft is applied and nothing more is asked for."""
        applied = self._governed(history, desks.drafted, desks, desks.draft)
        if any(pair.change is not Change.SAME for pair in pairs(before, applied)):
            found.touched.add(history.ticket)

    def _compare(self, found: Part, ticket: Ticket, after: Tried, before: Sequence[Held], desks: _Desks) -> None:
        trial = self._trial
        found.tickets += 1
        team, created = after.team, ticket.created_at
        grouping = Grouping(
            customer=after.customer,
            team=None if team is None else desks.drafted.labels.get(("team", team), team),
            month=f"{created.year:04}-{created.month:02}",
        )
        compared = trial.narrowed.of(grouping, pairs(before, after.clocks))
        if compared is None:
            return
        found.tallies.add(ticket.key, grouping, compared)
        if trial.listed:
            name = desks.asked.name
            found.listed += [Listed(name, ticket.key, grouping, one) for one in compared if one.change in trial.listed]


def _cover(found: Part, covered: Coverage) -> None:
    found.uncovered = covered.uncovered
    found.short = dict(covered.short)
