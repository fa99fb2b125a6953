"""Headers, bytes and statuses that no helpdesk should answer with, also where it gives out tokens."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Consents, Http, Limits
from connectors.jira import JiraConnector
from connectors.servicenow import ServiceNowConnector
from connectors.zendesk import ZendeskConnector
from core.errors import SourceError
from core.store.credentials import MemoryVault
from tests.fuzz.bounds import bounded, looked
from tests.fuzz.garbled import encoded, values
from tests.fuzz.spoilt import START, Helpdesk, Never

NAMES = st.sampled_from((
    "date", "age", "retry-after", "location", "link", "content-type", "x-rate-limit", "x-rate-limit-remaining",
    "ratelimit", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-reason", "x-ratelimit-limit",
    "x-ratelimit-reset", "x-ratelimit-remaining", "zendesk-ratelimit-incremental-exports", "x-total-count",
    "set-cookie", "x-ausername", "x-aaccountid", "www-authenticate", "warning",
))  # fmt: skip
WORDS = st.one_of(
    st.sampled_from((
        "", "0", "-1", "1e400", "nan", "inf", "9" * 400, "²", "\xff", "http://[", "//", '<http://[>; rel="next"',
        "Mon, 32 Foo 99999 25:61:61 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
        "<>;rel=next", "=;=;", "a=b; expires=x", "total=10; remaining=nan; resets=-1", "total=" + "9" * 400,
        "0001-01-01T00:00:00Z", "9999-12-31T23:59Z", "2026-03-04T10:00Z", "a" * 60_000, "<" * 60_000, "a " * 30_000,
    )),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
    st.integers().map(str),
    st.floats().map(str),
)  # fmt: skip
HEADERS = st.dictionaries(NAMES, WORDS.map(lambda word: word.encode("latin-1")), max_size=4)
STATUSES = st.sampled_from((200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 503, 599))
LONG = st.sampled_from((b"token", b"a", b"<", b"<script", b"a://")).map(lambda part: part * 4000)
BODIES = st.one_of(st.binary(max_size=40), values.map(encoded), st.just(b"[" * 10_000), st.just(b""), LONG)


@looked(120)
@given(data=st.data(), headers=HEADERS, raw=st.dictionaries(st.integers(0, 4), BODIES, max_size=2))
def test_headers_and_bytes_of_any_kind_stop_a_stream_with_the_hubs_own_errors_alone(
    helpdesk: Helpdesk, data: st.DataObject, headers: Mapping[str, bytes], raw: Mapping[int, bytes]
) -> None:
    stream = data.draw(st.sampled_from(sorted(helpdesk.checkpoints)))
    with bounded(), suppress(SourceError):
        connector = helpdesk.connector(headers=headers, raw=raw)
        list(connector.pull(stream, connector.start(stream, None)))


SITE = "https://desk.example"
CLIENT = {"client_id": "hub", "client_secret": "${SLAHUB_TEST}"}
GIVEN_OUT = st.one_of(
    BODIES,
    st.fixed_dictionaries(
        {},
        optional={
            "access_token": values,
            "refresh_token": values, "expires_in": values, "scope": values, "token_type": values,
            "error": values, "error_description": values,
        },
    ).map(encoded),
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "auth"),
    [
        (ZendeskConnector, {"method": "oauth_client", **CLIENT}),
        (ServiceNowConnector, {"method": "oauth_client", **CLIENT}),
        (JiraConnector, {"method": "oauth_3lo", **CLIENT}),
    ],
)
@looked(100)
@given(status=STATUSES, headers=HEADERS, body=GIVEN_OUT)
def test_whatever_an_endpoint_of_tokens_answers_a_call_ends_in_the_hubs_own_errors(
    kind: Any, auth: Mapping[str, str], status: int, headers: Mapping[str, bytes], body: bytes
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=[(name.encode(), word) for name, word in headers.items()], content=body)

    settings = kind.settings.model_validate({"url": SITE, "auth": auth})
    transport = httpx.MockTransport(answer)
    with httpx.Client(base_url=SITE, transport=transport) as plain, bounded(), suppress(SourceError):
        signs = kind.auth(settings, lambda _: "secret", MemoryVault(), plain)
        if isinstance(signs, Consents):
            signs.agreed("code")
        with httpx.Client(base_url=SITE, transport=transport, auth=signs) as client:
            Http(client, Limits(()), stop=Never(), now=lambda: START, attempts=1).call("GET", "/anything")
