"""A source on a real socket that answers what a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from connectors import Bucket, Http, Limits, Skew, open_client

START = datetime(2026, 5, 11, 12, tzinfo=UTC)
DATE = "Mon, 11 May 2026 12:00:00 GMT"
TOKEN = "s3cr3t-t0ken-of-the-hub"

Script = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Desk:
    """Answers each request by the next of `scripts`, and by `{}` when there is none left."""

    scripts: deque[Script] = field(default_factory=deque[Script])
    seen: list[Seen] = field(default_factory=list[Seen])
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def will(self, *scripts: Script) -> None:
        self.scripts.extend(scripts)

    def answer(self, status: int, body: object = None, **headers: str) -> Script:
        content = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()

        def script(handler: BaseHTTPRequestHandler) -> None:
            named = {"date": DATE, "content-type": "application/json"}
            named |= {name.replace("_", "-"): value for name, value in headers.items()}
            handler.send_response_only(status)
            for name, value in named.items():
                handler.send_header(name, value)
            handler.send_header("content-length", str(len(content)))
            handler.end_headers()
            handler.wfile.write(content)

        return script

    def html(self, status: int) -> Script:
        page = b"<html><head><style>p{}</style><title>Back soon</title></head><body><p>Maintenance</p></body></html>"
        return self.answer(status, page, content_type="text/html")

    def cut(self, handler: BaseHTTPRequestHandler) -> None:
        """Promise more than is sent."""
        handler.send_response_only(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"tickets": [')
        handler.close_connection = True

    def reset(self, handler: BaseHTTPRequestHandler) -> None:
        """Hang up without a word."""
        handler.close_connection = True

    def silent(self, handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)
        handler.close_connection = True

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Send a byte now and then, each in time, and never end."""
        handler.send_response_only(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        try:
            while not self.released.wait(0.02):
                handler.wfile.write(b" ")
        except OSError:
            handler.close_connection = True


def serve(desk: Desk, server: ThreadingHTTPServer) -> Iterator[Desk]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield desk
    desk.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


class QuietServer(ThreadingHTTPServer):
    """Handshakes and hang-ups that fail are what the tests are about, not news."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def handler_of(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self._any
            raise AttributeError(name)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            desk.seen.append(Seen(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            (desk.scripts.popleft() if desk.scripts else desk.answer(200))(self)

    return Handler


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    server = QuietServer(("127.0.0.1", 0), handler_of(desk))
    desk.url = f"http://127.0.0.1:{server.server_port}"
    yield from serve(desk, server)


class Host:
    """The host's clock and its stop: waiting takes no time, and is remembered."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.waits = list[float]()
        self.stopping = False

    def reached(self) -> bool:
        return self.stopping

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.passed += seconds
        return self.stopping

    def monotonic(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def client(desk: Desk) -> Iterator[httpx.Client]:
    with open_client(desk.url, headers={"authorization": f"Bearer {TOKEN}"}, timeout=5) as client:
        yield client


@pytest.fixture
def limits(host: Host) -> Limits:
    return Limits([Bucket("account", 400, timedelta(minutes=1))], share=None, now=host.monotonic, chance=lambda: 0.0)


@pytest.fixture
def skew() -> Skew:
    return Skew()


@pytest.fixture
def http(client: httpx.Client, limits: Limits, host: Host, skew: Skew) -> Http:
    return Http(client, limits, stop=host, now=host.now, skew=skew)


@pytest.fixture
def pem(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "desk")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = tmp_path / "desk.pem", tmp_path / "desk.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


@pytest.fixture
def tls_desk(pem: tuple[Path, Path]) -> Iterator[Desk]:
    import ssl

    desk = Desk()
    server = QuietServer(("127.0.0.1", 0), handler_of(desk))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    desk.url = f"https://127.0.0.1:{server.server_port}"
    yield from serve(desk, server)
