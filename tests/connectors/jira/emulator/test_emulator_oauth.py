"""The authorization server: consent, tokens that rotate, and families that end."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.emulation import Doc, Refusal, as_doc
from connectors.jira.emulator.oauth import DAY, Authority

BACK = "http://127.0.0.1:9/back"
SCOPE = "read:jira-work offline_access"
ASKED = {
    "audience": "api.atlassian.com",
    "client_id": "hub",
    "scope": SCOPE,
    "redirect_uri": BACK,
    "state": "s1",
    "response_type": "code",
    "prompt": "consent",
}


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def authority(hand: Hand) -> Authority:
    made = Authority(hand, 1)
    made.clients["hub"], made.account_id = "secret", "account"
    return made


def code(authority: Authority, **other: str) -> str:
    answer = authority.authorize("POST", {**ASKED, "decision": "grant", **other})
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def exchange(authority: Authority, given: str) -> Doc:
    body = {"client_id": "hub", "client_secret": "secret", "redirect_uri": BACK}
    return as_doc(authority.token({**body, "grant_type": "authorization_code", "code": given}).body)


def renew(authority: Authority, token: object) -> Doc:
    body = {"client_id": "hub", "client_secret": "secret", "grant_type": "refresh_token"}
    return as_doc(authority.token({**body, "refresh_token": token}).body)


def refused(call: Callable[[], object]) -> tuple[int, object]:
    with pytest.raises(Refusal) as caught:
        call()
    return caught.value.answer.status, as_doc(caught.value.answer.body)["error"]


def test_the_page_asks_and_its_form_sends_the_browser_back(authority: Authority) -> None:
    page = authority.authorize("GET", ASKED)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]+)"', str(page.body)))
    answer = authority.authorize("POST", {**hidden, "decision": "grant"})
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert answer.status == 302
    assert back["state"] == ["s1"]
    assert set(exchange(authority, back["code"][0])) >= {"access_token", "refresh_token", "expires_in", "scope"}
    denied = authority.authorize("POST", {**ASKED, "decision": "deny"})
    assert "error=access_denied" in denied.headers["Location"]


def test_consent_can_be_given_beforehand(authority: Authority) -> None:
    authority.consent = "grant"
    assert "code=" in authority.authorize("GET", ASKED).headers["Location"]


def test_a_code_is_good_once_for_ten_minutes_and_for_its_own_address(authority: Authority, hand: Hand) -> None:
    first = code(authority)
    exchange(authority, first)
    assert refused(lambda: exchange(authority, first)) == (403, "invalid_grant")
    elsewhere = code(authority, redirect_uri="http://127.0.0.1:9/other")
    assert refused(lambda: exchange(authority, elsewhere)) == (403, "invalid_grant")
    late = code(authority)
    hand.at += 601
    assert refused(lambda: exchange(authority, late)) == (403, "invalid_grant")


def test_without_offline_access_there_is_no_refresh_token(authority: Authority) -> None:
    assert "refresh_token" not in exchange(authority, code(authority, scope="read:jira-work"))


def test_an_access_token_ends_after_its_hour(authority: Authority, hand: Hand) -> None:
    token = str(exchange(authority, code(authority))["access_token"])
    found = authority.grant(token)
    assert found is not None
    assert found.scopes == {"read:jira-work", "offline_access"}
    hand.at += 3600
    assert authority.grant(token) is None


def test_a_refresh_token_rotates_and_the_old_one_is_good_for_ten_minutes_more(authority: Authority, hand: Hand) -> None:
    first = exchange(authority, code(authority))["refresh_token"]
    second = renew(authority, first)["refresh_token"]
    hand.at += 599
    third = renew(authority, first)
    assert third["refresh_token"] not in (first, second)
    assert authority.grant(str(third["access_token"])) is not None


def test_reuse_beyond_the_leeway_ends_the_whole_family(authority: Authority, hand: Hand) -> None:
    first = exchange(authority, code(authority))["refresh_token"]
    second = renew(authority, first)
    hand.at += 601
    assert refused(lambda: renew(authority, first)) == (403, "invalid_grant")
    assert authority.grant(str(second["access_token"])) is None
    assert refused(lambda: renew(authority, second["refresh_token"])) == (403, "invalid_grant")


def test_without_leeway_the_second_use_is_a_reuse(authority: Authority) -> None:
    authority.leeway = -1.0
    first = exchange(authority, code(authority))["refresh_token"]
    renew(authority, first)
    assert refused(lambda: renew(authority, first)) == (403, "invalid_grant")


def test_a_refresh_token_ends_when_nobody_used_it_for_ninety_days(authority: Authority, hand: Hand) -> None:
    token = exchange(authority, code(authority))["refresh_token"]
    hand.at += 90 * DAY - 1
    token = renew(authority, token)["refresh_token"]
    hand.at += 90 * DAY
    assert refused(lambda: renew(authority, token)) == (403, "invalid_grant")


def test_a_year_after_the_consent_everything_ends(authority: Authority, hand: Hand) -> None:
    token = exchange(authority, code(authority))["refresh_token"]
    for _ in range(6):
        hand.at += 60 * DAY
        token = renew(authority, token)["refresh_token"]
    hand.at += 5 * DAY
    authority.failure = 400
    assert refused(lambda: renew(authority, token)) == (400, "invalid_grant")


def test_a_wrong_client_and_an_unknown_grant_are_turned_away(authority: Authority) -> None:
    given = {"client_id": "hub", "client_secret": "wrong", "grant_type": "refresh_token"}
    assert refused(lambda: authority.token(given)) == (401, "access_denied")
    given = {"client_id": "hub", "client_secret": "secret", "grant_type": "password"}
    assert refused(lambda: authority.token(given)) == (400, "unsupported_grant_type")
    with pytest.raises(Refusal):
        authority.authorize("GET", {**ASKED, "client_id": "nobody"})
