"""The connector made of lists keeps the contract itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from connectors import Connector, FieldUpdate, Now, RetryLater
from connectors.testing import ConnectorSuite, ListConnector, ListPage
from connectors.testing.writing import Writable
from tests.connectors.testing.conftest import SPOILT, desk_pages, event, now


class TestLists(ConnectorSuite):
    @pytest.fixture
    def now(self) -> Now:
        return now

    @pytest.fixture
    def connector(self, desk: ListConnector) -> Connector:
        return desk

    @pytest.fixture
    def calls(self, desk: ListConnector) -> Callable[[], int]:
        return desk.asked.total

    @pytest.fixture
    def unreadable(self) -> Connector:
        pages = desk_pages()
        first, *others = pages["ticket_events"]
        spoilt = ListPage((event(1, "1", 1),), first.settled_until, set_aside=(SPOILT,))
        return ListConnector({**pages, "ticket_events": [spoilt, *others]}, now=now)

    @pytest.fixture
    def failing(self, desk: ListConnector) -> Connector:
        for what in ("probe", "fetch", "census", *(stream.name for stream in desk.streams())):
            desk.break_at(what, RetryLater("the desk is closed"))
        return desk

    @pytest.fixture
    def writable(self, desk: ListConnector) -> Writable:
        return desk

    @pytest.fixture
    def updates(self, updates: Sequence[FieldUpdate]) -> Sequence[FieldUpdate]:
        return updates


class TestListsWithJobs(TestLists):
    @pytest.fixture
    def writable(self) -> Writable:
        return ListConnector(desk_pages(), now=now, jobs=True, polls=3)


class TestListsThatAreWhole(TestLists):
    """A catalogue is given whole each time."""

    @pytest.fixture
    def desk(self) -> ListConnector:
        plain = ListConnector(now=now).streams()
        made = ListConnector(
            desk_pages(), now=now, streams=[replace(each, whole=each.name == "people") for each in plain]
        )
        made.parts = "brand"
        return made
