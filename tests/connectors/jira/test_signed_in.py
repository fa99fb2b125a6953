"""Each way to sign in, with a site that was made by others than the connector: the same user comes in by every door."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors import Consents, Http, Limits, SourceRefused, open_client
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.jira.settings import JiraSettings
from core.flows.stop import StopSignal
from core.store.credentials import MemoryVault
from slahub.bootstrap import host_now

BAD = ("expired_empty", "no_seraph")

TOKEN = {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}

APP = {"method": "oauth_3lo", "client_id": KNOWN.client_id, "client_secret": "${SLAHUB_T}"}

Sites: TypeAlias = dict[str, tuple[Emulator, str]]

DOORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an api token": (TOKEN, KNOWN.api_token, "cloud"),
    "a scoped token": (TOKEN, KNOWN.scoped_token, "cloud"),
    "a service account": ({**TOKEN, "email": KNOWN.service_email}, KNOWN.service_token, "cloud"),
    "a consent": (APP, KNOWN.client_secret, "cloud"),
    "a personal access token": ({"method": "personal_access_token", "token": "${SLAHUB_T}"}, KNOWN.pat, "datacenter"),
    "a password": (
        {"method": "basic", "username": KNOWN.login, "password": "${SLAHUB_T}"},
        KNOWN.password,
        "datacenter",
    ),
}


@pytest.fixture(scope="module", params=[(), BAD[:1], BAD], ids=["as documented", "expired empty", "without a word"])
def sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    """A site of each flavour on a socket, and how it treats credentials that are no good."""
    cloud = Emulator(seed=7, tickets=3, limits=False, traps=request.param)
    center = Emulator(seed=7, tickets=3, limits=False, traps=request.param, flavour="datacenter", context="/jira")
    with serve(cloud) as one, serve(center) as other:
        yield {"cloud": (cloud, one), "datacenter": (center, f"{other.removesuffix('/jira')}/jira")}


class Open(Protocol):
    def __call__(self, url: str, auth: dict[str, Any], value: str) -> tuple[JiraConnector, httpx.Auth]: ...


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens a connection as the hub does; the credential behind every reference is `value`."""
    with ExitStack() as stack:

        def make(url: str, auth: dict[str, Any], value: str) -> tuple[JiraConnector, httpx.Auth]:
            settings = JiraSettings.model_validate({"url": url, "gateway": url, "login": url, "auth": auth})
            plain = stack.enter_context(open_client(url))
            signer = JiraConnector.auth(settings, lambda _: value, MemoryVault(), plain)
            calls = stack.enter_context(open_client(url, auth=signer, headers=JiraConnector.headers(settings)))
            http = Http(calls, Limits(JiraConnector.buckets), stop=StopSignal(), now=host_now)
            return JiraConnector(http, settings, {}), signer

        yield make


def consent(signer: httpx.Auth) -> None:
    """Consent as a person does who presses the button."""
    assert isinstance(signer, Consents)
    parts = urlsplit(signer.consent_url("xyz"))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    page = httpx.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data={**asked, "decision": "grant"})
    back = parse_qs(urlsplit(page.headers["location"]).query)
    assert back["state"] == ["xyz"]
    signer.agreed(back["code"][0])


@pytest.mark.parametrize("door", DOORS)
def test_every_door_lets_its_credential_in(sites: Sites, opened: Open, door: str) -> None:
    auth, value, flavour = DOORS[door]
    _, url = sites[flavour]
    connector, signer = opened(url, auth, value)
    if isinstance(signer, Consents):
        consent(signer)
    first = connector.probe()
    assert first.actor
    assert connector.probe() == first


@pytest.mark.parametrize("door", [door for door in DOORS if door != "a consent"])
def test_no_door_lets_in_what_is_no_credential_of_its_own(sites: Sites, opened: Open, door: str) -> None:
    auth, _, flavour = DOORS[door]
    site, url = sites[flavour]
    connector, _ = opened(url, auth, "made-up")
    with pytest.raises(SourceRefused, match="did not accept") as caught:
        connector.probe()
    assert "made-up" not in str(caught.value)
    site.gate.failures.clear()
    site.gate.captcha.clear()


def test_a_login_that_failed_too_often_is_told_of_its_captcha(sites: Sites, opened: Open) -> None:
    site, url = sites["datacenter"]
    auth, value, _ = DOORS["a password"]
    site.gate.captcha.add(KNOWN.login)
    connector, _ = opened(url, auth, value)
    try:
        with pytest.raises(SourceRefused, match=r"CAPTCHA.*log in by browser once"):
            connector.probe()
    finally:
        site.gate.captcha.clear()


def test_a_consent_outlives_its_access_tokens_and_not_its_being_taken_back(sites: Sites, opened: Open) -> None:
    site, url = sites["cloud"]
    auth, value, _ = DOORS["a consent"]
    connector, signer = opened(url, auth, value)
    consent(signer)
    first = connector.probe()
    authority = site.world.office.authority
    with site.world.lock:
        authority.expire_access()
    assert connector.probe() == first
    with site.world.lock:
        authority.revoke()
    for _ in range(2):
        with pytest.raises(SourceRefused, match="consent again"):
            connector.probe()
