"""Issues, changelogs and comments as Jira shows them, odd ones among them, read as the hub's records."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from connectors import Change, Event, FieldName, Label, Says, Slot, Team, Unreadable
from connectors.jira import mapping
from connectors.jira.events import Reader, comment
from connectors.jira.fields import Layout, layout
from connectors.jira.native_clocks import statements
from connectors.jira.shapes import moment, stamp

Sample: TypeAlias = Callable[[str], Any]
OWN = {Slot.DUE: FieldName("hub sla due"), Slot.STATE: FieldName(id="customfield_10102")}


@pytest.fixture
def site(sample: Sample) -> Layout:
    return layout(sample("field_list"), OWN)


def issue(**fields: Any) -> dict[str, Any]:
    told = "2026-03-02T04:00:00.125-0800"
    return {"id": "100", "key": "SUP-1", "fields": {"created": told, "updated": told, **fields}}


def item(field: str, before: object, after: object, **more: Any) -> dict[str, Any]:
    """An item with ids: `("3", "In Progress")`, or texts alone."""
    pairs = [each if isinstance(each, tuple) else (None, each) for each in (before, after)]
    (old, old_text), (new, new_text) = pairs
    told = {"from": old, "fromString": old_text, "to": new, "toString": new_text}
    return {"field": field, "fieldtype": "jira", **told, **more}


def read(site: Layout, *items: dict[str, Any], fields: Mapping[str, Any] | None = None, **more: Any) -> Event | None:
    raw = {"id": "9", "created": "2026-03-02T04:00:00.125-0800", "items": list(items), **more}
    found = list(Reader("100", site, fields or {}).histories([raw]))
    assert not any(isinstance(each, Unreadable) for each in found), found
    return found[0] if found and isinstance(found[0], Event) else None


def changed(event: Event | None) -> tuple[Change, ...]:
    return event.changes if event is not None else ()


@pytest.mark.parametrize("name", ["issue_full_v2", "issue_full_v3"])
def test_both_versions_of_the_api_show_one_ticket(sample: Sample, site: Layout, name: str) -> None:
    found = mapping.ticket(sample(name), site, "https://acme.example")
    assert (found.id, found.key, found.url) == ("100453", "HELP-225", "https://acme.example/browse/HELP-225")
    assert found.created_at == datetime(2026, 2, 15, 21, 7, 33, 902000, UTC)
    assert found.values["status"] == "3"
    assert found.values["kind"] == "10001"
    assert found.values["form"] == "26"
    assert found.values["requester"] == "qm:c4504430-010c:fa74d9b87c0bbc3170a1"
    assert found.values["field:customfield_10030"] == "10501"
    assert found.own == {"due": "2026-03-05T10:00:00Z", "state": "at risk"}
    assert not {"field:customfield_10101", "field:customfield_10102"} & found.values.keys()


def test_a_data_center_user_is_known_by_the_key(sample: Sample, site: Layout) -> None:
    found = mapping.ticket(sample("dc_issue_full"), site, "https://jira.acme.example")
    assert found.values["assignee"] == "JIRAUSER10021"


def test_texts_are_not_kept(sample: Sample, site: Layout) -> None:
    found = mapping.ticket(sample("issue_full_v2"), site, "https://acme.example")
    assert not any("Printer" in str(value) for value in found.values.values())


def test_an_issue_without_priority_or_people_is_read(site: Layout) -> None:
    found = mapping.ticket(issue(priority=None, assignee=None, reporter=None), site, "")
    assert found.values["priority"] is None
    assert found.values["requester"] is None


@pytest.mark.parametrize("key", [None, ""])
def test_an_issue_without_a_key_is_unreadable(site: Layout, key: object) -> None:
    with pytest.raises(Unreadable, match="without a key"):
        mapping.ticket({**issue(), "key": key}, site, "")


def test_one_organisation_is_a_value_and_several_are_a_list(site: Layout) -> None:
    one, two = {"id": "1", "name": "ACME"}, {"id": 2, "name": "Bolt"}
    assert mapping.ticket(issue(customfield_10002=[one]), site, "").values["organisation"] == "1"
    assert mapping.ticket(issue(customfield_10002=[two, one]), site, "").values["organisation"] == ("1", "2")


@pytest.mark.parametrize(
    "wrong",
    [None, [], {"id": "100"}, {"id": "100", "key": "A-1", "fields": {"created": "yesterday"}}, issue() | {"id": "x"}],
)
def test_what_is_no_issue_is_unreadable(site: Layout, wrong: object) -> None:
    with pytest.raises(Unreadable):
        mapping.ticket(wrong, site, "")


def test_a_status_is_told_by_its_id_whatever_it_was_called(site: Layout) -> None:
    event = read(site, item("status", ("1", "Open (old)"), ("10010", "Waiting"), fieldId="status"))
    assert changed(event) == (Change("status", "1", "10010"),)


@pytest.mark.parametrize("name", ["status", "Status", "STATUS"])
def test_an_item_without_a_field_id_is_known_by_its_name_in_any_case(site: Layout, name: str) -> None:
    assert changed(read(site, item(name, ("1", "Open"), ("3", "In Progress")))) == (Change("status", "1", "3"),)


def test_several_items_of_one_field_are_one_change(site: Layout) -> None:
    event = read(site, item("status", ("1", "A"), ("2", "B")), item("status", ("2", "B"), ("3", "C")))
    assert changed(event) == (Change("status", "1", "3"),)


def test_a_save_that_changes_nothing_in_the_end_is_no_event(site: Layout) -> None:
    assert read(site, item("status", ("1", "A"), ("2", "B")), item("status", ("2", "B"), ("1", "A"))) is None


def test_a_transition_that_resolves_is_one_event(site: Layout) -> None:
    event = read(site, item("resolution", None, ("10000", "Done")), item("status", ("3", "Doing"), ("5", "Resolved")))
    assert changed(event) == (Change("resolution", None, "10000"), Change("status", "3", "5"))


def test_changes_of_the_hubs_own_fields_are_no_events(site: Layout) -> None:
    by_id = item("Hub SLA due", None, ("2026-03-05T02:00:00.000-0800", "05/Mar/26"), fieldId="customfield_10101")
    by_name = item("Hub SLA state", None, ("10510", "At risk"), fieldtype="custom")
    assert read(site, by_id, by_name) is None


def test_a_save_with_the_hubs_fields_among_others_keeps_the_others(site: Layout) -> None:
    mine = item("Hub SLA state", None, ("10510", "At risk"), fieldId="customfield_10102")
    event = read(site, mine, item("priority", ("3", "Medium"), ("1", "Highest")))
    assert changed(event) == (Change("priority", "3", "1"),)


def test_of_two_fields_of_one_name_the_one_that_fits_is_meant(site: Layout) -> None:
    shown = {"customfield_10030": {"id": "10501"}, "customfield_10051": None}
    option = item("Severity", "", ("10501", "Sev 1"), fieldtype="custom")
    assert changed(read(site, option, fields=shown)) == (Change("field:customfield_10030", None, "10501"),)


def test_of_two_fields_of_one_name_none_is_guessed(site: Layout) -> None:
    assert read(site, item("Severity", "", ("10501", "Sev 1"), fieldtype="custom"), fields={}) is None


def test_labels_are_told_as_one_text(site: Layout) -> None:
    assert changed(read(site, item("labels", "b a", "a c b"))) == (Change("tags", ("a", "b"), ("a", "b", "c")),)


def test_a_move_hands_the_issue_on_to_the_team_of_the_other_project(sample: Sample, site: Layout) -> None:
    moved = sample("issue_moved_with_changelog")["changelog"]["histories"]
    found = [each for each in Reader("100285", site, {}).histories(moved) if isinstance(each, Event)]
    moves = {change for event in found for change in event.changes if change.before == "9999"}
    assert moves == {Change("project", "9999", "10000"), Change("team", "9999", "10000")}


def test_the_team_of_an_issue_is_its_project_by_its_name(sample: Sample, site: Layout) -> None:
    shown = sample("issue_moved_with_changelog")
    fields = {**shown["fields"], "created": shown["fields"]["updated"]}
    assert mapping.ticket({**shown, "fields": fields}, site, "https://acme.atlassian.net").values["team"] == "10000"
    called = list(mapping.labels(shown, site))
    assert Label("project", "10000", "HELP") in called
    assert Team("10000", "Help Center") in called


def test_a_history_without_an_author_is_nobodys(site: Layout) -> None:
    event = read(site, item("status", ("1", "A"), ("2", "B")))
    assert event is not None
    assert event.actor is None


def test_an_instant_is_read_from_a_stamp_and_from_numbers() -> None:
    wanted = datetime(2026, 3, 2, 12, 0, 0, 125000, UTC)
    assert moment("2026-03-02T04:00:00.125-0800") == moment("2026-03-02T12:00:00.125Z") == wanted
    assert moment(1772452800125) == wanted
    assert moment("1772452800125") == wanted
    assert moment(1772452800) == wanted.replace(microsecond=0)
    assert stamp(wanted) == "2026-03-02T12:00:00.125+0000"
    assert all(moment(each) is None for each in (None, True, -1, 2**70, "soon", "2026-03-02T04:00:00", 1.5))


def test_bulk_and_single_changelogs_give_the_same_events(sample: Sample, site: Layout) -> None:
    bulk = sample("changelog_bulk_first")["issueChangeLogs"][0]
    numbers = list(Reader(bulk["issueId"], site, {}).histories(bulk["changeHistories"]))
    texts = json.loads(json.dumps(bulk["changeHistories"]))
    for each in texts:
        told = moment(each["created"])
        assert told is not None
        each["created"] = stamp(told)
    assert numbers == list(Reader(bulk["issueId"], site, {}).histories(texts))


@pytest.mark.parametrize(
    ("more", "public"),
    [
        ({"jsdPublic": True}, True),
        ({"jsdPublic": False}, False),
        ({}, True),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, False),
        ({"jsdPublic": True, "visibility": {"type": "role", "value": "Agents"}}, True),
    ],
)
def test_a_comment_is_public_as_the_service_desk_says(more: dict[str, Any], public: bool) -> None:
    raw = {"id": "7", "created": "2026-03-02T12:00:00.000+0000", "author": {"accountId": "a"}, "body": "Hello", **more}
    found = comment("100", raw)
    assert found.comments[0].public is public
    assert "Hello" not in repr(found)


def test_the_cycles_of_an_sla_are_told_in_their_order(sample: Sample) -> None:
    told = statements("100453", sample("issue_full_v2")["fields"]["customfield_10020"])
    assert [(each.cycle, each.says) for each in told] == [
        *((1, says) for says in (Says.STARTED, Says.TARGET, Says.DUE, Says.COMPLETED, Says.ELAPSED)),
        *((2, says) for says in (Says.STARTED, Says.TARGET, Says.DUE)),
    ]
    assert told[1].seconds == 40 * 3600
    assert told[4].seconds == 31102
    assert len({each.id for each in told}) == len(told)


def test_a_paused_clock_has_no_due_time(sample: Sample) -> None:
    paused = sample("jsm_sla_paused")
    slas = paused.get("values", [paused])
    told = [each for sla in slas for each in statements("1", sla)]
    assert any(each.says is Says.STARTED for each in told)


def test_satisfaction_is_a_score_without_its_words(site: Layout) -> None:
    raw = issue(
        customfield_10024={"rating": 4, "comment": {"body": "great"}}, customfield_10025="2026-03-03T00:00:00.000+0000"
    )
    found = mapping.rating(raw, site)
    assert found is not None
    assert (found.score, found.at) == ("4", datetime(2026, 3, 3, tzinfo=UTC))
    assert mapping.rating(issue(customfield_10024=None), site) is None


def test_a_remote_link_that_is_younger_than_the_log_was_not_there_before_it(site: Layout) -> None:
    added = {"field": "RemoteIssueLink", "fieldtype": "jira", "from": None, "to": "7", "toString": "to seven"}
    histories = [{"id": "1", "created": "2026-03-02T04:00:00.125-0800", "items": [added]}]
    urls = {"5": "https://desk.example/5", "7": "https://desk.example/7", "8": "https://desk.example/8"}
    (found,) = Reader("100", site, {}, links=urls).histories(histories)
    assert isinstance(found, Event)
    before = ("https://desk.example/5",)
    assert found.changes == (Change("remote_links", before, (*before, "https://desk.example/7")),)


def test_a_save_whose_lines_were_rewritten_is_another_event(site: Layout) -> None:
    first = read(site, item("status", ("1", "Open"), ("10013", "Escalated"), fieldId="status"))
    again = read(site, item("status", ("1", "Open"), ("10013", "On the way up"), fieldId="status"))
    other = read(site, item("status", ("1", "Open"), ("3", "In Progress"), fieldId="status"))
    assert first is not None
    assert again == first
    assert other is not None
    assert other.id != first.id


def test_remote_links_are_worked_out_backwards_from_the_present(site: Layout) -> None:
    def link(number: str, at: str, **sides: str | None) -> dict[str, Any]:
        one = {"field": "RemoteIssueLink", "fieldtype": "jira", "from": None, "to": None, **sides}
        return {"id": number, "created": f"2026-03-02T12:00:{at}.000+0000", "items": [one]}

    urls = {"71": "https://a.example/1", "72": "https://b.example/2"}
    histories = [link("1", "01", to="71"), link("2", "02", to="72")]
    found = [each for each in Reader("100", site, {}, links=urls).histories(histories) if isinstance(each, Event)]
    assert [each.changes for each in found] == [
        (Change("remote_links", None, ("https://a.example/1",)),),
        (Change("remote_links", ("https://a.example/1",), ("https://a.example/1", "https://b.example/2")),),
    ]


def test_a_field_may_stand_for_a_word_that_jira_has_none_for(sample: Sample) -> None:
    words = {"team": "Customer tier", "service": "customfield_10030"}
    found = layout(sample("field_list"), {}, words=words)
    raw = issue(customfield_10031={"id": "10506", "value": "Gold"}, customfield_10030=None)
    values = mapping.ticket(raw, found, "").values
    assert (values["team"], values["service"]) == ("10506", None)
    moved = item("Customer tier", ("10505", "Silver"), ("10506", "Gold"), fieldId="customfield_10031")
    assert set(changed(read(found, moved))) == {
        Change("field:customfield_10031", "10505", "10506"),
        Change("team", "10505", "10506"),
    }
    assert Team("10506", "Gold") in list(mapping.option_labels(raw, found))


def test_a_word_whose_field_is_not_there_is_a_problem(sample: Sample) -> None:
    assert layout(sample("field_list"), {}, words={"team": "Squad"}).problems[0].startswith("fields.team: ")


def test_participants_are_told_as_one_text(site: Layout) -> None:
    shown = issue(customfield_10026=[{"accountId": "qm:b:1"}, {"accountId": "5a"}])
    assert mapping.ticket(shown, site, "").values["participants"] == ("5a", "qm:b:1")
    event = read(site, item("Request participants", ("[5a]", "Ann"), ("[qm:b:1, 5a]", "Ann, Bob"), fieldtype="custom"))
    assert changed(event) == (Change("participants", ("5a",), ("5a", "qm:b:1")),)
