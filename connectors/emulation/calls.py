"""What was called: a count for each endpoint, and every write with its body."""

from collections import Counter, deque
from collections.abc import Callable

from connectors.emulation.answers import Doc
from connectors.emulation.clock import iso

__all__ = ["CallLog"]

_KEPT = 20_000  # writes; the count goes on beyond


class CallLog:
    """A log of the API's calls. Hold the world's lock.

    naming: from a path to its endpoint, with placeholders for ids.
    writes: whether a call by this method and path is to be kept as a write.
    """

    def __init__(self, naming: Callable[[str], str], writes: Callable[[str, str], bool]) -> None:
        self._naming, self._writes = naming, writes
        self.by_endpoint: Counter[str] = Counter()
        self.writes: deque[Doc] = deque(maxlen=_KEPT)
        self.written = 0

    def note(self, method: str, path: str, query: str, body: Doc, *, status: int, at: int) -> None:
        self.by_endpoint[f"{method} {self._naming(path)}"] += 1
        if not self._writes(method, path):
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
