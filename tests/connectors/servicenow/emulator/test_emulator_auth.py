"""Ways in, and sessions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.servicenow.emulator import KNOWN, Stage

ONE = "/api/now/v2/table/incident?sysparm_limit=1"
CLIENT = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}


@pytest.fixture
def site(open_site: Any) -> Any:
    return open_site(tickets=0)


@pytest.fixture
def plain(url: str) -> Iterator[httpx.Client]:
    with open_client(url, headers={"Accept": "application/json"}) as http:
        yield http


def token(http: httpx.Client, grant: str = "client_credentials", **more: str) -> httpx.Response:
    return http.post("/oauth_token.do", data={"grant_type": grant, **CLIENT, **more})


def bearer(http: httpx.Client, value: str) -> int:
    http.cookies.clear()
    return http.get(ONE, headers={"Authorization": f"Bearer {value}"}).status_code


def basic(http: httpx.Client, name: str, password: str) -> httpx.Response:
    http.cookies.clear()
    return http.get(ONE, auth=(name, password))


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_without_credentials_nobody_comes_in(plain: httpx.Client, samples: Path) -> None:
    answer = plain.get(ONE)
    assert (answer.status_code, answer.json()) == (401, read(samples / "error_401.json"))
    wanted = read(samples / "error_401.headers.json")["headers"]
    assert {name: answer.headers[name] for name in wanted} == wanted


def test_basic_is_closed_to_accounts_that_may_log_in(plain: httpx.Client, samples: Path, stage: Stage) -> None:
    assert basic(plain, KNOWN.user, KNOWN.password).status_code == 200
    assert basic(plain, KNOWN.admin, KNOWN.admin_password).status_code == 200  # by its role
    refused = basic(plain, KNOWN.agent, KNOWN.agent_password)
    assert (refused.status_code, refused.json()) == (401, read(samples / "error_401_basic_restricted.json"))
    stage.configure("glide.authenticate.basic_auth.allowed_users", f"other,{KNOWN.agent}")
    assert basic(plain, KNOWN.agent, KNOWN.agent_password).status_code == 200
    stage.configure("glide.authenticate.basic_auth.allowed_users", "")
    stage.configure("glide.authenticate.basic_auth.restriction.enforce", "false")
    assert basic(plain, KNOWN.agent, KNOWN.agent_password).status_code == 200
    assert basic(plain, KNOWN.user, "wrong").json() == read(samples / "error_401.json")


def test_a_second_factor_is_told_of_in_a_header(plain: httpx.Client, stage: Stage) -> None:
    stage.mfa()
    refused = basic(plain, KNOWN.user, KNOWN.password)
    assert (refused.status_code, refused.headers["X-MFA_TOKEN"]) == (401, "invalid")


def test_client_credentials_need_a_property_and_a_user(plain: httpx.Client, samples: Path, stage: Stage) -> None:
    found = token(plain)
    assert (found.status_code, set(found.json())) == (200, set(read(samples / "oauth_token_client_credentials.json")))
    assert bearer(plain, found.json()["access_token"]) == 200
    stage.application_user("")
    refused = token(plain)
    assert (refused.status_code, refused.json()) == (401, read(samples / "oauth_error_no_application_user.json"))
    stage.configure("glide.oauth.inbound.client.credential.grant_type.enabled", "false")
    refused = token(plain)
    assert (refused.status_code, refused.json()) == (401, read(samples / "oauth_error_401.json"))


def test_a_token_that_lives_is_handed_out_again_with_less_time_left(plain: httpx.Client, stage: Stage) -> None:
    first = token(plain).json()
    assert first["expires_in"] == 1799
    stage.advance(1762)
    again = token(plain).json()
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 37)
    stage.advance(38)
    assert bearer(plain, first["access_token"]) == 401
    fresh = token(plain).json()
    assert fresh["access_token"] != first["access_token"]
    assert fresh["expires_in"] == 1799
    stage.expire_tokens()
    assert bearer(plain, fresh["access_token"]) == 401


def test_a_password_gets_a_refresh_token_and_that_gets_others(plain: httpx.Client, samples: Path, stage: Stage) -> None:
    known = {"username": KNOWN.agent, "password": KNOWN.agent_password}
    found = token(plain, "password", **known).json()
    assert set(found) == set(read(samples / "oauth_token.json"))
    assert bearer(plain, found["access_token"]) == 200
    stage.advance(1900)
    assert bearer(plain, found["access_token"]) == 401
    fresh = token(plain, "refresh_token", refresh_token=found["refresh_token"]).json()
    assert bearer(plain, fresh["access_token"]) == 200
    stage.advance(8_640_000)
    assert token(plain, "refresh_token", refresh_token=found["refresh_token"]).status_code == 401
    stage.configure("glide.oauth.inbound.ropc.grant_type.disabled", "true")
    assert token(plain, "password", **known).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_secret": "wrong"},
        {"client_id": "nobody"},
        {"grant_type": "password", "username": KNOWN.user, "password": "wrong"},
        {"grant_type": "refresh_token", "refresh_token": "wrong"},
        {"grant_type": "implicit"},
    ],
)
def test_a_bad_request_for_a_token_is_refused(plain: httpx.Client, wrong: dict[str, str]) -> None:
    answer = plain.post("/oauth_token.do", data={"grant_type": "client_credentials", **CLIENT, **wrong})
    assert answer.status_code == 401
    assert set(answer.json()) == {"error", "error_description"}


def test_the_token_endpoint_takes_forms_only(plain: httpx.Client) -> None:
    assert plain.post("/oauth_token.do", json={"grant_type": "client_credentials", **CLIENT}).status_code == 400


def test_an_api_key_comes_in_a_header(plain: httpx.Client, stage: Stage) -> None:
    assert plain.get(ONE, headers={"x-sn-apikey": KNOWN.api_key}).status_code == 200
    plain.cookies.clear()
    assert plain.get(ONE, headers={"x-sn-apikey": "wrong"}).status_code == 401
    stage.refuse("key")
    assert plain.get(ONE, headers={"x-sn-apikey": KNOWN.api_key}).status_code == 401


def test_an_access_policy_turns_one_way_in_away(plain: httpx.Client, stage: Stage) -> None:
    stage.refuse("basic")
    assert basic(plain, KNOWN.user, KNOWN.password).status_code == 401
    assert bearer(plain, token(plain).json()["access_token"]) == 200
    stage.refuse("basic", on=False)
    assert basic(plain, KNOWN.user, KNOWN.password).status_code == 200


@pytest.fixture
def keeping(url: str) -> Iterator[httpx.Client]:
    """A client that keeps cookies."""
    with httpx.Client(base_url=url, auth=(KNOWN.user, KNOWN.password)) as http:
        yield http


def test_cookies_keep_a_session_and_without_them_each_call_begins_one(
    keeping: httpx.Client, stage: Stage, url: str
) -> None:
    for _ in range(3):
        assert keeping.get(ONE).status_code == 200
    assert stage.sessions() == 1
    assert {"JSESSIONID", "glide_user_route", "BIGipServerpool"} <= set(keeping.cookies)
    for _ in range(3):
        httpx.get(f"{url}{ONE}", auth=(KNOWN.user, KNOWN.password))
    assert stage.sessions() == 4


def test_a_session_may_outlive_its_credentials(keeping: httpx.Client, stage: Stage) -> None:
    assert keeping.get(ONE).status_code == 200
    stage.revoke()
    assert keeping.get(ONE).status_code == 401
    stage.traps(["sticky_session"])
    assert keeping.get(ONE).status_code == 200
    keeping.cookies.clear()
    assert keeping.get(ONE).status_code == 401
    stage.allow()
    assert keeping.get(ONE).status_code == 200


def test_a_locked_user_cannot_come_in(plain: httpx.Client, site: Any) -> None:
    site.emulator.world.first("sys_user", user_name=KNOWN.user).values["locked_out"] = "true"
    assert basic(plain, KNOWN.user, KNOWN.password).status_code == 401
