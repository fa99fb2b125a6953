"""What counts in a comparison of the clocks that stand: of stored ones, and of judged ones."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.calendar.instants import from_us
from core.flows.evaluate import Active
from core.sla.compare import Held, at_risk_seconds, held, outcome_of
from core.sla.policy import AtRisk, Policy, Rules
from core.sla.reading import Durations, later
from core.sla.verdict import Clock, State
from core.store.replays import Standing

__all__ = ["Stands"]

_GOING = frozenset({"running", "paused"})
_UNUSUAL = AtRisk()
"""Of a policy that is in no revision under its name."""


class Stands:
    """Turns clocks into what is compared. rules: every revision that a clock may have been judged by."""

    def __init__(self, rules: Sequence[Rules]) -> None:
        self._active = Active(tuple(rules))
        self._texts: defaultdict[tuple[int, str], list[Policy]] = defaultdict(list)
        for one in rules:
            for policy in one.policies:
                self._texts[one.revision, policy.name].append(policy)

    def judged(self, clocks: Iterable[Clock], now: datetime) -> list[Held]:
        """Return what counts of clocks that were judged at `now`."""
        return [held(one, self._at_risk(one.revision, one.id.policy, one.completed_at or now)) for one in clocks]

    def stored(self, clocks: Iterable[Standing], now: int) -> list[Held]:
        """Return what counts of stored clocks, their durations brought to `now` (microseconds)."""
        return [self._stored(one, now) for one in clocks]

    def _stored(self, one: Standing, now: int) -> Held:
        elapsed = self.elapsed(one, now)
        return Held(
            one.agreement,
            one.metric,
            one.started_by,
            one.policy,
            outcome_of(one.state, breached=bool(one.breached)),
            one.due_at,
            one.target_seconds,
            0 if one.state == "unknown" else self._risk(one, elapsed, now),
        )

    def _risk(self, one: Standing, elapsed: int, now: int) -> int:
        texts = self._texts.get((one.revision, one.policy), ())
        if len(texts) == 1:
            return at_risk_seconds(texts[0].at_risk, elapsed, one.target_seconds)
        at = from_us(now if one.completed_at is None else one.completed_at)
        return at_risk_seconds(self._at_risk(one.revision, one.policy, at), elapsed, one.target_seconds)

    def _at_risk(self, revision: int, policy: str, at: datetime) -> AtRisk:
        """Return the threshold of the text that a clock was judged by: that of its completion, or of now."""
        texts = self._texts.get((revision, policy), ())
        if len(texts) == 1:
            return texts[0].at_risk
        return ([one for one in texts if one.holds(at)] or texts)[-1].at_risk if texts else _UNUSUAL

    def elapsed(self, one: Standing, now: int) -> int:
        """Return the seconds that a stored clock has taken at `now` (microseconds)."""
        if one.state not in _GOING:
            return one.elapsed_seconds
        rules = next((each for each in self._active.rules if each.revision == one.revision), None)
        metric = None if rules is None else rules.metric(one.policy, one.metric, from_us(now))
        calendar = self._active.calendar(one.revision, one.calendar)
        if metric is None or calendar is None:
            return one.elapsed_seconds
        judged = Durations(one.elapsed_seconds, None, 0)
        state, since = State(one.state), from_us(one.judged_at)
        return later(judged, state, metric, calendar, since, from_us(now), breached=bool(one.breached)).elapsed
