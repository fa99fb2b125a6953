"""What tests can make the connector of lists do."""

from collections.abc import Sequence

import pytest

from connectors import (
    Checkpoint,
    Delivery,
    Fetches,
    FieldUpdate,
    Outcome,
    RetryLater,
    Slot,
    SourceRefused,
    TellsLinks,
    WritesBack,
)
from connectors.testing import ListConnector
from tests.connectors.testing.conftest import desk_pages, event, later, now, ticket


def test_it_offers_every_capability(desk: ListConnector) -> None:
    assert isinstance(desk, Fetches)
    assert isinstance(desk, WritesBack)
    assert isinstance(desk, TellsLinks)
    assert desk.probe().instance == "lists-1"


def test_pages_that_are_added_come_with_the_next_pull(desk: ListConnector) -> None:
    *_, last = desk.pull("ticket_events", desk.start("ticket_events", None))
    assert list(desk.pull("ticket_events", last.checkpoint)) == []
    desk.add("ticket_events", event(9, "1", 9), settled_until=later(9))
    (page,) = desk.pull("ticket_events", last.checkpoint)
    assert (page.records, page.settled_until) == ((event(9, "1", 9),), later(9))


def test_time_may_settle_without_news(desk: ListConnector) -> None:
    desk.settled["ticket_events"] = later(30)
    *_, last = desk.pull("ticket_events", Checkpoint("3"))
    assert (last.records, last.settled_until, last.checkpoint) == ((), later(30), Checkpoint("3"))


@pytest.mark.parametrize(("minutes", "first"), [(0, "0"), (2, "0"), (2.5, "1"), (3.5, "2"), (5, "3")])
def test_a_start_skips_what_is_older(desk: ListConnector, minutes: float, first: str) -> None:
    assert desk.start("ticket_events", later(minutes)) == Checkpoint(first)
    assert desk.start("people", later(minutes)) == Checkpoint("0")


def test_a_fault_comes_once_and_where_it_was_put(desk: ListConnector) -> None:
    desk.break_at("ticket_events", RetryLater("busy"), after=1)
    pages = desk.pull("ticket_events", Checkpoint("0"))
    assert next(pages).checkpoint == Checkpoint("1")
    with pytest.raises(RetryLater):
        next(pages)
    assert len(list(desk.pull("ticket_events", Checkpoint("1")))) == 2


@pytest.mark.parametrize("what", ["probe", "fetch", "write_back", "settle"])
def test_every_method_can_fail(desk: ListConnector, updates: Sequence[FieldUpdate], what: str) -> None:
    steps = {
        "probe": desk.probe,
        "fetch": lambda: desk.fetch(["1"]),
        "write_back": lambda: list(desk.write_back(updates)),
        "settle": lambda: list(desk.settle(["job-1"])),
    }
    desk.break_at(what, SourceRefused("no"))
    with pytest.raises(SourceRefused):
        steps[what]()
    steps[what]()
    assert desk.asked[what] == 2


def test_a_fetch_brings_the_newest_picture_all_events_and_the_people(desk: ListConnector) -> None:
    page = desk.fetch(["1", "77"])
    assert [each for each in page.records if type(each).__name__ == "Ticket"] == [ticket(1, 4, version=2)]
    assert event(1, "1", 1) in page.records
    assert event(4, "1", 4) in page.records
    assert event(2, "2", 2) not in page.records
    assert {each.id for each in page.records if type(each).__name__ == "Person"} == {"ada", "bob"}
    assert [(each.ticket_id, each.stream, each.until) for each in page.complete] == [("1", "ticket_events", now())]


def test_a_fetch_may_know_more_than_the_export(desk: ListConnector) -> None:
    desk.direct.append(event(9, "1", 9))
    assert event(9, "1", 9) in desk.fetch(["1"]).records
    assert all(event(9, "1", 9) not in page.records for page in desk.pull("ticket_events", Checkpoint("0")))


def test_a_withdrawn_event_is_nowhere(desk: ListConnector) -> None:
    desk.withdraw("e1")
    assert event(1, "1", 1) not in desk.fetch(["1"]).records
    assert all(event(1, "1", 1) not in page.records for page in desk.pull("ticket_events", Checkpoint("0")))


def test_writes_are_kept_shown_and_exported_but_make_no_event(
    desk: ListConnector, updates: Sequence[FieldUpdate]
) -> None:
    first, second = desk.write_back(updates)
    assert first == Delivery("1", Outcome.SHOWN, updates[0].fields, version="3")
    assert second.version == "2"
    assert desk.writes == list(updates)
    shown = desk.ticket("1")
    assert shown is not None
    assert (shown.own, shown.updated_at) == ({"due": "2026-05-11T18:00:00Z", "state": "on track"}, now())
    pages = list(desk.pull("tickets", Checkpoint("2")))
    assert [(each.id, each.version) for page in pages for each in page.records if hasattr(each, "version")] == [
        ("1", 3),
        ("2", 2),
    ]
    assert list(desk.pull("ticket_events", Checkpoint("3"))) == []


def test_a_write_that_changes_nothing_leaves_the_ticket_as_it_is(desk: ListConnector) -> None:
    (delivery,) = desk.write_back([FieldUpdate("1", {Slot.DUE: None})])
    assert (delivery.outcome, delivery.version) == (Outcome.SHOWN, "2")


def test_an_unknown_ticket_is_refused(desk: ListConnector) -> None:
    (delivery,) = desk.write_back([FieldUpdate("77", {Slot.DUE: None})])
    assert (delivery.outcome, delivery.reason) == (Outcome.REFUSED, "no such ticket")


def test_a_scripted_answer_is_given_once_in_place_of_the_write(desk: ListConnector) -> None:
    update = FieldUpdate("1", {Slot.STATE: "met"})
    desk.answers["1"] = Delivery("1", Outcome.CONFLICT, reason="changed meanwhile")
    assert [each.outcome for _ in range(2) for each in desk.write_back([update])] == [Outcome.CONFLICT, Outcome.SHOWN]


def test_jobs_take_effect_when_they_are_settled(updates: Sequence[FieldUpdate]) -> None:
    desk = ListConnector(desk_pages(), now=now, jobs=True, polls=2)
    pending = list(desk.write_back(updates))
    assert [(each.outcome, each.job) for each in pending] == [(Outcome.PENDING, "job-1")] * 2
    assert list(desk.settle(["job-1", "job-unknown"])) == []
    unchanged = desk.ticket("2")
    assert unchanged is not None
    assert unchanged.own == {"due": None}
    assert [(each.ticket_id, each.outcome, each.job) for each in desk.settle(["job-1"])] == [
        ("1", Outcome.SHOWN, "job-1"),
        ("2", Outcome.SHOWN, "job-1"),
    ]
    assert list(desk.settle(["job-1"])) == []


def test_a_census_lists_by_part_what_is_shown_and_has_changed_since(desk: ListConnector) -> None:
    def listed(minutes: float | None = None) -> dict[str, list[str]]:
        return {each.value: sorted(each.ids or ()) for each in desk.census(None if minutes is None else later(minutes))}

    assert listed() == {"blue": ["2"], "red": ["1", "3"]}
    assert listed(3) == {"blue": [], "red": ["1", "3"]}
    desk.delete("1")
    assert listed() == {"blue": ["2"], "red": ["3"]}
    desk.restore("1")
    desk.hidden.add("red")
    assert listed() == {"blue": ["2"]}
    assert desk.fetch(["1", "2"]).complete == desk.fetch(["2"]).complete
    desk.hidden.clear()
    desk.lag = now() - later(3)
    assert listed() == {"blue": ["2"], "red": []}
    assert {each.as_of for each in desk.census(None)} == {later(3)}
