"""What agents need in an account: looked for, made hidden from end users, found again by its id."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from connectors import FieldName, Http, Limits, Provision, Provisions, ProvisionState, RetryLater, Slot, open_client
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.store.credentials import MemoryVault

DOCUMENT = Path(__file__).parents[4] / "shared" / "vendor" / "openapi" / "zendesk" / "support-oas.yaml"

NAMES = {slot: FieldName(f"SLA {slot.replace('_', ' ')}") for slot in Slot}
VIEWS = {"view:at_risk": "SLA at risk", "view:breached": "Breached"}
PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

API_TOKEN = {"method": "api_token", "email": KNOWN.email, "api_token": "file:token"}
OAUTH = {"method": "oauth_client", "client_id": KNOWN.client_id, "client_secret": "file:secret"}

Opens = Callable[..., ZendeskConnector]


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


@pytest.fixture
def emulator() -> Emulator:
    """An account without any field of the hub's."""
    return Emulator(seed=7, tickets=5, limits=False, sla_fields=False)


@pytest.fixture
def opens(emulator: Emulator) -> Iterator[Opens]:
    clients: list[httpx.Client] = []
    secrets = {"file:token": KNOWN.api_token, "file:secret": KNOWN.client_secret, "file:agent": KNOWN.agent[1]}
    with serve(emulator) as url:

        def make(names: Mapping[Slot, FieldName] = NAMES, auth: Mapping[str, str] = API_TOKEN) -> ZendeskConnector:
            settings = ZendeskConnector.settings.model_validate({"url": url, "auth": dict(auth)})
            plain = open_client(url)
            signed = ZendeskConnector.auth(settings, lambda ref: secrets[ref.text], MemoryVault(), plain)
            clients.extend((plain, open_client(url, auth=signed)))
            limits = Limits(ZendeskConnector.buckets, share=1.0)
            http = Http(clients[-1], limits, stop=Never(), now=lambda: datetime.now(UTC))
            return ZendeskConnector(http, settings, names)

        yield make
    for client in clients:
        client.close()


def states(found: Any) -> dict[str, ProvisionState]:
    return {each.what: each.state for each in found}


def everything(connector: ZendeskConnector, recorded: Mapping[str, str] | None = None) -> dict[str, Provision]:
    """Make all that is missing; return what came of it."""
    wanted = [each.what for each in connector.provisions(recorded or {})]
    return {each.what: each for each in connector.provision(wanted, recorded or {})}


def posts(emulator: Emulator) -> list[Any]:
    told: Any = emulator.stage.writes()["writes"]
    return [call for call in told if call["method"] == "POST"]


def titled(emulator: Emulator, title: str) -> Any:
    return next(field for field in emulator.world.fields.values() if field.title == title)


def test_looking_makes_nothing_and_tells_everything_that_is_missing(opens: Opens, emulator: Emulator) -> None:
    connector = opens()
    assert isinstance(connector, Provisions)
    found = connector.provisions({})
    assert states(found) == dict.fromkeys([*(f"field:{slot}" for slot in Slot), *VIEWS], MISSING)
    assert all(each.steps and not each.id and not each.reason for each in found)
    assert posts(emulator) == []


def test_fields_are_made_for_agents_and_hidden_from_end_users(opens: Opens, emulator: Emulator) -> None:
    made = everything(opens())
    assert set(states(made.values()).values()) == {CREATED}
    kinds = {slot: titled(emulator, NAMES[slot].title).type for slot in Slot}
    assert kinds == {**dict.fromkeys(Slot, "text"), Slot.STATE: "tagger", Slot.DUE_DAY: "date"}
    for slot in Slot:
        field = titled(emulator, NAMES[slot].title)
        assert str(field.id) == made[f"field:{slot}"].id
        hidden = ("visible_in_portal", "editable_in_portal", "required_in_portal", "required")
        assert [field.extra[name] for name in hidden] == [False] * 4
        assert str(field.extra["agent_description"]).startswith("Written by slahub: ")
    options = {option.name: option.value for option in titled(emulator, "SLA state").options}
    assert options == {
        "on track": "sla_on_track", "at risk": "sla_at_risk", "breached": "sla_breached", "paused": "sla_paused",
        "met": "sla_met", "missed": "sla_missed", "none": "sla_none", "unknown": "sla_unknown",
    }  # fmt: skip


def test_the_vendor_knows_every_property_that_is_sent(opens: Opens, emulator: Emulator) -> None:
    everything(opens())
    text = DOCUMENT.read_text("utf-8")
    begin = text.index("\n    TicketFieldObject:\n") + 1
    known = yaml.safe_load(text[begin : text.index("\n    TicketFieldResponse:\n", begin)])["TicketFieldObject"]
    writable = {name for name, about in known["properties"].items() if not about.get("readOnly")}
    sent = [call["body"]["ticket_field"] for call in posts(emulator) if "ticket_fields" in call["path"]]
    assert len(sent) == len(Slot)
    assert set().union(*sent) <= writable


def test_what_was_made_can_be_written_at_once(opens: Opens) -> None:
    connector = opens()
    everything(connector)
    assert connector.probe().problems == ()


def test_a_second_run_makes_nothing(opens: Opens, emulator: Emulator) -> None:
    made = everything(opens())
    before = len(posts(emulator))
    found = opens().provisions({})
    assert states(found) == dict.fromkeys(made, PRESENT)
    assert {each.what: each.id for each in found} == {what: each.id for what, each in made.items()}
    assert everything(opens()) == {}
    assert len(posts(emulator)) == before


def test_only_what_is_wanted_is_made(opens: Opens, emulator: Emulator) -> None:
    made = list(opens().provision(["field:due", "view:breached"], {}))
    assert states(made) == {"field:due": CREATED, "view:breached": REFUSED}
    assert made[1].reason == "there is no drop-down yet whose state it could show"
    assert len(posts(emulator)) == 1


def test_a_field_whose_making_was_not_answered_is_found_at_the_next_look(opens: Opens, emulator: Emulator) -> None:
    emulator.stage.fail("ticket_fields", "reset", method="POST", served=True)
    with pytest.raises(RetryLater):
        everything(opens())
    assert states(opens().provisions({}))["field:due"] is PRESENT
    made = everything(opens())
    assert "field:due" not in made
    assert set(states(opens().provisions({})).values()) == {PRESENT}
    titles = [field.title for field in emulator.world.fields.values()]
    assert len(titles) == len(set(titles))


def test_views_show_unsolved_tickets_by_state_with_our_columns(opens: Opens, emulator: Emulator) -> None:
    made = everything(opens())
    tickets = [number for number, ticket in emulator.world.tickets.items() if ticket.status not in ("solved", "closed")]
    state, day = titled(emulator, "SLA state").id, titled(emulator, "SLA due day").id
    emulator.stage.edit(tickets[0], {"custom_fields": [{"id": state, "value": "sla_breached"}]})
    for what, title in VIEWS.items():
        view = emulator.world.views[int(made[what].id)]
        value = f"sla_{what.removeprefix('view:')}"
        asked = [(one.field, one.operator, one.value) for one in view.all]
        assert asked == [("status", "less_than", "solved"), (f"custom_fields_{state}", "is", value)]
        assert (view.title, view.sort_by, view.sort_order) == (title, str(day), "asc")
        assert {str(day), str(titled(emulator, "SLA due").id)} < set(view.columns)
        assert len(view.columns) <= 10
        assert view.restriction is None


def test_a_view_that_cannot_be_sorted_by_our_field_is_made_in_another_order(opens: Opens, emulator: Emulator) -> None:
    emulator.stage.fail("/views", status=422, method="POST", body={"error": "RecordInvalid", "description": "Sort by"})
    made = everything(opens())
    assert made["view:at_risk"].state is CREATED
    orders = [emulator.world.views[int(made[what].id)].sort_by for what in VIEWS]
    assert orders == ["created", str(titled(emulator, "SLA due day").id)]


def test_a_view_that_only_its_maker_sees_is_told(opens: Opens, emulator: Emulator) -> None:
    view = {"id": 5, "title": "Breached", "restriction": {"type": "User", "id": 7}}
    emulator.stage.fail("/views", status=200, method="POST", body={"view": view}, times=2)
    made = everything(opens())["view:breached"]
    assert (made.state, made.id) == (CREATED, "5")
    assert made.reason == "Zendesk shows it to this user only, who may make no views for others"
    assert made.steps == ("let an admin make 'Breached' one for any agent",)


def test_where_views_cannot_be_listed_none_is_made_twice(opens: Opens, emulator: Emulator) -> None:
    emulator.stage.fail("/views", status=403, method="GET", times=3)
    assert states(opens().provisions({}))["view:breached"] is UNFIT
    assert set(everything(opens())) == {f"field:{slot}" for slot in Slot}


def test_a_state_that_is_a_text_has_no_views(opens: Opens, emulator: Emulator) -> None:
    names = {Slot.STATE: FieldName("Order reference")}
    assert states(opens(names).provisions({})) == {"field:state": PRESENT}
    assert states(opens({Slot.DUE: FieldName("Order reference")}).provisions({})) == {"field:due": PRESENT}


def test_a_view_is_known_by_its_id_whatever_it_is_called(opens: Opens, emulator: Emulator) -> None:
    made = everything(opens())
    view = emulator.world.views[int(made["view:breached"].id)]
    view.title = "Verletzt"
    found = {each.what: each for each in opens().provisions({"view:breached": str(view.id)})}
    assert (found["view:breached"].state, found["view:breached"].title) == (PRESENT, "Verletzt")
    assert states(opens().provisions({}))["view:breached"] is MISSING


def test_somebody_elses_view_of_that_title_is_not_taken_for_ours(opens: Opens, emulator: Emulator) -> None:
    other = next(iter(emulator.world.views.values()))
    other.title = "Breached"
    assert states(opens().provisions({}))["view:breached"] is MISSING
    made = everything(opens())["view:breached"]
    assert (made.state, made.id == str(other.id)) == (CREATED, False)


def test_a_view_that_chooses_by_a_field_that_is_gone_is_made_anew(opens: Opens, emulator: Emulator) -> None:
    made = everything(opens())
    recorded = {what: each.id for what, each in made.items()}
    del emulator.world.fields[int(recorded["field:state"])]
    again = everything(opens(), recorded)
    assert set(again) == {"field:state", *VIEWS}
    assert set(states(again.values()).values()) == {CREATED}


def test_a_tag_that_is_taken_is_told_with_its_owner_and_what_to_do(opens: Opens, emulator: Emulator) -> None:
    region = titled(emulator, "Region")
    region.options = (*region.options[:-1], type(region.options[0])(1, "late", "sla_missed"))
    found = {each.what: each for each in opens().provisions({})}
    state = found["field:state"]
    assert state.state is UNFIT
    assert "the tag 'sla_missed' belongs to the ticket field 'Region' already" in state.reason
    assert "free it there, or make the drop-down by hand with tags of your own" in state.reason
    assert found["view:breached"].state is UNFIT
    assert set(everything(opens())) == {f"field:{slot}" for slot in Slot if slot is not Slot.STATE}


def test_what_zendesk_refuses_is_told_in_its_words(opens: Opens, emulator: Emulator) -> None:
    said = {"error": "RecordInvalid", "details": {"base": [{"description": "Field options: the tag 'x' is taken"}]}}
    emulator.stage.fail("ticket_fields", status=422, method="POST", body=said)
    due, *others = opens().provision([f"field:{slot}" for slot in Slot], {})
    assert (due.state, due.reason) == (
        REFUSED,
        "Zendesk answered 422: RecordInvalid; Field options: the tag 'x' is taken",
    )
    assert due.steps
    assert {each.state for each in others} == {CREATED}


def test_an_agent_makes_no_fields_and_is_told_who_may(opens: Opens, emulator: Emulator) -> None:
    connector = opens(auth={"method": "api_token", "email": KNOWN.agent[0], "api_token": "file:agent"})
    made = everything(connector)
    fields = [made[f"field:{slot}"] for slot in Slot]
    assert {each.state for each in fields} == {REFUSED}
    assert {each.reason for each in fields} == {
        "this user (role agent) may not make ticket fields; an admin of Zendesk may"
    }
    assert all(each.steps for each in fields)
    # Nobody is asked again who has said no.
    assert len(posts(emulator)) == 1


@pytest.mark.parametrize("scope", ["", "read tickets:write", "read write"])
def test_a_token_without_the_scope_is_told_which_one_it_takes(opens: Opens, emulator: Emulator, scope: str) -> None:
    connector = opens(auth={**OAUTH, **({"scope": scope} if scope else {})})
    lacks = (
        "the OAuth scope 'read tickets:write' does not let fields and views be made; that takes 'write': "
        "set `scope: read write` under `auth` for as long as it takes"
    )
    enough = scope == "read write"
    assert {each.reason for each in connector.provisions({})} == {"" if enough else lacks}
    assert (lacks in connector.probe().problems) is not enough
    made = everything(connector)
    assert set(states(made.values()).values()) == {CREATED if enough else REFUSED}
    assert enough or made["field:due"].reason == lacks


def test_what_somebody_has_to_put_right_is_not_made_twice(opens: Opens, emulator: Emulator) -> None:
    everything(opens())
    state, due = titled(emulator, "SLA state"), titled(emulator, "SLA due")
    state.options = state.options[:-1]
    due.active = False
    found = {each.what: each for each in opens().provisions({})}
    assert found["field:state"].state is found["field:due"].state is UNFIT
    assert found["field:state"].reason == "'SLA state' has no option named 'unknown'"
    assert found["field:state"].steps == ("give 'SLA state' the values unknown (sla_unknown)",)
    assert "switched off" in found["field:due"].reason
    assert found["view:breached"].state is PRESENT
    assert everything(opens()) == {}


def test_a_field_that_is_on_no_form_is_told(opens: Opens, emulator: Emulator) -> None:
    connector = opens({Slot.DUE: NAMES[Slot.DUE]})
    everything(connector)
    due = titled(emulator, "SLA due")
    rows = [{"name": "Default form", "active": True, "ticket_field_ids": [1, due.id]},
            {"name": "Incident form", "active": True, "ticket_field_ids": [1]},
            {"name": "Old form", "active": False, "ticket_field_ids": []}]  # fmt: skip
    emulator.stage.fail("ticket_forms", status=200, body={"ticket_forms": rows})
    (found,) = connector.provisions({})
    assert found.state is PRESENT
    assert found.steps == ("put 'SLA due' on the ticket forms that agents work with; it is not on 'Incident form'",)


def test_a_title_that_is_nearly_there_is_told(opens: Opens) -> None:
    (found,) = opens({Slot.DUE: FieldName("Delivery dates")}).provisions({})
    assert (found.state, found.reason) == (MISSING, "there is one called 'Delivery date'")


def test_a_pinned_field_that_is_not_there_is_not_made(opens: Opens) -> None:
    connector = opens({Slot.DUE: FieldName(id="5")})
    (found,) = connector.provisions({})
    assert (found.state, found.reason) == (UNFIT, "there is no ticket field with the id 5")
    assert everything(connector) == {}
