"""Parity: the clocks of stored tickets beside those of their source, ticket by ticket; nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.calendar.instants import to_us
from core.flows import linking
from core.flows.active import Active
from core.flows.evaluate import BATCH, UNJUDGED, desk_of, relevant
from core.flows.source import Read
from core.sla import judge
from core.sla.agreeing import SAMPLES, Agreeing
from core.sla.causes import Cause
from core.sla.history import Desk
from core.sla.ledger import Ledger, explained
from core.sla.parity import Beside, Pairs, beside, pairs_of, timed
from core.sla.theirs import theirs
from core.sla.weighing import Sight
from core.store import Store, histories, native_clocks
from core.store.histories import Loaded
from core.tickets import NativeClock

__all__ = ["Comparison", "Found", "Lot"]


@dataclass(frozen=True, slots=True)
class Found:
    """One promise of a ticket. key: of the ticket."""

    key: str
    beside: Beside


@dataclass(frozen=True, slots=True)
class Lot:
    """What some tickets brought. tickets: how many they were."""

    tickets: int
    found: Sequence[Found]


class Comparison:
    """One connection's comparison. What it sums up grows as lots are taken.

    tickets: how many carry a clock of the source's with a target.
    pairs: what is compared: by the source's word in lower case, the metrics of policies; known: all that are known.
    unpaired: its words of which nobody has said what times the same, with how many targets it has stated of each;
        untimed: those of which it is said, and no policy does.
    sums: by the source's word. unjudged: tickets of which nothing can be said; reasons: of some, with their keys.
    """

    def __init__(
        self,
        store: Store,
        source: Read,
        active: Active,
        now: datetime,
        *,
        metric: str = "",
        since: datetime | None = None,
    ) -> None:
        """Look at what there is.

        now: in the source's time. metric: only this one, by the source's word or by ours; empty: all.
        since: only clocks that have started at or after this instant.
        """
        self._store, self._source, self._active, self._now = store, source, active, now
        self._since = None if since is None else to_us(since)
        with store.view() as tx:
            self._heard = native_clocks.heard(tx, source.id)
            self.tickets = native_clocks.carried(tx, source.id)
        self.known = pairs = pairs_of(source.mapping.native_metrics)
        there = timed(pairs, active.rules[-1])
        self.pairs = {word: pairs[word] for word in there if _meant(metric, word, pairs)}
        words = {word: count for word, count in self._heard.targets.items() if _meant(metric, word.casefold(), pairs)}
        self.unpaired = {word: count for word, count in words.items() if word.casefold() not in pairs}
        self.untimed = {
            word: count for word, count in words.items() if pairs.get(word.casefold()) and word.casefold() not in there
        }
        self.sums: dict[str, Agreeing] = {}
        self.unjudged = 0
        self.reasons: list[str] = []

    @property
    def words(self) -> tuple[str, ...]:
        """Return the source's words for its clocks that have targets."""
        return tuple(self._heard.targets)

    def lots(self) -> Iterator[Lot]:
        """Yield what is found, some tickets at a time; it can be left at any lot."""
        after = 0
        before: Desk | None = None
        while True:
            with self._store.view() as tx:
                ids = native_clocks.carrying(tx, self._source.id, after, BATCH)
                if not ids:
                    return
                loaded = histories.load(tx, self._source.id, ids)
                desk = desk_of(tx, self._source, loaded, before)
                loaded = linking.joined(tx, self._source, loaded, desk, self._active)
                keys = [each.history.ticket.id for each in loaded]
                said = native_clocks.of_tickets(tx, self._source.id, keys)
            yield Lot(len(ids), [one for each in loaded for one in self._ticket(each, desk, said)])
            after, before = ids[-1], desk

    def _ticket(self, each: Loaded, desk: Desk, said: Mapping[str, Sequence[NativeClock]]) -> Iterator[Found]:
        history, ticket = each.history, each.history.ticket
        rules = relevant(self._active.rules, ticket.created_at)
        until, horizon = self._heard.until, history.horizon
        sight = Sight(
            ours=None if horizon is None else to_us(horizon),
            # A statement of that very instant may still be on its way.
            theirs=None if until is None else to_us(until),
            pauses=self._heard.pauses,
            calendars=self._active.rules[-1].calendars,
        )
        try:
            clocks = theirs(said.get(ticket.id, ()))
            bare = [Ledger(clock, "", None) for clock in judge(history, desk, rules, self._now).clocks]
            rows = beside(bare, clocks, self.pairs, sight)
            if any(row.weighed.agrees is not True and row.cause is not Cause.NO_PROMISE for row in rows):
                # Why is only looked for where something differs: it takes several times as long.
                rows = beside(explained(history, desk, rules, self._now), clocks, self.pairs, sight)
        except UNJUDGED as error:
            self.unjudged += 1
            if len(self.reasons) < SAMPLES:
                self.reasons.append(f"{ticket.key}: {type(error).__name__}: {error}")
            return
        for one in rows:
            if self._since is None or (one.start is not None and one.start >= self._since):
                self.sums.setdefault(one.native_metric, Agreeing()).add(ticket.key, one)
                yield Found(ticket.key, one)


def _meant(metric: str, word: str, pairs: Pairs) -> bool:
    """Tell whether a word of the source, in lower case, is asked for."""
    return metric.casefold() in ("", word) or any(name == metric for _, name in pairs.get(word, ()))
