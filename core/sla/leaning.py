"""Which clocks lean on linked tickets: those that their fields can start, stop, choose or measure differently."""

from collections.abc import Iterable, Sequence
from typing import Final

from core.sla.conditions import Condition
from core.sla.matching import reads
from core.sla.policy import Metric, Policy
from core.tickets import SourceMapping

__all__ = ["LINKED", "leaning", "leans"]

LINKED: Final = "linked."
"""How the fields of linked tickets begin on a ticket."""

_ANY: Final = SourceMapping()


def leans(policies: Iterable[Policy]) -> bool:
    """Tell whether any of these policies reads a field of linked tickets."""
    return any(_chosen(one) or any(map(_timed, one.metrics.values())) for one in policies)


def leaning(policies: Sequence[Policy]) -> frozenset[tuple[str, str]]:
    """Return (policy, metric) of all clocks that lean on linked tickets.

    Where one policy is for tickets by such a field, its agreement's other policies have them or not by it, too.
    """
    agreements = {one.agreement for one in policies if _read(one.when)}
    return frozenset(
        (one.name, name)
        for one in policies
        for name, metric in one.metrics.items()
        if one.agreement in agreements or _chosen(one) or _timed(metric)
    )


def _chosen(policy: Policy) -> bool:
    return _read(policy.when) or (policy.calendar.by or "").startswith(LINKED)


def _timed(metric: Metric) -> bool:
    return metric.turns is not None and any(map(_read, metric.turns.conditions()))


def _read(condition: Condition) -> bool:
    return any(name.startswith(LINKED) for name in reads(condition, _ANY))
