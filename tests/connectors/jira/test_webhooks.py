"""Registering webhooks with a site on a socket: as an administrator, and as an app."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import httpx
import pytest

from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve

HOOK, SECRET = "http://127.0.0.1:9/hooks/jira", "a secret of the hub's"
APP = {"method": "oauth_3lo", "client_id": KNOWN.client_id, "client_secret": "${SLAHUB_T}"}
ADMIN = {"method": "api_token", "email": KNOWN.admin_email, "api_token": "${SLAHUB_T}"}
HUB = {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}
CENTER = {"method": "personal_access_token", "token": "${SLAHUB_T}"}
SCOPE = {"projects": ["HELP", "FAC"]}

Open: TypeAlias = Callable[..., tuple[JiraConnector, httpx.Auth]]


@pytest.fixture
def site() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=7, tickets=3, limits=False)
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture(params=["an administrator", "a data center"])
def admin(request: pytest.FixtureRequest, opened: Open) -> Iterator[JiraConnector]:
    center = request.param == "a data center"
    with serve(Emulator(seed=7, tickets=3, limits=False, flavour="datacenter" if center else "cloud")) as url:
        yield opened(url, CENTER if center else ADMIN, KNOWN.admin_token, scope=SCOPE)[0]


@pytest.fixture
def app(site: tuple[Emulator, str], opened: Open, consent: Callable[[httpx.Auth], None]) -> JiraConnector:
    connector, signer = opened(site[1], APP, KNOWN.client_secret, scope=SCOPE)
    consent(signer)
    return connector


def test_an_administrators_webhook_is_made_once_and_has_no_end(admin: JiraConnector) -> None:
    first = admin.register(HOOK, SECRET, ())
    assert [(each.url, each.expires_at, each.what) for each in first.there] == [(HOOK, None, "tickets")]
    assert first.untaken == ()
    assert admin.register(HOOK, SECRET, first.there) == first
    assert admin.renew(first.there, datetime.now(UTC)) == first


def test_a_webhook_of_which_nobody_knows_the_secret_is_made_anew(admin: JiraConnector) -> None:
    lost = admin.register(HOOK, SECRET, ()).there
    again = admin.register(HOOK, SECRET, ()).there
    assert len(again) == 1
    assert again[0].id != lost[0].id


def test_webhooks_of_others_are_left_alone(admin: JiraConnector) -> None:
    other = admin.register("http://127.0.0.1:9/somebody", SECRET, ()).there
    mine = admin.register(HOOK, SECRET, ()).there
    admin.unregister(mine)
    admin.unregister(mine)
    assert admin.register("http://127.0.0.1:9/somebody", SECRET, other).there == other


def test_who_is_no_administrator_is_told_so(site: tuple[Emulator, str], opened: Open) -> None:
    connector, _ = opened(site[1], HUB, KNOWN.api_token, scope=SCOPE)
    found = connector.register(HOOK, SECRET, ())
    assert found.there == ()
    assert "administrator" in found.untaken[0].reason


def test_an_apps_webhook_ends_after_thirty_days_and_is_renewed(site: tuple[Emulator, str], app: JiraConnector) -> None:
    first = app.register(HOOK, SECRET, ())
    ends = first.there[0].expires_at
    assert ends is not None
    assert abs(ends - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=5)
    site[0].stage.advance(timedelta(days=20).total_seconds())
    renewed = app.renew(first.there, datetime.now(UTC) + timedelta(days=20)).there[0]
    assert renewed.id == first.there[0].id
    assert renewed.expires_at is not None
    assert renewed.expires_at - ends > timedelta(days=19)


def test_an_apps_webhook_is_one_for_all_projects(app: JiraConnector) -> None:
    first = app.register(HOOK, SECRET, ())
    assert len(first.there) == 1
    assert [each.id for each in app.register(HOOK, SECRET, first.there).there] == [first.there[0].id]
    app.unregister(first.there)
    assert [each.id for each in app.register(HOOK, SECRET, first.there).there] != [first.there[0].id]


def test_a_webhook_that_the_site_refuses_within_a_good_answer_is_told(app: JiraConnector) -> None:
    found = [app.register(f"{HOOK}/{number}", SECRET, ()) for number in range(6)]
    refused = [each for each in found if each.untaken]
    assert refused
    assert all(each.there == () and each.untaken[0].reason for each in refused)
