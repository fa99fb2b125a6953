"""What a client trusts, and what it never does."""

from pathlib import Path

import httpx
import pytest

from connectors import Http, Limits, RetryLater, SettingsError, SourceRefused, open_client
from tests.connectors.transport.conftest import Desk, Host


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_desk: Desk, limits: Limits, host: Host) -> None:
    with open_client(tls_desk.url) as client, pytest.raises(SourceRefused, match="certificate is not trusted"):
        Http(client, limits, stop=host, now=host.now).call("GET", "/tickets")
    assert (tls_desk.seen, host.waits) == ([], [])


def test_an_authority_that_was_named_is_trusted(
    tls_desk: Desk, limits: Limits, host: Host, pem: tuple[Path, Path]
) -> None:
    with open_client(tls_desk.url, ca=pem[0]) as client:
        assert Http(client, limits, stop=host, now=host.now).call("GET", "/tickets").status == 200


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://acme.example.com", "http to acme.example.com would show credentials"),
        ("https://ada:hunter22@acme.example.com", "must not hold a user or password"),
        ("ftp://acme.example.com", "expected `https://host`"),
        ("acme.example.com", "expected `https://host`"),
        ("https://", "expected `https://host`"),
        ("https://acme:port", "not a URL"),
        ("http://127.0.0.1.evil.example", "would show credentials"),
    ],
)
def test_an_unsafe_url_is_refused(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        open_client(url)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1", "https://a.example"])
def test_http_is_fine_on_the_loopback_only(url: str) -> None:
    open_client(url).close()


def test_the_loopback_is_never_reached_through_a_proxy(
    desk: Desk, limits: Limits, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with open_client(desk.url) as client:
        Http(client, limits, stop=host, now=host.now).call("GET", "/tickets")
    assert len(desk.seen) == 1


@pytest.mark.parametrize(("proxy", "used"), [(None, True), ("", False)])
def test_the_environments_proxy_is_used_unless_it_is_switched_off(
    desk: Desk, limits: Limits, host: Host, monkeypatch: pytest.MonkeyPatch, proxy: str | None, used: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", desk.url)
    desk.will(desk.answer(502, b"no way"))
    monkeypatch.delenv("NO_PROXY", raising=False)
    with open_client("https://desk.invalid", proxy=proxy, timeout=5) as client, pytest.raises(RetryLater):
        Http(client, limits, stop=host, now=host.now, attempts=1).call("GET", "/x")
    assert [each.method for each in desk.seen] == (["CONNECT"] if used else [])


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_ca_file_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    ca = tmp_path / "ca.pem"
    if content is not None:
        ca.write_bytes(content)
    with pytest.raises(SettingsError, match=r"ca: .*ca.pem is not a readable PEM file"):
        open_client("https://acme.example.com", ca=ca)


def test_a_proxy_that_is_none_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="proxy: not a usable proxy URL") as caught:
        open_client("https://acme.example.com", proxy="hunter22@proxy")
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("X-Org", "Müller"), ("X-Org", "hunter22\nx"), ("X Org", "a"), ("", "a"), ("X-Örg", "a")]
)
def test_a_header_that_cannot_be_sent_is_named_and_its_value_is_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match="headers: ") as caught:
        open_client("https://acme.example.com", headers={name: value})
    assert repr(name) in str(caught.value)
    assert value == "a" or value not in str(caught.value)


def test_cookies_are_not_kept(http: Http, desk: Desk) -> None:
    desk.will(desk.answer(200, set_cookie="session=abc; Path=/"))
    http.call("GET", "/a")
    http.call("GET", "/b")
    assert "cookie" not in desk.seen[1].headers


def test_cookies_that_are_kept_are_left_after_a_call_that_got_no_answer(desk: Desk) -> None:
    desk.will(desk.answer(200, set_cookie="session=abc; Path=/"), desk.answer(200), desk.reset)
    with open_client(desk.url, sessions=True) as client:
        assert [client.get(path).status_code for path in ("/a", "/b")] == [200, 200]
        with pytest.raises(httpx.TransportError):
            client.get("/c")
        client.get("/d")
    assert [each.headers.get("cookie") for each in desk.seen] == [None, "session=abc", "session=abc", None]
