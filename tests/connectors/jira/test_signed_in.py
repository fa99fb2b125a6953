"""Each way to sign in, with a site that was made by others than the connector: the same user comes in by every door."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from connectors import Consents, SourceRefused
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve

BAD = ("expired_empty", "no_seraph")

TOKEN = {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}

APP = {"method": "oauth_3lo", "client_id": KNOWN.client_id, "client_secret": "${SLAHUB_T}"}

Sites: TypeAlias = dict[str, tuple[Emulator, str]]

Open: TypeAlias = Callable[[str, dict[str, Any], str], tuple[JiraConnector, httpx.Auth]]

Consent: TypeAlias = Callable[[httpx.Auth], None]

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


@pytest.mark.parametrize("door", DOORS)
def test_every_door_lets_its_credential_in(sites: Sites, opened: Open, consent: Consent, door: str) -> None:
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


def test_a_consent_outlives_its_access_tokens_and_not_its_being_taken_back(
    sites: Sites, opened: Open, consent: Consent
) -> None:
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
