"""Faults by profile, as this site makes them."""

import re
from collections.abc import Callable, Mapping, Sequence

from connectors.emulation import Doc, Fault, Kind, Running, Struck
from connectors.emulation.profiles import lost, reset, slow
from connectors.emulation.profiles import run as run_kinds
from connectors.jira.emulator.bulk import FATES
from connectors.jira.emulator.records import Flavour
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.routes import find

__all__ = ["PROFILES", "run"]

_WRITES = ("issue/{issue}", "issue/{issue}/properties/{name}", "bulk/issues/fields", "issue/{issue}/comment")
_PAGES = (
    *("search/jql", "search", "issue/bulkfetch", "changelog/bulkfetch"),
    *("issue/{issue}/changelog", "issue/{issue}/comment", "comment/list"),
)
_GATEWAY = re.compile(r"/ex/jira/[^/]+(?=/)")


def run(
    names: Sequence[str],
    seed: int,
    flavour: Flavour,
    context: str,
    *,
    rate: float | None = None,
    budget: int | None = None,
    longest: float = 3.0,
) -> list[Running[Route]]:
    """Return profiles at work; `rate` and `budget` replace each one's own. Raises: ValueError for an unknown name."""
    kinds = PROFILES if flavour == "cloud" else {**PROFILES, "limits": _SERVER_LIMITS}
    return run_kinds(kinds, _finder(flavour, context), names, seed, rate=rate, budget=budget, longest=longest)


def _finder(flavour: Flavour, context: str) -> Callable[[str, str], tuple[str, Route] | None]:
    def found(method: str, path: str) -> tuple[str, Route] | None:
        known = find(flavour, method, _GATEWAY.sub("", path.partition("?")[0], 1).removeprefix(context))
        return None if known is None else (known.name, known.route)

    return found


def _any_call(_: str, __: Route) -> bool:
    return True


def _reading(method: str, route: Route) -> bool:
    return method == "GET" or route.reads


def _writing(method: str, route: Route) -> bool:
    return method in ("PUT", "POST") and route.template in _WRITES


def _bulk(method: str, route: Route) -> bool:
    return method == "POST" and route.template == "bulk/issues/fields"


def _limited(call: Struck[Route]) -> Fault:
    """Return a 429 in one of the shapes that were seen, of those that a moment's rest ends."""
    reason = "jira-per-issue-on-write" if _writing(call.method, call.route) else "jira-burst-based"
    body: Doc = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    told = {
        "X-RateLimit-Limit": "350",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "2026-03-02T12:00Z",
        "X-RateLimit-NearLimit": "true",
        "RateLimit-Reason": reason,
    }
    waits = str(max(1, int(call.longest)))
    return call.dice.choice(
        (
            Fault("status", status=429, body=body, headers={**told, "Retry-After": "1"}),
            Fault("status", status=429, body=body, headers={**told, "Retry-After": waits}),
            Fault("status", status=429, body=body, headers=told),
            Fault("status", status=429, body={}, headers={"RateLimit-Reason": "jira-cost-based", "Retry-After": "1"}),
            Fault("html", status=429, headers={"Retry-After": "1"}),
            Fault("status", status=429, body={}),
            Fault("text", status=429, body="Too Many Requests"),
        )
    )


def _limited_by_server(call: Struck[Route]) -> Fault:
    told = {
        "X-RateLimit-Limit": "50",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Interval-Seconds": "5",
        "X-RateLimit-FillRate": "10",
    }
    body: Doc = {"message": "Rate limit exceeded."}
    waits = call.dice.choice(("1", "0", str(max(1, int(call.longest)))))
    return Fault("status", status=429, body=body, headers={**told, "Retry-After": waits})


def _failing(call: Struck[Route]) -> Fault:
    down: Doc = {"message": "Service Unavailable", "status-code": 503}
    return call.dice.choice(
        (
            Fault("status", status=500, body={"errorMessages": ["Internal server error"], "errors": {}}),
            Fault("html", status=500),
            Fault("html", status=502),
            Fault("status", status=503, body=down, headers={"Retry-After": "1"}),
            Fault("text", status=503, body="no healthy upstream"),
            Fault("text", status=504),
            Fault("html", status=504),
        )
    )


def _paging(method: str, route: Route) -> bool:
    return _reading(method, route) and route.template in _PAGES


def _drift(call: Struck[Route]) -> Fault:
    return Fault("drift", seed=str(call.dice.random()))


def _job(call: Struck[Route]) -> Fault:
    return Fault("job", fate=call.dice.choice(FATES), seconds=call.longest)


PROFILES: Mapping[str, Kind[Route]] = {
    "limits": Kind(0.15, 20, _any_call, _limited),
    "errors": Kind(0.15, 30, _any_call, _failing),
    "resets": Kind(0.1, 20, _any_call, reset),
    "cut": Kind(0.1, 20, _reading, lambda _: Fault("cut")),
    "slow": Kind(0.1, 20, _any_call, slow),
    "lost_writes": Kind(0.3, 15, _writing, lost),
    "jobs": Kind(0.5, 15, _bulk, _job, quiet=True),
    "drift": Kind(0.4, 60, _paging, _drift, quiet=True),
}
_SERVER_LIMITS = Kind(0.15, 20, _any_call, _limited_by_server)
