"""Every path of the API that the site answers. Each module of endpoints brings its own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.jira.emulator.endpoints import ROUTES
from connectors.jira.emulator.records import Flavour
from connectors.jira.emulator.route import FACES, Route

__all__ = ["Found", "endpoint", "find"]


@dataclass(frozen=True, slots=True)
class Found:
    route: Route
    args: tuple[str, ...]
    version: int

    @property
    def name(self) -> str:
        """Return the endpoint as the log of calls names it: `GET /rest/api/3/issue/{id}`."""
        return f"{self.route.method} {self.route.template}"


def _compiled(routes: Iterable[Route]) -> list[tuple[Route, re.Pattern[str]]]:
    # Fixed paths first: `search/approximate-count` is no issue's.
    ordered = sorted(routes, key=lambda one: one.template.count("{"))
    return [(one, re.compile(re.sub(r"\\{\w+\\}", "([^/]+)", re.escape(one.template)))) for one in ordered]


_ROUTES = {face: _compiled(one for one in ROUTES if one.face == face) for face in FACES}


def find(flavour: Flavour, method: str, path: str) -> Found | None:
    """Return the endpoint for a path from the site's root on, without its context path."""
    for face, prefix in FACES.items():
        match = re.match(prefix, path)
        if match is None:
            continue
        version = _version(flavour, match.groupdict().get("version"))
        if version is None:
            continue
        rest = path[match.end() :].rstrip("/")
        for route, pattern in _ROUTES[face]:
            if route.method != method or flavour not in route.flavours:
                continue
            fits = pattern.fullmatch(rest)
            if fits is not None:
                return Found(route, fits.groups(), version)
    return None


def _version(flavour: Flavour, text: str | None) -> int | None:
    if text in (None, "latest"):
        return 3 if flavour == "cloud" and text is None else 2
    version = int(text or "2")
    return None if flavour == "datacenter" and version == 3 else version


def endpoint(path: str) -> str:
    """Return a path with placeholders for the ids in it, for counting calls."""
    return re.sub(r"(?<!/api)/(?:\d+|[A-Z][A-Z0-9]*-\d+|customfield_\d+)(?=/|$)", "/{id}", path)
