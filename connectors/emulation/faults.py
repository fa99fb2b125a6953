"""What goes wrong with a call: an answer that is slow, wrong, cut short or missing, or a job that fails."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["KINDS", "PAGE_502", "Fault", "Faults", "Profile"]

KINDS = ("status", "html", "text", "cut", "broken", "reset", "slow", "job", "drift")
_QUIET = ("job", "drift")  # these spoil no answer

PAGE_502 = (
    "<!DOCTYPE html><html><head><title>{status}</title></head>"
    "<body><h1>Error {status}</h1><p>cloudflare</p></body></html>"
)


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` calls that match.

    kind: `status` (JSON body), `html` or `text` (a gateway's answer), `cut` (good headers, half the JSON),
        `broken` (the connection ends inside the body), `reset` (the connection ends without an answer), `slow`,
        `job` (the bulk job that the call queues meets its `fate`), `drift` (something happens at the desk just
        before the answer is made; `seed` decides what).
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
    fate: str = ""
    seed: str = ""


class Profile(Protocol):
    """Chooses faults by itself, until it has done enough."""

    def strike(self, method: str, path: str, quiet: bool) -> Fault | None:
        """Return what happens to this call. `quiet`: of the kinds that spoil no answer, else of the others."""
        ...


class Faults:
    """The faults that still wait for a call, and the profiles that make more of them. Hold the world's lock.

    fates: what may become of a `job` here.
    """

    def __init__(self, fates: Collection[str] = ()) -> None:
        self._fates = fates
        self._waiting: list[Fault] = []
        self.profiles: Sequence[Profile] = ()

    def add(self, fault: Fault) -> None:
        """Raises: ValueError for an unknown kind or fate, or a pattern that is no regular expression."""
        if fault.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {fault.kind!r}")
        if fault.kind == "job" and fault.fate not in self._fates:
            raise ValueError(f"fate must be one of {', '.join(self._fates)}, got {fault.fate!r}")
        try:
            re.compile(fault.pattern)
        except re.error as bad:
            raise ValueError(f"path is no regular expression: {bad}") from bad
        self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all of them, the profiles too."""
        self._waiting.clear()
        self.profiles = ()

    def take(self, method: str, path: str) -> Fault | None:
        """Return what spoils the answer to a call, if anything does: the first that matches, used up once."""
        return self._take(method, path, quiet=False)

    def take_quiet(self, method: str, path: str) -> Fault | None:
        """Return what happens beside the call, whose answer stays good."""
        return self._take(method, path, quiet=True)

    def _take(self, method: str, path: str, *, quiet: bool) -> Fault | None:
        for fault in self._waiting:
            fits = fault.method in ("", method) and (fault.kind in _QUIET) is quiet
            if fits and re.search(fault.pattern, path):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        strikes = (one.strike(method, path, quiet) for one in self.profiles)
        return next((fault for fault in strikes if fault is not None), None)
