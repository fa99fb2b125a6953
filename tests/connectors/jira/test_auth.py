"""Who calls: tokens at either door, Data Center's tokens and passwords; what is said where they are not taken."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors import Http, Limits, RetryLater, SecretRef, SourceError, SourceRefused
from connectors.jira.auth import authentication
from connectors.jira.client import BUCKETS
from connectors.jira.signing import basic
from core.flows.stop import StopSignal
from core.store.credentials import MemoryVault
from slahub.binding import Bound
from slahub.bootstrap import host_now
from tests.connectors.jira.atlassian import CLOUD, DENIED, FAILED, Atlassian

TOKEN = {"method": "api_token", "email": "hub@lumen.example", "api_token": "${SLAHUB_TOKEN}"}

ACCESS = {"method": "personal_access_token", "token": "${SLAHUB_TOKEN}"}

PASSWORD = {"method": "basic", "username": "hub", "password": "${SLAHUB_TOKEN}"}

VALUE = "ATATT3xFfGF0=s3cr3t"

SIGNED = basic("hub@lumen.example", VALUE)

ME = "/rest/api/3/myself"

BY_GATEWAY = f"/ex/jira/{CLOUD}{ME}"


def resolve(ref: SecretRef) -> str:
    assert ref.text == "${SLAHUB_TOKEN}"
    return VALUE


def client(desk: Atlassian, auth: dict[str, Any] = TOKEN) -> httpx.Client:
    return desk.client(authentication(desk.settings(auth), resolve, MemoryVault(), desk.plain()))


def data_center(**more: Any) -> Atlassian:
    return Atlassian(site="https://jira.lumen.example", cloud=None, **more)


def test_an_api_token_signs_as_its_user_at_the_site() -> None:
    desk = Atlassian(at_site={SIGNED})
    with client(desk) as calls:
        assert [calls.get(ME).status_code for _ in range(2)] == [200, 200]
    assert desk.seen == [f"site {ME}"] * 2


def test_a_scoped_token_is_good_at_the_gateway_and_goes_there_at_once_from_then_on() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    with client(desk) as calls:
        assert calls.get(ME, params={"expand": "groups"}).json()["at"] == f"{BY_GATEWAY}?expand=groups"
        assert calls.get(ME).status_code == 200
    first = [f"site {ME}?expand=groups", "site /_edge/tenant_info", f"gateway {BY_GATEWAY}?expand=groups"]
    assert desk.seen == [*first, f"gateway {BY_GATEWAY}"]


def test_a_site_that_answers_as_to_a_visitor_has_not_taken_the_token() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    desk.answers[ME] = [httpx.Response(200, json={"issues": []}, headers=FAILED)]
    with client(desk) as calls:
        assert calls.get(ME).json()["at"] == BY_GATEWAY


def test_a_question_that_was_refused_at_one_door_is_put_whole_at_the_other() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    with client(desk) as calls:
        calls.post("/rest/api/3/search/jql", json={"jql": "project = SUP"})
    assert [json.loads(each) for each in desk.bodies if each] == [{"jql": "project = SUP"}] * 2


def test_a_token_that_neither_door_takes_is_refused_and_both_are_named() -> None:
    desk = Atlassian()
    said = "neither at lumen.atlassian.net nor.*at api.atlassian.com.*after a year at most"
    with client(desk) as calls, pytest.raises(SourceRefused, match=said) as caught:
        calls.get(ME)
    assert VALUE not in str(caught.value)
    assert desk.seen == [f"site {ME}", "site /_edge/tenant_info", f"gateway {BY_GATEWAY}"]


def test_a_door_that_refuses_later_leads_back_to_the_other() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    with client(desk) as calls:
        calls.get(ME)
        desk.at_site, desk.at_gateway = {SIGNED}, set()
        desk.seen.clear()
        assert [calls.get(ME).status_code for _ in range(2)] == [200, 200]
    assert desk.seen == [f"gateway {BY_GATEWAY}", f"site {ME}", f"site {ME}"]


def test_a_gateway_that_is_busy_has_not_let_us_in_yet() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    desk.answers[BY_GATEWAY] = [httpx.Response(503)]
    with client(desk) as calls:
        assert [calls.get(ME).status_code for _ in range(3)] == [503, 200, 200]
    assert desk.seen.count(f"site {ME}") == 2
    assert desk.seen.count("site /_edge/tenant_info") == 1


def test_a_scope_that_is_missing_is_told_as_the_gateway_tells_it() -> None:
    desk = Atlassian()
    no = {"code": 401, "message": "Unauthorized; scope does not match"}
    desk.answers[BY_GATEWAY] = [httpx.Response(401, json=no) for _ in range(2)]
    with client(desk) as calls:
        assert [calls.get(ME).json() for _ in range(2)] == [no, no]
    assert desk.seen.count(f"site {ME}") == 1


@pytest.mark.parametrize(
    "page",
    [
        httpx.Response(404),
        httpx.Response(200, text="<html>Log in"),
        httpx.Response(200, text="[" * 5000),
        httpx.Response(302),
    ],
)
def test_a_site_that_is_no_cloud_has_one_door(page: httpx.Response) -> None:
    desk = data_center()
    desk.answers["/_edge/tenant_info"] = [page]
    with client(desk) as calls:
        for _ in range(2):
            with pytest.raises(SourceRefused, match="personal_access_token"):
                calls.get(ME)
    assert desk.seen == [f"site {ME}", "site /_edge/tenant_info", f"site {ME}"]


@pytest.mark.parametrize("cloud", ["../../evil", "", "a" * 65])
def test_an_id_that_is_none_leads_nowhere(cloud: str) -> None:
    desk = Atlassian(cloud=cloud)
    with client(desk) as calls, pytest.raises(SourceRefused):
        calls.get(ME)
    assert not [each for each in desk.seen if each.startswith("gateway")]


def test_a_site_that_is_too_busy_to_tell_its_id_is_asked_again_later() -> None:
    desk = Atlassian(at_gateway={SIGNED})
    desk.answers["/_edge/tenant_info"] = [httpx.Response(503)]
    with client(desk) as calls:
        with pytest.raises(RetryLater, match="tenant_info answered 503"):
            calls.get(ME)
        assert calls.get(ME).status_code == 200


def test_a_personal_access_token_signs_below_the_path_of_its_site() -> None:
    desk = data_center(at_site={f"Bearer {VALUE}"})
    settings = desk.settings(ACCESS, url=f"{desk.site}/jira")
    auth = authentication(settings, resolve, MemoryVault(), desk.plain())
    with httpx.Client(base_url=settings.url, auth=auth, transport=desk.transport()) as calls:
        assert calls.get("/rest/api/2/myself").json()["at"] == "/jira/rest/api/2/myself"


def test_a_path_of_the_site_is_not_carried_to_the_gateway() -> None:
    desk = Atlassian(site="https://jira.lumen.example", at_gateway={SIGNED})
    settings = desk.settings(TOKEN, url=f"{desk.site}/jira")
    desk.answers["/jira/_edge/tenant_info"] = [httpx.Response(200, json={"cloudId": CLOUD})]
    auth = authentication(settings, resolve, MemoryVault(), desk.plain())
    with httpx.Client(base_url=settings.url, auth=auth, transport=desk.transport()) as calls:
        assert calls.get(ME).json()["at"] == BY_GATEWAY


@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.Response(200, json={"issues": []}, headers=FAILED)])
@pytest.mark.parametrize(
    ("auth", "said"), [(ACCESS, "has ended or was revoked.*make a new one"), (PASSWORD, "of 'hub'.*password is wrong")]
)
def test_credentials_that_are_not_taken_are_refused_and_not_read_as_nothing(
    answer: httpx.Response, auth: dict[str, Any], said: str
) -> None:
    desk = data_center()
    desk.answers[ME] = [answer]
    with client(desk, auth) as calls, pytest.raises(SourceRefused, match=said) as caught:
        calls.get(ME)
    assert VALUE not in str(caught.value)


def test_a_password_signs_as_its_user() -> None:
    desk = data_center(at_site={basic("hub", VALUE)})
    with client(desk, PASSWORD) as calls:
        assert calls.get(ME).status_code == 200


def test_a_captcha_is_for_a_person_to_solve() -> None:
    desk = data_center()
    desk.answers[ME] = [httpx.Response(403, headers=DENIED)]
    said = "asks 'hub' for a CAPTCHA.*log in by browser once"
    with client(desk, PASSWORD) as calls, pytest.raises(SourceRefused, match=said):
        calls.get(ME)


def test_a_right_that_is_missing_is_no_matter_of_the_credentials() -> None:
    desk = data_center()
    desk.answers[ME] = [httpx.Response(403, json={"errorMessages": ["no"]})]
    with client(desk, ACCESS) as calls:
        assert calls.get(ME).status_code == 403


@pytest.mark.parametrize("auth", [TOKEN, ACCESS, PASSWORD])
@pytest.mark.parametrize(
    "url", ["https://evil.example/x", "http://jira.lumen.example/x", "https://jira.lumen.example:8443/x"]
)
def test_credentials_go_to_no_other_host(auth: dict[str, Any], url: str) -> None:
    desk = data_center()
    with client(desk, auth) as calls, pytest.raises(SourceError, match="refused to give the credentials"):
        calls.get(url)
    assert desk.seen == []


def test_a_redirect_is_not_followed() -> None:
    desk = Atlassian(at_site={SIGNED})
    desk.answers[ME] = [httpx.Response(302, headers={"location": "https://evil.example/"})]
    with client(desk) as calls:
        assert calls.get(ME).status_code == 302
    assert desk.seen == [f"site {ME}"]


@pytest.mark.parametrize("auth", [TOKEN, ACCESS, PASSWORD])
def test_secrets_are_not_in_what_is_printed(auth: dict[str, Any]) -> None:
    desk = data_center(at_site={SIGNED, f"Bearer {VALUE}", basic("hub", VALUE)})
    made = authentication(desk.settings(auth), resolve, MemoryVault(), desk.plain())
    with desk.client(made) as calls:
        calls.get(ME)
    shown = repr(vars(made))
    assert [each for each in (VALUE, SIGNED, basic("hub", VALUE)) if each.rpartition(" ")[2] in shown] == []


Door = Callable[[httpx.Client], Http]


@pytest.fixture
def door() -> Door:
    """The transport as the hub opens it."""
    return lambda calls: Http(calls, Limits(BUCKETS), stop=StopSignal(), now=host_now)


def test_a_gateway_that_repeats_the_credentials_has_them_masked(door: Door) -> None:
    desk = Atlassian()
    desk.answers[BY_GATEWAY] = [httpx.Response(400, json={"message": f"bad: {VALUE} ({SIGNED})"})]
    with client(desk) as calls, pytest.raises(SourceError, match=r"answered 400 \(bad: \*\*\*") as caught:
        door(calls).call("GET", ME)
    assert VALUE not in str(caught.value)
    assert SIGNED.split()[1] not in str(caught.value)


def test_a_call_that_needs_both_doors_is_counted_twice(door: Door) -> None:
    desk = Atlassian(at_gateway={SIGNED})
    with client(desk) as calls:
        opened = door(calls)
        opened.call("GET", ME)
        assert opened.calls() == 2
        opened.call("GET", ME)
        assert opened.calls() == 3


def test_both_doors_are_barred_while_the_secrets_belong_elsewhere(door: Door) -> None:
    desk = Atlassian(at_gateway={SIGNED})
    reasons = ["moved", ""]
    made = authentication(desk.settings(TOKEN), resolve, MemoryVault(), desk.plain())
    with desk.client(Bound(made, lambda: reasons.pop(0), "desk")) as calls:
        with pytest.raises(SourceRefused, match="moved"):
            door(calls).call("GET", ME)
        assert desk.seen == []
        assert door(calls).call("GET", ME).body == {"displayName": "Robin Keller", "at": BY_GATEWAY}


def test_a_refusal_is_not_tried_again(door: Door) -> None:
    desk = Atlassian()
    with client(desk) as calls:
        opened = door(calls)
        with pytest.raises(SourceRefused):
            opened.call("GET", ME)
    assert len(desk.seen) == 3
    assert opened.skew() == timedelta()
