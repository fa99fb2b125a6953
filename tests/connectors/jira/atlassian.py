"""A site, its gateway and its login in small: who is let in where, consents, and refresh tokens that are good once."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from connectors import Consent, SecretRef
from connectors.jira.oauth import ThreeLegged
from connectors.jira.settings import SCOPES, JiraSettings, OAuth3LO
from core.ports import Vault

CLOUD = "e5b7c0de-0000-4000-8000-00000000e0e0"

SECRET = "app-s3cr3t"

LEEWAY = 600.0

FAILED = {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}

DENIED = {"x-seraph-loginreason": "AUTHENTICATION_DENIED"}


@dataclass
class Atlassian:
    """Answers by host. at_site, at_gateway: the headers that are let in there.

    seen: each call as `host path`. cloud: None for a Data Center. used: when a refresh token was used first.
    """

    site: str = "https://lumen.atlassian.net"
    gateway: str = "https://api.atlassian.com"
    login: str = "https://auth.atlassian.com"
    cloud: str | None = CLOUD
    at_site: set[str] = field(default_factory=set[str])
    at_gateway: set[str] = field(default_factory=set[str])
    time: float = 1_800_000_000.0
    scope: str = SCOPES
    sites: list[str] = field(default_factory=list[str])
    code: str = "code-1"
    valid: set[str] = field(default_factory=set[str])
    used: dict[str, float] = field(default_factory=dict[str, float])
    refreshes: list[str] = field(default_factory=list[str])
    answers: dict[str, list[httpx.Response]] = field(default_factory=dict[str, list[httpx.Response]])
    seen: list[str] = field(default_factory=list[str])
    headers: list[httpx.Headers] = field(default_factory=list[httpx.Headers])
    bodies: list[bytes] = field(default_factory=list[bytes])
    on_call: Callable[[str], None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            origin = f"{request.url.scheme}://{request.url.netloc.decode()}"
            path = request.url.raw_path.decode()
            self.seen.append(f"{ {self.site: 'site', self.gateway: 'gateway', self.login: 'login'}[origin] } {path}")
            self.headers.append(request.headers)
            self.bodies.append(request.content)
            assert request.headers["host"] == request.url.netloc.decode()
            if self.answers.get(path):
                return self.answers[path].pop(0)
            if path == "/oauth/token":
                return self._token(json.loads(request.content))
            return self._at(origin, path, request.headers.get("authorization", ""))

    def _at(self, origin: str, path: str, signature: str) -> httpx.Response:
        if path == "/_edge/tenant_info":
            assert signature == "", "no credential belongs there"
            return httpx.Response(200, json={"cloudId": self.cloud}) if self.cloud else httpx.Response(404)
        if path == "/oauth/token/accessible-resources":
            sites = self.sites or [self.site]
            return httpx.Response(200, json=[{"id": CLOUD, "url": each, "name": "x", "scopes": []} for each in sites])
        self.on_call(signature)
        good = self.at_site if origin == self.site else self.at_gateway
        if signature not in good:
            return httpx.Response(401, json={"code": 401, "message": "Unauthorized"})
        return httpx.Response(200, json={"displayName": "Robin Keller", "at": path})

    def _token(self, asked: dict[str, str]) -> httpx.Response:
        if asked["client_secret"] != SECRET:
            return httpx.Response(401, json={"error": "access_denied", "error_description": "Unauthorized"})
        if asked["grant_type"] == "authorization_code":
            if asked["code"] != self.code:
                return invalid_grant(403)
            self.code = ""
            return self._issued()
        spent = asked["refresh_token"]
        self.refreshes.append(spent)
        if spent not in self.valid or self.time - self.used.setdefault(spent, self.time) > LEEWAY:
            self.valid.clear()
            self.at_gateway.clear()
            return invalid_grant(403)
        return self._issued()

    def _issued(self) -> httpx.Response:
        number = len(self.valid) + 1
        self.valid.add(f"refresh-{number}")
        self.at_gateway.add(f"Bearer access-{number}")
        body = {"access_token": f"access-{number}", "expires_in": 3600, "scope": self.scope}
        more = {"refresh_token": f"refresh-{number}"} if "offline_access" in self.scope else {}
        return httpx.Response(200, json={**body, **more})

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def plain(self) -> httpx.Client:
        return httpx.Client(base_url=self.site, transport=self.transport())

    def settings(self, auth: dict[str, Any], **more: Any) -> JiraSettings:
        mine = {"url": self.site, "gateway": self.gateway, "login": self.login, **more}
        return JiraSettings.model_validate({**mine, "auth": auth})

    def app(self, vault: Vault, secret: str = SECRET, **more: str) -> ThreeLegged:
        """Return what signs the calls of an OAuth app, by this login's clock."""
        auth = {"method": "oauth_3lo", "client_id": "hub", "client_secret": "${SLAHUB_S}", **more}
        settings = self.settings(auth)
        assert isinstance(settings.auth, OAuth3LO)
        assert settings.auth.client_secret == SecretRef("${SLAHUB_S}")
        return ThreeLegged(settings, settings.auth, lambda: secret, vault, self.plain(), now=lambda: self.time)

    def consented(self, vault: Vault) -> Consent:
        return self.app(vault).agreed("code-1")

    def client(self, auth: httpx.Auth) -> httpx.Client:
        return httpx.Client(base_url=self.site, auth=auth, transport=self.transport())

    def browse(self, consent_url: str, decision: str = "grant") -> str:
        """Return where the login sends the browser of somebody who decides."""
        parts = urlsplit(consent_url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.login}/authorize"
        back = {"code": self.code} if decision == "grant" else {"error": "access_denied"}
        return f"{asked['redirect_uri']}?{urlencode({**back, 'state': asked['state']})}"


def invalid_grant(status: int) -> httpx.Response:
    said = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
    return httpx.Response(status, json=said)


@contextmanager
def on_sockets() -> Generator[Atlassian]:
    """Serve one on the loopback, each of its hosts at a port of its own."""
    made = Atlassian()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            asked = httpx.Request(
                self.command,
                f"http://{self.headers['host']}{self.path}",
                headers=list(self.headers.items()),
                content=self.rfile.read(length),
            )
            answer = made(asked)
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *said: object, **more: object) -> None:
            """Say nothing."""

    with ExitStack() as stack:
        addresses: list[str] = []
        for _ in range(3):
            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.shutdown)
            addresses.append(f"http://127.0.0.1:{server.server_port}")
        made.site, made.gateway, made.login = addresses
        yield made
