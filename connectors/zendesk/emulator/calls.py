"""What was called: a count for each endpoint, and every write with its body."""

import re
from collections import Counter, deque

from connectors.zendesk.emulator.clock import iso
from connectors.zendesk.emulator.records import Doc

__all__ = ["CallLog"]

_KEPT = 20_000  # writes; the count goes on beyond


class CallLog:
    """A log of the API's calls. Hold the world's lock."""

    def __init__(self) -> None:
        self.by_endpoint: Counter[str] = Counter()
        self.writes: deque[Doc] = deque(maxlen=_KEPT)
        self.written = 0

    def note(self, method: str, path: str, query: str, body: Doc, *, status: int, at: int) -> None:
        name = re.sub(r"/V3-\w+", "/{key}", re.sub(r"/\d+(?=/|$)", "/{id}", path.removesuffix(".json")))
        self.by_endpoint[f"{method} {name}"] += 1
        if method == "GET" or path == "/oauth/tokens":
            return
        self.written += 1
        self.writes.append(
            {"method": method, "path": path, "query": query, "body": body, "status": status, "at": iso(at)}
        )

    def clear(self) -> None:
        """Start counting anew."""
        self.by_endpoint.clear()
        self.writes.clear()
        self.written = 0

    def doc(self) -> Doc:
        """Return everything as `GET /_stage/writes` shows it."""
        return {"count": self.written, "writes": list(self.writes), "calls": dict(self.by_endpoint)}
