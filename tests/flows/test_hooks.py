"""The daemon's application on a socket: what is signed is noted and looked at, and nothing else gets in."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.testing import HintedLists
from core.errors import SettingsError
from core.flows.evaluate import Active
from core.flows.stop import StopSignal
from core.hub import Hub
from core.ports import LARGEST_HINT, Hint
from core.settings import Configuration
from core.store import connections, hints, marks, revisions
from core.telemetry import Metrics
from core.tickets import Person
from scheduler import Daemon
from slahub.web.address import Address
from slahub.web.app import application
from slahub.web.serving import serve

SECRET = "long and random"


@dataclass
class Served:
    """A bench whose daemon listens. `daemon` is not started: jobs run only where a test wants them to."""

    bench: Any
    daemon: Daemon
    metrics: Metrics
    http: httpx.Client
    address: Address

    def send(self, body: bytes | object, *, to: str = "desk", secret: str = SECRET, **headers: str) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = hmac.digest(secret.encode(), raw, "sha256").hex()
        return self.http.post(f"/hooks/{to}", content=raw, headers={"X-Signature": signed, **headers})

    def waiting(self) -> list[str]:
        with self.bench.store.view() as tx:
            return [each.ticket_id for each in hints.waiting(tx, self.bench.source.id, 100)]

    def count(self, outcome: str) -> float:
        name = f'slahub_hints_total{{connection="desk",outcome="{outcome}"}} '
        lines = self.metrics.render().decode().splitlines()
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


def about(ticket: str, name: str = "") -> dict[str, object]:
    return {"ticket": ticket, "gone": False, "id": name or f"delivery-{ticket}"}


@pytest.fixture
def serving(make_bench: Any) -> Iterator[Callable[..., Served]]:
    with ExitStack() as stack:

        def start(kind: type[HintedLists] = HintedLists, *, secret: str = SECRET, **options: Any) -> Served:
            bench, metrics = make_bench(**options), Metrics()
            bench.connector = kind(now=bench.source.host_now)
            bench.connector.add("people", Person("anna", "Anna", "end-user"), Person("ben", "Ben", "agent"))
            desk = bench.connector
            bench.source = replace(bench.source, connector=desk, backfill=desk, hint_secret=secret, metrics=metrics)
            with bench.store.unit() as tx:
                revisions.apply(tx, applied_at=bench.now, author="admin", content="{}")
                marks.everything(tx)
            daemon = Daemon(hub_of(bench), lambda: hub_of(bench), StopSignal())
            address = stack.enter_context(serve(application(daemon, metrics), Address("127.0.0.1", 0)))
            http = stack.enter_context(httpx.Client(base_url=f"http://{address}", timeout=30, trust_env=False))
            return Served(bench, daemon, metrics, http, address)

        yield start


def hub_of(bench: Any) -> Hub:
    configured = Configuration({}, bench.active.rules[-1])
    return Hub(bench.store, configured, bench.active, {"desk": bench.source}, {}, bench.source.host_now)


def until(what: Callable[[], object]) -> None:
    end, pause = time.monotonic() + 60, threading.Event()
    while not what():
        assert time.monotonic() < end
        pause.wait(0.02)


def test_what_is_signed_is_answered_at_once_and_noted_once(serving: Callable[..., Served]) -> None:
    served = serving()
    for _ in range(3):
        assert served.send(about("7")).status_code == 202
    assert served.waiting() == ["7"]
    assert (served.count("noted"), served.count("again")) == (1, 2)
    assert served.bench.connector.asked == {}


@pytest.mark.parametrize(
    ("body", "headers", "outcome"),
    [
        (about("7"), {"X-Signature": "00" * 32}, "forged"),
        (about("7"), {"X-Signature": ""}, "forged"),
        (b"{" * 5000, {}, "unreadable"),
        ({"ticket": 7}, {}, "unreadable"),
    ],
)
def test_what_is_not_signed_or_makes_no_sense_is_refused_without_a_word(
    serving: Callable[..., Served], body: object, headers: dict[str, str], outcome: str
) -> None:
    served = serving()
    answer = served.send(body, **headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert (served.waiting(), served.count(outcome)) == ([], 1)


def test_a_connection_that_is_not_there_or_takes_no_hints_is_not_told_from_any_other_page(
    serving: Callable[..., Served],
) -> None:
    served = serving(secret="")
    answers = [served.send(about("7"), to=name) for name in ("nobody", "desk", "desk/", "%00", "a/b")]
    answers.append(served.http.get("/hooks/desk"))
    answers.append(served.http.get("/"))
    answers.append(served.http.post("/metrics"))
    assert {(each.status_code, each.content) for each in answers} == {(404, b"")}
    assert len({tuple(sorted(each.headers)) for each in answers}) == 1


def test_no_answer_names_what_answers_and_a_browser_does_nothing_with_it(serving: Callable[..., Served]) -> None:
    served = serving()
    for answer in (served.http.get("/nothing"), served.http.get("/metrics"), served.send(about("7"))):
        assert not {"server", "date", "x-powered-by"} & set(answer.headers)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_body_beyond_the_bound_is_not_read(serving: Callable[..., Served]) -> None:
    served = serving()
    assert served.send(b"x" * (LARGEST_HINT + 1)).status_code == 413

    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    # It is refused while it still comes: the answer is seen, or only that nobody takes the rest.
    with suppress(httpx.HTTPError):
        assert served.http.post("/hooks/desk", content=endless()).status_code == 413
    assert served.send(about("7")).status_code == 202
    assert served.count("not whole") == 2


def test_a_call_that_breaks_off_leaves_nothing_behind(serving: Callable[..., Served]) -> None:
    served = serving()
    for _ in range(20):
        with socket.create_connection((served.address.host, served.address.port), 10) as line:
            line.sendall(b"POST /hooks/desk HTTP/1.1\r\nhost: hub\r\ncontent-length: 100\r\n\r\n{")
    assert served.send(about("7")).status_code == 202
    assert served.waiting() == ["7"]


def test_hints_that_the_database_cannot_take_are_sent_again_by_the_helpdesk(serving: Callable[..., Served]) -> None:
    served = serving()
    with served.bench.store.unit() as tx:
        tx.exec_driver_sql("ALTER TABLE hint RENAME TO hidden")
    answer = served.send(about("7"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    with served.bench.store.unit() as tx:
        tx.exec_driver_sql("ALTER TABLE hidden RENAME TO hint")
    assert served.send(about("7")).status_code == 202
    assert served.waiting() == ["7"]


def test_the_hub_of_a_newer_revision_is_the_one_that_answers(serving: Callable[..., Served]) -> None:
    served = serving()
    bench = served.bench
    bench.source = replace(bench.source, hint_secret="another one")
    bench.active = Active((bench.rules(2),))
    assert served.send(about("7"), secret="another one").status_code == 401
    with bench.store.unit() as tx:
        revisions.apply(tx, applied_at=bench.now, author="admin", content="{}")
    served.daemon.start()
    try:
        until(lambda: served.send(about("7"), secret="another one").status_code == 202)
        assert served.send(about("8")).status_code == 401
    finally:
        served.daemon.end()


def test_a_hint_is_followed_by_the_daemon_in_a_moment(serving: Callable[..., Served]) -> None:
    served = serving()
    bench = served.bench
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(minutes=1)
    bench.act("1", "answer", reply=True, exported=False)
    served.daemon.start()
    try:
        assert served.send(about("1")).status_code == 202
        until(lambda: bench.clocks("1")["first_response"].state == "completed")
    finally:
        served.daemon.end()


def test_it_is_alive_while_the_scheduler_turns_and_ready_while_the_database_can_be_used(
    serving: Callable[..., Served],
) -> None:
    served = serving()
    with served.bench.store.unit() as tx:
        connections.update(tx, served.bench.source.id, state="unreachable")
    assert [served.http.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    served.daemon._beat -= 60
    assert served.http.get("/healthz").status_code == 503
    with served.bench.store.unit() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = served.http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the database's schema is behind: 'slahub db migrate'\n")
    with served.bench.store.unit() as tx:
        tx.exec_driver_sql("DROP TABLE alembic_version")
    assert served.http.get("/readyz").status_code == 503


def test_counts_tell_what_was_read_judged_written_and_what_waits(serving: Callable[..., Served]) -> None:
    served = serving()
    bench = served.bench
    bench.ticket("1")
    bench.settle()
    bench.cycle()
    bench.pass_time(seconds=90)
    served.send(about("1"))
    with bench.store.unit() as tx:
        connections.update(tx, bench.source.id, state="ok")
    text = served.http.get("/metrics").text
    for line in (
        'slahub_records_read_total{connection="desk",stream="tickets"} 2.0',
        'slahub_tickets_evaluated_total{connection="desk"}',
        'slahub_writes_total{connection="desk",outcome="shown"} 1.0',
        'slahub_hints_total{connection="desk",outcome="noted"} 1.0',
        'slahub_waiting{connection="desk",queue="hints"} 1.0',
        'slahub_waiting{connection="desk",queue="parked"} 0.0',
        'slahub_waiting{connection="desk",queue="in_doubt"} 0.0',
        'slahub_lag_seconds{connection="desk"} 90.0',
        'slahub_source_up{connection="desk"} 1.0',
        "slahub_database_up 1.0",
    ):
        assert line in text, text


def test_an_address_that_is_taken_is_told_in_words(serving: Callable[..., Served]) -> None:
    served = serving()
    with pytest.raises(SettingsError) as caught, serve(application(served.daemon, served.metrics), served.address):
        pass
    (problem,) = caught.value.problems
    assert problem.key == "hub.http"
    assert str(served.address) in problem.text


class Odd(HintedLists):
    """One whose reader of hints breaks in a way that nobody has promised."""

    def hints(self, *_: object) -> Sequence[Hint]:
        raise ZeroDivisionError


def test_a_plug_in_that_breaks_ends_one_call_and_nothing_more(serving: Callable[..., Served]) -> None:
    served = serving(Odd)
    answer = served.send(about("7"))
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert served.http.get("/healthz").status_code == 200


WORDS = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0", min_codepoint=33), max_size=40)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    body=st.binary(max_size=300)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists).map(
        lambda value: json.dumps({"ticket": value, "gone": False, "id": "x"}).encode()
    ),
    signed=st.booleans(),
    headers=st.dictionaries(st.sampled_from(["X-Signature", "Content-Type", "X-Other", "Authorization"]), WORDS),
)
def test_whatever_comes_in_is_taken_or_refused(
    served_once: Served, body: bytes, signed: bool, headers: dict[str, str]
) -> None:
    raw = {name: value.encode("latin-1").strip() for name, value in headers.items()}
    if signed:
        raw["X-Signature"] = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
    answer = served_once.http.post("/hooks/desk", content=body, headers=raw)
    assert answer.status_code in {202, 401}


@pytest.fixture
def served_once(serving: Callable[..., Served]) -> Served:
    return serving()
