"""Provision: what is there, what is made where that is allowed, and what an admin is told to do by hand."""

import pytest

from connectors import FieldName, Provision, ProvisionState, Slot
from connectors.servicenow.delivery import READ_ONLY
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.provision import Provisioner
from tests.connectors.servicenow.nordwind import KINDS, NAMES, Nordwind, error

PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

TABLES = ("incident", "sc_task")
TICKET, TASK = "1" * 32, "2" * 32


def provisioner(desk: Nordwind, *tables: str, withheld: str = "") -> Provisioner:
    api, tables = desk.api(), tables or ("incident",)
    return Provisioner(api, Layouts(api, tables, NAMES), tables, NAMES, withheld)


def bare(*, admin: bool = True) -> Nordwind:
    """An instance whose tickets have none of the columns."""
    desk = Nordwind(admin=admin)
    for table, sys_id in (("incident", TICKET), ("sc_task", TASK)):
        row = desk.ticket(sys_id, table)
        for name in KINDS:
            del row[name]
    if admin:
        desk.rows["sys_dictionary"], desk.rows["sys_choice"] = {}, {}
        desk.column("short_description", "string", "Short description")
    return desk


def states(found: list[Provision]) -> dict[str, ProvisionState]:
    return {each.what: each.state for each in found}


def test_columns_that_are_there_are_told_with_their_names() -> None:
    desk = Nordwind()
    desk.ticket(TICKET)
    found = provisioner(desk).look({})
    assert {each.what: (each.id, each.state) for each in found} == {
        "field:due": ("u_sla_due", PRESENT),
        "field:state": ("u_sla_state", PRESENT),
        "field:metric": ("u_sla_metric", PRESENT),
        "field:policy": ("u_sla_policy", PRESENT),
    }
    assert "form of incident › Configure › Form Layout: a section 'SLA' that holds 'SLA due'" in found[0].steps


def test_what_is_missing_is_made_in_each_table_unaudited_and_with_choices() -> None:
    desk = bare()
    maker = provisioner(desk, *TABLES)
    looked = maker.look({})
    assert set(states(looked).values()) == {MISSING}
    made = list(maker.make([each.what for each in looked], {}))
    assert set(states(made).values()) == {CREATED}
    columns = [row for row in desk.rows["sys_dictionary"].values() if row["element"].startswith("u_")]
    assert {(row["name"], row["element"], row["internal_type"]) for row in columns} == {
        (table, name, kind) for table in TABLES for name, kind in KINDS.items()
    }
    assert {row["attributes"] for row in columns} == {"no_audit"}
    assert {row["column_label"] for row in columns} == {"SLA due", "SLA state", "SLA metric", "SLA policy"}
    choices = [row for row in desk.rows["sys_choice"].values() if row["name"] == "incident"]
    assert [(row["value"], row["label"]) for row in choices][:2] == [("on_track", "On track"), ("at_risk", "At risk")]
    assert len(choices) == 8
    assert set(states(provisioner(desk, *TABLES).look({})).values()) == {PRESENT}


def test_a_column_of_servicenows_own_with_the_same_label_is_not_meant() -> None:
    desk = bare()
    desk.column("sla_due", "due_date", "SLA due")
    desk.rows["incident"][TICKET]["sla_due"] = "2026-03-09 08:00:00"
    (made,) = provisioner(desk).make(["field:due"], {})
    assert (made.state, made.id) == (CREATED, "u_sla_due")


def test_only_what_was_wanted_is_made() -> None:
    desk = bare()
    assert [each.what for each in provisioner(desk).make(["field:due"], {})] == ["field:due"]
    assert [row["element"] for row in desk.rows["sys_dictionary"].values()][1:] == ["u_sla_due"]


def test_a_column_that_one_table_lacks_is_made_there_alone() -> None:
    desk = bare()
    list(provisioner(desk, "incident").make(["field:due"], {}))
    maker = provisioner(desk, *TABLES)
    (due, *_) = maker.look({})
    assert (due.state, due.reason, due.id) == (MISSING, "it is not in sc_task", "u_sla_due")
    list(maker.make(["field:due"], {}))
    names = [row["name"] for row in desk.rows["sys_dictionary"].values() if row["element"] == "u_sla_due"]
    assert names == ["incident", "sc_task"]


def test_choices_that_are_missing_are_added_and_those_that_are_there_stay() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKET)
    desk.rows["sys_choice"] = {}
    desk.choice("u_sla_state", "7", "Breached")
    maker = provisioner(desk)
    state = next(each for each in maker.look({}) if each.what == "field:state")
    assert (state.state, "no choice for on track, at risk, paused" in state.reason) == (MISSING, True)
    (made,) = maker.make(["field:state"], {})
    assert made.state is CREATED
    assert [row["value"] for row in desk.rows["sys_choice"].values()][:2] == ["7", "on_track"]
    assert "breached" not in [row["value"] for row in desk.rows["sys_choice"].values()]


def test_choices_that_tables_share_are_added_once_where_they_are() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKET)
    desk.ticket(TASK, "sc_task")
    desk.rows["sys_choice"] = {}
    desk.choice("u_sla_state", "breached", "Breached", table="task")
    (made,) = provisioner(desk, *TABLES).make(["field:state"], {})
    assert made.state is CREATED
    found = [(row["name"], row["value"]) for row in desk.rows["sys_choice"].values()]
    assert (len(found), {name for name, _ in found}) == (8, {"task"})


def test_an_account_that_may_not_make_columns_says_how_it_is_done_by_hand() -> None:
    desk = bare(admin=False)
    found = {each.what: each for each in provisioner(desk, *TABLES).look({})}
    assert {each.state for each in found.values()} == {UNFIT}
    assert "takes the role admin or personalize_dictionary" in found["field:due"].reason
    steps = "\n".join(found["field:state"].steps)
    for told in (
        "for each of incident, sc_task: System Definition › Tables",
        "Type Choice, Column label 'SLA state', Column name u_sla_state",
        "On track (on_track), At risk (at_risk)",
        "Attributes: no_audit",
        "ACLs on incident.u_sla_state, sc_task.u_sla_state",
        "Form Layout: a section 'SLA'",
        "List Layout: add 'SLA state'",
    ):
        assert told in steps
    assert list(provisioner(desk).make([*found], {})) == []


def test_a_refusal_says_so_once_and_tries_no_other_column() -> None:
    desk = bare()
    desk.answers = {"POST /api/now/v2/table/sys_dictionary": [error(403, "Operation Failed", "ACL Exception Insert")]}
    maker = provisioner(desk)
    made = list(maker.make([each.what for each in maker.look({})], {}))
    assert {each.state for each in made} == {REFUSED}
    assert len([each for each in desk.calls if each.startswith("POST")]) == 1
    assert "System Definition" in made[0].steps[0]


def test_a_column_that_the_instance_does_not_take_says_why() -> None:
    desk = bare()
    desk.answers = {"POST /api/now/v2/table/sys_dictionary": [error(400, "Operation Failed", "Table is locked")]}
    made = list(provisioner(desk).make(["field:due"], {}))
    assert [(each.state, "incident: Operation Failed: Table is locked" in each.reason) for each in made] == [
        (REFUSED, True)
    ]


def test_a_connection_that_is_read_only_makes_nothing() -> None:
    desk = bare()
    maker = provisioner(desk, withheld=READ_ONLY)
    looked = maker.look({})
    assert {(each.state, each.reason) for each in looked} == {(UNFIT, READ_ONLY)}
    list(maker.make([each.what for each in looked], {}))
    assert not [each for each in desk.calls if each.startswith("POST")]


def test_a_column_of_another_kind_has_to_be_put_right_by_hand() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKET)
    desk.column("u_sla_due", "glide_date", "SLA due")
    (due, *_) = provisioner(desk).look({})
    assert due.state is UNFIT
    assert "'u_sla_due' is of the type glide_date" in due.reason
    assert "write_back.due" in due.steps[0]


@pytest.mark.parametrize(("attributes", "told"), [("", True), ("no_audit", False)])
def test_a_column_that_is_audited_is_told(attributes: str, told: bool) -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKET)
    for row in desk.rows["sys_dictionary"].values():
        row["attributes"] = attributes
    (due, *_) = provisioner(desk).look({})
    assert any("Attributes: no_audit" in each for each in due.steps) == told


def test_a_column_is_named_as_the_folder_says_and_never_like_one_of_servicenows_own() -> None:
    desk = bare()
    api = desk.api()
    names = {Slot.DUE: FieldName("SLA fällig!"), Slot.POLICY: FieldName(id="u_policy")}
    maker = Provisioner(api, Layouts(api, ("incident",), names), ("incident",), names)
    list(maker.make(["field:due", "field:policy"], {}))
    made = [(row["element"], row["column_label"]) for row in desk.rows["sys_dictionary"].values()][1:]
    assert made == [("u_sla_f_llig", "SLA fällig!"), ("u_policy", "SLA policy")]
