"""What a stage hand can do with any emulated desk: its clock, its faults, its people, its log of calls."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from connectors.emulation.answers import Doc
from connectors.emulation.calls import CallLog
from connectors.emulation.clock import WorldClock, iso
from connectors.emulation.faults import Fault, Faults
from connectors.emulation.people import Crew

__all__ = ["Control"]


class _World(Protocol):
    @property
    def lock(self) -> threading.RLock: ...
    @property
    def clock(self) -> WorldClock: ...
    def settle(self) -> None: ...


class _Profile(Protocol):
    name: str
    struck: int
    left: int

    def strike(self, method: str, path: str, quiet: bool) -> Fault | None: ...


class Control:
    """The part of a stage that is the same at every desk. Every method may be called from any thread.

    Methods raise LookupError for what is not there and ValueError for what cannot be.
    step: one thing that people do by themselves.
    """

    def __init__(self, world: _World, faults: Faults, calls: CallLog, step: Callable[[], None]) -> None:
        self._place, self._faults, self._calls = world, faults, calls
        self._crew = Crew(step)
        self._running: list[_Profile] = []

    def _strike(self, running: Sequence[_Profile]) -> None:
        """Put these profiles to work, and no others."""
        with self._place.lock:
            self._faults.profiles = self._running = list(running)

    def now(self) -> str:
        """Return the desk's time."""
        with self._place.lock:
            return iso(self._place.clock.now())

    def advance(self, seconds: float) -> str:
        """Move the desk's clock forward, letting fall due what falls due on the way, and return its time."""
        with self._place.lock:
            self._place.clock.advance(seconds)
            self._place.settle()
            return iso(self._place.clock.now())

    def hold_time(self) -> None:
        """Let the desk's clock stand still; `advance` still moves it."""
        with self._place.lock:
            self._place.clock.hold()

    def release_time(self) -> None:
        with self._place.lock:
            self._place.clock.release()

    def fail(
        self,
        path: str = "",
        kind: str = "status",
        *,
        times: int = 1,
        status: int = 503,
        method: str = "",
        body: object = None,
        headers: dict[str, str] | None = None,
        seconds: float = 0.0,
        served: bool = False,
        fate: str = "",
    ) -> None:
        """Spoil the next `times` answers whose path and query match the pattern; kinds as in `Fault`."""
        with self._place.lock:
            self._faults.add(Fault(kind, path, method, times, status, body, dict(headers or {}), seconds, served, fate))

    def slow(self, path: str = "", seconds: float = 1.0, times: int = 1) -> None:
        """Answer the next matching calls late."""
        self.fail(path, "slow", times=times, seconds=seconds)

    def strikes(self) -> Doc:
        """Return, for each profile at work, how often it has `struck` and how many strikes are `left`."""
        with self._place.lock:
            return {one.name: {"struck": one.struck, "left": one.left} for one in self._running}

    def heal(self) -> None:
        """Forget the faults that still wait, and end the profiles."""
        with self._place.lock:
            self._faults.clear()
            self._running = []

    def people(self, per_minute: float) -> None:
        """Let people work by themselves at this rate; 0 sends them home and waits until they are gone."""
        self._crew.work(per_minute)

    def writes(self) -> Doc:
        """Return the count of write calls, the calls with their bodies, and a count for each endpoint."""
        with self._place.lock:
            return self._calls.doc()

    def forget_calls(self) -> None:
        """Start counting calls anew."""
        with self._place.lock:
            self._calls.clear()
