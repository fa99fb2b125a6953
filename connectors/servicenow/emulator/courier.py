"""Brings hints to where the customer's business rule sends them: once, in no order that holds, or not at all."""

import json
import queue
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import httpx

from connectors.servicenow.emulator.records import Update

__all__ = ["TRAPS", "Courier", "Rule"]

TRAPS = ("double", "lose", "reorder")
_PATIENCE = 5.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Rule:
    """A business rule that calls the hub after saves of some tables, but for those of one user.

    header, secret: what it shows with each call.
    """

    url: str
    secret: str
    header: str
    tables: frozenset[str]
    but_by: str


@dataclass(frozen=True, slots=True)
class Parcel:
    url: str
    content: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Courier:
    """Listens to a world, and sends from a thread of its own, which starts with the first parcel.

    An error is not tried again. sent: addresses and status codes, 0 for no answer.
    """

    rules: list[Rule] = field(default_factory=list[Rule])
    sent: deque[tuple[str, int]] = field(default_factory=lambda: deque[tuple[str, int]](maxlen=10_000))
    lost: int = 0
    _traps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRAPS, 0))
    _held: Parcel | None = None
    _waiting: queue.SimpleQueue[Parcel] = field(default_factory=queue.SimpleQueue[Parcel])
    _idle: threading.Condition = field(default_factory=threading.Condition)
    _open: int = 0
    _thread: threading.Thread | None = None

    def __call__(self, done: Update) -> None:
        """Tell of a save. Hold the world's lock."""
        row = done.row
        if done.kind == "delete":
            return
        for rule in self.rules:
            if row.table in rule.tables and done.by != rule.but_by:
                hint = {name: row[name] for name in ("sys_id", "number", "sys_updated_on", "sys_mod_count")}
                content = json.dumps({"table": row.table, **hint}, separators=(",", ":")).encode()
                self.send(Parcel(rule.url, content, {"Content-Type": "application/json", rule.header: rule.secret}))

    def trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next hints. Raises: ValueError for an unknown trap."""
        if name not in TRAPS:
            raise ValueError(f"trap must be one of {', '.join(TRAPS)}, got {name!r}")
        self._traps[name] += times

    def send(self, parcel: Parcel) -> None:
        """Take a parcel on its way and return at once."""
        if self._springs("lose"):
            self.lost += 1
            return
        if self._held is None and self._springs("reorder"):
            self._held = parcel
            return
        ready = [parcel, *([parcel] if self._springs("double") else [])]
        if self._held is not None:
            ready, self._held = [*ready, self._held], None
        self._start(ready)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is on its way, a parcel that was held back included; False: it took too long."""
        held, self._held = self._held, None
        if held is not None:
            self._start([held])
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, seconds)

    def _springs(self, name: str) -> bool:
        """Use a trap up once, if it is set."""
        if not self._traps[name]:
            return False
        self._traps[name] -= 1
        return True

    def _start(self, parcels: Collection[Parcel]) -> None:
        with self._idle:
            self._open += len(parcels)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="servicenow-hints", daemon=True)
                self._thread.start()
        for one in parcels:
            self._waiting.put(one)

    def _run(self) -> None:
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as http:
            while True:
                parcel = self._waiting.get()
                try:
                    status = http.post(parcel.url, content=parcel.content, headers=parcel.headers).status_code
                except httpx.HTTPError:
                    status = 0
                self.sent.append((parcel.url, status))
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()
