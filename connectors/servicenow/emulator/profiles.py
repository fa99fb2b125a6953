"""Faults by profile, as this instance makes them."""

from collections.abc import Mapping, Sequence

from connectors.emulation import Doc, Fault, Kind, Running, Struck
from connectors.emulation.profiles import lost, reset, slow
from connectors.emulation.profiles import run as run_kinds
from connectors.servicenow.emulator.answers import HIBERNATION, JSON, LOGIN
from connectors.servicenow.emulator.routes import Route
from connectors.servicenow.emulator.routes import find as find_route

__all__ = ["FATES", "PROFILES", "run"]

FATES = ("error", "truncated", "both")
"""How a page may break: a 500, a 200 that is no JSON, a 200 with a result and an error."""

_HTML = {"content-type": "text/html"}
_TOKEN = Route("token", ("oauth_token.do",), "")


def run(
    names: Sequence[str], seed: int, *, rate: float | None = None, budget: int | None = None, longest: float = 3.0
) -> list[Running[Route]]:
    """Return profiles at work; `rate` and `budget` replace each one's own. Raises: ValueError for an unknown name."""
    return run_kinds(PROFILES, _find, names, seed, rate=rate, budget=budget, longest=longest)


def _find(_: str, path: str) -> tuple[str, Route] | None:
    bare = path.partition("?")[0]
    found = _TOKEN if bare == "/oauth_token.do" else find_route(bare)
    return None if found is None else (found.name, found)


def _any_call(_: str, __: Route) -> bool:
    return True


def _reading(method: str, route: Route) -> bool:
    return method == "GET" and route.api in ("table", "stats")


def _listing(method: str, route: Route) -> bool:
    return method == "GET" and route.api == "table" and len(route.parts) == 2


def _writing(method: str, route: Route) -> bool:
    return method in ("PATCH", "PUT", "POST") and route.api in ("table", "batch", "import")


def _limited(call: Struck[Route]) -> Fault:
    """Return a 429: of a rate rule with its headers, or of the node's slots without any."""
    body: Doc = {
        "error": {
            "message": "Rate limit exceeded",
            "detail": "Rate limit of 100 requests per hour for Table API exceeded",
        },
        "status": "failure",
    }
    told = {
        "X-RateLimit-Limit": "100",
        "X-RateLimit-Reset": "1773054000",
        "X-RateLimit-Rule": "516619707401a562ea5c9bd6a071606d",
        "content-type": JSON,
    }
    waits = str(max(1, int(call.longest)))
    return call.dice.choice(
        (
            Fault("status", status=429, body=body, headers={**told, "Retry-After": "1"}),
            Fault("status", status=429, body=body, headers={**told, "Retry-After": waits}),
            Fault("html", status=429, body="<html><body>Too Many Requests</body></html>", headers=_HTML),
            Fault("html", status=429, body="", headers=_HTML),
        )
    )


def _failing(call: Struck[Route]) -> Fault:
    down: Doc = {"error": {"message": "Internal Server Error", "detail": None}, "status": "failure"}
    flap: Doc = {
        "error": {"message": "User Not Authenticated", "detail": "Required to provide Auth information"},
        "status": "failure",
    }
    again = call.dice.random() < 0.15
    page = "<html>\n<head><title>{0}</title></head>\n<body>\n<center><h1>{0}</h1></center>\n</body>\n</html>\n"
    return call.dice.choice(
        (
            Fault("status", status=500, body=down, headers={"content-type": JSON}),
            Fault("html", status=502, body=page.format("502 Bad Gateway"), headers=_HTML),
            Fault("html", status=503, body=page.format("503 Service Unavailable"), headers=_HTML),
            Fault("html", status=504, body=page.format("504 Gateway Time-out"), headers=_HTML),
            Fault("status", status=401, body=flap, headers={"content-type": JSON})
            if again
            else Fault("text", status=503, body="no healthy upstream"),
        )
    )


def _page(call: Struck[Route]) -> Fault:
    """Return a page of HTML with status 200: a sleeping instance, or a login."""
    return Fault("html", status=200, body=call.dice.choice((HIBERNATION, LOGIN)), headers=_HTML)


def _cancelled(call: Struck[Route]) -> Fault:
    return Fault("job", fate=call.dice.choice(FATES))


def _drift(call: Struck[Route]) -> Fault:
    return Fault("drift", seed=str(call.dice.random()))


PROFILES: Mapping[str, Kind[Route]] = {
    "limits": Kind(0.15, 20, _any_call, _limited),
    "errors": Kind(0.15, 30, _any_call, _failing),
    "resets": Kind(0.1, 20, _any_call, reset),
    "cut": Kind(0.1, 20, _reading, lambda _: Fault("cut")),
    "pages": Kind(0.1, 15, _any_call, _page),
    "dropped": Kind(0.1, 15, _any_call, lambda _: Fault("text", status=202, body="")),
    "slow": Kind(0.1, 20, _any_call, slow),
    "lost_writes": Kind(0.3, 15, _writing, lost),
    "cancelled": Kind(0.15, 20, _listing, _cancelled, quiet=True),
    "drift": Kind(0.4, 60, _listing, _drift, quiet=True),
}
