from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors import open_client
from connectors.zendesk.emulator import CODE, FIRST_REFRESH, KNOWN, Stage

CLIENT = {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret}


@pytest.fixture
def plain(url: str) -> Iterator[httpx.Client]:
    """Somebody without credentials."""
    with open_client(url) as client:
        yield client


def token(plain: httpx.Client, **body: Any) -> dict[str, Any]:
    asked = {"grant_type": "client_credentials", **CLIENT, **body}
    got: dict[str, Any] = plain.post("/oauth/tokens", json=asked).raise_for_status().json()
    return got


def bearer(got: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {got['access_token']}"}


def test_the_known_api_token_acts_as_an_administrator(http: httpx.Client) -> None:
    user = http.get("users/me.json").json()["user"]
    assert (user["email"], user["role"]) == (KNOWN.email, "admin")


def test_without_credentials_users_me_is_an_anonymous_trap(plain: httpx.Client) -> None:
    answer = plain.get("/api/v2/users/me.json")
    assert answer.status_code == 200
    assert (answer.json()["user"]["id"], answer.json()["user"]["name"]) == (None, "Anonymous user")
    refused = plain.get("/api/v2/tickets/count")
    assert (refused.status_code, refused.json()) == (401, {"error": "Couldn't authenticate you"})
    assert refused.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("name", "password"),
    [(f"{KNOWN.email}/token", "wrong"), (KNOWN.email, KNOWN.api_token), ("nobody@example.test/token", KNOWN.api_token)],
)
def test_wrong_basic_credentials_are_refused(plain: httpx.Client, name: str, password: str) -> None:
    assert plain.get("/api/v2/users/me", auth=(name, password)).status_code == 401
    assert plain.get("/api/v2/users/me", headers={"Authorization": "Basic not-base64"}).status_code == 401


def test_client_credentials_bring_a_token_with_a_life(plain: httpx.Client, stage: Stage) -> None:
    got = token(plain, scope="read tickets:write", expires_in=300)
    assert (got["token_type"], got["scope"], got["expires_in"]) == ("bearer", "read tickets:write", 300)
    assert got["refresh_token"] is None
    assert plain.get("/api/v2/tickets/count", headers=bearer(got)).status_code == 200
    stage.advance(300)
    refused = plain.get("/api/v2/tickets/count", headers=bearer(got))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert "error_description" in refused.json()


def test_a_token_may_have_no_end(plain: httpx.Client, stage: Stage) -> None:
    stage.token_life(None)
    got = token(plain)
    assert got["expires_in"] is None
    stage.advance(400 * 86400)
    assert plain.get("/api/v2/tickets/count", headers=bearer(got)).status_code == 200


def test_wrong_clients_and_grants_are_refused(plain: httpx.Client) -> None:
    wrong = plain.post("/oauth/tokens", json={"grant_type": "client_credentials", **CLIENT, "client_secret": "no"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    odd = plain.post("/oauth/tokens", json={"grant_type": "password", **CLIENT})
    assert (odd.status_code, odd.json()["error"]) == (400, "unsupported_grant_type")


def test_refresh_tokens_rotate_and_end_the_previous_pair(plain: httpx.Client) -> None:
    first = token(plain, grant_type="refresh_token", refresh_token=FIRST_REFRESH)
    second = token(plain, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert plain.get("/api/v2/tickets/count", headers=bearer(first)).status_code == 401
    assert plain.get("/api/v2/tickets/count", headers=bearer(second)).status_code == 200
    again = plain.post(
        "/oauth/tokens", data={"grant_type": "refresh_token", **CLIENT, "refresh_token": first["refresh_token"]}
    )
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert token(plain, grant_type="authorization_code", code=CODE)["refresh_token"]


def test_a_refresh_token_ends_when_it_was_said_to(plain: httpx.Client, stage: Stage) -> None:
    first = token(plain, grant_type="authorization_code", code=CODE)
    stage.advance(first["refresh_token_expires_in"] - 1)
    second = token(plain, grant_type="refresh_token", refresh_token=first["refresh_token"])
    stage.advance(second["refresh_token_expires_in"])
    late = {"grant_type": "refresh_token", **CLIENT, "refresh_token": second["refresh_token"]}
    refused = plain.post("/oauth/tokens", data=late)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def test_scopes_limit_what_a_token_may_do(plain: httpx.Client, stage: Stage) -> None:
    ticket = stage.new_ticket()
    change = {"ticket": {"priority": "low"}}
    narrow = bearer(token(plain, scope="tickets:read"))
    assert plain.get(f"/api/v2/tickets/{ticket}", headers=narrow).status_code == 200
    assert plain.get("/api/v2/incremental/tickets/cursor?start_time=0", headers=narrow).status_code == 200
    assert plain.get("/api/v2/users", headers=narrow).status_code == 403
    assert plain.put(f"/api/v2/tickets/{ticket}", json=change, headers=narrow).status_code == 403
    wide = bearer(token(plain, scope="read tickets:write"))
    assert plain.put(f"/api/v2/tickets/{ticket}", json=change, headers=wide).status_code == 200
    misspelt = token(plain, scope="read ticket:write")
    assert misspelt["scope"] == "read ticket:write"
    refused = plain.get("/api/v2/tickets/count", headers=bearer(misspelt))
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Forbidden")


def test_roles_limit_what_a_person_may_do(plain: httpx.Client) -> None:
    agent = (f"{KNOWN.agent[0]}/token", KNOWN.agent[1])
    customer = (f"{KNOWN.customer[0]}/token", KNOWN.customer[1])
    assert plain.get("/api/v2/tickets/count", auth=agent).status_code == 200
    assert plain.get("/api/v2/incremental/tickets/cursor?start_time=0", auth=agent).status_code == 403
    assert plain.post("/api/v2/ticket_fields", json={}, auth=agent).status_code == 403
    assert plain.get("/api/v2/tickets/count", auth=customer).status_code == 403
    assert plain.get("/api/v2/users/me", auth=customer).json()["user"]["role"] == "end-user"


def test_revoked_credentials_open_nothing_until_they_are_allowed_again(
    http: httpx.Client, plain: httpx.Client, stage: Stage
) -> None:
    headers = bearer(token(plain))
    stage.revoke()
    assert http.get("tickets/count").status_code == 401
    assert plain.get("/api/v2/tickets/count", headers=headers).status_code == 401
    assert plain.post("/oauth/tokens", json={"grant_type": "client_credentials", **CLIENT}).status_code == 401
    stage.allow()
    assert http.get("tickets/count").status_code == 200
    headers = bearer(token(plain))
    stage.expire_tokens()
    assert plain.get("/api/v2/tickets/count", headers=headers).status_code == 401


def test_what_is_not_there_says_whether_the_path_or_the_record_is_wrong(http: httpx.Client) -> None:
    assert http.get("no_such_thing.json").json() == {"error": "InvalidEndpoint", "description": "Not found"}
    assert http.get("tickets/99999999.json").json() == {"error": "RecordNotFound", "description": "Not found"}
    assert http.patch("tickets/1").json()["error"] == "InvalidEndpoint"
