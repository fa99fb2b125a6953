"""Brings webhooks to their receivers: at least once, in no order that holds, and now and then not at all."""

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections import deque
from dataclasses import dataclass, field

import httpx

__all__ = ["TRAPS", "Courier", "Parcel", "bearer", "signature"]

TRAPS = ("double", "lose", "reorder", "stale_signature")
_AGAIN = frozenset({408, 409, 425, 429})
_PATIENCE = 5.0  # seconds for one request


@dataclass(frozen=True, slots=True)
class Parcel:
    """One webhook to one address."""

    url: str
    content: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Courier:
    """A thread of its own that sends what is handed to it; it starts with the first parcel.

    pause: seconds between two tries; the real ones are 5 to 15 minutes apart.
    tries: of one delivery; a server tries once.
    sent: addresses and status codes of what arrived; failed: what was given up.
    """

    pause: float = 0.05
    tries: int = 6
    sent: deque[tuple[str, int]] = field(default_factory=lambda: deque[tuple[str, int]](maxlen=10_000))
    failed: deque[Parcel] = field(default_factory=lambda: deque[Parcel](maxlen=10_000))
    lost: int = 0
    _traps: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TRAPS, 0))
    _held: Parcel | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: queue.SimpleQueue[Parcel] = field(default_factory=queue.SimpleQueue[Parcel])
    _idle: threading.Condition = field(default_factory=threading.Condition)
    _open: int = 0
    _thread: threading.Thread | None = None

    def trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next deliveries. Raises: ValueError for an unknown trap."""
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
            if self._springs("stale_signature") and "X-Hub-Signature" in parcel.headers:
                forged = {**parcel.headers, "X-Hub-Signature": signature("not the secret", parcel.content)}
                parcel = Parcel(parcel.url, parcel.content, forged)
            if self._held is None and self._springs("reorder"):
                self._held = parcel
                return
            ready = [parcel, parcel] if self._springs("double") else [parcel]
            if self._held is not None:
                ready.append(self._held)
                self._held = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jira-webhooks", daemon=True)
                self._thread.start()
        with self._idle:
            self._open += len(ready)
        for one in ready:
            self._waiting.put(one)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is on its way, a parcel that was held back included; False: it took too long."""
        with self._lock:
            held, self._held = self._held, None
        if held is not None:
            self.send(held)
        with self._idle:
            return self._idle.wait_for(lambda: self._open == 0, seconds)

    def _springs(self, name: str) -> bool:
        """Use a trap up once, if it is set."""
        if not self._traps[name]:
            return False
        self._traps[name] -= 1
        return True

    def _run(self) -> None:
        with httpx.Client(timeout=_PATIENCE, trust_env=False) as http:
            while True:
                self._deliver(http, self._waiting.get())
                with self._idle:
                    self._open -= 1
                    self._idle.notify_all()

    def _deliver(self, http: httpx.Client, parcel: Parcel) -> None:
        rest = threading.Event()
        for attempt in range(self.tries):
            again = {"X-Atlassian-Webhook-Retry": str(attempt)} if attempt else {}
            try:
                answer = http.post(parcel.url, content=parcel.content, headers={**parcel.headers, **again})
            except httpx.HTTPError:
                status = 0
            else:
                status = answer.status_code
            if status and status < 500 and status not in _AGAIN:
                self.sent.append((parcel.url, status))
                return
            rest.wait(self.pause)
        self.failed.append(parcel)


def signature(secret: str, content: bytes) -> str:
    """Return `X-Hub-Signature` over the raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def bearer(client_id: str, secret: str, now: int) -> str:
    """Return the token with which an OAuth app's webhooks come; `now` in epoch seconds."""
    claims = {"iss": client_id, "iat": now, "exp": now + 180}
    head = ".".join(_part(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "HS256"}, claims))
    return f"{head}.{_part(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
