"""What of the past a revision is to judge again: read from options, and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.errors import Problem, SettingsError
from core.settings import Configuration, likeliest
from core.sla.policy import Restating
from slahub.cli.out import short

__all__ = ["Narrow", "restating_row", "told"]


@dataclass(frozen=True, slots=True)
class Narrow:
    """What was typed; empty: no limit."""

    since: str
    policies: Sequence[str]
    calendars: Sequence[str]
    customers: Sequence[str]

    def read(self, restate: bool, known: Sequence[Configuration], now: datetime) -> Restating | None:
        """Return what is to be judged again; None: nothing.

        known: the configurations whose names are meant. Raises: SettingsError for what nobody can mean.
        """
        typed = {
            "--since": [self.since] if self.since else [],
            "--policy": self.policies,
            "--calendar": self.calendars,
            "--customer": self.customers,
        }
        if not restate:
            option = next((option for option, values in typed.items() if values), None)
            if option is not None:
                raise SettingsError(
                    Problem("says which finished clocks are judged again", key=option, hint="add --restate")
                )
            return None
        rules = [one.rules for one in known]
        return Restating(
            since=_instant(self.since, now) if self.since else None,
            policies=_known("policy", self.policies, (policy.name for one in rules for policy in one.policies)),
            calendars=_known("calendar", self.calendars, (name for one in rules for name in one.calendars)),
            customers=_known("customer", self.customers, (name for one in rules for name in one.customers.values())),
        )


def _instant(text: str, now: datetime) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError as exc:
        raise SettingsError(
            Problem(f"`{text}` is not a date", key="--since", hint="write 2026-01-31, or 2026-01-31T08:00:00+01:00")
        ) from exc
    at = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    if at > now:
        raise SettingsError(Problem(f"{text} is yet to come", key="--since", hint="nothing is over since then"))
    return at.astimezone(UTC)


def _known(kind: str, names: Sequence[str], there: Iterable[str]) -> frozenset[str]:
    every = sorted(set(there))
    for name in names:
        if name not in every:
            near = likeliest(name, every)
            hint = f"did you mean `{near}`?" if near else f"there is {', '.join(every)}" if every else "there is none"
            raise SettingsError(Problem(f"no {kind} is called `{name}`", key=f"--{kind}", hint=hint))
    return frozenset(names)


def told(restates: Restating) -> str:
    """Return for people which clocks are meant, to follow `restates`."""
    limits = [
        f"{one} {' or '.join(sorted(names))}"
        for one, names in (
            ("of policy", restates.policies),
            ("of calendar", restates.calendars),
            ("of customer", restates.customers),
        )
        if names
    ]
    since = [] if restates.since is None else [f"since {short(restates.since)} UTC"]
    return " ".join(("all clocks that were over", *since, *limits))


def restating_row(restates: Restating | None) -> dict[str, object] | None:
    """Return for scripts which clocks are meant."""
    if restates is None:
        return None
    return {
        "since": restates.since,
        "policies": sorted(restates.policies) or None,
        "calendars": sorted(restates.calendars) or None,
        "customers": sorted(restates.customers) or None,
    }
