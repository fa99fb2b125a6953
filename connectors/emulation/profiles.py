"""Faults by profile: each strikes a share of the calls that it fits, so often and no more, where its seed decides."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from connectors.emulation.dice import Dice
from connectors.emulation.faults import Fault

__all__ = ["Find", "Kind", "Running", "Struck", "lost", "reset", "run", "slow"]

R = TypeVar("R")

Find = Callable[[str, str], tuple[str, R] | None]
"""From method and path (with its query) to the endpoint's name and route; None: not a call of the API."""


@dataclass(frozen=True, slots=True)
class Struck(Generic[R]):
    """The call that a fault is made for. `longest`: seconds that anything may be asked to wait."""

    method: str
    route: R
    dice: Dice
    longest: float


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """rate: of the calls that fit. budget: so many strikes, then it is over."""

    rate: float
    budget: int
    fits: Callable[[str, R], bool]
    make: Callable[[Struck[R]], Fault]
    quiet: bool = False


@dataclass(slots=True)
class Running(Generic[R]):
    """One profile at work."""

    name: str
    kind: Kind[R]
    find: Find[R]
    seed: int
    rate: float
    left: int
    longest: float
    struck: int = 0
    calls: Counter[str] = field(default_factory=Counter[str])

    def strike(self, method: str, path: str, quiet: bool) -> Fault | None:
        """Return the fault for this call, if it is struck.

        What becomes of the tenth call of an endpoint does not hang on the calls of others, which threads may
        mix in any order.
        """
        if quiet is not self.kind.quiet or self.left <= 0:
            return None
        found = self.find(method, path)
        if found is None or not self.kind.fits(method, found[1]):
            return None
        name, route = found
        self.calls[name] += 1
        dice = Dice(f"{self.seed} {self.name} {name} {self.calls[name]}")
        if dice.random() >= self.rate:
            return None
        self.left -= 1
        self.struck += 1
        return self.kind.make(Struck(method, route, dice, self.longest))


def run(
    kinds: Mapping[str, Kind[R]],
    find: Find[R],
    names: Sequence[str],
    seed: int,
    *,
    rate: float | None = None,
    budget: int | None = None,
    longest: float = 3.0,
) -> list[Running[R]]:
    """Return profiles at work; `rate` and `budget` replace each one's own. Raises: ValueError for an unknown name."""
    unknown = set(names) - kinds.keys()
    if unknown:
        raise ValueError(f"profiles are {', '.join(kinds)}, got {', '.join(sorted(unknown))}")
    chosen = [(name, kinds[name]) for name in kinds if name in names]
    return [
        Running(
            name, one, find, seed, one.rate if rate is None else rate, one.budget if budget is None else budget, longest
        )
        for name, one in chosen
    ]


def reset(call: Struck[R]) -> Fault:
    """Return a connection that ends. Within the body means after the work was done: for writes that is `lost`."""
    return Fault("broken" if call.method == "GET" and call.dice.random() < 0.5 else "reset")


def slow(call: Struck[R]) -> Fault:
    return Fault("slow", seconds=min(call.longest, call.dice.uniform(0.02, 0.3)))


def lost(call: Struck[R]) -> Fault:
    """Return a fault that hides a write which was carried out."""
    return call.dice.choice(
        (
            Fault("reset", served=True),
            Fault("broken", served=True),
            Fault("cut", served=True),
            Fault("html", status=502, served=True),
            Fault("text", status=504, served=True),
            Fault("html", status=524, served=True),
        )
    )
