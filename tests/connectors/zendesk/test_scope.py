"""A part of an account: of some brands and groups, or what a search finds."""

from datetime import timedelta
from itertools import chain

import httpx
import pytest

from connectors import SCOPE, Event, Page, Presence, SourceError, Ticket

CATALOGUE = ["people", "organisations", "catalogue", "tickets", "ticket_events", "open_tickets"]


def pull(connector, stream: str, cursor: str | None = None) -> list[Page]:
    start = connector.start(stream, None)
    return list(connector.pull(stream, start))


def tickets(pages) -> dict[str, str]:
    records = chain.from_iterable(page.records for page in pages)
    return {each.id: str(each.presence) for each in records if isinstance(each, Ticket)}


def outside(pages) -> set[str]:
    return set().union(*(page.outside for page in pages))


@pytest.fixture
def mixed(busy_desk):
    """Five tickets: the first two of brand Lux, the first and the third in a group."""
    for number in (1, 2):
        busy_desk.tickets[number]["brand_id"] = 32
    for number in (1, 3):
        busy_desk.tickets[number]["group_id"] = 11
    return busy_desk


def test_without_a_scope_pages_say_nothing_of_it_and_no_call_is_made_for_it(mixed) -> None:
    connector = mixed.connector()
    pages = [*pull(connector, "tickets"), *pull(connector, "ticket_events"), connector.fetch(["1"])]
    assert {page.outside for page in pages} == {None}
    assert [each.name for each in connector.streams()][: len(CATALOGUE)] == CATALOGUE
    assert mixed.calls["brands"] + mixed.calls["groups"] + mixed.calls["tickets/show_many"] == 1


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        ({"brands": ["lux"]}, {"1", "2"}),
        ({"brands": 32}, {"1", "2"}),
        ({"brands": ["LUMEN", "Lux"]}, {"1", "2", "3", "4", "5"}),
        ({"groups": ["First line"]}, {"1", "3"}),
        ({"brands": "Lux", "groups": [11, "Old"]}, {"1"}),
    ],
)
def test_pictures_outside_are_marked_and_named(mixed, scope, inside) -> None:
    mixed.scope = scope
    pages = pull(mixed.connector(), "tickets")
    marked = tickets(pages)
    assert {each for each, presence in marked.items() if presence == "present"} == inside
    assert {each for each, presence in marked.items() if presence == "out_of_scope"} == marked.keys() - inside
    assert outside(pages) == marked.keys() - inside


def test_of_events_a_process_knows_where_it_has_seen_the_picture_and_else_asks(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    pages = pull(mixed.connector(), "ticket_events")
    assert outside(pages) == {"3", "4", "5"}
    assert {each.ticket_id for page in pages for each in page.records if isinstance(each, Event)} == set("12345")
    asked = mixed.calls["tickets/show_many"]
    assert 0 < asked <= len(pages)
    connector = mixed.connector()
    pull(connector, "tickets")
    assert outside(pull(connector, "ticket_events")) == {"3", "4", "5"}
    assert mixed.calls["tickets/show_many"] == asked


def test_a_ticket_that_is_shown_no_more_is_not_known_to_be_outside(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    del mixed.tickets[3]
    assert outside(pull(mixed.connector(), "ticket_events")) == {"4", "5"}


def test_a_deleted_ticket_stays_deleted_and_is_named_as_outside(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    mixed.change(4, 502, status="deleted")
    mixed.now += timedelta(minutes=5)
    pages = pull(mixed.connector(), "tickets")
    assert (tickets(pages)["4"], "4" in outside(pages)) == ("trashed", True)


def test_no_call_is_spent_on_the_history_of_open_tickets_outside(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    pull(mixed.connector(), "open_tickets")
    assert {each for each in mixed.calls if each.endswith("/audits")} == {"tickets/1/audits"}


def test_a_direct_look_tells_where_the_ticket_is(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    page = mixed.connector().fetch(["1", "4"])
    assert (tickets([page]), page.outside) == ({"1": "present", "4": "out_of_scope"}, {"4"})


@pytest.mark.parametrize(
    ("scope", "name"), [({"brands": ["Lux", "Lucifer"]}, "Lucifer"), ({"groups": "Second line"}, "Second line")]
)
def test_a_name_that_the_account_does_not_have_stops_the_reading(mixed, scope, name) -> None:
    mixed.scope = scope
    for stream in ("tickets", "ticket_events", "catalogue", "open_tickets"):
        with pytest.raises(SourceError, match=name):
            pull(mixed.connector(), stream)
    assert not [each for each in mixed.connector().probe().problems if name in each]


def test_who_may_not_read_the_names_is_told_to_write_ids(mixed) -> None:
    refused = httpx.Response(403, json={"error": {"title": "Forbidden", "message": "no"}})
    mixed.scope = {"brands": ["Lux"]}
    mixed.answers["brands"] = [refused]
    (problem,) = [each for each in mixed.connector().probe().problems if "scope" in each]
    assert problem == "scope.brands: this user may not read the list of brands; write their ids"
    mixed.scope = {"brands": [32]}
    assert tickets(pull(mixed.connector(), "tickets"))["1"] == "present"
    assert mixed.calls["brands"] == 1


def test_a_name_that_is_gone_later_moves_nobody(mixed) -> None:
    mixed.scope = {"brands": ["Lux"]}
    connector = mixed.connector()
    before = tickets(pull(connector, "tickets"))
    mixed.answers["brands"] = [httpx.Response(200, json={"brands": [{"id": 32, "name": "Lux & Co"}]})]
    with pytest.raises(SourceError, match="Lux"):
        pull(connector, "catalogue")
    assert tickets(pull(connector, "tickets")) == before


def test_a_search_lists_what_is_inside_as_of_what_the_index_can_know(mixed) -> None:
    mixed.scope = {"query": "tags:vpn", "brands": ["Lumen"]}
    mixed.searched = lambda ticket: "vpn" in ticket["tags"]
    mixed.tickets[5]["tags"] = []
    connector = mixed.connector()
    assert connector.streams()[-1].name == SCOPE
    (page,) = pull(connector, SCOPE)
    assert page.inside == {"3", "4"}
    assert (page.total, page.settled_until) == (2, mixed.now - timedelta(minutes=10))
    assert outside(pull(connector, "tickets")) == outside(pull(connector, "ticket_events")) == {"1", "2", "5"}
    marked = tickets(pull(connector, "tickets"))
    assert (marked["5"], marked["1"]) == ("present", "out_of_scope")


def test_who_has_not_listed_yet_asks_first_and_once(mixed) -> None:
    mixed.scope = {"query": "tags:vpn"}
    mixed.searched = lambda ticket: ticket["id"] == 2
    connector = mixed.connector()
    assert outside(pull(connector, "ticket_events")) == {"1", "3", "4", "5"}
    assert outside([connector.fetch(["2", "3"])]) == {"3"}
    assert mixed.calls["search/export"] == 1


def test_a_search_that_fails_stops_the_reading_instead_of_finding_nothing(mixed) -> None:
    mixed.scope = {"query": "stauts:open"}
    for status in (403, 404, 422):
        refused = httpx.Response(status, json={"error": "invalid", "description": "Invalid search"})
        mixed.answers["search/export"] = [refused]
        with pytest.raises(SourceError):
            pull(mixed.connector(), SCOPE)
        mixed.answers["search/export"] = [refused]
        assert any(each.startswith("scope.query: ticket search") for each in mixed.connector().probe().problems)


def test_a_list_whose_cursor_has_expired_is_read_anew(mixed) -> None:
    mixed.scope = {"query": "tags:vpn"}
    mixed.searched = lambda ticket: True
    first = {"results": [{"id": 9}], "meta": {"has_more": True, "after_cursor": "x"}}
    mixed.answers["search/export"] = [
        httpx.Response(200, json=first),
        httpx.Response(400, json={"error": "invalid", "description": "page[after] is not valid"}),
    ]
    (page,) = pull(mixed.connector(), SCOPE)
    assert page.inside == set("12345")


def test_a_scope_is_handed_to_the_rules_as_fields(new_desk) -> None:
    desk = new_desk()
    make = type(desk.connector()).settings.model_validate
    base = {"url": "https://a.zendesk.com", "auth": {"method": "api_token", "email": "a@b", "api_token": "${SLAHUB_X}"}}
    settings = make({**base, "scope": {"brands": ["Acme", 31], "groups": "Support", "query": "tags:vip"}})
    assert settings.scope_fields() == {"brand": {"Acme", "31"}, "team": {"Support"}}
    assert make(base).scope_fields() == {}
    assert Presence.OUT_OF_SCOPE == "out_of_scope"
