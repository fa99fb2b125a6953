"""Who gets in: tokens at the site and at the gateway, apps, servers, and what the rest is answered with."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors import open_client
from connectors.jira.emulator import KNOWN, Emulator, Stage, serve
from connectors.jira.emulator.endpoints import ROUTES
from connectors.jira.emulator.scopes import scope_of

Json = dict[str, Any]
MYSELF = "/rest/api/3/myself"
CLIENT = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}
BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def open_http(url: str) -> Iterator[httpx.Client]:
    """A way in without any credential."""
    with open_client(url) as client:
        yield client


@pytest.fixture
def gateway(open_http: httpx.Client) -> str:
    """The site's path at the gateway, found as a client finds it."""
    return f"/ex/jira/{open_http.get('/_edge/tenant_info').json()['cloudId']}"


def bearer(token: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def renew(http: httpx.Client, token: object) -> httpx.Response:
    return http.post("/oauth/token", json={**CLIENT, "grant_type": "refresh_token", "refresh_token": token})


def basic(http: httpx.Client, path: str, name: str, secret: str) -> httpx.Response:
    return http.get(path, auth=httpx.BasicAuth(name, secret))


def test_a_token_opens_the_site_and_says_whose_it_is(http: httpx.Client) -> None:
    answer = http.get(MYSELF)
    assert answer.json()["emailAddress"] == KNOWN.email
    assert answer.headers["X-AAccountId"] == answer.json()["accountId"]


def test_a_password_or_a_wrong_token_is_told_in_two_ways(open_http: httpx.Client) -> None:
    answer = basic(open_http, MYSELF, KNOWN.email, "wrong")
    assert answer.status_code == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert answer.json()["message"] == "Client must be authenticated to access this resource."


def test_an_expired_token_may_be_answered_as_a_visitor(http: httpx.Client, stage: Stage) -> None:
    stage.expire(KNOWN.api_token)
    path = "/rest/api/3/search/jql"
    query = {"jql": "updated >= -52w"}
    assert http.get(path, params=query).status_code == 401
    stage.traps(["expired_empty"])
    answer = http.get(path, params=query)
    assert (answer.status_code, answer.json()["issues"]) == (200, [])
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    stage.traps(["no_seraph"])
    assert "X-Seraph-LoginReason" not in http.get(path, params=query).headers
    assert http.get(MYSELF).status_code == 401


def test_scoped_tokens_work_at_the_gateway_alone(open_http: httpx.Client, gateway: str) -> None:
    for name, secret in ((KNOWN.email, KNOWN.scoped_token), (KNOWN.service_email, KNOWN.service_token)):
        assert basic(open_http, MYSELF, name, secret).status_code == 401
        answer = basic(open_http, gateway + MYSELF, name, secret)
        assert answer.status_code == 200
        assert answer.json()["self"].startswith(f"{open_http.base_url}{gateway}")
    refused = basic(open_http, gateway + MYSELF, KNOWN.email, KNOWN.api_token)
    assert (refused.status_code, refused.json()) == (401, {"code": 401, "message": "Unauthorized"})
    assert open_http.get(gateway + MYSELF).status_code == 401
    elsewhere = gateway[:-1] + "f"
    assert basic(open_http, elsewhere + MYSELF, KNOWN.email, KNOWN.scoped_token).status_code == 404


def test_an_app_gets_in_by_consent(open_http: httpx.Client, gateway: str) -> None:
    asked = {"audience": "api.atlassian.com", "client_id": KNOWN.client_id, "scope": "read:jira-user offline_access"}
    asked |= {"redirect_uri": BACK, "state": "s", "response_type": "code", "prompt": "consent"}
    page = open_http.get("/authorize", params=asked)
    form = dict(re.findall(r'name="(\w+)" value="([^"]+)"', page.text))
    answer = open_http.post("/authorize", data={**form, "decision": "grant"})
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    given = {**CLIENT, "grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    tokens = open_http.post("/oauth/token", json=given).json()
    there = open_http.get("/oauth/token/accessible-resources", headers=bearer(tokens["access_token"])).json()
    assert [one["id"] for one in there] == [gateway.rpartition("/")[2]]
    assert there[0]["scopes"] == ["read:jira-user"]
    assert open_http.get(gateway + MYSELF, headers=bearer(tokens["access_token"])).status_code == 200
    site = open_http.get(MYSELF, headers=bearer(tokens["access_token"]))
    assert (site.status_code, site.json()) == (403, {"error": "Failed to parse Connect Session Auth Token"})
    beyond = open_http.get(f"{gateway}/rest/api/3/search/jql?jql=project=HELP", headers=bearer(tokens["access_token"]))
    assert (beyond.status_code, beyond.json()["message"]) == (401, "Unauthorized; scope does not match")


def test_a_refresh_token_rotates_and_reuse_ends_everything(open_http: httpx.Client, gateway: str, stage: Stage) -> None:
    tokens = renew(open_http, KNOWN.refresh_token).json()
    assert tokens["refresh_token"] != KNOWN.refresh_token
    assert open_http.get(gateway + MYSELF, headers=bearer(tokens["access_token"])).status_code == 200
    stage.advance(601)
    refused = renew(open_http, KNOWN.refresh_token)
    assert (refused.status_code, refused.json()["error"]) == (403, "invalid_grant")
    assert open_http.get(gateway + MYSELF, headers=bearer(tokens["access_token"])).status_code == 401
    assert renew(open_http, tokens["refresh_token"]).status_code == 403


def test_the_stage_ends_tokens_and_sets_their_rules(open_http: httpx.Client, gateway: str, stage: Stage) -> None:
    stage.tokens(life=60, leeway=-1, failure=400)
    tokens = renew(open_http, KNOWN.refresh_token).json()
    assert tokens["expires_in"] == 60
    assert renew(open_http, KNOWN.refresh_token).status_code == 400
    stage.tokens(leeway=600)
    assert open_http.get("/oauth/token/accessible-resources", headers=bearer("x")).status_code == 401
    stage.consent("deny")
    asked = {"client_id": KNOWN.client_id, "redirect_uri": BACK, "response_type": "code"}
    assert "access_denied" in open_http.get("/authorize", params=asked).headers["location"]


def test_withdrawn_consent_and_ended_tokens_are_two_things(open_http: httpx.Client, gateway: str, stage: Stage) -> None:
    tokens = renew(open_http, KNOWN.refresh_token).json()
    stage.expire_tokens()
    assert open_http.get(gateway + MYSELF, headers=bearer(tokens["access_token"])).status_code == 401
    tokens = renew(open_http, tokens["refresh_token"]).json()
    stage.withdraw_consent()
    assert renew(open_http, tokens["refresh_token"]).status_code == 403


def test_a_server_takes_its_tokens_and_knows_no_gateway() -> None:
    site = Emulator(seed=7, tickets=3, flavour="datacenter", context="/jira")
    with serve(site) as base, open_client(f"{base}/jira") as http:
        answer = http.get("/rest/api/2/myself", headers=bearer(KNOWN.pat))
        assert (answer.status_code, answer.json()["name"]) == (200, KNOWN.login)
        assert http.get("/rest/api/3/myself", headers=bearer(KNOWN.pat)).status_code == 404
        assert http.get("/rest/api/2/myself", headers=bearer("wrong")).status_code == 401
        assert http.post("/oauth/token", json={}).status_code == 404
        site.stage.expire(KNOWN.pat)
        assert http.get("/rest/api/2/myself", headers=bearer(KNOWN.pat)).status_code == 401


def test_failed_logins_to_a_server_end_in_a_captcha() -> None:
    site = Emulator(seed=7, tickets=3, flavour="datacenter")
    path = "/rest/api/2/myself"
    with serve(site) as base, open_client(base) as http:
        for _ in range(2):
            assert basic(http, path, KNOWN.login, "wrong").status_code == 401
        assert basic(http, path, KNOWN.login, KNOWN.password).status_code == 200
        for _ in range(3):
            assert basic(http, path, KNOWN.login, "wrong").status_code == 401
        denied = basic(http, path, KNOWN.login, KNOWN.password)
        assert denied.status_code == 403
        assert denied.headers["X-Seraph-LoginReason"] == "AUTHENTICATION_DENIED"
        assert http.get(path, headers=bearer(KNOWN.pat)).status_code == 200
        site.stage.captcha(on=False)
        assert basic(http, path, KNOWN.login, KNOWN.password).status_code == 200


def test_what_looks_like_a_browser_has_to_say_that_it_is_none(http: httpx.Client, stage: Stage) -> None:
    path = f"/rest/api/3/issue/{stage.new_ticket()}"
    headers = {"User-Agent": "Mozilla/5.0"}
    answer = http.put(path, json={"fields": {}}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (403, "XSRF check failed")
    headers["X-Atlassian-Token"] = "no-check"
    assert http.put(path, json={"fields": {}}, headers=headers).status_code == 204


def test_administration_takes_an_administrator(http: httpx.Client, admin: httpx.Client) -> None:
    for one in ROUTES:
        if one.admin and one.method == "GET" and one.face == "api" and "cloud" in one.flavours:
            path = re.sub(r"{\w+}", "1", one.template)
            assert http.get(f"/rest/api/3/{path}").status_code == 403
    assert admin.get("/rest/api/3/screens").status_code == 200


def test_scopes_are_those_of_the_vendors_description(documents: list[Json]) -> None:
    wrong = []
    for one in ROUTES:
        if "cloud" not in one.flavours or one.face not in ("api", "desk"):
            continue
        start = "/rest/servicedeskapi/" if one.face == "desk" else "/rest/api/3/"
        wanted = re.sub(r"{\w+}", "{}", start + one.template)
        for document in documents:
            for path, operations in document["paths"].items():
                if re.sub(r"{\w+}", "{}", path) == wanted and one.method.lower() in operations:
                    security = operations[one.method.lower()].get("security", [])
                    scopes = [scope for each in security for scope in each.get("OAuth2", [])]
                    if scope_of(one) not in (scopes or [""]):
                        wrong.append((one.method, one.template, scope_of(one), scopes))
    assert wrong == []
