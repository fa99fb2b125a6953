"""Counts the calls of a site against its limits, and an app's points for what they touched."""

from collections.abc import Mapping
from typing import cast

from connectors.emulation import as_doc
from connectors.jira.emulator.answers import Answer, Call
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.world import World

__all__ = ["Meter"]

_ROWS = ("issues", "values", "comments", "issueChangeLogs")


class Meter:
    """Stands before and after each call. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def before(self, route: Route, call: Call) -> Mapping[str, str]:
        """Return the headers that tell what is left. Raises: Refusal (429)."""
        who = "" if call.user is None else call.user.id
        app, issue = call.app is not None, self._written(route, call)
        return self._world.office.limiter.take(
            route.method, f"{route.face} {route.template}", who, app=app, issue=issue
        )

    def after(self, route: Route, call: Call, answer: Answer) -> None:
        """Take an app's points: one for the call, and one for each object that it read."""
        if call.app is not None:
            reads = route.method == "GET" or route.reads
            self._world.office.limiter.spend_points(1 + (_rows(answer.body) if reads else 0))

    def _written(self, route: Route, call: Call) -> str | None:
        """Return the id of the issue that a call writes to."""
        if route.method == "GET" or route.reads or not route.template.startswith(("issue/{", "request/{")):
            return None
        found = self._world.named(call.args[0])
        return None if found is None else str(found.id)


def _rows(body: object) -> int:
    if isinstance(body, list):
        return len(cast("list[object]", body))
    doc = as_doc(body)
    found = [doc[name] for name in _ROWS if isinstance(doc.get(name), list)]
    return len(cast("list[object]", found[0])) if found else 1
