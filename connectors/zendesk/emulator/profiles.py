"""Faults by profile, as this desk makes them."""

import re
from collections.abc import Mapping, Sequence

from connectors.emulation import Doc, Fault, Kind, Running, Struck
from connectors.emulation.profiles import lost, reset, slow
from connectors.emulation.profiles import run as run_kinds
from connectors.zendesk.emulator.routes import Route, find

__all__ = ["FATES", "PROFILES", "run"]

FATES = ("queued", "killed", "failed", "rows", "no_results", "hidden", "unlisted", "forgotten")  # of bulk jobs

_API = "/api/v2/"
_MORE = re.compile(r"incremental/|tickets|search/export|users|organizations|satisfaction_ratings|deleted_tickets")
_WRITES = ("tickets/{id}", "tickets/update_many")


def run(
    names: Sequence[str], seed: int, rate: float | None = None, budget: int | None = None, longest: float = 3.0
) -> list[Running[Route]]:
    """Return profiles at work; `rate` and `budget` replace each one's own. Raises: ValueError for an unknown name."""
    return run_kinds(PROFILES, _found, names, seed, rate=rate, budget=budget, longest=longest)


def _found(method: str, path: str) -> tuple[str, Route] | None:
    if not path.startswith(_API):
        return None
    found = find(method, path.removeprefix(_API).partition("?")[0].removesuffix(".json"))
    return None if found is None else (f"{method} {found[0].template}", found[0])


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


def _limited(call: Struck[Route]) -> Fault:
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


def _failing(call: Struck[Route]) -> Fault:
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


def _job(call: Struck[Route]) -> Fault:
    return Fault("job", fate=call.dice.choice(FATES), seconds=call.longest)


def _drift(call: Struck[Route]) -> Fault:
    return Fault("drift", seed=str(call.dice.random()))


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
