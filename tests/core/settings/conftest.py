"""A folder with a configuration, and what a connector hands in."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from connectors.jira import JiraConnector
from connectors.servicenow import ServiceNowConnector
from connectors.zendesk import ZendeskConnector
from core.settings import Configuration, Draft, Offer, configuration, read_folder

Write = Callable[..., Path]
Load = Callable[..., Configuration]


@pytest.fixture
def offers() -> Mapping[str, Offer]:
    return {
        kind.name: Offer(kind.settings, kind.mapping) for kind in (JiraConnector, ServiceNowConnector, ZendeskConnector)
    }


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files, given as text or as name=text, into one folder."""

    def written(text: str = "", **files: str) -> Path:
        for name, content in ({"slahub": text} if text else {}).items() | files.items():
            (tmp_path / f"{name}.yaml").write_text(dedent(content), "utf-8")
        return tmp_path

    return written


@pytest.fixture
def draft(write: Write) -> Callable[..., Draft]:
    def read(text: str = "", **files: str) -> Draft:
        return read_folder(write(text, **files))

    return read


@pytest.fixture
def load(draft: Callable[..., Draft], offers: Mapping[str, Offer]) -> Load:
    """Return a function that reads files into a checked configuration, as of May 2026."""

    def loaded(text: str = "", **files: str) -> Configuration:
        found = draft(text, **files)
        now = datetime(2026, 5, 4, tzinfo=UTC)
        return configuration(found.content, offers, revision=1, applied_at=now, positions=found.positions)

    return loaded
