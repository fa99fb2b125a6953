"""Answers that the stage hand spoils: slow, wrong, cut short, or none at all."""

import re
from dataclasses import dataclass, field

__all__ = ["KINDS", "PAGE_502", "Fault", "Faults"]

KINDS = ("status", "html", "text", "cut", "broken", "reset", "slow")

PAGE_502 = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><h1>Error {status}</h1><p>cloudflare</p></body></html>"
)


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls that match.

    kind: `status` (JSON body), `html` or `text` (a gateway's answer), `cut` (good headers, half the JSON),
        `broken` (the connection ends inside the body), `reset` (the connection ends without an answer), `slow`.
    served: the call is carried out first and only its answer is lost (`cut`, `broken` and `reset`).
    """

    kind: str
    pattern: str = ""
    method: str = ""
    times: int = 1
    status: int = 503
    body: object = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    served: bool = False


class Faults:
    """The faults that still wait for a call. Hold the world's lock."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Raises: ValueError for an unknown kind or a pattern that is no regular expression."""
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {fault.kind!r}")
        try:
            re.compile(fault.pattern)
        except re.error as bad:
            raise ValueError(f"path is no regular expression: {bad}") from bad
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that matches the call, and use it up once."""
        for fault in self._waiting:
            if fault.method in ("", method) and re.search(fault.pattern, path):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
