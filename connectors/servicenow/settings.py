"""What an admin fills in for a ServiceNow connection."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from connectors import SecretRef

__all__ = ["ApiKey", "Basic", "OAuthClient", "ScopeSettings", "ServiceNowSettings", "TableSettings"]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

OWN_HEADERS = frozenset({"accept", "authorization", "content-type", "cookie", "host", "x-sn-apikey"})

NAME = r"^[a-z][a-z0-9_]{0,79}$"

PATH = r"^[a-z][a-z0-9_]{0,79}(\.[a-z][a-z0-9_]{0,79}){0,3}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OAuthClient(_Strict):
    """An OAuth application of the instance; it acts as the user that the application names.

    username, password: of a user on whose behalf tokens are obtained, where the instance gives an application none.
    """

    method: Literal["oauth_client"]
    client_id: str = Field(min_length=1)
    client_secret: SecretRef
    username: str = ""
    password: SecretRef | None = None


class Basic(_Strict):
    """The password of a user for web services alone: ServiceNow closes this way to people."""

    method: Literal["basic"]
    username: str = Field(min_length=1)
    password: SecretRef


class ApiKey(_Strict):
    """A key that the instance's API access policies let in."""

    method: Literal["api_key"]
    api_key: SecretRef


class TableSettings(_Strict):
    """query: which rows are read, as an encoded query of ServiceNow's; all of them if empty."""

    query: str = ""


def _tables(value: object) -> object:
    if isinstance(value, str):
        return {value: TableSettings()}
    if isinstance(value, list):
        return {str(each): TableSettings() for each in cast("list[object]", value)}
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return {name: {"query": each} if isinstance(each, str) else each or TableSettings() for name, each in pairs}
    return value


Tables: TypeAlias = Annotated[
    dict[Annotated[str, Field(pattern=NAME)], TableSettings],
    Field(min_length=1),
    BeforeValidator(_tables, json_schema_input_type=dict[str, TableSettings | str | None] | list[str] | str),
]


class ScopeSettings(_Strict):
    """tables: extensions of `task`, each with the encoded query that says which of its rows are read."""

    tables: Tables = {"incident": TableSettings()}


class ServiceNowSettings(_Strict):
    """url: the instance's address, `https://acme.service-now.com`.

    headers: sent with every call, for example what a gateway before the instance asks for.
    read_only: nothing is ever written there, whatever `write_back` and `mode` say.
    columns: more columns of tickets that are followed, so that policies may ask for them, also those of what a ticket
        refers to: `caller_id.time_zone`.
    """

    url: str
    auth: Annotated[OAuthClient | Basic | ApiKey, Field(discriminator="method")]
    headers: dict[str, str] = Field(default_factory=dict)
    scope: ScopeSettings = ScopeSettings()
    read_only: bool = False
    columns: tuple[Annotated[str, Field(pattern=PATH)], ...] = ()

    def scope_fields(self) -> Mapping[str, frozenset[str]]:
        """Return the fields by which a ticket is in scope, with the values that it may have there."""
        return {"table": frozenset(self.scope.tables)}

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://acme.service-now.com")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https://, or the credentials would travel in clear")
        if parts.username or parts.password or parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("must be the instance's address alone, such as https://acme.service-now.com")
        return f"{parts.scheme}://{parts.netloc}".lower()

    @field_validator("headers")
    @classmethod
    def _extra(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if name.lower() in OWN_HEADERS:
                raise ValueError(f"{name} is set by the hub itself")
        return headers
