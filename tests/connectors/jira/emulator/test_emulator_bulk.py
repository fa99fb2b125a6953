"""Bulk edits: tasks that run over time and end for some issues only."""

from typing import Any

import httpx
import pytest

from connectors.jira.emulator import Emulator, Stage

Json = dict[str, Any]
FIELDS, QUEUE = "/rest/api/3/bulk/issues/fields", "/rest/api/3/bulk/queue"
DUE = "2026-03-05T10:00:00.000+0000"


def body(emulator: Emulator, issues: list[int | str], **more: Any) -> Json:
    due = emulator.field_ids()["due"]
    fields = {"dateTimePickerFields": [{"fieldId": due, "dateTime": {"formattedDateTime": DUE}}]}
    given = {"selectedIssueIdsOrKeys": [str(one) for one in issues], "selectedActions": [due]}
    return {**given, "editedFieldsInput": fields, **more}


def submit(http: httpx.Client, given: Json) -> str:
    answer = http.post(FIELDS, json=given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["taskId"])


def progress(http: httpx.Client, task: str) -> Json:
    return dict(http.get(f"{QUEUE}/{task}").json())


def test_a_task_waits_runs_and_ends_for_some_of_its_issues(
    http: httpx.Client, stage: Stage, emulator: Emulator
) -> None:
    stage.jobs(delay=2)
    good, team, key = stage.new_ticket(), stage.new_ticket(project="TEAM"), emulator.field_ids()["due"]
    task = submit(http, body(emulator, [good, team, "HELP-99999"]))
    first = progress(http, task)
    assert (first["status"], first["progressPercent"], "started" in first) == ("ENQUEUED", 0, False)
    stage.advance(2)
    assert progress(http, task)["status"] == "RUNNING"
    assert emulator.world.issues[good].values.get(key) is None
    stage.advance(2)
    done = progress(http, task)
    assert done["status"] == "COMPLETE"
    assert done["processedAccessibleIssues"] == [good]
    text = f"Field '{key}' cannot be set. It is not on the appropriate screen, or unknown."
    assert done["failedAccessibleIssues"] == {str(team): [text]}
    assert done["invalidOrInaccessibleIssueCount"] == 1
    assert done["totalIssueCount"] == 3
    assert isinstance(done["created"], int)
    assert emulator.world.issues[good].values[key] == 1_772_704_800_000


def test_one_that_writes_to_nobody_is_silent(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    issue = stage.new_ticket()
    stage.forget_mail()
    submit(http, body(emulator, [issue], sendBulkNotification=False))
    stage.advance(1)
    assert emulator.world.issues[issue].histories
    assert stage.mail() == 0
    other = stage.new_ticket()
    submit(http, body(emulator, [other], sendBulkNotification=True))
    stage.advance(1)
    assert stage.mail() == 1


def test_every_field_has_to_be_an_action(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    given = body(emulator, [stage.new_ticket()], selectedActions=["priority"])
    answer = http.post(FIELDS, json=given)
    assert answer.status_code == 400
    text = "The following editedFieldInput values are not listed as selectedActions"
    assert answer.json() == {"errors": [{"message": f"{text} : {emulator.field_ids()['due']}"}]}


def test_all_kinds_of_fields_are_set_and_cleared(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    ids, issue = emulator.field_ids(), stage.new_ticket()
    option = next(one.id for one in emulator.world.options.values() if one.field_id == ids["state"])
    fields = {
        "singleSelectFields": [{"fieldId": ids["state"], "option": {"optionId": option}}],
        "singleLineTextFields": [{"fieldId": ids["metric"], "text": "resolution"}],
        "dateTimePickerFields": [{"fieldId": ids["due"], "dateTime": {"formattedDateTime": DUE}}],
        "priority": {"priorityId": "1"},
    }
    actions = [ids["state"], ids["metric"], ids["due"], "priority"]
    submit(http, body(emulator, [issue], editedFieldsInput=fields, selectedActions=actions))
    stage.advance(1)
    record = emulator.world.issues[issue]
    assert record.values[ids["state"]] == option
    assert record.values[ids["metric"]] == "resolution"
    assert record.priority_id == 1
    fields = {
        "singleSelectFields": [{"fieldId": ids["state"], "option": {"optionId": -1}}],
        "singleLineTextFields": [{"fieldId": ids["metric"], "text": ""}],
        "dateTimePickerFields": [{"fieldId": ids["due"], "dateTime": {"formattedDateTime": ""}}],
    }
    submit(http, body(emulator, [issue], editedFieldsInput=fields, selectedActions=actions))
    stage.advance(1)
    assert not set(ids.values()) & record.values.keys()


def test_there_are_five_tasks_at_a_time(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    issue = stage.new_ticket()
    for _ in range(5):
        submit(http, body(emulator, [issue]))
    assert http.post(FIELDS, json=body(emulator, [issue])).status_code == 400
    stage.advance(1)
    submit(http, body(emulator, [issue]))


def test_without_the_right_to_bulk_changes_there_are_none(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    stage.deny("BULK_CHANGE")
    answer = http.post(FIELDS, json=body(emulator, [stage.new_ticket()]))
    assert answer.status_code == 403
    assert set(answer.json()) == {"errors"}


def test_a_task_is_forgotten_after_a_fortnight(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    task = submit(http, body(emulator, [stage.new_ticket()]))
    stage.advance(14 * 86_400 + 1)
    assert http.get(f"{QUEUE}/{task}").status_code == 400


@pytest.mark.parametrize(
    ("fate", "status", "edited"), [("failed", "FAILED", 1), ("dead", "DEAD", 1), ("rows", "COMPLETE", 2)]
)
def test_a_task_may_end_otherwise(
    http: httpx.Client, stage: Stage, emulator: Emulator, fate: str, status: str, edited: int
) -> None:
    emulator.world.office.fates.append(fate)
    task = submit(http, body(emulator, [stage.new_ticket() for _ in range(3)]))
    stage.advance(1)
    done = progress(http, task)
    assert done["status"] == status
    assert len(done["processedAccessibleIssues"]) == edited


def test_search_learns_of_bulk_changes_later(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    issue = stage.new_ticket()
    stage.traps(["index_lag"])
    single = stage.new_ticket()
    stage.advance(60)
    http.put(f"/rest/api/3/issue/{single}", json={"fields": {"labels": ["x"]}})
    submit(http, body(emulator, [issue]))
    stage.advance(60)
    due = emulator.field_ids()["due"]
    found = {one.id: one for one in emulator.world.index.all()}
    assert found[single].labels == ["x"]
    assert found[issue].values.get(due) is None
    stage.advance(100)
    assert {one.id: one for one in emulator.world.index.all()}[issue].values[due]


def test_what_can_be_edited_in_all_of_them_is_told(http: httpx.Client, stage: Stage, emulator: Emulator) -> None:
    found = http.get(FIELDS, params={"issueIdsOrKeys": f"{stage.new_ticket()}"}).json()["fields"]
    assert set(emulator.field_ids().values()) <= {one["id"] for one in found}
    assert http.get(FIELDS, params={"issueIdsOrKeys": "HELP-99999"}).status_code == 404
