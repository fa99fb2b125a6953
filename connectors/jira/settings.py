"""What an admin fills in for a Jira connection. Which kind of Jira it is, is found out, not asked."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from connectors import SecretRef

__all__ = ["ApiToken", "Basic", "JiraSettings", "OAuth3LO", "PersonalAccessToken", "ScopeSettings"]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

OWN_HEADERS = frozenset({"accept", "accept-language", "authorization", "content-type", "cookie", "host"})

SCOPES = (
    "read:jira-work write:jira-work read:jira-user manage:jira-configuration manage:jira-webhook "
    "read:servicedesk-request offline_access"
)


GATEWAY = "https://api.atlassian.com"

LOGIN = "https://auth.atlassian.com"

CLOUD = re.compile(r"[a-z0-9-]+\.(atlassian\.net|jira\.com)")
"""Hosts of Jira Cloud's sites; they have no path."""

PAGE = re.compile(r"/(rest|browse|secure|login\.jsp|projects/[A-Z][^/]*|servicedesk/customer)(/|$)")
"""How the path goes on below a Data Center's own, on a page or in its API."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiToken(_Strict):
    """A Cloud user's or service account's API token, scoped or not. Tokens end after a year at most."""

    method: Literal["api_token"]
    email: str = Field(min_length=3, pattern="@")
    api_token: SecretRef


class OAuth3LO(_Strict):
    """A Cloud OAuth 2.0 app to which a user of the site has consented; the hub acts as that user.

    redirect_uri: as registered with the app.
    """

    method: Literal["oauth_3lo"]
    client_id: str = Field(min_length=1)
    client_secret: SecretRef
    scope: str = SCOPES
    redirect_uri: str = "http://localhost:8462/callback"

    @field_validator("scope")
    @classmethod
    def _lasting(cls, scope: str) -> str:
        asked = scope.split()
        if "offline_access" not in asked:
            raise ValueError("must hold offline_access too, or the consent would end after an hour")
        if any("," in each for each in asked):
            raise ValueError("must be scopes with spaces between them, without commas")
        return " ".join(asked)

    @field_validator("redirect_uri")
    @classmethod
    def _callback(cls, uri: str) -> str:
        parts = urlsplit(uri)
        local = parts.hostname in LOOPBACK
        if not parts.hostname or parts.scheme not in ({"http", "https"} if local else {"https"}) or parts.fragment:
            raise ValueError("must be what the app has as its callback URL, such as http://localhost:8462/callback")
        return uri


class PersonalAccessToken(_Strict):
    """A Data Center user's token."""

    method: Literal["personal_access_token"]
    token: SecretRef


class Basic(_Strict):
    """A Data Center user's password, for releases that have no tokens yet."""

    method: Literal["basic"]
    username: str = Field(min_length=1)
    password: SecretRef


def _some(value: object) -> object:
    return cast("list[object]", value) if isinstance(value, list) else [value]


Named: TypeAlias = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_some, json_schema_input_type=list[str | int] | str | int),
]


Word: TypeAlias = Literal["team", "service", "requester_site"]


class ScopeSettings(_Strict):
    """Which issues are read: of one of these projects (by key or id), and found by this JQL."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    projects: Named | None = None
    query: str = Field(default="", pattern=r"\S|^$")

    @field_validator("query")
    @classmethod
    def _unordered(cls, query: str) -> str:
        if "order by" in " ".join(query.casefold().split()):
            raise ValueError("must not say ORDER BY: the hub reads in an order of its own")
        return query.strip()


class JiraSettings(_Strict):
    """url: the site's address, `https://acme.atlassian.net`; of a Data Center with its path, if it has one.

    headers: sent with every call, for example what a gateway before it asks for.
    gateway, login: where Atlassian's API gateway and its login are, for sites that have their own.
    scope: the part of the site that is read; all of it where nothing is said.
    fields: which of the site's fields, by title or id, says what Jira has no field of its own for.
    property: the key of an issue property in which the hub leaves what it shows for machines to read; none if empty.
    """

    url: str
    auth: Annotated[ApiToken | OAuth3LO | PersonalAccessToken | Basic, Field(discriminator="method")]
    headers: dict[str, str] = Field(default_factory=dict)
    gateway: str = GATEWAY
    login: str = LOGIN
    scope: ScopeSettings = ScopeSettings()
    fields: dict[Word, str] = Field(default_factory=dict["Word", str])
    property: str = Field(default="", max_length=255, pattern=r"^[A-Za-z0-9._-]*$")

    def scope_fields(self) -> Mapping[str, frozenset[str]]:
        """Return the fields by which a ticket is in scope, with the names and ids it may have there."""
        return {"project": frozenset(self.scope.projects)} if self.scope.projects else {}

    def elsewhere(self) -> Sequence[str]:
        """Return the hosts besides the site's that credentials go to and that are not Atlassian's own."""
        match self.auth:
            case OAuth3LO():
                used = {self.gateway, self.login}
            case ApiToken():
                used = {self.gateway}
            case _:
                used = set[str]()
        hosts = {urlsplit(each).netloc for each in used - {GATEWAY, LOGIN}}
        return sorted(hosts - {urlsplit(self.url).netloc})

    @field_validator("url", "gateway", "login")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://acme.atlassian.net")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("must begin with https://, or the credentials would travel in clear")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must be an address alone, such as https://acme.atlassian.net")
        return f"{parts.scheme}://{parts.netloc}".lower() + parts.path.rstrip("/")

    @field_validator("url")
    @classmethod
    def _site(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.netloc in {urlsplit(GATEWAY).netloc, urlsplit(LOGIN).netloc}:
            raise ValueError(
                "must be the site's own address, such as https://acme.atlassian.net; the hub finds its way through "
                f"{parts.netloc} by itself"
            )
        page = PAGE.search(parts.path)
        root = "" if CLOUD.fullmatch(parts.netloc) else parts.path[: page.start()] if page else parts.path
        if root != parts.path:
            site = url.removesuffix(parts.path) + root
            raise ValueError(f"must be the site's address and not that of a page; write {site}")
        return url

    @field_validator("auth")
    @classmethod
    def _of_its_kind(cls, auth: BaseModel, info: ValidationInfo) -> BaseModel:
        host = urlsplit(str(info.data.get("url", ""))).netloc
        if isinstance(auth, PersonalAccessToken | Basic) and CLOUD.fullmatch(host):
            raise ValueError(
                f"{host} is Jira Cloud, which takes neither personal access tokens nor passwords; "
                "write method: api_token or method: oauth_3lo"
            )
        return auth

    @field_validator("headers")
    @classmethod
    def _extra(cls, headers: dict[str, str]) -> dict[str, str]:
        for name in headers:
            if name.lower() in OWN_HEADERS:
                raise ValueError(f"{name} is set by the hub itself")
        return headers
