"""Connections to an emulated site, opened as the hub opens them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connectors import Consents, FieldName, Http, Limits, Slot, open_client
from connectors.jira import JiraConnector
from connectors.jira.settings import JiraSettings
from core.flows.stop import StopSignal
from core.store.credentials import MemoryVault
from slahub.bootstrap import host_now


@pytest.fixture
def sample(vendor: Path) -> Callable[[str], Any]:
    """Return what reads one of the vendor's samples; of a question and its answer, the answer."""

    def read(name: str) -> Any:
        found: Any = json.loads((vendor / "samples" / "jira" / f"{name}.json").read_text("utf-8"))
        return found.get("response", found) if isinstance(found, dict) else found

    return read


@pytest.fixture
def opened() -> Iterator[Callable[..., tuple[JiraConnector, httpx.Auth]]]:
    """Return what opens a connection; the credential behind every reference is `value`."""
    with ExitStack() as stack:

        def make(
            url: str, auth: dict[str, Any], value: str, *, fields: Mapping[Slot, FieldName] | None = None, **more: Any
        ) -> tuple[JiraConnector, httpx.Auth]:
            settings = JiraSettings.model_validate({"url": url, "gateway": url, "login": url, "auth": auth, **more})
            plain = stack.enter_context(open_client(url))
            signer = JiraConnector.auth(settings, lambda _: value, MemoryVault(), plain)
            calls = stack.enter_context(open_client(url, auth=signer, headers=JiraConnector.headers(settings)))
            http = Http(calls, Limits(JiraConnector.buckets), stop=StopSignal(), now=host_now)
            return JiraConnector(http, settings, fields or {}), signer

        yield make


@pytest.fixture
def consent() -> Callable[[httpx.Auth], None]:
    """Return what consents as a person does who presses the button."""

    def give(signer: httpx.Auth) -> None:
        assert isinstance(signer, Consents)
        parts = urlsplit(signer.consent_url("xyz"))
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        page = httpx.post(f"{parts.scheme}://{parts.netloc}{parts.path}", data={**asked, "decision": "grant"})
        back = parse_qs(urlsplit(page.headers["location"]).query)
        assert back["state"] == ["xyz"]
        signer.agreed(back["code"][0])

    return give
