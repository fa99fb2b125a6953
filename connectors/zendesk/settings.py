"""What an admin fills in for a Zendesk connection."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from connectors import SecretRef

__all__ = ["ApiToken", "OAuthClient", "ScopeSettings", "ZendeskSettings"]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

OWN_HEADERS = frozenset({"accept", "authorization", "content-type", "cookie", "host"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OAuthClient(_Strict):
    """A confidential OAuth client of the account; it acts as the user who owns it."""

    method: Literal["oauth_client"]
    client_id: str = Field(min_length=1)
    client_secret: SecretRef
    scope: str = "read tickets:write"


class ApiToken(_Strict):
    """A user's API token. Zendesk retires these tokens in April 2027."""

    method: Literal["api_token"]
    email: str = Field(min_length=3, pattern="@")
    api_token: SecretRef


def _some(value: object) -> object:
    return cast("list[object]", value) if isinstance(value, list) else [value]


Named: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_some, json_schema_input_type=list[str | int] | str | int),
]


class ScopeSettings(_Strict):
    """Which tickets are read: of one of these brands, in one of these groups, and found by this search."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    brands: Named | None = None
    groups: Named | None = None
    query: str = Field(default="", pattern=r"\S|^$")


class ZendeskSettings(_Strict):
    """url: the account's address, `https://acme.zendesk.com`.

    headers: sent with every call, for example what Zendesk asks of a marketplace app.
    read: `lists` where the account does not give the incremental exports.
    scope: the part of the account that is read; all of it where nothing is said.
    """

    url: str
    auth: Annotated[OAuthClient | ApiToken, Field(discriminator="method")]
    headers: dict[str, str] = Field(default_factory=dict)
    read: Literal["exports", "lists"] = "exports"
    scope: ScopeSettings = ScopeSettings()

    def scope_fields(self) -> Mapping[str, frozenset[str]]:
        """Return the fields by which a ticket is in scope, with the names and ids it may have there."""
        parts = {"brand": self.scope.brands, "team": self.scope.groups}
        return {name: frozenset(values) for name, values in parts.items() if values}

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://acme.zendesk.com")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https://, or the credentials would travel in clear")
        if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("must be the account's address alone, such as https://acme.zendesk.com")
        return f"{parts.scheme}://{parts.netloc}".lower()

    @field_validator("headers")
    @classmethod
    def _extra(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if name.lower() in OWN_HEADERS:
                raise ValueError(f"{name} is set by the hub itself")
        return headers
