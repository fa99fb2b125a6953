"""Tokens: obtained once, kept sealed, replaced before their end and after a refusal; what is said of credentials."""

import base64
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors import Http, Limits, RetryLater, SecretRef, SourceError, SourceRefused
from connectors.servicenow.auth import Bearer, authentication
from connectors.servicenow.client import Api
from connectors.servicenow.settings import OAuthClient, ServiceNowSettings
from connectors.servicenow.tokens import Login

URL = "https://nordwind.service-now.com"
TABLE = "/api/now/v2/table/incident"
SECRETS = {"${SLAHUB_S}": "s3cr3t", "${SLAHUB_P}": "pässword"}
PASSWORD = SecretRef("${SLAHUB_P}")
NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


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


class Instance:
    """The token endpoint, which gives the same token out while it lives, and a table that asks for it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.lives = 1800.0
        self.ends = 0.0
        self.made = 0
        self.more: dict[str, Any] = {}
        self.failures: list[httpx.Response] = []
        self.revoked: set[str] = set()
        self.refusals: list[httpx.Response] = []
        self.time = 1_000_000.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth_token.do":
            token = request.headers["authorization"].removeprefix("Bearer ")
            if self.refusals:
                return self.refusals.pop(0)
            if token in self.revoked:
                return unauthenticated("User Not Authenticated")
            return httpx.Response(200, json={"result": [{"number": token}]})
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert not request.url.query
        self.asked.append(dict(parse_qsl(request.content.decode())))
        if self.failures:
            return self.failures.pop(0)
        if self.time >= self.ends:
            self.made, self.ends = self.made + 1, self.time + self.lives
        left = int(self.ends - self.time)
        body = {"access_token": f"token-{self.made}", "scope": "useraccount", "expires_in": left, **self.more}
        return httpx.Response(200, json=body)

    def client(self, vault: Memory, **more: Any) -> httpx.Client:
        plain = httpx.Client(transport=httpx.MockTransport(self))
        settings = OAuthClient(method="oauth_client", client_id="hub", client_secret=SecretRef("${SLAHUB_S}"), **more)
        login = Login(URL, settings, lambda reference: SECRETS[reference.text], plain)
        auth = Bearer(login, vault, now=lambda: self.time)
        return httpx.Client(base_url=URL, transport=httpx.MockTransport(self), auth=auth)


def unauthenticated(message: str, **headers: str) -> httpx.Response:
    body = {"error": {"message": message, "detail": "Required to provide Auth information"}, "status": "failure"}
    return httpx.Response(401, json=body, headers=headers)


def used(client: httpx.Client) -> str:
    return str(client.get(TABLE).raise_for_status().json()["result"][0]["number"])


def door(auth: dict[str, str], answer: httpx.Response) -> Api:
    """Return the door to an instance that gives this answer to everything."""
    settings = ServiceNowSettings.model_validate({"url": URL, "auth": auth})
    client = httpx.Client(
        base_url=URL,
        transport=httpx.MockTransport(lambda request: answer),
        auth=authentication(settings, lambda reference: f"value of {reference.text}", Memory(), httpx.Client()),
    )
    return Api(Http(client, Limits(()), stop=Never(), now=lambda: NOON))


def test_a_client_gets_a_token_with_its_credentials_in_the_body() -> None:
    instance = Instance()
    assert used(instance.client(Memory())) == "token-1"
    assert instance.asked == [{"grant_type": "client_credentials", "client_id": "hub", "client_secret": "s3cr3t"}]


def test_a_client_that_names_a_user_gets_a_token_on_his_behalf() -> None:
    instance = Instance()
    used(instance.client(Memory(), username="svc.slahub", password=PASSWORD))
    assert instance.asked == [
        {
            "grant_type": "password",
            "username": "svc.slahub",
            "password": "pässword",
            "client_id": "hub",
            "client_secret": "s3cr3t",
        }
    ]


def test_a_token_is_used_until_shortly_before_its_end() -> None:
    instance = Instance()
    client = instance.client(Memory())
    used(client)
    instance.time += 1800 - 61
    used(client)
    assert len(instance.asked) == 1
    instance.time += 2
    used(client)
    assert len(instance.asked) == 2


def test_a_token_that_is_given_out_again_is_used_for_half_of_what_it_has_left() -> None:
    instance = Instance()
    used(instance.client(Memory()))
    instance.time += 1800 - 40
    other = instance.client(Memory())
    assert [used(other), used(other)] == ["token-1", "token-1"]
    assert len(instance.asked) == 2
    instance.time += 21
    assert used(other) == "token-1"
    instance.time += 20
    assert used(other) == "token-2"


def test_a_refused_token_is_replaced_once() -> None:
    instance = Instance()
    client = instance.client(Memory())
    used(client)
    instance.revoked, instance.ends = {"token-1"}, 0.0
    assert used(client) == "token-2"
    assert len(instance.asked) == 2


def test_a_good_token_that_a_node_refuses_once_is_shown_again() -> None:
    instance = Instance()
    instance.refusals = [unauthenticated("User Not Authenticated")]
    assert used(instance.client(Memory())) == "token-1"


def test_a_token_that_is_refused_though_it_lives_is_not_asked_for_at_every_call() -> None:
    instance = Instance()
    instance.revoked = {"token-1"}
    client = instance.client(Memory())
    for _ in range(3):
        with pytest.raises(SourceRefused, match=r"'hub' a token and does not take it .User Not Authenticated"):
            used(client)
    assert len(instance.asked) == 2
    instance.revoked = set()
    assert used(client) == "token-1"


@pytest.mark.parametrize("taken", [True, False], ids=["taken again meanwhile", "never taken again"])
def test_a_token_that_was_refused_for_a_while_is_replaced_when_it_has_ended(taken: bool) -> None:
    instance = Instance()
    instance.revoked = {"token-1"}
    client = instance.client(Memory())
    with pytest.raises(SourceRefused):
        used(client)
    if taken:
        instance.revoked = set()
        used(client)
    else:
        instance.time += 61
    instance.revoked, instance.ends = {"token-1"}, 0.0
    assert used(client) == "token-2"


def test_a_token_survives_the_process() -> None:
    instance, vault = Instance(), Memory()
    used(instance.client(vault))
    assert used(instance.client(vault)) == "token-1"
    assert len(instance.asked) == 1


def test_a_token_that_another_process_renewed_is_taken_over() -> None:
    instance, vault = Instance(), Memory()
    mine, theirs = instance.client(vault), instance.client(vault)
    used(mine)
    instance.revoked, instance.ends = {"token-1"}, 0.0
    assert used(theirs) == "token-2"
    assert used(mine) == "token-2"
    assert len(instance.asked) == 2


def test_a_token_of_another_user_is_of_no_use() -> None:
    instance, vault = Instance(), Memory()
    used(instance.client(vault))
    used(instance.client(vault, username="svc.other", password=PASSWORD))
    assert len(instance.asked) == 2


def test_many_threads_obtain_one_token() -> None:
    instance = Instance()
    client = instance.client(Memory())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: used(client), range(40))) == {"token-1"}
    assert len(instance.asked) == 1


def test_a_refresh_token_is_kept_and_given_up_when_it_is_refused() -> None:
    instance = Instance()
    instance.more = {"refresh_token": "again"}
    client = instance.client(Memory(), username="svc.slahub", password=PASSWORD)
    used(client)
    instance.more = {}
    for _ in range(2):  # the second answer brought no other one
        instance.time += 1800
        used(client)
    assert [each.get("refresh_token") for each in instance.asked] == [None, "again", "again"]
    instance.time += 1800
    instance.failures = [httpx.Response(401, json={"error": "server_error", "error_description": "access_denied"})]
    assert used(client) == "token-4"
    assert [each["grant_type"] for each in instance.asked[3:]] == ["refresh_token", "password"]


@pytest.mark.parametrize(
    "kept", ["{no json", pytest.param("[" * 5000, id="nested"), '{"access": "t", "fresh_until": 1e999}']
)
def test_a_vault_that_holds_rubbish_costs_one_more_token(kept: str) -> None:
    assert used(Instance().client(Memory(oauth=kept))) == "token-1"


@pytest.mark.parametrize(
    ("answer", "branch", "told"),
    [
        (httpx.Response(200, text="[" * 5000), RetryLater, "not with a token"),
        (httpx.Response(401, text="[" * 5000), SourceRefused, r"\(401\)"),
        (httpx.Response(200, json={"access_token": "t", "expires_in": 10**400}), RetryLater, "holds none"),
        (httpx.Response(200, json={"access_token": "t", "expires_in": "9" * 400}), RetryLater, "holds none"),
    ],
)
def test_an_answer_that_no_endpoint_should_give_is_told_as_one_without_a_token(
    answer: httpx.Response, branch: type[SourceError], told: str
) -> None:
    instance = Instance()
    instance.failures = [answer]
    with pytest.raises(branch, match=told):
        used(instance.client(Memory()))


@pytest.mark.parametrize(
    ("sample", "status", "branch", "told"),
    [
        ("oauth_error_401.json", 401, SourceRefused, "grant_type.enabled to true"),
        ("oauth_error_no_application_user.json", 401, SourceRefused, "has no 'OAuth Application User'"),
        ("oauth_error_401.json", 200, SourceRefused, "check auth.client_id and auth.client_secret"),
        ("hibernation.html", 200, RetryLater, "hibernating"),
        ("login_page_200.html", 200, RetryLater, "asks for a login"),
        ("error_502.html", 502, RetryLater, "502"),
        ("table_empty.json", 200, RetryLater, "holds none"),
        ("table_empty.json", 202, RetryLater, "202"),
        ("hibernation.html", 302, SourceRefused, "a redirect"),
    ],
)
def test_a_token_that_does_not_come_says_what_to_do(
    vendor: Path, sample: str, status: int, branch: type[SourceError], told: str
) -> None:
    content = (vendor / "samples" / "servicenow" / sample).read_bytes()
    kind = "text/html" if sample.endswith("html") else "application/json"
    instance = Instance()
    instance.failures = [httpx.Response(status, content=content, headers={"content-type": kind})]
    with pytest.raises(branch, match=told) as caught:
        used(instance.client(Memory()))
    assert "s3cr3t" not in str(caught.value)


def test_a_password_that_oauth_does_not_take_says_which_property_may_forbid_it() -> None:
    instance = Instance()
    instance.failures = [httpx.Response(401, json={"error": "server_error", "error_description": "access_denied"})]
    with pytest.raises(SourceRefused, match=r"server_error: access_denied.*ropc\.grant_type\.disabled"):
        used(instance.client(Memory(), username="svc.slahub", password=PASSWORD))


@pytest.mark.parametrize(("asked", "left"), [("30", 30), ("9" * 30, None), ("999999999", 86_400)])
def test_a_busy_token_endpoint_is_left_alone_for_as_long_as_it_asks_and_never_for_more_than_a_day(
    asked: str, left: int | None
) -> None:
    instance = Instance()
    instance.failures = [httpx.Response(429, headers={"retry-after": asked})]
    with pytest.raises(RetryLater) as caught:
        used(instance.client(Memory()))
    assert caught.value.after == (None if left is None else timedelta(seconds=left))


def test_tokens_are_not_in_what_is_printed() -> None:
    instance = Instance()
    client = instance.client(Memory())
    used(client)
    assert "token-1" not in repr(vars(client.auth))


BASIC = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_P}"}
KEY = {"method": "api_key", "api_key": "${SLAHUB_K}"}


def test_a_password_signs_as_its_user_and_a_key_in_its_header() -> None:
    for auth, header, value in (
        (BASIC, "authorization", b"svc.slahub:value of ${SLAHUB_P}"),
        (KEY, "x-sn-apikey", b"value of ${SLAHUB_K}"),
    ):
        settings = ServiceNowSettings.model_validate({"url": URL, "auth": auth})
        signer = authentication(settings, lambda reference: f"value of {reference.text}", Memory(), httpx.Client())
        sent = next(signer.sync_auth_flow(httpx.Request("GET", URL))).headers[header]
        assert (base64.b64decode(sent[6:]) if sent.startswith("Basic ") else sent.encode()) == value


@pytest.mark.parametrize(
    ("auth", "answer", "told"),
    [
        (BASIC, unauthenticated("User Not Authenticated"), "it is wrong, or the account is inactive"),
        (
            BASIC,
            unauthenticated("User is not authenticated"),
            r"\): the instance lets no password in .*SNCRestrictBasicAuthUserAuthenticationGate.*Web service access",
        ),
        (BASIC, unauthenticated("User is not authenticated", **{"X-MFA_TOKEN": "invalid"}), "a second factor"),
        (BASIC, httpx.Response(401, text="<html>"), "'svc.slahub': it is wrong"),
        (KEY, unauthenticated("User is not authenticated"), "an inbound authentication profile"),
    ],
)
def test_credentials_that_are_not_taken_say_what_to_ask_the_admin_for(
    auth: dict[str, str], answer: httpx.Response, told: str
) -> None:
    with pytest.raises(SourceRefused, match=told) as caught:
        door(auth, answer).page("incident", "", ("sys_id",), 1)
    assert "value of" not in str(caught.value)


def test_a_key_that_an_error_echoes_is_masked() -> None:
    echo = httpx.Response(403, json={"error": {"message": "no entry for value of ${SLAHUB_K}"}})
    with pytest.raises(SourceRefused, match=r"no entry for value of \*\*\*"):
        door(KEY, echo).page("incident", "", ("sys_id",), 1)
