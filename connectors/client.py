"""Opens the HTTP client of one source: what is trusted, what is never followed."""

import ipaddress
import re
import ssl
from collections import deque
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from connectors.sessions import Sessions
from core.errors import Problem, SettingsError

__all__ = ["TIMEOUT", "open_client"]

TIMEOUT = 30.0
"""Seconds."""

HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def open_client(
    base_url: str,
    *,
    auth: httpx.Auth | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    ca: Path | None = None,
    timeout: float = TIMEOUT,
    sessions: bool = False,
) -> httpx.Client:
    """Return a client for one source: certificates always verified, redirects and cookies never followed.

    proxy: None leaves it to the environment (`HTTPS_PROXY`, `NO_PROXY`), "" means none. The loopback is
        never reached through a proxy, and is the only place where `http` is allowed.
    ca: a PEM file of authorities that are trusted besides the usual ones.
    timeout: seconds for each silence of the source; connecting takes at most 10.
    sessions: cookies are kept after all, those of each thread for itself.
    Raises: SettingsError for a URL, header, proxy or file that cannot be used; `key` says which.
    """
    local = checked(base_url)
    for name, value in (headers or {}).items():
        if not (HEADER.fullmatch(name) and value.isascii() and value.isprintable()):
            text = f"{name!r} cannot be sent; its name and value must be printable ASCII"
            raise SettingsError(Problem(text, key="headers"))
    try:
        # Plain http needs no authorities, and reading them takes longer than everything else here.
        plain = base_url.startswith("http:")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else httpx.create_ssl_context()
        if ca is not None:
            context.load_verify_locations(ca)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(Problem(f"{ca} is not a readable PEM file of certificates", key="ca")) from error
    kept = Sessions(deque()) if sessions else None
    try:
        return httpx.Client(
            base_url=base_url,
            auth=auth,
            headers={"accept": "application/json", "user-agent": "slahub", **(headers or {})},
            proxy=None if local else proxy or None,
            verify=context,
            timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
            follow_redirects=False,
            trust_env=proxy is None and not local,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            event_hooks={} if kept is None else {"request": [kept.join], "response": [kept.heard]},
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError(Problem("not a usable proxy URL, expected `http://host:port`", key="proxy")) from error


def checked(base_url: str) -> bool:
    """Return whether the URL means this machine. Raises: SettingsError for one that must not be used."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise SettingsError(Problem("not a URL, expected `https://host`", key="url")) from error
    local = url.host == "localhost" or is_loopback(url.host)
    if url.userinfo:
        text = f"must not hold a user or password ({url.host}); they belong under `auth`"
        raise SettingsError(Problem(text, key="url"))
    if not url.host or url.scheme not in {"http", "https"} or not 0 < (url.port or 443) <= 65535:
        raise SettingsError(Problem("expected `https://host`", key="url"))
    if url.scheme == "http" and not local:
        text = f"http to {url.host} would show credentials to the network; write https"
        raise SettingsError(Problem(text, key="url"))
    return local


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
