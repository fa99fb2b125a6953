"""Views and ticket fields, as an integration that sets an account up meets them."""

import httpx

from connectors.zendesk.emulator import Emulator, Stage

OPEN = {"field": "status", "operator": "less_than", "value": "solved"}


def test_a_view_is_made_changed_and_deleted(http: httpx.Client, emulator: Emulator) -> None:
    field = emulator.field_ids()["due"]
    body = {
        "title": "Breached",
        "all": [OPEN],
        "any": [],
        "output": {"columns": ["status", field], "sort_by": "updated"},
    }
    answer = http.post("views.json", json={"view": body})
    assert answer.status_code == 200
    view = answer.json()["view"]
    assert view["conditions"]["all"] == [OPEN]
    assert view["execution"]["columns"][1]["id"] == field
    assert view["execution"]["columns"][1]["title"] == "SLA due"
    changed = http.put(f"views/{view['id']}", json={"view": {"title": "Missed", "active": False}}).json()["view"]
    assert (changed["title"], changed["active"], changed["conditions"]) == ("Missed", False, view["conditions"])
    assert view["id"] not in {one["id"] for one in http.get("views?active=true&page[size]=100").json()["views"]}
    assert http.get(f"views/{view['id']}").json()["view"] == changed
    assert http.delete(f"views/{view['id']}").status_code == 204
    assert http.get(f"views/{view['id']}").status_code == 404


def test_a_view_needs_a_title_and_a_condition_for_all_tickets(http: httpx.Client) -> None:
    for body in (
        {"all": [OPEN]},
        {"title": "All"},
        {"title": "Any", "any": [OPEN]},
        {"title": "Wide", "all": [OPEN], "output": {"columns": [str(one) for one in range(11)]}},
    ):
        assert http.post("views", json={"view": body}).json()["error"] == "RecordInvalid"


def test_a_view_shows_the_tickets_that_meet_its_conditions(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    field = emulator.field_ids()["state"]
    breached, fine = stage.new_ticket(priority="high"), stage.new_ticket(priority="high")
    stage.edit(breached, {"custom_fields": [{"id": field, "value": "sla_breached"}]})
    lines = [OPEN, {"field": f"custom_fields_{field}", "operator": "is", "value": "sla_breached"}]
    view = http.post("views", json={"view": {"title": "Breached", "all": lines}}).json()["view"]["id"]
    assert [one["id"] for one in http.get(f"views/{view}/tickets").json()["tickets"]] == [breached]
    assert http.get(f"views/{view}/count").json()["view_count"]["value"] == 1
    lines = [OPEN, {"field": "current_tags", "operator": "not_includes", "value": "sla_breached other"}]
    view = http.post("views", json={"view": {"title": "Fine", "all": lines}}).json()["view"]["id"]
    shown = {one["id"] for one in http.get(f"views/{view}/tickets?page[size]=100&").json()["tickets"]}
    assert fine in shown
    assert breached not in shown


def test_a_field_keeps_how_end_users_see_it(http: httpx.Client) -> None:
    body = {
        "type": "text",
        "title": "SLA due at",
        "visible_in_portal": False,
        "editable_in_portal": False,
        "agent_description": "When the promise ends",
        "title_in_portal": "Due",
    }
    made = http.post("ticket_fields", json={"ticket_field": body}).json()["ticket_field"]
    assert {**made, **body} == made
    changed = http.put(f"ticket_fields/{made['id']}", json={"ticket_field": {"visible_in_portal": True}}).json()
    assert changed["ticket_field"]["visible_in_portal"] is True
    assert changed["ticket_field"]["agent_description"] == "When the promise ends"
    assert http.delete(f"ticket_fields/{made['id']}").status_code == 204


def test_a_tag_belongs_to_one_field(http: httpx.Client) -> None:
    taken = {"type": "tagger", "title": "State", "custom_field_options": [{"name": "x", "value": "prod_erp"}]}
    twice = {**taken, "custom_field_options": [{"name": "x", "value": "one"}, {"name": "y", "value": "One"}]}
    box = {"type": "checkbox", "title": "Box", "tag": "vip_customer"}
    for body in (taken, twice, box):
        refused = http.post("ticket_fields", json={"ticket_field": body})
        assert refused.status_code == 422
        assert refused.json()["details"]["field_options"][0]["error"] == "DuplicateValue"
    empty = http.post("ticket_fields", json={"ticket_field": {"type": "tagger", "title": "State"}})
    assert empty.json()["details"]["field_options"][0]["error"] == "EmptyValue"


def test_an_option_keeps_its_id_when_the_list_is_replaced(http: httpx.Client) -> None:
    lines = [{"name": "A", "value": "tag_a"}, {"name": "B", "value": "tag_b"}]
    body = {"type": "tagger", "title": "State", "custom_field_options": lines}
    made = http.post("ticket_fields", json={"ticket_field": body}).json()["ticket_field"]
    ids = {one["value"]: one["id"] for one in made["custom_field_options"]}
    lines = [{"name": "C", "value": "tag_c"}, {"name": "B!", "value": "tag_b"}]
    changed = http.put(f"ticket_fields/{made['id']}", json={"ticket_field": {"custom_field_options": lines}}).json()
    after = {one["value"]: (one["name"], one["id"]) for one in changed["ticket_field"]["custom_field_options"]}
    assert after["tag_b"] == ("B!", ids["tag_b"])
    assert after["tag_c"][1] not in ids.values()
