"""The section `hub`: what belongs to the process and never enters a revision."""

from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator

from core.errors import SettingsError
from core.settings.draft import Draft
from core.settings.positions import Problems
from core.settings.scalars import Section
from core.settings.secret_places import refuse_others
from core.settings.secrets import SecretRef, looks_like_reference
from core.settings.translation import validated
from core.settings.values import HubSettings
from core.settings.words import Mistake, nearest

__all__ = ["HubSection", "database_url", "hub_settings"]

SQLITE = "sqlite:///"
POSTGRESQL = "postgresql+psycopg"
SCHEMES = {"sqlite": "sqlite", "postgresql": POSTGRESQL, "postgres": POSTGRESQL, POSTGRESQL: POSTGRESQL}


def database_url(url: str) -> str:
    """Return the address of a database as it is opened. Raises: Mistake, which shows nothing of it."""
    if looks_like_reference(url):
        raise Mistake("a reference to a secret is not allowed here", "libpq takes a password from PGPASSFILE")
    expected = f"expected {SQLITE}slahub.db or {POSTGRESQL}://user@host/name"
    try:
        parts = urlsplit(url)
        odd = parts.port == 0
    except ValueError as exc:
        raise Mistake(expected) from exc
    if odd or parts.scheme not in SCHEMES or "://" not in url:
        hint = nearest(parts.scheme, ("sqlite", "postgresql")) if "://" in url else ""
        raise Mistake(expected, hint)
    if parts.password or any(name.endswith("password") for name, _ in parse_qsl(parts.query)):
        raise Mistake(
            "a password must not stand in the database's address", "libpq takes it from PGPASSWORD or from PGPASSFILE"
        )
    if parts.scheme == "sqlite" and (not url.startswith(SQLITE) or not parts.path.strip("/") or ":memory:" in url):
        raise Mistake("expected the name of a file", f"write {SQLITE}slahub.db")
    return SCHEMES[parts.scheme] + url[len(parts.scheme) :]


def _listen(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise Mistake(f"`{address}` is not an address to listen on", "write 127.0.0.1:8321")
    return address


class HubSection(Section):
    """database: a relative file is one in the configuration folder. secrets: likewise."""

    database: Annotated[str, AfterValidator(database_url)] = f"{SQLITE}slahub.db"
    http: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8321"
    secrets: str = "secrets"
    key: SecretRef | None = None


def hub_settings(draft: Draft) -> HubSettings:
    """Return the process's own settings; paths are absolute, relative ones count from the folder.

    Raises: SettingsError with all mistakes in the section.
    """
    problems = Problems({"hub": draft.hub}, draft.positions)
    section = validated(HubSection, dict(draft.hub), ("hub",), problems)
    refuse_others(draft.hub, ("hub",), {("hub", "key")}, problems)
    if section is None or problems.count():
        raise SettingsError(problems.found())
    folder = draft.folder.resolve()
    return HubSettings(
        database=_within(section.database, folder),
        secrets=folder / section.secrets,
        key=section.key,
        http=section.http,
    )


def _within(database: str, folder: Path) -> str:
    if not database.startswith(SQLITE):
        return database
    name, question, query = database.removeprefix(SQLITE).partition("?")
    return f"{SQLITE}{folder / name}{question}{query}"
