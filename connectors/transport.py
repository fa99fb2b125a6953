"""One connection's door to its source: limits, time-outs, retries, decoding, and which error a status means."""

import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum, auto

import httpx
import tenacity

from connectors.answers import causes, credentials, decoded, target
from connectors.breaker import Breaker
from connectors.buckets import http_date
from connectors.client import open_client
from connectors.excerpt import excerpt, redact
from connectors.limits import Limits
from connectors.skew import Skew
from core.errors import RetryLater, SourceError, SourceRefused, Unreadable
from core.ports import Allowance, Now, Purpose, Stop

__all__ = ["Answer", "Http", "open_client", "redact"]

LARGEST = 256 * 1024 * 1024  # bytes of one answer
LONGEST_ANSWER = 120.0  # seconds: a source that drips bytes must not hold a thread
LONGEST_CALL = 90.0  # seconds with all retries; no new one is begun after it
FIRST_BACKOFF = 0.5  # seconds at most, doubled each time
SHORTEST_BACKOFF = 0.1
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


_purpose: ContextVar[Purpose | None] = ContextVar("purpose", default=None)


class Branch(Enum):
    GOOD = auto()
    MOVED = auto()
    REFUSED = auto()
    WRONG = auto()
    AGAIN = auto()


STATUSES: Mapping[int, Branch] = {
    401: Branch.REFUSED,
    403: Branch.REFUSED,
    407: Branch.REFUSED,
    408: Branch.AGAIN,
    425: Branch.AGAIN,
    429: Branch.AGAIN,
}
CLASSES: Mapping[int, Branch] = {2: Branch.GOOD, 3: Branch.MOVED, 4: Branch.WRONG, 5: Branch.AGAIN}
READING = frozenset({"GET", "HEAD"})
PASSES = frozenset({409})  # while reading: somebody else's change is under way
TOO_MANY = 429
JSON = "application/json"
NOT_TAKEN = frozenset({TOO_MANY, 503})  # the source says itself that it did nothing: any method may be sent again


@dataclass(frozen=True, slots=True)
class Answer:
    """What the source answered. body: decoded JSON, None where there is none. date: the source's own instant.

    A whole number in `body` that needs more than 64 bits has become a float.
    said: of an expected error, its words on one line that may be shown to people.
    """

    status: int
    body: object = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    date: datetime
    said: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    method: str
    path: str
    params: Mapping[str, str | int] | None
    json: object
    headers: Mapping[str, str] | None
    expect: frozenset[int]
    reads: bool
    apart: frozenset[str]
    once: bool
    inside: Sequence[tuple[str, str]]

    @property
    def plain(self) -> str:
        """The path without its query, which may hold what must not be shown."""
        return self.path.partition("?")[0]

    def __str__(self) -> str:
        return f"{self.method} {self.plain}"


class AgainError(Exception):
    """Carries the error of one attempt that may be repeated."""

    def __init__(self, error: RetryLater) -> None:
        self.error = error
        super().__init__(str(error))


class Http:
    """Makes one connection's calls inside its limits; raises only branches of `SourceError`.

    purpose: what its calls are for, where `on` says nothing else. part: how much of the connection's part of the
        limits such calls may have, less than 1 for the past.
    patience: seconds that are waited here; what takes longer is left to the next run.
    breaker: stops all calls while the source does not answer. count: is told of each call as it is made.
    Safe in threads. Lanes of one connection share `limits`, `breaker` and `skew`; `calls` counts this door's alone.
    """

    def __init__(
        self,
        client: httpx.Client,
        limits: Limits,
        *,
        stop: Stop,
        now: Now,
        purpose: Purpose = Purpose.LIVE,
        part: Callable[[Purpose], float] = lambda _: 1.0,
        patience: float = 2.0,
        skew: Skew | None = None,
        breaker: Breaker | None = None,
        count: Callable[[int], None] = lambda _: None,
        attempts: int = 4,
        longest: float = LONGEST_ANSWER,
    ) -> None:
        self._client, self._limits, self._stop, self._now = client, limits, stop, now
        self._purpose, self._part, self._counted = purpose, part, count
        self._patience, self._attempts, self._longest = patience, attempts, longest
        self._skew, self._breaker = skew or Skew(), breaker or Breaker()
        self._lock = threading.Lock()
        self._calls = 0

    @contextmanager
    def on(self, purpose: Purpose) -> Generator[None]:
        """Have the calls that this thread makes inside the block be for `purpose`."""
        before = _purpose.set(purpose)
        try:
            yield
        finally:
            _purpose.reset(before)

    def skew(self) -> timedelta:
        """Return the source's clock less the host's."""
        return self._skew.value()

    def calls(self) -> int:
        """Return how many calls were made through this door, retries included."""
        with self._lock:
            return self._calls

    def allowance(self) -> tuple[int, int]:
        """Return calls used and allowed, of the connection's bucket that is nearest to its end."""
        return self._limits.usage()

    def told(self) -> tuple[Allowance, ...]:
        """Return the source's limits as they are known by now."""
        return self._limits.told()

    def unpublished(self) -> None:
        """Have the limits know that this source says nothing of its own."""
        self._limits.unpublished()

    def share(self) -> float:
        """Return which part of the source's limits is the connection's, for limits of other things than calls."""
        return self._limits.share

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        expect: frozenset[int] = frozenset(),
        reads: bool = False,
        apart: frozenset[str] = frozenset(),
        once: bool = False,
        inside: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """Return the answer to one call, of a good status or one that is expected.

        reads: it changes nothing, whatever its method, and may be sent again.
        apart: what `RateLimit-Reason` says where only the one thing that was asked for has to rest. Such a 429 is
            returned as an answer, and closes no limit.
        once: it is sent no second time here if it may have arrived: the source goes on with what nobody waits for any
            more. An answer in JSON that breaks off is unreadable then, as one that was asked for too much.
        inside: methods and paths of the calls that this one makes at the source, which count against its limits, too.
        path: below the client's base URL, beginning with one slash; never a whole URL from an answer.
        Raises: RetryLater, SourceRefused (401, 403, redirects), Unreadable, SourceError for any other status.
        """
        reads = reads or method.upper() in READING
        params = {name: _sendable(value) for name, value in params.items()} if params else params
        ask = Ask(method.upper(), path, params, json, headers, expect, reads, apart, once, inside)
        if not path.startswith("/") or path.startswith("//"):
            raise SourceError(f"{ask.method}: refused to follow an address that the source gave")
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(AgainError),
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(self._attempts), tenacity.stop_before_delay(LONGEST_CALL)
            ),
            wait=tenacity.wait_random_exponential(FIRST_BACKOFF, max=self._patience, min=SHORTEST_BACKOFF),
            sleep=self._wait,
            reraise=True,
        )
        try:
            return again(self._attempt, ask)
        except AgainError as last:
            raise last.error from last.__cause__

    def _attempt(self, ask: Ask) -> Answer:
        purpose = self._admit(ask)
        for method, path in ask.inside:
            self._limits.spend(method, path, purpose)
        self._add(1)
        sent = self._now()
        try:
            with self._client.stream(
                ask.method, ask.path, params=ask.params, json=ask.json, headers=ask.headers
            ) as response:
                self._count(ask, purpose, len(response.history))
                date = self._heard(ask, sent, response)
                content = self._read(ask, response)
        except httpx.HTTPError as error:
            raise self._broken(ask, error) from error
        except httpx.InvalidURL as error:
            raise SourceError(f"{ask}: not a usable address") from error
        except UnicodeEncodeError as error:
            raise SourceError(f"{ask}: half a character, which no call can hold") from error
        return self._judge(ask, response, content, date)

    def _admit(self, ask: Ask) -> Purpose:
        """Pass when a call may be made now; return whose share was drawn on. Raises: RetryLater."""
        if (pause := self._breaker.wait()) > 0:
            raise RetryLater(
                f"{ask}: the source has not answered lately and is asked again in {pause:.0f} s",
                after=timedelta(seconds=pause),
            )
        try:
            return self._within_limits(ask)
        except RetryLater:
            self._breaker.untried()
            raise

    def _within_limits(self, ask: Ask) -> Purpose:
        """Wait for the limits while that is short; sleep nowhere for longer."""
        purpose = _purpose.get() or self._purpose
        part = self._part(purpose)
        waited = 0.0
        while (wait := self._limits.take(ask.method, ask.plain, purpose, part=part)) > 0:
            if waited + wait > self._patience:
                raise RetryLater(
                    f"{ask}: the call limits leave no call for {wait:.0f} s", after=timedelta(seconds=wait)
                )
            self._wait(wait)
            waited += wait
        return purpose

    def _count(self, ask: Ask, purpose: Purpose, more: int) -> None:
        """Count calls that were made in one attempt besides the first: one that was refused is signed anew."""
        for _ in range(more):
            self._limits.spend(ask.method, ask.plain, purpose)
        if more:
            self._add(more)

    def _add(self, calls: int) -> None:
        with self._lock:
            self._calls += calls
        self._counted(calls)

    def _wait(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise RetryLater("stopping: the work goes on at the next start")

    def _heard(self, ask: Ask, sent: datetime, response: httpx.Response) -> datetime:
        received = self._now()
        date = http_date(response.headers.get("date"))
        if date is None:
            date = received + self._skew.value()
            self._learn(ask, response, {**response.headers, "date": format_datetime(date, usegmt=True)})
            return date
        self._learn(ask, response, response.headers)
        if "age" not in response.headers:  # a cache's copy bears an old date
            self._skew.heard(sent, received, date)
        return date

    def _learn(self, ask: Ask, response: httpx.Response, headers: Mapping[str, str]) -> None:
        if not alone(ask, response):
            self._limits.heard(ask.method, ask.plain, headers, response.status_code)

    def _read(self, ask: Ask, response: httpx.Response) -> bytes:
        until = time.monotonic() + self._longest
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > LARGEST:
                raise SourceError(f"{ask}: the answer is larger than {LARGEST // 1024 // 1024} MiB")
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the answer took too long", request=response.request)
        return bytes(content)

    def _broken(self, ask: Ask, error: httpx.HTTPError) -> Exception:
        """Return what it means that no whole answer came."""
        if any(isinstance(each, ssl.SSLCertVerificationError) for each in causes(error)):
            return SourceRefused(
                f"{ask}: the server's certificate is not trusted; check the url, or name your authority's file in `ca`"
            )
        if isinstance(error, (httpx.UnsupportedProtocol, httpx.TooManyRedirects)):
            return SourceError(f"{ask}: not a usable address")
        unsent = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError))
        self._breaker.failed()
        what = "no answer in time" if isinstance(error, httpx.TimeoutException) else "the connection failed"
        return self._later(ask, f"{what} ({type(error).__name__})", resend=unsent)

    def _later(self, ask: Ask, text: str, *, resend: bool, after: float = 0.0) -> Exception:
        """Return an attempt to repeat, or the final error when it must not be or the wait is too long."""
        stopped = self._breaker.stopped()
        resend = resend or (not ask.once and (ask.reads or ask.method in IDEMPOTENT))
        if not (resend or ask.reads):
            text += "; not sent again, it may have arrived"
        error = RetryLater(f"{ask}: {text}", after=timedelta(seconds=after) if after else None)
        return AgainError(error) if resend and not stopped and after <= self._patience else error

    def _judge(self, ask: Ask, response: httpx.Response, content: bytes, date: datetime) -> Answer:
        status = response.status_code
        said = excerpt(content, credentials(response.request)) if status >= 400 else ""
        branch = STATUSES.get(status, CLASSES.get(status // 100, Branch.WRONG))
        if status in PASSES and ask.reads:
            branch = Branch.AGAIN
        if status in ask.expect or branch is Branch.GOOD or alone(ask, response):
            try:
                body = decoded(content, needed=branch is Branch.GOOD and ask.reads and status != 204)
            except (ValueError, RecursionError) as error:
                if branch is Branch.GOOD:
                    kind = response.headers.get("content-type", "").partition(";")[0] or "nothing"
                    if ask.once and kind == JSON:
                        self._breaker.answered()
                        raise Unreadable(f"{ask}: the answer breaks off") from error
                    self._breaker.failed()
                    raise self._later(ask, f"answered {status} with {kind}, not with JSON", resend=False) from error
                body = None
            self._breaker.answered()
            return Answer(status, body, response.headers, date, said)
        if status >= 500:
            self._breaker.failed()
        else:
            self._breaker.answered()
        if branch is Branch.MOVED:
            raise SourceRefused(
                f"{ask}: answered {status}, a redirect to {target(response)}; set the url to it if right"
            )
        text = f"answered {status}" + (f" ({said})" if said else "")
        if branch is Branch.AGAIN:
            untaken = ask.reads or status in NOT_TAKEN
            # Whoever is told to come back in a while takes what was to be written for not done.
            after = self._limits.closed(ask.method, ask.plain) if untaken else 0.0
            raise self._later(ask, text, resend=status in NOT_TAKEN, after=after)
        raise (SourceRefused if branch is Branch.REFUSED else SourceError)(f"{ask}: {text}")


def _sendable(value: str | int) -> str | int:
    """Return a parameter without halves of characters: a name that a source told with one finds nobody there."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def alone(ask: Ask, response: httpx.Response) -> bool:
    """Say whether the source has asked for a rest of the one thing that was asked for, and of nothing else."""
    return response.status_code == TOO_MANY and response.headers.get("ratelimit-reason", "") in ask.apart
