"""Write-back: what is sent, in how many calls, and what the answer says was dropped, changed, forbidden or undone."""

from typing import Any

import httpx
import pytest

from connectors import Delivery, FieldName, FieldUpdate, Outcome, RetryLater, Slot
from connectors.servicenow.delivery import READ_ONLY, Writer
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.whereabouts import Whereabouts
from tests.connectors.servicenow.nordwind import ACL, NAMES, Nordwind, error

WHEN = "2026-03-10T09:20:00Z"
GOLD = {Slot.DUE: WHEN, Slot.STATE: "on track", Slot.METRIC: "resolution", Slot.POLICY: "Nordwind gold P2"}
TICKETS = [f"{number:032x}" for number in range(1, 40)]


def writer(desk: Nordwind, *tables: str, names: Any = NAMES, withheld: str = "") -> Writer:
    api, tables = desk.api(), tables or ("incident",)
    return Writer(api, Layouts(api, tables, names), Whereabouts(api, tables), withheld)


def written(desk: Nordwind, *updates: FieldUpdate, tables: tuple[str, ...] = ("incident",)) -> dict[str, Delivery]:
    return {each.ticket_id: each for each in writer(desk, *tables).write_back(updates)}


def only(desk: Nordwind, fields: Any = GOLD, **more: Any) -> Delivery:
    (found,) = writer(desk, **more).write_back([FieldUpdate(TICKETS[0], fields)])
    return found


@pytest.fixture
def desk() -> Nordwind:
    found = Nordwind()
    found.ticket(TICKETS[0])
    return found


def test_a_ticket_shows_what_it_was_sent(desk: Nordwind) -> None:
    found = only(desk)
    assert (found.outcome, found.shown, found.refused) == (Outcome.SHOWN, GOLD, {})
    assert desk.patches == [
        (
            "incident",
            TICKETS[0],
            {
                "u_sla_due": "2026-03-10 09:20:00",
                "u_sla_state": "on_track",
                "u_sla_metric": "resolution",
                "u_sla_policy": "Nordwind gold P2",
            },
        )
    ]


def test_an_answer_tells_columns_that_were_not_sent_and_an_empty_one_is_nothing(desk: Nordwind) -> None:
    desk.rows["incident"][TICKETS[0]]["u_sla_metric"] = "first response"
    found = only(desk, {Slot.DUE: None})
    assert found.shown == {Slot.DUE: None, Slot.STATE: None, Slot.METRIC: "first response", Slot.POLICY: None}
    assert desk.patches[0][2] == {"u_sla_due": ""}


def test_display_values_are_never_sent(desk: Nordwind) -> None:
    seen: list[str] = []
    desk.before = lambda request: seen.append(str(request.url))
    only(desk)
    assert not any("input_display_value" in each for each in seen)


def test_a_column_that_is_not_there_is_refused_and_the_others_are_shown(desk: Nordwind) -> None:
    del desk.rows["incident"][TICKETS[0]]["u_sla_metric"]
    found = only(desk)
    assert found.outcome is Outcome.SHOWN
    assert set(found.refused) == {Slot.METRIC}
    assert "no row shows a column 'SLA metric' (looked for u_sla_metric)" in found.refused[Slot.METRIC]
    assert "u_sla_metric" not in desk.patches[0][2]


def test_a_column_that_one_ticket_does_not_tell_is_refused_there(desk: Nordwind) -> None:
    writing = writer(desk)
    list(writing.write_back([FieldUpdate(TICKETS[0], GOLD)]))
    desk.unreadable = {"incident.u_sla_policy"}
    (found,) = writing.write_back([FieldUpdate(TICKETS[0], GOLD)])
    assert "the answer does not tell the column 'u_sla_policy' of incident" in found.refused[Slot.POLICY]


def test_a_value_that_a_rule_or_an_acl_keeps_is_refused_with_what_it_shows(desk: Nordwind) -> None:
    desk.rows["incident"][TICKETS[0]]["u_sla_due"] = "2026-03-10 08:00:00"
    desk.frozen = {"u_sla_due"}
    found = only(desk)
    assert "shows '2026-03-10 08:00:00' though '2026-03-10 09:20:00' was sent" in found.refused[Slot.DUE]
    assert "write on incident.u_sla_due" in found.refused[Slot.DUE]
    assert found.shown[Slot.STATE] == "on track"


def test_a_choice_that_is_not_on_the_list_is_stored_empty_and_told(desk: Nordwind) -> None:
    desk.choices = {"u_sla_state": ["1", "2"]}
    found = only(desk)
    assert "stayed empty though 'on_track' was sent: it may have no choice 'on_track'" in found.refused[Slot.STATE]


def test_a_text_that_is_cut_is_told(desk: Nordwind) -> None:
    desk.longest = {"u_sla_policy": 8}
    found = only(desk)
    assert "keeps only 'Nordwind' of 'Nordwind gold P2'" in found.refused[Slot.POLICY]


def test_a_ticket_that_shows_nothing_of_it_is_refused_whole(desk: Nordwind) -> None:
    desk.frozen = {"u_sla_due"}
    found = only(desk, {Slot.DUE: WHEN})
    assert (found.outcome, found.refused) == (Outcome.REFUSED, {})
    assert "u_sla_due" in found.reason


def test_the_dictionary_tells_labels_choices_and_lengths() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKETS[0])
    desk.rows["sys_choice"] = {}
    desk.choices = {"u_sla_state": ["1", "2"]}
    desk.choice("u_sla_state", "1", "On track")
    desk.choice("u_sla_state", "2", "Breached")
    desk.column("u_sla_policy", "string", "SLA policy", longest=8)
    found = only(desk, {**GOLD, Slot.POLICY: "Nordwind gold"}, names={**NAMES, Slot.POLICY: FieldName("sla POLICY")})
    assert desk.patches[0][2]["u_sla_state"] == "1"
    assert desk.patches[0][2]["u_sla_policy"] == "Nordwind"
    assert found.shown[Slot.STATE] == "on track"
    assert "holds 8 characters" in found.refused[Slot.POLICY]
    lacks = only(desk, {Slot.STATE: "at risk"})
    assert (lacks.outcome, "has no choice 'at risk'" in lacks.reason) == (Outcome.REFUSED, True)


def test_a_text_column_shows_words_and_instants_that_people_can_read() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKETS[0])
    desk.rows["sys_choice"], desk.choices = {}, {}
    desk.column("u_sla_state", "string", "SLA state")
    desk.column("u_sla_due", "string", "SLA due")
    found = only(desk)
    assert (desk.patches[0][2]["u_sla_state"], desk.patches[0][2]["u_sla_due"]) == ("on track", WHEN)
    assert found.shown == GOLD


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("glide_date", "it keeps no time of day"),
        ("journal_input", "of the type journal_input"),
        ("integer", "expected"),
    ],
)
def test_a_column_of_another_kind_is_refused(kind: str, told: str) -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKETS[0])
    desk.column("u_sla_due", kind, "SLA due")
    assert told in only(desk).refused[Slot.DUE]


def test_a_column_that_an_acl_hides_is_not_written() -> None:
    desk = Nordwind(admin=True)
    desk.ticket(TICKETS[0])
    desk.unreadable = {"incident.u_sla_due"}
    assert "a field ACL hides it" in only(desk).refused[Slot.DUE]
    assert "u_sla_due" not in desk.patches[0][2]


def test_a_column_of_servicenows_own_is_never_written(desk: Nordwind) -> None:
    found = only(desk, {Slot.POLICY: "gold"}, names={Slot.POLICY: FieldName("number")})
    assert "'number' is a column of ServiceNow's own" in found.reason
    assert desk.patches == []


def test_several_tickets_are_written_in_one_call(desk: Nordwind) -> None:
    for each in TICKETS[:10]:
        desk.ticket(each)
    found = written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:10]))
    assert {each.outcome for each in found.values()} == {Outcome.SHOWN}
    assert [each for each in desk.calls if "batch" in each or "PATCH" in each] == ["POST /api/now/v1/batch"]
    assert len(desk.patches) == 10


def test_batches_grow_and_shrink_with_what_the_instance_takes_for_them(desk: Nordwind) -> None:
    sizes: list[int] = []
    for each in TICKETS:
        desk.ticket(each)
    writing = writer(desk)

    def seen(seconds: float) -> list[int]:
        desk.seconds, desk.patches = seconds, []
        sizes.clear()
        assert {each.outcome for each in writing.write_back([FieldUpdate(each, GOLD) for each in TICKETS])} == {
            Outcome.SHOWN
        }
        assert len(desk.patches) == len(TICKETS)
        return list(sizes)

    def counted(request: httpx.Request) -> None:
        if request.url.path.endswith("batch"):
            sizes.append(request.content.count(b'"id"'))

    desk.before = counted
    assert seen(0.5)[:3] == [10, 20, 9]
    assert seen(4.0)[:4] == [20, 5, 5, 5]  # seven fit into the half minute of the first one
    desk.timed = False
    assert seen(14.0)[:3] == [5, 2, 2]


def test_what_a_batch_left_undone_is_sent_again(desk: Nordwind) -> None:
    for each in TICKETS[:10]:
        desk.ticket(each)
    desk.seconds = 14.0
    found = written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:5]))
    assert {each.outcome for each in found.values()} == {Outcome.SHOWN}
    assert len(desk.patches) == 5


def test_a_batch_that_does_nothing_is_left_for_later(desk: Nordwind) -> None:
    desk.ticket(TICKETS[1])
    desk.seconds = 31.0
    found = written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:2]))
    assert {each.outcome for each in found.values()} == {Outcome.RETRY}


def test_each_ticket_of_a_batch_has_a_fate_of_its_own(desk: Nordwind) -> None:
    for each in TICKETS[:5]:
        desk.ticket(each)
    del desk.rows["incident"][TICKETS[4]]
    desk.answers = {
        f"PATCH /api/now/v2/table/incident/{TICKETS[1]}": [ACL],
        f"PATCH /api/now/v2/table/incident/{TICKETS[2]}": [
            error(403, "Operation Failed", "Data Policy Exception: The following fields are mandatory: Resolution code")
        ],
        f"PATCH /api/now/v2/table/incident/{TICKETS[3]}": [
            error(403, "Operation Failed", "Error during update of incident (INC0000003)")
        ],
    }
    found = written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:5]))
    assert [found[each].outcome for each in TICKETS[:5]] == [
        Outcome.SHOWN,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.RETRY,
    ]
    told = [found[each].reason for each in TICKETS[1:5]]
    assert "takes write on incident and on u_sla_due" in told[0]
    assert "closed tickets" in told[0]
    assert told[1].startswith("a data policy of the instance")
    assert "Resolution code" in told[1]
    assert told[2].startswith("a business rule of the instance stopped the save")
    assert "gone, or hidden from this account" in told[3]


def test_an_instance_without_the_batch_api_is_written_one_by_one(desk: Nordwind) -> None:
    for each in TICKETS[:3]:
        desk.ticket(each)
    desk.no_batch = True
    found = written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:3]))
    assert {each.outcome for each in found.values()} == {Outcome.SHOWN}
    assert [each for each in desk.calls if "batch" in each] == ["POST /api/now/v1/batch"]
    assert len(desk.patches) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_an_answer_that_may_never_be_done_is_no_success(desk: Nordwind, count: int) -> None:
    for each in TICKETS[:count]:
        desk.ticket(each)
    desk.answers = {"/batch": [httpx.Response(202)], TICKETS[0]: [httpx.Response(202)]}
    with pytest.raises(RetryLater, match="202"):
        written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:count]))


def test_a_broken_connection_is_not_sent_again_blindly(desk: Nordwind) -> None:
    for each in TICKETS[:3]:
        desk.ticket(each)

    def broken(request: httpx.Request) -> None:
        if request.url.path.endswith("batch"):
            raise httpx.ReadError("gone", request=request)

    desk.before = broken
    with pytest.raises(RetryLater, match="may have arrived"):
        written(desk, *(FieldUpdate(each, GOLD) for each in TICKETS[:3]))


def test_a_ticket_is_written_in_the_table_that_it_is_in(desk: Nordwind) -> None:
    desk.ticket(TICKETS[1], "sc_task")
    tables = ("incident", "sc_task")
    writing = writer(desk, *tables)
    updates = [FieldUpdate(each, GOLD) for each in TICKETS[:3]]
    found = {each.ticket_id: each.outcome for each in writing.write_back(updates)}
    assert found == {TICKETS[0]: Outcome.SHOWN, TICKETS[1]: Outcome.SHOWN, TICKETS[2]: Outcome.RETRY}
    assert {(table, sys_id) for table, sys_id, _ in desk.patches} == {("incident", TICKETS[0]), ("sc_task", TICKETS[1])}
    asked = len([each for each in desk.queries if "sys_idIN" in each])
    list(writing.write_back(updates[:2]))
    assert len([each for each in desk.queries if "sys_idIN" in each]) == asked


def test_a_ticket_that_became_another_kind_is_looked_for_again(desk: Nordwind) -> None:
    desk.ticket(TICKETS[1], "sc_task")
    writing = writer(desk, "incident", "sc_task")
    (before,) = writing.write_back([FieldUpdate(TICKETS[0], GOLD)])
    desk.rows["sc_task"][TICKETS[0]] = desk.rows["incident"].pop(TICKETS[0])
    (moved,) = writing.write_back([FieldUpdate(TICKETS[0], GOLD)])
    (after,) = writing.write_back([FieldUpdate(TICKETS[0], GOLD)])
    assert [each.outcome for each in (before, moved, after)] == [Outcome.SHOWN, Outcome.RETRY, Outcome.SHOWN]


def test_a_connection_that_is_read_only_writes_nothing_and_says_so(desk: Nordwind) -> None:
    found = only(desk, withheld=READ_ONLY)
    assert (found.outcome, found.reason) == (Outcome.REFUSED, READ_ONLY)
    assert desk.calls == []


def test_an_id_that_is_none_is_never_put_into_an_address(desk: Nordwind) -> None:
    (found,) = writer(desk).write_back([FieldUpdate("1/../../sys_user", GOLD)])
    assert found.outcome is Outcome.REFUSED
    assert desk.calls == []


def test_missing_columns_are_not_looked_for_at_every_write(desk: Nordwind) -> None:
    del desk.rows["incident"][TICKETS[0]]["u_sla_metric"]
    api, time = desk.api(), [0.0]
    layouts = Layouts(api, ("incident",), NAMES, now=lambda: time[0])
    layouts.get()
    calls = len(desk.calls)
    layouts.get()
    assert len(desk.calls) == calls
    desk.rows["incident"][TICKETS[0]]["u_sla_metric"] = ""
    time[0] = 301.0
    assert layouts.get().problems == ()
