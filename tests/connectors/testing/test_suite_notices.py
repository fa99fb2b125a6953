"""Each rule of the suite fails for a connector that breaks it, and says how."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest

from connectors import (
    REMOTE_LINKS,
    Census,
    Change,
    Checkpoint,
    Connector,
    Delivery,
    Event,
    FieldUpdate,
    Outcome,
    Page,
    Priority,
    Probe,
    SourceValue,
    Stream,
    Ticket,
)
from connectors.testing import ConnectorSuite, ListConnector
from tests.connectors.testing.conftest import SPOILT, desk_pages, event, later, now, ticket


class Broken(ListConnector):
    """Lists, spoilt by a subclass."""

    def __init__(self) -> None:
        super().__init__(desk_pages(), now=now)
        self.parts = "brand"


class Forgetful(Broken):
    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        for page in super().pull(stream, since):
            yield replace(page, checkpoint=Checkpoint(str(int(page.checkpoint.cursor) + 1)))


class Eager(Broken):
    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        return iter(list(super().pull(stream, since)))


class Endless(Broken):
    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        while True:
            yield Page((), since)


class Numbered(Broken):
    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        return Checkpoint(cast("str", int(super().start(stream, at).cursor)))


class Late(Broken):
    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        return super().start(stream, None if at is None else later(600))


class Unsettled(Broken):
    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        for number, page in enumerate(super().pull(stream, since)):
            yield replace(page, settled_until=later(-number))


class Wandering(Broken):
    def probe(self) -> Probe:
        return replace(super().probe(), instance=f"lists-{self.asked['probe']}{len(self.writes)}")


class Nameless(Broken):
    def streams(self) -> Sequence[Stream]:
        return [*super().streams(), Stream("tickets")]


class Spoiling(Broken):
    """Changes the records of its pages."""

    spoil: Callable[[Event], Event] = staticmethod(lambda each: each)

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        for page in super().pull(stream, since):
            yield replace(
                page, records=tuple(self.spoil(each) if isinstance(each, Event) else each for each in page.records)
            )


def spoiling(spoil: Callable[[Event], Event]) -> type[Spoiling]:
    return type("Spoiling", (Spoiling,), {"spoil": staticmethod(spoil)})


class Overclaiming(Broken):
    def fetch(self, ids: Sequence[str]) -> Page:
        page = super().fetch(ids)
        return replace(page, records=tuple(each for each in page.records if each != event(4, "1", 4)))


class Underclaiming(Broken):
    def fetch(self, ids: Sequence[str]) -> Page:
        return replace(super().fetch(ids), complete=())


class Chatty(Broken):
    def fetch(self, ids: Sequence[str]) -> Page:
        return super().fetch([*ids, "2"])


class Absent(Broken):
    def fetch(self, ids: Sequence[str]) -> Page:
        page = super().fetch(ids)
        return replace(page, records=tuple(each for each in page.records if not isinstance(each, Ticket)))


class Sparing(Broken):
    """Says that it was not able to ask about a ticket, and brings it."""

    def fetch(self, ids: Sequence[str]) -> Page:
        return replace(super().fetch(ids), left_out=(ids[0],))


class Twofold(Broken):
    """Tells an event by fetch that reads otherwise in the export."""

    def fetch(self, ids: Sequence[str]) -> Page:
        page = super().fetch(ids)
        return replace(
            page, records=tuple(replace(each, order=7) if isinstance(each, Event) else each for each in page.records)
        )


class Miscounting(Broken):
    """Changes what its census says."""

    miscount: Callable[[Census], Census] = staticmethod(lambda each: each)

    def census(self, since: datetime | None) -> Iterator[Census]:
        return (self.miscount(each) for each in super().census(since))


Test = Callable[..., None]
SUITE = ConnectorSuite()


def of_calls(test: Callable[..., None]) -> Test:
    return lambda connector: test(connector, connector.asked.total)


@pytest.mark.parametrize(
    ("broken", "test", "said"),
    [
        (Forgetful, SUITE.test_resuming_from_any_page_loses_nothing, "resumed after page 1, lost"),
        (Endless, SUITE.test_resuming_from_any_page_loses_nothing, "does not end"),
        (Eager, of_calls(SUITE.test_a_pull_asks_nothing_before_its_first_page), "before the first next"),
        (Numbered, SUITE.test_checkpoints_survive_being_stored_as_text, "a cursor is no text"),
        (Late, SUITE.test_starting_at_an_instant_brings_all_that_changed_since, "started at"),
        (Unsettled, SUITE.test_settled_until_never_goes_back_within_a_pull, "settled_until goes back"),
        (Wandering, SUITE.test_the_probe_tells_one_identity_each_time, "two identities"),
        (Nameless, SUITE.test_streams_have_names_of_their_own, "names must differ"),
        (Overclaiming, SUITE.test_fetch_covers_what_it_claims, "claims event e4 of ticket 1, and does not bring it"),
        (Underclaiming, SUITE.test_fetch_covers_what_it_claims, "does not cover ticket_events"),
        (Twofold, SUITE.test_fetch_covers_what_it_claims, "came in two forms"),
        (Sparing, SUITE.test_fetch_covers_what_it_claims, "leaves out"),
        (Absent, SUITE.test_fetch_covers_what_it_claims, "brought tickets"),
        (Broken, SUITE.test_failures_are_branches_of_source_error, "DID NOT RAISE"),
    ],
)
def test_a_broken_promise_is_noticed(broken: type[Broken], test: Test, said: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=said):
        test(broken())


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda each: replace(each, at=each.at.replace(tzinfo=None)), "at of Event .* is not an aware UTC instant"),
        (lambda each: replace(each, id=""), "an empty id"),
        (lambda each: replace(each, latest=later(-5)), "latest of .* is before at"),
        (lambda each: replace(each, changes=(Change("priority", None, Priority.HIGH),)), "the source's own text"),
        (lambda each: replace(each, changes=(Change("tags", ("b", "a"), None),)), "sorted texts"),
        (lambda each: replace(each, changes=(Change("status", 7, None),)), "the source's own text"),
        (lambda each: replace(each, changes=(Change("status", "new", "open", initial=True),)), "initial, but has"),
        (lambda each: replace(each, stream="audits"), "says audits, came in ticket_events"),
    ],
)
def test_a_spoilt_record_is_noticed(spoil: Callable[[Event], Event], said: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=said):
        SUITE.test_records_hold_utc_instants_and_the_sources_own_values(spoiling(spoil)())


@pytest.mark.parametrize("links", ["https://desk/2", ()])
def test_remote_links_in_another_shape_are_noticed(links: SourceValue) -> None:
    linked = Broken()
    linked.add("tickets", replace(ticket(4), values={REMOTE_LINKS: links}))
    with pytest.raises(pytest.fail.Exception, match=r"remote_links of .* expected a tuple"):
        SUITE.test_records_hold_utc_instants_and_the_sources_own_values(linked)
    changed = spoiling(lambda each: replace(each, changes=(Change(REMOTE_LINKS, None, links),)))()
    with pytest.raises(pytest.fail.Exception, match=r"remote_links of .* expected a tuple"):
        SUITE.test_records_hold_utc_instants_and_the_sources_own_values(changed)


def test_remote_links_of_which_the_connector_says_nothing_are_noticed() -> None:
    linked = Broken()
    linked.add("tickets", replace(ticket(4), values={REMOTE_LINKS: ("https://desk/2",)}))
    SUITE.test_remote_links_are_told_of_where_the_connector_says_so(linked)
    linked.links = False
    with pytest.raises(pytest.fail.Exception, match=r"tickets \['4'\] have remote_links"):
        SUITE.test_remote_links_are_told_of_where_the_connector_says_so(linked)


@pytest.mark.parametrize(
    ("miscount", "said"),
    [
        (lambda each: replace(each, ids=each.ids - {"2"}), r"tickets \['2'\] are there, and no part lists them"),
        (lambda each: replace(each, value=f"{each.value}ish"), "no part lists them"),
        (lambda each: replace(each, value="red"), "given twice"),
        (lambda each: replace(each, ids=frozenset(f"#{one}" for one in each.ids), as_of=later(0)), "does not know"),
        (lambda each: replace(each, ids=frozenset({7})), "an id is no text"),
        (lambda each: replace(each, ids=None, as_of=later(0)), "nothing was tested"),
        (lambda each: replace(each, as_of=later(601)), "is in the future"),
        (lambda each: replace(each, as_of=later(0).replace(tzinfo=None)), "not an aware UTC instant"),
        (lambda each: replace(each, part=""), "must not be empty"),
    ],
)
def test_a_census_that_is_not_whole_is_noticed(miscount: Callable[[Census], Census], said: str) -> None:
    broken = type("Miscounting", (Miscounting,), {"miscount": staticmethod(miscount)})
    with pytest.raises(pytest.fail.Exception, match=said):
        SUITE.test_a_census_lists_all_that_is_there(broken(), now)


class Careless(Broken):
    """Lists all there is, whenever that was."""

    def census(self, since: datetime | None) -> Iterator[Census]:
        return super().census(None)


class Hasty(Broken):
    """Lists what is newer than it was asked for."""

    def census(self, since: datetime | None) -> Iterator[Census]:
        return super().census(None if since is None else later(600))


@pytest.mark.parametrize(("broken", "said"), [(Careless, r"lists \['0'\]"), (Hasty, "lacks")])
def test_a_census_of_another_time_is_noticed(broken: type[Broken], said: str) -> None:
    desk = broken()
    desk.add("tickets", ticket(0, -3000))
    with pytest.raises(pytest.fail.Exception, match=said):
        SUITE.test_a_census_since_an_instant_leaves_out_what_was_never_asked_for(desk, now)


def test_an_event_in_two_forms_is_noticed() -> None:
    changing = iter(range(1000))
    with pytest.raises(pytest.fail.Exception, match="came in two forms"):
        SUITE.test_an_event_is_the_same_each_time_it_comes(spoiling(lambda each: replace(each, order=next(changing)))())


def test_an_empty_source_tests_nothing() -> None:
    with pytest.raises(pytest.fail.Exception, match="nothing was tested"):
        SUITE.test_records_hold_utc_instants_and_the_sources_own_values(ListConnector(now=now))


def test_what_is_gone_without_being_set_aside_is_noticed(desk: ListConnector) -> None:
    test = SUITE.test_an_unreadable_record_is_set_aside_and_the_rest_delivered
    with pytest.raises(pytest.fail.Exception, match="nothing was set aside"):
        test(desk, desk)
    pages = desk_pages()
    first, *others = pages["ticket_events"]
    alone = ListConnector(
        {**pages, "ticket_events": [replace(first, records=(), set_aside=(SPOILT,)), *others]}, now=now
    )
    with pytest.raises(pytest.fail.Exception, match=r"others are gone too: .*e1"):
        test(desk, alone)
    unhashed = replace(first, set_aside=(replace(SPOILT, payload_hash="?"),))
    with pytest.raises(pytest.fail.Exception, match="no SHA-256"):
        test(desk, ListConnector({**pages, "ticket_events": [unhashed, *others]}, now=now))


def test_a_class_without_a_name_is_noticed() -> None:
    anonymous = type("Anonymous", (Broken,), {"name": ""})
    with pytest.raises(pytest.fail.Exception, match="has no `name`"):
        SUITE.test_the_class_names_itself_and_its_mapping(anonymous())


def test_an_event_of_a_ticket_that_nobody_asked_for_is_noticed() -> None:
    chatty = Chatty()
    chatty.add("tickets", replace(ticket(2, 9), presence="deleted", version=9))
    with pytest.raises(pytest.fail.Exception, match="which nobody asked for"):
        SUITE.test_fetch_covers_what_it_claims(chatty)


class Echoing(Broken):
    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        self.add("ticket_events", event(99, updates[0].ticket_id, 99))
        return super().write_back(updates)


class Lying(Broken):
    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        for update in updates:
            yield Delivery(update.ticket_id, Outcome.SHOWN, update.fields)


class Swallowing(Broken):
    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        return super().write_back(updates[1:])


class Stuck(Broken):
    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        return (Delivery(update.ticket_id, Outcome.PENDING, job="job") for update in updates)


class Jobless(Broken):
    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        return (Delivery(update.ticket_id, Outcome.PENDING) for update in updates)


@pytest.mark.parametrize(
    ("broken", "test", "said"),
    [
        (Echoing, SUITE.test_own_writes_never_come_back_as_events, "came back as changes"),
        (Lying, SUITE.test_what_was_written_is_shown, "was written as"),
        (Swallowing, SUITE.test_each_update_gets_one_delivery, "delivered"),
        (Jobless, SUITE.test_each_update_gets_one_delivery, "a job belongs to pending"),
        (Stuck, SUITE.test_what_was_written_is_shown, "jobs did not end"),
    ],
)
def test_a_broken_write_is_noticed(broken: type[Broken], test: Test, said: str, updates: Sequence[FieldUpdate]) -> None:
    with pytest.raises(pytest.fail.Exception, match=said):
        test(broken(), updates)


BARE = """
import pytest
from datetime import UTC, datetime
from connectors.testing import ConnectorSuite, ListConnector

class TestBare(ConnectorSuite):
    @pytest.fixture
    def connector(self):
        return ListConnector({}, now=lambda: datetime.now(UTC))

class TestNothing(ConnectorSuite):
    pass
"""


def test_what_is_not_given_is_skipped_and_a_connector_must_be(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    (tmp_path / "test_bare.py").write_text(BARE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-rsE", "test_bare.py"]
    environment = {**os.environ, "PYTHONPATH": str(pytestconfig.rootpath)}
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert "no `calls` fixture" in ended.stdout
    assert "no `writable` fixture" in ended.stdout
    assert "give a `connector` fixture" in ended.stdout
    assert re.search(r"1 failed, 10 passed, \d+ skipped, \d+ errors", ended.stdout), ended.stdout


def test_a_suite_needs_nothing_but_a_connector(desk: ListConnector) -> None:
    connector: Connector = desk
    SUITE.test_fetch_covers_what_it_claims(connector)
