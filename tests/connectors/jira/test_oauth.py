"""A consent: tokens that are good once, kept before they are used, renewed by one at a time, and what ends them."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors import ConsentNeeded, RetryLater, SourceError, SourceRefused, StoreError
from connectors.jira.auth import authentication
from connectors.jira.settings import SCOPES
from core.ports import Consents, Vault
from core.store import Store
from core.store.credentials import MemoryVault, StoreVault, vault
from slahub.binding import Bound
from tests.connectors.jira.atlassian import CLOUD, LEEWAY, SECRET, Atlassian, invalid_grant, on_sockets

ME = "/rest/api/3/myself"

HOUR = 3600.0

KEY = b"a key from the environment"


def used(desk: Atlassian, kept: Vault, secret: str = SECRET) -> int:
    """Make one call as a process does that has just begun; return its status."""
    with desk.client(desk.app(kept, secret)) as calls:
        return calls.get(ME).status_code


def sealed(store: Store) -> Vault:
    return vault(store, "desk", KEY, "lumen.atlassian.net")


@dataclass
class Careless:
    """A vault whose writes fail as often as it is told, each time before or after it is asked to keep something."""

    inner: MemoryVault = field(default_factory=MemoryVault)
    fails: list[bool] = field(default_factory=list[bool])

    def read(self, name: str) -> str | None:
        return self.inner.read(name)

    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        def kept(current: str | None) -> str:
            found = renewed(current)
            if self.fails and self.fails.pop(0):
                raise StoreError("disk full")
            return found

        return self.inner.renew(name, kept)


def test_the_address_of_the_consent_asks_for_what_the_settings_say() -> None:
    desk = Atlassian()
    parts = urlsplit(desk.app(MemoryVault()).consent_url("xyz"))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://auth.atlassian.com/authorize"
    assert dict(parse_qs(parts.query).items()) == {
        "audience": ["api.atlassian.com"],
        "client_id": ["hub"],
        "scope": [SCOPES],
        "redirect_uri": ["http://localhost:8462/callback"],
        "state": ["xyz"],
        "response_type": ["code"],
        "prompt": ["consent"],
    }


def test_a_consent_is_kept_with_who_gave_it_for_which_site_and_until_when(store: Store) -> None:
    desk = Atlassian()
    told = desk.consented(sealed(store))
    given = datetime.fromtimestamp(desk.time, UTC)
    assert (told.who, told.site, told.given_at) == ("Robin Keller", desk.site, given)
    assert (told.ends_at, told.unused) == (given + timedelta(days=365), timedelta(days=90))
    asked = json.loads(desk.bodies[0])
    assert (asked["grant_type"], asked["code"]) == ("authorization_code", "code-1")
    assert (asked["client_secret"], asked["redirect_uri"]) == (SECRET, "http://localhost:8462/callback")
    desk.time += HOUR * 24
    assert used(desk, sealed(store)) == 200
    assert desk.app(sealed(store)).consent() == told


def test_all_calls_go_by_the_gateway_with_the_access_token() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept)) as calls:
        assert calls.get(ME, params={"expand": "groups"}).json()["at"] == f"/ex/jira/{CLOUD}{ME}?expand=groups"
    assert desk.headers[-1]["authorization"] == "Bearer access-1"
    assert not [each for each in desk.seen if each.startswith("site")]


def test_without_a_consent_no_call_is_made_and_the_command_is_named() -> None:
    desk = Atlassian()
    bound = Bound(desk.app(MemoryVault()), lambda: "", "lumen-jira")
    said = "nobody has consented.*SLAHUB_KEY.*: slahub connections authorise lumen-jira$"
    with desk.client(bound) as calls, pytest.raises(ConsentNeeded, match=said):
        calls.get(ME)
    assert desk.seen == []
    assert desk.app(MemoryVault()).consent() is None


def test_a_consent_for_other_sites_is_not_kept_and_they_are_named() -> None:
    desk, kept = Atlassian(sites=["https://b.atlassian.net", "https://a.atlassian.net/"]), MemoryVault()
    said = "is for https://a.atlassian.net/, https://b.atlassian.net, and not for https://lumen.atlassian.net"
    with pytest.raises(SourceRefused, match=said):
        desk.consented(kept)
    assert kept.read("oauth") is None


def test_of_several_sites_the_connections_own_is_taken() -> None:
    desk = Atlassian(sites=["https://a.atlassian.net", "https://Lumen.atlassian.net/"])
    assert desk.consented(MemoryVault()).site == "https://lumen.atlassian.net"


def test_scopes_that_were_not_granted_are_named_and_nothing_is_kept() -> None:
    desk, kept = Atlassian(scope="read:jira-work offline_access"), MemoryVault()
    with pytest.raises(SourceRefused, match=r"was not granted 'write:jira-work .*manage:jira-webhook"):
        desk.consented(kept)
    assert kept.read("oauth") is None


def test_scopes_that_are_asked_for_later_are_lacking() -> None:
    desk, kept = Atlassian(scope="read:jira-work offline_access"), MemoryVault()
    desk.app(kept, scope="read:jira-work offline_access").agreed("code-1")
    told = desk.app(kept, scope="read:jira-work read:jira-user offline_access").consent()
    assert told is not None
    assert told.lacks == ("read:jira-user",)
    assert used(desk, kept) == 200


def test_an_answer_without_a_refresh_token_is_no_consent() -> None:
    desk = Atlassian()
    desk.answers["/oauth/token"] = [httpx.Response(200, json={"access_token": "a", "expires_in": 3600})]
    with pytest.raises(SourceRefused, match="no refresh token"):
        desk.consented(MemoryVault())


def test_a_code_is_good_once() -> None:
    desk = Atlassian()
    desk.consented(MemoryVault())
    with pytest.raises(SourceRefused, match="too late or was used already"):
        desk.consented(MemoryVault())


def test_a_person_whose_name_is_not_told_has_consented_all_the_same() -> None:
    desk = Atlassian()
    desk.answers[f"/ex/jira/{CLOUD}/rest/api/2/myself"] = [httpx.Response(403)]
    assert desk.consented(MemoryVault()).who == ""


def test_an_access_token_is_replaced_shortly_before_its_end() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept)) as calls:
        desk.time += HOUR - 61
        calls.get(ME)
        assert desk.refreshes == []
        desk.time += 2
        calls.get(ME)
        assert desk.refreshes == ["refresh-1"]
        assert desk.headers[-1]["authorization"] == "Bearer access-2"
        desk.time += HOUR
        calls.get(ME)
    assert desk.refreshes == ["refresh-1", "refresh-2"]


def test_what_came_is_kept_before_it_is_used(store: Store) -> None:
    desk = Atlassian()
    desk.consented(sealed(store))
    desk.time += HOUR
    found: list[str | None] = []
    desk.on_call = lambda _: found.append(sealed(store).read("oauth"))
    assert used(desk, sealed(store)) == 200
    (kept,) = found
    assert json.loads(kept or "")["refresh"] == "refresh-2"


def test_a_refused_token_is_replaced_once_and_no_more_where_that_does_not_help() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept)) as calls:
        desk.at_gateway.remove("Bearer access-1")
        assert calls.get(ME).status_code == 200
        assert desk.refreshes == ["refresh-1"]
        no = f"/ex/jira/{CLOUD}/rest/api/3/no"
        desk.answers[no] = [httpx.Response(401) for _ in range(9)]
        assert {calls.get("/rest/api/3/no").status_code for _ in range(5)} == {401}
        assert desk.refreshes == ["refresh-1", "refresh-2"]
        assert calls.get(ME).status_code == 200
        desk.time += HOUR
        assert calls.get(ME).status_code == 200


def test_a_scope_that_is_missing_spends_no_refresh_token() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    body = {"code": 401, "message": "Unauthorized; scope does not match"}
    desk.answers[f"/ex/jira/{CLOUD}{ME}"] = [httpx.Response(401, json=body)]
    with desk.client(desk.app(kept)) as calls:
        assert calls.get(ME).json() == body
    assert desk.refreshes == []


def test_many_threads_and_doors_renew_once(store: Store) -> None:
    desk = Atlassian()
    desk.consented(sealed(store))
    desk.time += HOUR
    doors = [desk.client(desk.app(sealed(store))) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: doors[number % 4].get(ME).status_code, range(24))) == {200}
    assert desk.refreshes == ["refresh-1"]


PROCESS = """
import os, signal, sys, httpx
from connectors import SecretRef
from connectors.jira.auth import authentication
from connectors.jira.settings import JiraSettings
from connectors.jira.oauth import ThreeLegged
from core.store import Store
from core.store.credentials import StoreVault

url, site, gateway, login, now, dies = sys.argv[1:]

class Dying(StoreVault):
    '''Ends with its process when it is to keep what came: its second write.'''
    writes = 0

    def _keep(self, *row):
        self.writes += 1
        if self.writes == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        super()._keep(*row)

auth = {"method": "oauth_3lo", "client_id": "hub", "client_secret": "${SLAHUB_S}"}
settings = JiraSettings.model_validate({"url": site, "gateway": gateway, "login": login, "auth": auth})
store = Store(url)
kept = (Dying if dies == "dies" else StoreVault)(store, "desk", b"a key from the environment", "lumen.atlassian.net")
with httpx.Client() as plain:
    signer = ThreeLegged(settings, settings.auth, lambda: "app-s3cr3t", kept, plain, now=lambda: float(now))
    with httpx.Client(base_url=site, auth=signer) as calls:
        answers = {calls.get("/rest/api/3/myself").status_code for _ in range(3)}
store.close()
raise SystemExit(0 if answers == {200} else 1)
"""


def process(desk: Atlassian, store: Store, dies: str = "") -> subprocess.Popen[bytes]:
    url = store.url.render_as_string(hide_password=False)
    arguments = [url, desk.site, desk.gateway, desk.login, str(desk.time), dies]
    return subprocess.Popen([sys.executable, "-c", PROCESS, *arguments], cwd=Path(__file__).parents[3])


def test_processes_renew_once(store: Store) -> None:
    with on_sockets() as desk:
        desk.consented(sealed(store))
        desk.time += HOUR
        both = [process(desk, store) for _ in range(2)]
        assert [each.wait(60) for each in both] == [0, 0]
        assert desk.refreshes == ["refresh-1"]


def test_a_process_that_dies_with_the_answer_in_its_hand_costs_a_use_of_the_leeway(store: Store) -> None:
    with on_sockets() as desk:
        desk.consented(sealed(store))
        desk.time += HOUR
        assert process(desk, store, dies="dies").wait(60) == -signal.SIGKILL
        assert desk.refreshes == ["refresh-1"]
        desk.time += LEEWAY
        assert process(desk, store).wait(60) == 0
        assert desk.refreshes == ["refresh-1", "refresh-1"]
        desk.time += HOUR
        assert process(desk, store).wait(60) == 0
        assert desk.refreshes[2:] == ["refresh-3"]


def test_where_nothing_can_be_kept_no_refresh_token_is_spent() -> None:
    desk, kept = Atlassian(), Careless()
    desk.consented(kept)
    desk.time += HOUR
    kept.fails = [True]
    with desk.client(desk.app(kept)) as calls:
        with pytest.raises(StoreError):
            calls.get(ME)
        assert desk.refreshes == []
        assert calls.get(ME).status_code == 200


def test_an_answer_that_could_not_be_kept_is_kept_later_and_not_asked_for_again() -> None:
    desk, kept = Atlassian(), Careless()
    desk.consented(kept)
    desk.time += HOUR
    kept.fails = [False, True, True, False, False]
    with desk.client(desk.app(kept)) as calls:
        for _ in range(2):
            with pytest.raises(StoreError):
                calls.get(ME)
            desk.time += LEEWAY + 1
        assert calls.get(ME).status_code == 200
    assert desk.refreshes == ["refresh-1"]
    assert json.loads(kept.read("oauth") or "")["refresh"] == "refresh-2"


def test_answers_that_could_not_be_kept_for_longer_than_they_last_follow_each_other() -> None:
    desk, kept = Atlassian(), Careless()
    desk.consented(kept)
    desk.time += HOUR
    kept.fails = [False, True, False, True]
    with desk.client(desk.app(kept)) as calls:
        for _ in range(2):
            with pytest.raises(StoreError):
                calls.get(ME)
            desk.time += HOUR
        assert calls.get(ME).status_code == 200
    assert desk.refreshes == ["refresh-1", "refresh-2", "refresh-3"]
    assert used(desk, kept) == 200
    assert len(desk.refreshes) == 3


def test_a_login_that_gives_no_other_refresh_token_is_asked_by_the_one_there_is() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept)) as calls:
        for number in range(3):
            desk.time += HOUR
            body = {"access_token": f"more-{number}", "expires_in": 3600}
            desk.answers["/oauth/token"] = [httpx.Response(200, json=body)]
            desk.at_gateway = {f"Bearer more-{number}"}
            assert calls.get(ME).status_code == 200
    assert desk.seen.count("login /oauth/token") == 4


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_consent_that_has_ended_asks_for_another_and_asks_atlassian_no_more(status: int) -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    desk.time += HOUR
    desk.answers["/oauth/token"] = [invalid_grant(status)]
    with desk.client(Bound(desk.app(kept), lambda: "", "desk")) as calls:
        for _ in range(3):
            with pytest.raises(ConsentNeeded, match=r"consent again: slahub connections authorise desk$"):
                calls.get(ME)
    with pytest.raises(ConsentNeeded, match="365 days"):
        used(desk, kept)
    assert desk.seen.count("login /oauth/token") == 2
    assert desk.app(kept).consent() is None
    desk.code = "code-2"
    desk.app(kept).agreed("code-2")
    assert used(desk, kept) == 200


def test_a_process_that_was_refused_goes_on_once_somebody_consents_again() -> None:
    desk, kept = Atlassian(), MemoryVault()
    with desk.client(desk.app(kept)) as calls:
        with pytest.raises(ConsentNeeded):
            calls.get(ME)
        desk.consented(kept)
        assert calls.get(ME).status_code == 200


def test_a_wrong_secret_of_the_app_ends_no_consent() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    desk.time += HOUR
    with pytest.raises(SourceRefused, match=r"'hub'.*401.*check auth.client_id and auth.client_secret") as caught:
        used(desk, kept, secret="wr0ng")
    assert "wr0ng" not in str(caught.value)
    assert used(desk, kept) == 200


@pytest.mark.parametrize(
    ("answer", "branch", "said"),
    [
        (httpx.Response(429, headers={"retry-after": "30"}), RetryLater, "429"),
        (httpx.Response(503, text="<html>"), RetryLater, "503"),
        (httpx.Response(200, text="<html>"), RetryLater, "not readable"),
        (httpx.Response(200, text="[" * 5000), RetryLater, "not readable"),
        (httpx.Response(200, json={"access_token": "t", "expires_in": 10**400}), RetryLater, "holds no token"),
        (httpx.Response(403, text="[" * 5000), SourceRefused, "403"),
        (httpx.Response(200, json={"token_type": "Bearer"}), RetryLater, "holds no token"),
        (httpx.Response(302, headers={"location": "https://evil.example"}), SourceRefused, "302"),
        (httpx.Response(403, text="<html>"), SourceRefused, "403"),
    ],
)
def test_a_token_that_does_not_come_says_what_to_do_and_costs_nothing(
    answer: httpx.Response, branch: type[Exception], said: str
) -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    desk.time += HOUR
    desk.answers["/oauth/token"] = [answer]
    with pytest.raises(branch, match=said) as caught:
        used(desk, kept)
    if isinstance(caught.value, RetryLater) and answer.status_code == 429:
        assert caught.value.after == timedelta(seconds=30)
    assert [each for each in (SECRET, "refresh-1") if each in str(caught.value)] == []
    assert used(desk, kept) == 200


@pytest.mark.parametrize(("asked", "left"), [("9" * 30, None), ("999999999", 86_400)])
def test_a_busy_login_is_left_alone_for_no_more_than_a_day(asked: str, left: int | None) -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    desk.time += HOUR
    desk.answers["/oauth/token"] = [httpx.Response(429, headers={"retry-after": asked})]
    with pytest.raises(RetryLater) as caught:
        used(desk, kept)
    assert caught.value.after == (None if left is None else timedelta(seconds=left))


def test_a_list_of_sites_that_nobody_can_read_is_asked_for_again_later() -> None:
    desk = Atlassian()
    desk.answers["/oauth/token/accessible-resources"] = [httpx.Response(200, text="[" * 5000)]
    with pytest.raises(RetryLater, match="sites that were consented to is not readable"):
        desk.consented(MemoryVault())


def test_a_login_out_of_reach_is_tried_again_later() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    desk.time += HOUR

    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no way", request=request)

    settings = desk.settings({"method": "oauth_3lo", "client_id": "hub", "client_secret": "${SLAHUB_S}"})
    plain = httpx.Client(transport=httpx.MockTransport(broken))
    auth = authentication(settings, lambda _: SECRET, kept, plain)
    assert isinstance(auth, Consents)
    # By the host's own clock, which is before the desk's, the token is fresh: it is refused first.
    desk.at_gateway.clear()
    with desk.client(auth) as calls, pytest.raises(RetryLater, match=r"no token from.*ConnectError"):
        calls.get(ME)


@pytest.mark.parametrize(
    "kept",
    [
        "{no json",
        pytest.param("[" * 5000, id="nested"),
        "[]",
        '{"owner": 7}',
        '{"owner": "hub https://lumen.atlassian.net"}',
    ],
)
def test_a_vault_that_holds_rubbish_holds_no_consent(kept: str) -> None:
    desk, rubbish = Atlassian(), MemoryVault()
    rubbish.renew("oauth", lambda _: kept)
    with pytest.raises(ConsentNeeded):
        used(desk, rubbish)
    assert desk.app(rubbish).consent() is None


def test_a_consent_for_another_app_is_of_no_use_and_is_left_as_it_is() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept, client_id="other")) as calls, pytest.raises(ConsentNeeded):
        calls.get(ME)
    assert used(desk, kept) == 200


def test_the_tokens_go_to_no_other_host() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    with desk.client(desk.app(kept)) as calls, pytest.raises(SourceError, match="refused to give the credentials"):
        calls.get("https://api.atlassian.com/elsewhere")


def test_tokens_are_not_in_what_is_printed() -> None:
    desk, kept = Atlassian(), MemoryVault()
    desk.consented(kept)
    signer = desk.app(kept)
    with desk.client(signer) as calls:
        desk.time += HOUR
        calls.get(ME)
    shown = repr(vars(signer)) + repr(vars(signer)["_login"].__dict__)
    assert [each for each in ("access-", "refresh-", SECRET) if each in shown] == []


def test_a_sealed_consent_is_not_readable_in_its_row(sqlite_store: Store) -> None:
    desk = Atlassian()
    desk.consented(StoreVault(sqlite_store, "desk", KEY, "lumen.atlassian.net"))
    assert sqlite_store.path is not None
    rows = b"".join(each.read_bytes() for each in sqlite_store.path.parent.glob(f"{sqlite_store.path.name}*"))
    assert [each for each in (b"access-1", b"refresh-1", SECRET.encode()) if each in rows] == []
