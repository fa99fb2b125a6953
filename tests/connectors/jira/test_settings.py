"""What an admin may write for a Jira connection, and what each mistake is answered with."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.jira.settings import SCOPES, JiraSettings, OAuth3LO
from core.errors import SettingsError
from core.ports import Elsewhere, Scoped
from core.settings import Offer, configuration
from core.tickets import SourceMapping
from slahub.bootstrap import host_now

URL = "https://acme.atlassian.net"

TOKEN: Mapping[str, Any] = {"method": "api_token", "email": "hub@acme.example", "api_token": "${SLAHUB_T}"}

APP: Mapping[str, Any] = {"method": "oauth_3lo", "client_id": "hub", "client_secret": "${SLAHUB_S}"}

ACCESS: Mapping[str, Any] = {"method": "personal_access_token", "token": "${SLAHUB_T}"}

PASSWORD: Mapping[str, Any] = {"method": "basic", "username": "hub", "password": "${SLAHUB_T}"}


def read(auth: Mapping[str, Any] = TOKEN, url: str = URL, **more: Any) -> JiraSettings:
    return JiraSettings.model_validate({"url": url, "auth": auth, **more})


def mistakes(auth: Mapping[str, Any] = TOKEN, url: str = URL, **more: Any) -> dict[str, str]:
    """Return what the folder's reader says, by key."""
    content: dict[str, Any] = {
        "connections": {"jira": {"connector": "jira", "url": url, "auth": dict(auth), **more}},
        "policies": [{"name": "a", "calendar": "always", "metrics": {"resolution": {"targets": {"other": "1h"}}}}],
    }
    offers = {"jira": Offer(JiraSettings, SourceMapping())}
    with pytest.raises(SettingsError) as caught:
        configuration(content, offers, revision=1, applied_at=host_now())
    return {each.key.removeprefix("connections.jira."): str(each) for each in caught.value.problems}


def test_each_way_to_sign_calls_is_read() -> None:
    every = [read(each, "https://jira.acme.example").auth.method for each in (TOKEN, APP, ACCESS, PASSWORD)]
    assert every == ["api_token", "oauth_3lo", "personal_access_token", "basic"]


def test_an_app_asks_for_all_that_the_hub_does_and_comes_back_to_this_machine() -> None:
    auth = read(APP).auth
    assert isinstance(auth, OAuth3LO)
    assert (auth.scope, auth.redirect_uri) == (SCOPES, "http://localhost:8462/callback")


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://Acme.Atlassian.net/", "https://acme.atlassian.net"),
        ("https://jira.acme.example/Jira/", "https://jira.acme.example/Jira"),
        ("https://help.acme.example/servicedesk", "https://help.acme.example/servicedesk"),
        ("https://jira.acme.example:8443/it/restore", "https://jira.acme.example:8443/it/restore"),
        ("http://127.0.0.1:8080/jira", "http://127.0.0.1:8080/jira"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_has_one_form_and_a_data_center_keeps_its_path(url: str, form: str) -> None:
    assert read(url=url).url == form


@pytest.mark.parametrize(
    ("changed", "key", "said"),
    [
        ({"url": "http://acme.atlassian.net"}, "url", "must begin with https://"),
        ({"url": "acme.atlassian.net"}, "url", "must be an address such as https://acme.atlassian.net"),
        ({"url": "https://a:b@acme.atlassian.net"}, "url", "must be an address alone"),
        ({"url": "https://api.atlassian.com/ex/jira/e5b7"}, "url", "finds its way through api.atlassian.com by itself"),
        ({"url": "https://auth.atlassian.com"}, "url", "must be the site's own address"),
        (
            {"url": f"{URL}/jira/servicedesk/projects/SUP"},
            "url",
            "not that of a page; write https://acme.atlassian.net",
        ),
        ({"url": f"{URL}/browse/SUP-7"}, "url", "not that of a page; write https://acme.atlassian.net"),
        (
            {"url": "https://jira.acme.example/jira/rest/api/2/"},
            "url",
            "not that of a page; write https://jira.acme.example/jira",
        ),
        ({"url": "https://jira.acme.example/browse/SUP-7"}, "url", "write https://jira.acme.example"),
        ({"url": "https://jira.acme.example/login.jsp"}, "url", "write https://jira.acme.example"),
        ({"auth": ACCESS}, "auth", "acme.atlassian.net is Jira Cloud.*write method: api_token or method: oauth_3lo"),
        ({"auth": PASSWORD}, "auth", "acme.atlassian.net is Jira Cloud, which takes neither"),
        ({"auth": {**APP, "scope": "read:jira-work"}}, "auth.scope", "must hold offline_access too"),
        (
            {"auth": {**APP, "scope": "read:jira-work, offline_access"}},
            "auth.scope",
            "spaces between them, without commas",
        ),
        ({"auth": {**APP, "redirect_uri": "http://hub.acme.example/x"}}, "auth.redirect_uri", "callback URL"),
        ({"auth": {**APP, "redirect_uri": "localhost:8462"}}, "auth.redirect_uri", "callback URL"),
        ({"auth": {**TOKEN, "email": "hub"}}, "auth.email", "@"),
        ({"auth": {"method": "token"}}, "auth.method", "personal_access_token"),
        ({"gateway": "http://api.acme.example"}, "gateway", "must begin with https://"),
        ({"login": "auth.acme.example"}, "login", "must be an address"),
        ({"headers": {"Authorization": "Basic x"}}, "headers", "set by the hub itself"),
        ({"scope": {"query": "status = Open ORDER BY key"}}, "scope.query", "must not say ORDER BY"),
        ({"colour": "blue"}, "colour", ""),
    ],
)
def test_a_mistake_is_told_at_its_key_with_what_to_write(changed: dict[str, Any], key: str, said: str) -> None:
    ((where, text),) = mistakes(**changed).items()
    assert where == key
    assert re.search(said, text)


def test_a_mistake_in_the_url_is_no_second_one_in_auth() -> None:
    assert mistakes(ACCESS, "https://acme.atlassian.net/browse/SUP-7").keys() == {"url"}


def test_a_secret_in_clear_is_refused_and_not_repeated() -> None:
    told = mistakes({**TOKEN, "api_token": "s3cr3t-in-clear"})
    assert "s3cr3t-in-clear" not in repr(told)


def test_a_host_that_the_admin_chooses_for_the_credentials_is_told() -> None:
    more = {"gateway": "https://gw.acme.example/x", "login": "https://id.acme.example"}
    assert isinstance(read(), Elsewhere)
    assert isinstance(read(), Scoped)
    assert list(read().elsewhere()) == []
    assert list(read(APP).elsewhere()) == []
    assert list(read(APP, **more).elsewhere()) == ["gw.acme.example", "id.acme.example"]
    assert list(read(TOKEN, **more).elsewhere()) == ["gw.acme.example"]
    assert list(read(ACCESS, "https://jira.acme.example", **more).elsewhere()) == []
    assert list(
        read(APP, "http://127.0.0.1:8", gateway="http://127.0.0.1:8", login="http://127.0.0.1:9").elsewhere()
    ) == ["127.0.0.1:9"]
