"""Tokens: obtained once, kept sealed, replaced before their end and after a refusal, never shown."""

import base64
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors import RetryLater, SecretRef, SourceRefused
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.auth import ClientCredentials
from connectors.zendesk.settings import OAuthClient

URL = "https://lumen.zendesk.com"


class Memory:
    """A vault in memory."""

    def __init__(self, **kept: str) -> None:
        self.kept = kept
        self.lock = threading.Lock()

    def read(self, name: str) -> str | None:
        return self.kept.get(name)

    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        with self.lock:
            self.kept[name] = renewed(self.kept.get(name))
            return self.kept[name]


class Tokens:
    """The token endpoint, and calls that know the token given out last."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.more: dict[str, Any] = {"expires_in": 1800}
        self.failures: list[httpx.Response] = []
        self.revoked: set[str] = set()
        self.time = 1_000_000.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth/tokens":
            token = request.headers["authorization"].removeprefix("Bearer ")
            return httpx.Response(401 if token in self.revoked else 200, json={"token": token})
        self.asked.append(json.loads(request.content))
        if self.failures:
            return self.failures.pop(0)
        body = {"access_token": f"token-{len(self.asked)}", "scope": "read tickets:write", **self.more}
        return httpx.Response(200, json=body)

    def client(self, vault: Memory, **more: str) -> httpx.Client:
        plain = httpx.Client(transport=httpx.MockTransport(self))
        settings = OAuthClient(method="oauth_client", client_id="hub", client_secret=SecretRef("${SLAHUB_S}"), **more)
        auth = ClientCredentials(URL, settings, lambda: "s3cr3t", vault, plain, now=lambda: self.time)
        return httpx.Client(base_url=URL, transport=httpx.MockTransport(self), auth=auth)


def used(client: httpx.Client) -> str:
    return str(client.get("/api/v2/users/me.json").raise_for_status().json()["token"])


def test_an_api_token_signs_as_its_user() -> None:
    settings = ZendeskConnector.settings.model_validate(
        {
            "url": URL,
            "auth": {"method": "api_token", "email": "hub@lumen.example", "api_token": "${SLAHUB_TOKEN}"},
        }
    )
    auth = ZendeskConnector.auth(settings, lambda ref: f"value of {ref.text}", Memory(), httpx.Client())
    request = next(auth.sync_auth_flow(httpx.Request("GET", URL)))
    sent = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert sent == b"hub@lumen.example/token:value of ${SLAHUB_TOKEN}"


def test_a_client_gets_a_token_with_its_credentials_and_scope() -> None:
    tokens = Tokens()
    assert used(tokens.client(Memory())) == "token-1"
    assert tokens.asked == [
        {
            "grant_type": "client_credentials",
            "scope": "read tickets:write",
            "client_id": "hub",
            "client_secret": "s3cr3t",
        }
    ]


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    tokens = Tokens()
    client = tokens.client(Memory())
    assert used(client) == "token-1"
    tokens.time += 1800 - 61
    assert used(client) == "token-1"
    tokens.time += 2
    assert used(client) == "token-2"


def test_a_short_token_is_used_for_half_its_life() -> None:
    tokens = Tokens()
    tokens.more = {"expires_in": 60}
    client = tokens.client(Memory())
    assert [used(client), used(client)] == ["token-1", "token-1"]
    tokens.time += 31
    assert used(client) == "token-2"


def test_a_token_without_an_end_is_kept() -> None:
    tokens = Tokens()
    tokens.more = {"expires_in": None}
    client = tokens.client(Memory())
    used(client)
    tokens.time += 10**9
    assert used(client) == "token-1"


def test_a_refused_token_is_replaced_once() -> None:
    tokens = Tokens()
    tokens.revoked = {"token-1"}
    assert used(tokens.client(Memory())) == "token-2"
    tokens.revoked = {f"token-{number}" for number in range(9)}
    client = tokens.client(Memory())
    assert client.get("/api/v2/users/me.json").status_code == 401
    assert len(tokens.asked) == 4


def test_a_token_survives_the_process() -> None:
    tokens, vault = Tokens(), Memory()
    used(tokens.client(vault))
    assert used(tokens.client(vault)) == "token-1"


def test_a_token_that_another_process_renewed_is_taken_over() -> None:
    tokens, vault = Tokens(), Memory()
    mine, theirs = tokens.client(vault), tokens.client(vault)
    used(mine)
    tokens.revoked = {"token-1"}
    assert used(theirs) == "token-2"
    assert used(mine) == "token-2"
    assert len(tokens.asked) == 2


def test_a_token_of_another_client_or_scope_is_of_no_use() -> None:
    tokens, vault = Tokens(), Memory()
    used(tokens.client(vault))
    assert used(tokens.client(vault, scope="read")) == "token-2"


def test_many_threads_obtain_one_token() -> None:
    tokens = Tokens()
    client = tokens.client(Memory())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: used(client), range(40))) == {"token-1"}
    assert len(tokens.asked) == 1


def test_a_refresh_token_is_used_and_given_up_when_it_is_refused() -> None:
    tokens = Tokens()
    tokens.more = {"expires_in": 1800, "refresh_token": "again"}
    client = tokens.client(Memory())
    used(client)
    tokens.time += 1800
    used(client)
    assert tokens.asked[1]["grant_type"] == "refresh_token"
    assert tokens.asked[1]["refresh_token"] == "again"
    tokens.time += 1800
    tokens.failures = [httpx.Response(400, json={"error": "invalid_grant"})]
    assert used(client) == "token-4"
    assert tokens.asked[3]["grant_type"] == "client_credentials"


@pytest.mark.parametrize("kept", ["{no json", pytest.param("[" * 5000, id="nested")])
def test_a_vault_that_holds_rubbish_costs_one_more_token(kept: str) -> None:
    tokens = Tokens()
    assert used(tokens.client(Memory(oauth=kept))) == "token-1"


@pytest.mark.parametrize(
    ("answer", "branch", "said"),
    [
        (httpx.Response(401, json={"error": "invalid_client"}), SourceRefused, "refused the OAuth client 'hub'"),
        (httpx.Response(400, json={"error": "invalid_scope"}), SourceRefused, "refused the OAuth client 'hub'"),
        (httpx.Response(200, json={"access_token": None}), SourceRefused, "no token"),
        (
            httpx.Response(200, json={"access_token": "t", "scope": "read"}),
            SourceRefused,
            "the scope 'read', which lacks 'tickets:write'",
        ),
        (httpx.Response(200, text="<html>"), RetryLater, "not readable"),
        (httpx.Response(200, text="[" * 5000), RetryLater, "not readable"),
        (httpx.Response(200, json={"access_token": "t", "expires_in": 10**400}), RetryLater, "not readable"),
        (httpx.Response(503, text="<html>"), RetryLater, "503"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), SourceRefused, "302"),
    ],
)
def test_a_token_that_does_not_come_says_what_to_do(answer: httpx.Response, branch: type[Exception], said: str) -> None:
    tokens = Tokens()
    tokens.failures = [answer]
    with pytest.raises(branch, match=said) as caught:
        used(tokens.client(Memory()))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("asked", "left"), [("30", 30), ("9" * 30, None), ("999999999", 86_400)])
def test_a_busy_token_endpoint_is_left_alone_for_as_long_as_it_asks_and_never_for_more_than_a_day(
    asked: str, left: int | None
) -> None:
    tokens = Tokens()
    tokens.failures = [httpx.Response(429, headers={"retry-after": asked})]
    with pytest.raises(RetryLater) as caught:
        used(tokens.client(Memory()))
    assert caught.value.after == (None if left is None else timedelta(seconds=left))


def test_a_wider_scope_holds_the_narrower() -> None:
    tokens = Tokens()
    tokens.more = {"expires_in": 1800, "scope": "write read"}
    assert used(tokens.client(Memory(), scope="tickets:read write")) == "token-1"


def test_tokens_are_not_in_what_is_printed() -> None:
    tokens, vault = Tokens(), Memory()
    client = tokens.client(vault)
    used(client)
    assert "token-1" not in repr(vars(client.auth))
