"""Brings what a helpdesk tells by itself to those who asked for it: in no order that holds, twice, or not at all."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

__all__ = ["TRAPS", "Courier", "Parcel"]

TRAPS = ("double", "lose", "reorder", "forge")
_PATIENCE = 5.0  # seconds for one request


def _unsigned(_content: bytes, _forged: bool) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one address. sign: gives the headers that prove who sent it, as of the moment it is sent.

    A forged one is signed with another secret.
    """

    url: str
    content: bytes
    headers: Mapping[str, str]
    sign: Callable[[bytes, bool], Mapping[str, str]] = _unsigned


@dataclass(slots=True)
class Courier:
    """A thread of its own that sends what is handed to it; it starts with the first parcel.

    pause: seconds between two tries; the real ones are minutes apart. tries: of one parcel.
    again: answers after which it is tried again, besides none at all. counting: the header that says how often it was.
    sent: addresses and status codes of what arrived; failed: what was given up.
    """

    pause: float = 0.05
    tries: int = 5
    again: frozenset[int] = frozenset({409, 429, 503})
    counting: str = ""
    sent: deque[tuple[str, int]] = field(default_factory=lambda: deque[tuple[str, int]](maxlen=10_000))
    failed: deque[Parcel] = field(default_factory=lambda: deque[Parcel](maxlen=10_000))
    lost: int = 0
    _traps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRAPS, 0))
    _held: tuple[Parcel, bool] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: queue.SimpleQueue[tuple[Parcel, bool]] = field(default_factory=queue.SimpleQueue[tuple[Parcel, bool]])
    _idle: threading.Condition = field(default_factory=threading.Condition)
    _open: int = 0
    _thread: threading.Thread | None = None

    def trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next parcels. Raises: ValueError for an unknown trap."""
        if name not in TRAPS:
            raise ValueError(f"trap must be one of {', '.join(TRAPS)}, got {name!r}")
        with self._lock:
            self._traps[name] += times

    def send(self, parcel: Parcel) -> None:
        """Take a parcel on its way and return at once."""
        with self._lock:
            if self._springs("lose"):
                self.lost += 1
                return
            one = (parcel, self._springs("forge"))
            if self._held is None and self._springs("reorder"):
                self._held = one
                return
            ready = [one, one] if self._springs("double") else [one]
            if self._held is not None:
                ready, self._held = [*ready, self._held], None
            self._start(ready)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is on its way, a parcel that was held back included; False: it took too long."""
        with self._lock:
            if self._held is not None:
                self._start([self._held])
                self._held = None
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, seconds)

    def _springs(self, name: str) -> bool:
        """Use a trap up once, if it is set."""
        if not self._traps[name]:
            return False
        self._traps[name] -= 1
        return True

    def _start(self, ready: list[tuple[Parcel, bool]]) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
            self._thread.start()
        with self._idle:
            self._open += len(ready)
        for one in ready:
            self._waiting.put(one)

    def _run(self) -> None:
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as http:
            while True:
                self._deliver(http, *self._waiting.get())
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()

    def _deliver(self, http: httpx.Client, parcel: Parcel, forged: bool) -> None:
        rest = threading.Event()
        for attempt in range(self.tries):
            counted = {self.counting: str(attempt)} if attempt and self.counting else {}
            signed = {**parcel.headers, **counted, **parcel.sign(parcel.content, forged)}
            try:
                status = http.post(parcel.url, content=parcel.content, headers=signed).status_code
            except httpx.HTTPError:
                status = 0
            if status and status not in self.again:
                self.sent.append((parcel.url, status))
                return
            rest.wait(self.pause)
        self.failed.append(parcel)
