"""What an admin may write for a Zendesk connection."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors import SettingsError
from connectors.zendesk.settings import ApiToken, OAuthClient, ZendeskSettings

TOKEN = {"method": "api_token", "email": "hub@lumen.example", "api_token": "${SLAHUB_TOKEN}"}


def read(**more: Any) -> ZendeskSettings:
    return ZendeskSettings.model_validate({"url": "https://lumen.zendesk.com", "auth": TOKEN} | more)


def test_both_ways_to_sign_calls_are_read() -> None:
    oauth = {"method": "oauth_client", "client_id": "hub", "client_secret": "file:zendesk"}
    assert isinstance(read().auth, ApiToken)
    chosen = read(auth=oauth).auth
    assert isinstance(chosen, OAuthClient)
    assert (chosen.client_secret.text, chosen.scope) == ("file:zendesk", "read tickets:write")


@pytest.mark.parametrize("url", ["https://Lumen.Zendesk.com/", "https://lumen.zendesk.com"])
def test_an_address_has_one_form(url: str) -> None:
    assert read(url=url).url == "https://lumen.zendesk.com"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert read(url=url).url == url


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://lumen.zendesk.com"}, "must begin with https://"),
        ({"url": "http://127.0.0.1.evil.example"}, "must begin with https://"),
        ({"url": "lumen.zendesk.com"}, "must be an address"),
        ({"url": "https://lumen.zendesk.com/api/v2"}, "the account's address alone"),
        ({"url": "https://a:b@lumen.zendesk.com"}, "the account's address alone"),
        ({"headers": {"Authorization": "Basic x"}}, "set by the hub itself"),
        ({"colour": "blue"}, "Extra inputs"),
        ({"auth": {"method": "password"}}, "api_token"),
        ({"auth": TOKEN | {"email": "hub"}}, "email"),
    ],
)
def test_what_cannot_work_is_refused(changed: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read(**changed)


def test_a_secret_in_clear_is_refused_and_not_repeated() -> None:
    with pytest.raises((ValidationError, SettingsError)) as caught:
        read(auth=TOKEN | {"api_token": "s3cr3t-in-clear"})
    assert "s3cr3t-in-clear" not in "".join(str(error.get("msg")) for error in caught.value.errors())
