"""Faults by profile: each strikes a share of the calls that it fits, so often and no more, where its seed decides."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.zendesk.emulator.faults import FATES, Fault
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.routes import Route, find
from connectors.zendesk.emulator.world import Dice

__all__ = ["PROFILES", "Running", "run"]

_API = "/api/v2/"
_MORE = re.compile(r"incremental/|tickets|search/export|users|organizations|satisfaction_ratings|deleted_tickets")
_WRITES = ("tickets/{id}", "tickets/update_many")


@dataclass(frozen=True, slots=True)
class _Struck:
    """The call that a fault is made for. `longest`: seconds that anything may be asked to wait."""

    method: str
    route: Route
    dice: Dice
    longest: float


@dataclass(frozen=True, slots=True)
class _Kind:
    """rate: of the calls that fit. budget: so many strikes, then it is over."""

    rate: float
    budget: int
    fits: Callable[[str, Route], bool]
    make: Callable[[_Struck], Fault]
    quiet: bool = False


@dataclass(slots=True)
class Running:
    """One profile at work."""

    name: str
    kind: _Kind
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
        if quiet is not self.kind.quiet or self.left <= 0 or not path.startswith(_API):
            return None
        found = find(method, path.removeprefix(_API).partition("?")[0].removesuffix(".json"))
        if found is None or not self.kind.fits(method, found[0]):
            return None
        name = f"{method} {found[0].template}"
        self.calls[name] += 1
        dice = Dice(f"{self.seed} {self.name} {name} {self.calls[name]}")
        if dice.random() >= self.rate:
            return None
        self.left -= 1
        self.struck += 1
        return self.kind.make(_Struck(method, found[0], dice, self.longest))


def run(
    names: Sequence[str], seed: int, rate: float | None = None, budget: int | None = None, longest: float = 3.0
) -> list[Running]:
    """Return profiles at work; `rate` and `budget` replace each one's own. Raises: ValueError for an unknown name."""
    unknown = set(names) - PROFILES.keys()
    if unknown:
        raise ValueError(f"profiles are {', '.join(PROFILES)}, got {', '.join(sorted(unknown))}")
    found = [(name, PROFILES[name]) for name in PROFILES if name in names]
    return [
        Running(name, one, seed, one.rate if rate is None else rate, one.budget if budget is None else budget, longest)
        for name, one in found
    ]


def _any_call(_: str, __: Route) -> bool:
    return True


def _reading(method: str, _: Route) -> bool:
    return method == "GET"


def _writing(method: str, route: Route) -> bool:
    return method == "PUT" and route.template in _WRITES


def _bulk(method: str, route: Route) -> bool:
    return method == "PUT" and route.template == "tickets/update_many"


def _paging(method: str, route: Route) -> bool:
    return method == "GET" and "{" not in route.template and _MORE.match(route.template) is not None


def _limited(call: _Struck) -> Fault:
    """Return a 429 in one of the shapes that were seen: JSON or plain text, with or without word of how long."""
    bucket, waits = call.route.bucket, str(max(1, int(call.longest)))
    words = "incremental export " if (bucket or "").startswith("incremental") else ""
    text = f"Number of allowed {words}API requests per minute exceeded"
    body: Doc = {"error": "APIRateLimitExceeded", "description": text}
    now = {"x-rate-limit": "700", "x-rate-limit-remaining": "0", "ratelimit-limit": "700", "ratelimit-remaining": "0"}
    old = {"x-rate-limit": "700", "x-rate-limit-remaining": "0", "rate-limit": "700", "rate-limit-remaining": "0"}
    if bucket is not None:
        left = "total=10; remaining=0; resets=1"
        now, old = {**now, f"zendesk-ratelimit-{bucket}": left}, {**old, f"zendesk-rate-limit-{bucket}": left}
    forms = [
        Fault("status", status=429, body=body, headers={**now, "ratelimit-reset": "1", "Retry-After": "1"}),
        Fault("status", status=429, body=body, headers={**old, "rate-limit-reset": "1", "retry-after": "1"}),
        Fault("status", status=429, body=body, headers={**now, "ratelimit-reset": "0", "Retry-After": "0"}),
        Fault("status", status=429, body=body, headers={**now, "ratelimit-reset": waits, "Retry-After": waits}),
        Fault("status", status=429, body=body),
        Fault("text", status=429, body=text, headers={"Retry-After": "1"}),
        Fault("text", status=429, body="Too Many Requests"),
    ]
    if _bulk(call.method, call.route):
        many: Doc = {"error": "TooManyJobs", "description": "The maximum number of queued or running jobs was reached"}
        forms += [Fault("status", status=429, body=many, headers={"Retry-After": "1"})] * 3
    return call.dice.choice(forms)


def _failing(call: _Struck) -> Fault:
    oops: Doc = {"error": "InternalError", "description": "Something went wrong"}
    down: Doc = {"error": "ServiceUnavailable", "description": "Database is being moved"}
    return call.dice.choice(
        (
            Fault("status", status=500, body=oops),
            Fault("html", status=500),
            Fault("html", status=502),
            Fault("status", status=503, body=down, headers={"Retry-After": "1"}),
            Fault("text", status=503, body="no healthy upstream"),
            Fault("text", status=504),
            Fault("html", status=504),
            Fault("html", status=520),
            Fault("html", status=524),
        )
    )


def _reset(call: _Struck) -> Fault:
    # Within the body means after the work was done; for writes that is what `lost_writes` is for.
    return Fault("broken" if call.method == "GET" and call.dice.random() < 0.5 else "reset")


def _slow(call: _Struck) -> Fault:
    return Fault("slow", seconds=min(call.longest, call.dice.uniform(0.02, 0.3)))


def _lost(call: _Struck) -> Fault:
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


def _job(call: _Struck) -> Fault:
    return Fault("job", fate=call.dice.choice(FATES), seconds=call.longest)


def _drift(call: _Struck) -> Fault:
    return Fault("drift", seed=str(call.dice.random()))


PROFILES: Mapping[str, _Kind] = {
    "limits": _Kind(0.15, 20, _any_call, _limited),
    "errors": _Kind(0.15, 30, _any_call, _failing),
    "resets": _Kind(0.1, 20, _any_call, _reset),
    "cut": _Kind(0.1, 20, _reading, lambda _: Fault("cut")),
    "slow": _Kind(0.1, 20, _any_call, _slow),
    "lost_writes": _Kind(0.3, 15, _writing, _lost),
    "jobs": _Kind(0.5, 15, _bulk, _job, quiet=True),
    "drift": _Kind(0.4, 60, _paging, _drift, quiet=True),
}
