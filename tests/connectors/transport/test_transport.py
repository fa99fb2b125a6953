"""One call: which answers are good, which are repeated, and what error the others become."""

import base64
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors import Bucket, Http, Limits, RetryLater, SourceError, SourceRefused, open_client
from tests.connectors.transport.conftest import TOKEN, Desk, Host


def test_a_good_answer_comes_decoded_with_the_sources_own_instant(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(200, {"tickets": [1]}, x_extra="yes"))
    answer = http.call("GET", "/api/v2/tickets", params={"cursor": "a=="})
    assert answer.status == 200
    assert answer.body == {"tickets": [1]}
    assert answer.headers["X-Extra"] == "yes"
    assert answer.date == datetime(2026, 5, 11, 12, tzinfo=UTC)
    assert desk.seen[0].path == "/api/v2/tickets?cursor=a%3D%3D"


def test_a_body_is_sent_as_json(http: Http, desk: Desk) -> None:
    http.call("put", "/api/v2/tickets/1", json={"ticket": {"id": 1}})
    assert (desk.seen[0].method, desk.seen[0].body) == ("PUT", b'{"ticket":{"id":1}}')


@pytest.mark.parametrize(("method", "status"), [("DELETE", 204), ("PUT", 200), ("GET", 204)])
def test_an_empty_answer_is_none_where_none_is_needed(http: Http, desk: Desk, method: str, status: int) -> None:
    desk.will(desk.answer(status, b""))
    assert http.call(method, "/x").body is None


@pytest.mark.parametrize("status", [401, 403, 407])
def test_refused_credentials_and_rights_are_for_people(http: Http, desk: Desk, status: int) -> None:
    desk.will(desk.answer(status, {"error": "Couldn't authenticate you"}))
    with pytest.raises(SourceRefused, match=f"GET /me: answered {status} .Couldn't authenticate you."):
        http.call("GET", "/me")
    assert len(desk.seen) == 1


def test_a_conflict_while_reading_passes(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(409, {"error": "DatabaseConflict"}), desk.answer(200))
    assert http.call("GET", "/tickets/1").status == 200
    assert len(desk.seen) == 2


def test_a_time_to_come_back_is_obeyed_where_the_answer_bears_no_date(http: Http, desk: Desk, host: Host) -> None:
    until = format_datetime(host.now() + timedelta(seconds=90), usegmt=True)
    desk.will(desk.answer(503, date="", retry_after=until))
    with pytest.raises(RetryLater) as caught:
        http.call("GET", "/tickets")
    assert caught.value.after == timedelta(seconds=90)


class Twice(httpx.Auth):
    """Signs anew, once, what was refused."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if (yield request).status_code == 401:
            yield request


def test_a_call_that_is_signed_anew_counts_twice(desk: Desk, limits: Limits, host: Host) -> None:
    desk.will(desk.answer(401), desk.answer(200))
    with open_client(desk.url, auth=Twice()) as client:
        http = Http(client, limits, stop=host, now=host.now)
        http.call("GET", "/tickets")
    assert (len(desk.seen), http.calls(), http.allowance()) == (2, 2, (2, 400))


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_other_client_errors_are_source_errors_and_not_repeated(http: Http, desk: Desk, status: int) -> None:
    desk.will(desk.answer(status, {"error": "RecordInvalid"}))
    with pytest.raises(SourceError) as caught:
        http.call("PUT", "/tickets/1")
    assert type(caught.value) is SourceError
    assert len(desk.seen) == 1


@pytest.mark.parametrize("status", [401, 404, 409, 422, 429, 503, 304])
def test_an_expected_status_is_an_answer(http: Http, desk: Desk, status: int) -> None:
    desk.will(desk.answer(status, b"" if status == 304 else {"error": "x"}))
    answer = http.call("GET", "/tickets/1", expect=frozenset({status}))
    assert (answer.status, answer.body) == (status, None if status == 304 else {"error": "x"})
    assert answer.said == ("" if status == 304 else "x")


def test_an_expected_error_may_come_without_json(http: Http, desk: Desk) -> None:
    desk.will(desk.html(404))
    assert http.call("GET", "/tickets/1", expect=frozenset({404})).body is None


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520])
def test_a_passing_trouble_is_tried_again(http: Http, desk: Desk, host: Host, status: int) -> None:
    desk.will(desk.html(status), desk.html(status), desk.answer(200, [1]))
    assert http.call("GET", "/tickets").body == [1]
    assert len(host.waits) == 2
    assert all(0 < wait <= 2 for wait in host.waits)


@pytest.mark.parametrize("trouble", ["cut", "reset", "html", "nothing", "broken_gzip"])
def test_an_answer_that_is_not_whole_is_asked_for_again(http: Http, desk: Desk, trouble: str) -> None:
    scripts = {
        "cut": desk.cut,
        "reset": desk.reset,
        "html": desk.html(200),
        "nothing": desk.answer(200, b""),
        "broken_gzip": desk.answer(200, b"{}", content_encoding="gzip"),
    }
    desk.will(scripts[trouble], desk.answer(200, [1]))
    assert http.call("GET", "/tickets").body == [1]


@pytest.mark.parametrize("script", ["silent", "drip"])
def test_a_source_that_holds_its_answer_back_is_left_in_time(
    desk: Desk, limits: Limits, host: Host, script: str
) -> None:
    desk.will(getattr(desk, script), getattr(desk, script))
    with open_client(desk.url, timeout=0.15) as client:
        http = Http(client, limits, stop=host, now=host.now, attempts=2, longest=0.15)
        with pytest.raises(RetryLater, match="no answer in time"):
            http.call("GET", "/tickets")
    assert len(desk.seen) == 2


def test_attempts_end_with_the_last_trouble_in_words(http: Http, desk: Desk) -> None:
    desk.will(*[desk.html(502)] * 9)
    with pytest.raises(RetryLater, match=r"^GET /tickets: answered 502 \(Back soon Maintenance\)$") as caught:
        http.call("GET", "/tickets")
    assert caught.value.after is None
    assert len(desk.seen) == http.calls() == 4


def test_html_in_place_of_json_is_named(http: Http, desk: Desk) -> None:
    desk.will(*[desk.html(200)] * 4)
    with pytest.raises(RetryLater, match="GET /tickets: answered 200 with text/html, not with JSON"):
        http.call("GET", "/tickets")


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"id": 9007199254740993}', {"id": 9007199254740993}),
        (b'["\\ud83d half"]', ["\ud83d half"]),
        (b"\xef\xbb\xbf[1]", [1]),
        ("[1]".encode("utf-16"), [1]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[Infinity]", [float("inf")]),
    ],
)
def test_json_is_read_however_oddly_it_is_written(http: Http, desk: Desk, content: bytes, body: object) -> None:
    desk.will(desk.answer(200, content))
    assert http.call("GET", "/tickets").body == body


def test_nobody_listening_is_retried_and_then_left_for_later(limits: Limits, host: Host) -> None:
    with open_client("http://127.0.0.1:1") as client, pytest.raises(RetryLater, match="connection failed"):
        Http(client, limits, stop=host, now=host.now).call("POST", "/tickets")
    assert len(host.waits) == 3


@pytest.mark.parametrize(("method", "done"), [("POST", None), ("GET", timedelta(seconds=60))])
def test_what_may_have_arrived_is_not_told_to_come_back_as_if_it_had_not(
    http: Http, desk: Desk, method: str, done: timedelta | None
) -> None:
    desk.will(desk.answer(502, retry_after="60"))
    with pytest.raises(RetryLater) as caught:
        http.call(method, "/tickets")
    assert (None if caught.value.after is None else timedelta(seconds=60)) == done


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("trouble", ["cut", "reset", "html", "error"])
def test_what_may_have_arrived_is_not_sent_twice(http: Http, desk: Desk, method: str, trouble: str) -> None:
    scripts = {"cut": desk.cut, "reset": desk.reset, "html": desk.html(201), "error": desk.html(500)}
    desk.will(scripts[trouble])
    with pytest.raises(RetryLater, match="not sent again, it may have arrived"):
        http.call(method, "/tickets", json={})
    assert len(desk.seen) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_what_the_source_did_not_take_is_sent_again_whatever_it_is(http: Http, desk: Desk, status: int) -> None:
    desk.will(desk.answer(status, b"busy", retry_after="1"), desk.answer(201, [1]))
    assert http.call("POST", "/tickets", json={}).body == [1]


def test_a_put_is_sent_again(http: Http, desk: Desk) -> None:
    desk.will(desk.reset, desk.html(500), desk.answer(200, [1]))
    assert http.call("PUT", "/tickets/1", json={}).body == [1]


def test_a_short_retry_after_is_waited_out(http: Http, desk: Desk, host: Host) -> None:
    desk.will(desk.answer(429, b"busy", retry_after="2"), desk.answer(200, [1]))
    assert http.call("GET", "/tickets").body == [1]
    assert host.passed == pytest.approx(2.0, abs=0.01)
    assert max(host.waits) <= 2


@pytest.mark.parametrize("value", ["90", "Mon, 11 May 2026 12:01:30 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_long_retry_after_ends_the_call_at_once(http: Http, desk: Desk, host: Host, value: str, status: int) -> None:
    desk.will(desk.answer(status, b"busy", retry_after=value))
    with pytest.raises(RetryLater) as caught:
        http.call("GET", "/tickets")
    assert caught.value.after == timedelta(seconds=90)
    assert (len(desk.seen), host.waits) == (1, [])


def test_no_call_is_made_while_the_source_wants_to_be_left_alone(http: Http, desk: Desk, host: Host) -> None:
    desk.will(desk.answer(429, b"busy", retry_after="60"))
    for _ in range(3):
        with pytest.raises(RetryLater):
            http.call("GET", "/tickets")
    assert len(desk.seen) == 1
    host.passed += 60
    http.call("GET", "/tickets")
    assert len(desk.seen) == 2


def test_a_rest_of_one_thing_alone_is_an_answer_and_stops_no_other_call(http: Http, desk: Desk, host: Host) -> None:
    desk.will(desk.answer(429, b"busy", retry_after="60", ratelimit_reason="this-ticket"), desk.answer(200, [1]))
    assert http.call("PUT", "/tickets/1", json={}, apart=frozenset({"this-ticket"})).status == 429
    assert http.call("PUT", "/tickets/2", json={}).body == [1]
    assert (len(desk.seen), host.passed) == (2, 0)


def test_a_rest_for_any_other_reason_stops_calls_that_know_of_one_thing_alone(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(429, b"busy", retry_after="60", ratelimit_reason="quota"))
    for _ in range(2):
        with pytest.raises(RetryLater):
            http.call("PUT", "/tickets/1", json={}, apart=frozenset({"this-ticket"}))
    assert len(desk.seen) == 1


def test_a_429_that_names_no_time_means_ten_seconds(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(429, b"Too many requests"))
    with pytest.raises(RetryLater, match=r"429 \(Too many requests\)") as caught:
        http.call("GET", "/tickets")
    assert caught.value.after == timedelta(seconds=10)


def test_a_retry_after_of_nothing_still_waits(http: Http, desk: Desk, host: Host) -> None:
    desk.will(desk.answer(429, b"busy", retry_after="0"), desk.answer(200))
    http.call("GET", "/tickets")
    assert host.passed == pytest.approx(1.0, abs=0.01)


def test_a_reached_stop_ends_the_waiting(http: Http, desk: Desk, host: Host) -> None:
    host.stopping = True
    desk.will(desk.html(502))
    with pytest.raises(RetryLater, match="stopping"):
        http.call("GET", "/tickets")
    assert len(desk.seen) == len(host.waits) == 1


def test_a_used_up_budget_is_waited_for_only_while_that_is_short(client: httpx.Client, desk: Desk, host: Host) -> None:
    limits = Limits([Bucket("account", 2, timedelta(seconds=3))], share=None, now=host.monotonic)
    http = Http(client, limits, stop=host, now=host.now)
    http.call("GET", "/a")
    host.passed += 1.5
    http.call("GET", "/b")
    http.call("GET", "/c")
    assert host.waits == [pytest.approx(1.5)]
    host.passed = 4.0
    http.call("GET", "/d")
    host.passed = 4.1
    with pytest.raises(RetryLater, match="GET /e: the call limits leave no call for 2 s") as caught:
        Http(client, limits, stop=host, now=host.now, patience=1.0).call("GET", "/e")
    assert caught.value.after == pytest.approx(timedelta(seconds=1.9), abs=timedelta(seconds=0.01))
    assert [each.path for each in desk.seen] == ["/a", "/b", "/c", "/d"]


def test_the_backfills_part_is_asked_each_time(client: httpx.Client, desk: Desk, host: Host) -> None:
    limits = Limits([Bucket("account", 10, timedelta(minutes=1))], share=None, now=host.monotonic)
    part = 0.1
    http = Http(client, limits, stop=host, now=host.now, part=lambda _: part)
    http.call("GET", "/a")
    with pytest.raises(RetryLater):
        http.call("GET", "/b")
    part = 0.2
    http.call("GET", "/b")
    assert len(desk.seen) == 2
    assert http.allowance() == (2, 10)


@pytest.mark.parametrize(
    ("status", "location", "said"),
    [
        (302, "https://other.example.com/login?ticket=abc", "https://other.example.com;"),
        (302, "/login?ticket=abc", "http://127.0.0.1:"),
        (302, "", "http://127.0.0.1:"),
        (300, "http://desk:port/", "an address that is none"),
    ],
)
def test_a_redirect_is_shown_and_not_followed(http: Http, desk: Desk, status: int, location: str, said: str) -> None:
    desk.will(desk.answer(status, b"", location=location))
    with pytest.raises(SourceRefused, match=f"answered {status}, a redirect to") as caught:
        http.call("GET", "/tickets")
    assert said in str(caught.value)
    assert "ticket=abc" not in str(caught.value)
    assert len(desk.seen) == 1


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "tickets"])
def test_an_address_from_an_answer_is_never_called(http: Http, desk: Desk, path: str) -> None:
    with pytest.raises(SourceError, match="refused to follow"):
        http.call("GET", path)
    assert desk.seen == []


def test_an_error_never_shows_what_the_hub_proved_itself_with(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(401, {"error": f"invalid credential {TOKEN}"}))
    with pytest.raises(SourceRefused) as caught:
        http.call("GET", "/me?secret=abc123", headers={"x-api-key": "k3y-of-the-hub"})
    assert TOKEN not in str(caught.value)
    assert "abc123" not in str(caught.value)
    assert str(caught.value) == "GET /me: answered 401 (invalid credential ***)"


def test_a_password_sent_as_basic_is_masked_too(desk: Desk, limits: Limits, host: Host) -> None:
    encoded = base64.b64encode(b"ada@acme.example/token:hunter22").decode()
    desk.will(desk.answer(403, f"no: hunter22 {encoded}".encode()))
    auth = httpx.BasicAuth("ada@acme.example/token", "hunter22")
    with open_client(desk.url, auth=auth) as client, pytest.raises(SourceRefused) as caught:
        Http(client, limits, stop=host, now=host.now).call("GET", "/me")
    assert "hunter22" not in str(caught.value)
    assert encoded not in str(caught.value)


def test_an_answer_shows_neither_body_nor_headers_in_its_repr(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(200, {"requester": "ada@acme.example"}, set_cookie="session=abc"))
    shown = repr(http.call("GET", "/tickets/1"))
    assert "ada" not in shown
    assert "session" not in shown


def test_the_skew_is_measured_from_answers(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(200, date="Mon, 11 May 2026 12:05:00 GMT"))
    http.call("GET", "/tickets")
    assert http.skew() == timedelta(minutes=5, seconds=0.5)


def test_a_caches_copy_says_nothing_of_the_clock(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(200, date="Mon, 11 May 2026 11:05:00 GMT", age="3300"))
    http.call("GET", "/tickets")
    assert http.skew() == timedelta(0)


def test_without_a_date_the_answers_instant_is_the_hosts(http: Http, desk: Desk, host: Host) -> None:
    desk.will(desk.answer(200, date=""))
    assert http.call("GET", "/tickets").date == host.now()


def test_an_answer_without_end_is_refused(http: Http, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.transport.LARGEST", 1000)
    desk.will(desk.answer(200, b" " * 2000))
    with pytest.raises(SourceError, match="larger than"):
        http.call("GET", "/tickets")


def test_half_a_character_that_a_source_told_is_asked_for_as_a_question_mark(http: Http, desk: Desk) -> None:
    http.call("GET", "/people", params={"name": "\ud83d anna"})
    assert desk.seen[0].path == "/people?name=%3F+anna"


def test_half_a_character_in_a_body_is_the_sources_fault_and_never_sent(http: Http, desk: Desk) -> None:
    with pytest.raises(SourceError, match="half a character"):
        http.call("POST", "/search", json={"name": "\ud83d"})
    assert desk.seen == []
