"""Bulk edits: queued, done later, and done for some issues only."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from connectors.emulation import Refusal, as_doc
from connectors.jira.emulator.access import browses_issue
from connectors.jira.emulator.answers import Answer, Call, Doc, strings
from connectors.jira.emulator.bulk_input import MOST_FIELDS, MOST_ISSUES, asked_fields, bulk_refusal
from connectors.jira.emulator.edits import save, values
from connectors.jira.emulator.office import BulkTask
from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.route import CLOUD, Route
from connectors.jira.emulator.screens import is_editable
from connectors.jira.emulator.site_records import Field
from connectors.jira.emulator.users import permitted
from connectors.jira.emulator.world import World

__all__ = ["FATES", "ROUTES"]

FATES = ("failed", "dead", "cancelled", "stuck", "rows", "forgotten")
"""What may become of a task: it ends halfway in one of three words, runs very long, leaves out every third
issue, or is not known any more."""

_WORDS = {"failed": "FAILED", "dead": "DEAD", "cancelled": "CANCELLED"}
_KEPT = 14 * 86_400_000  # milliseconds


def submit(world: World, call: Call) -> Answer:
    """Answer `POST /bulk/issues/fields`: check the request, not its issues, and queue it."""
    _check_right(world, call)
    body = call.json(
        selectedIssueIdsOrKeys=list, selectedActions=list, editedFieldsInput=dict, sendBulkNotification=bool
    )
    names = list(dict.fromkeys(strings(body.get("selectedIssueIdsOrKeys"))))
    fields = asked_fields(as_doc(body.get("editedFieldsInput")))
    actions = strings(body.get("selectedActions"))
    if not names or len(names) > MOST_ISSUES:
        raise bulk_refusal(400, f"The number of issues must be between 1 and {MOST_ISSUES}.")
    if not fields or len(fields) > MOST_FIELDS:
        raise bulk_refusal(400, f"The number of fields must be between 1 and {MOST_FIELDS}.")
    unlisted = [one for one in fields if one not in actions]
    if unlisted:
        text = "The following editedFieldInput values are not listed as selectedActions"
        raise bulk_refusal(400, f"{text} : {', '.join(unlisted)}")
    if sum(1 for one in world.office.tasks.values() if one.is_open) >= world.office.most_tasks:
        raise bulk_refusal(400, "The maximum number of bulk operations that run at a time has been reached.")
    now = world.ms()
    user = "" if call.user is None else call.user.id
    task = BulkTask(world.number("task", 10_601), user, len(names), now, updated=now)
    task.fate = world.office.fates.pop(0) if world.office.fates else ""
    world.office.tasks[task.id] = task
    delay = world.office.bulk_delay
    loud = body.get("sendBulkNotification") is not False
    world.later(now / 1000 + delay, lambda: _start(world, task))
    ends = now / 1000 + delay * (50 if task.fate == "stuck" else 2)
    world.later(ends, lambda: _run(world, call, task, names, fields, loud=loud))
    return Answer({"taskId": str(task.id)}, 201)


def progress(world: World, call: Call) -> Answer:
    """Answer `GET /bulk/queue/{taskId}`; times are epoch ms."""
    _check_right(world, call)
    number = call.args[0]
    task = world.office.tasks.get(int(number)) if number.isdecimal() else None
    if task is None or task.fate == "forgotten" or world.ms() - task.created > _KEPT:
        raise bulk_refusal(400, "The task associated with this taskId is not a bulk operation task")
    doc: Doc = {
        "taskId": str(task.id),
        "status": task.status,
        "progressPercent": task.progress,
        "submittedBy": {"accountId": task.user_id},
        "created": task.created,
        "updated": task.updated,
    }
    if task.started is not None:
        doc["started"] = task.started
    if task.is_open:
        return Answer(doc)
    doc |= {
        "totalIssueCount": task.total,
        "processedAccessibleIssues": list(task.edited),
        "invalidOrInaccessibleIssueCount": task.unknown,
    }
    if task.failed:
        doc["failedAccessibleIssues"] = {str(number): list(texts) for number, texts in task.failed.items()}
    return Answer(doc)


def editable(world: World, call: Call) -> Answer:
    """Answer with the fields that can be set in every one of these issues."""
    _check_right(world, call)
    issues = [one for name in call.words("issueIdsOrKeys") or [] if (one := _visible(world, call, name)) is not None]
    if not issues:
        raise bulk_refusal(404, "No editable fields were found for the provided issues.")
    shown = [one for one in world.fields.values() if all(is_editable(world, issue, one) for issue in issues)]
    return Answer({"fields": [_field_doc(one) for one in shown[:50]]})


def _start(world: World, task: BulkTask) -> None:
    task.status, task.started = "RUNNING", world.ms()
    task.updated = task.started


def _run(
    world: World, call: Call, task: BulkTask, names: list[str], fields: Mapping[str, object], *, loud: bool
) -> None:
    """Do the task at the site's present moment; each issue by itself, as a single edit would."""
    for place, name in enumerate(names):
        issue = _visible(world, call, name)
        if task.fate in _WORDS and place >= len(names) // 2:
            break
        if issue is None:
            task.unknown += 1
        elif task.fate == "rows" and place % 3 == 1:
            task.failed[issue.id] = ["The issue could not be edited. Please try again."]
        else:
            _edit(world, call, task, issue, fields, loud=loud)
    task.status = _WORDS.get(task.fate, "COMPLETE")
    task.progress = 50 if task.fate in _WORDS else 100
    task.updated = world.ms()


def _edit(world: World, call: Call, task: BulkTask, issue: Issue, fields: Mapping[str, object], *, loud: bool) -> None:
    if not permitted(world, call.user, "EDIT_ISSUES", world.project_of(issue)):
        task.failed[issue.id] = ["You do not have permission to edit this issue."]
        return
    if issue.status_id in world.office.locked_statuses:
        task.failed[issue.id] = ["The issue cannot be edited in its current workflow status."]
        return
    try:
        wishes = values(world, call, issue, dict(fields), {})
    except Refusal as refused:
        task.failed[issue.id] = [str(one) for one in as_doc(as_doc(refused.answer.body).get("errors")).values()]
        return
    world.office.in_bulk = True
    with _late(world, issue):
        save(world, issue, task.user_id, wishes, loud=loud)
    world.office.in_bulk = False
    task.edited.append(issue.id)


@contextmanager
def _late(world: World, issue: Issue) -> Generator[None]:
    """Let search learn of a change later than of a single edit, where search lags at all."""
    lags = world.traps.lags
    if "index_lag" not in world.traps or issue.id in lags:
        yield
        return
    lags[issue.id] = 3 * world.traps.lag
    try:
        yield
    finally:
        del lags[issue.id]


def _visible(world: World, call: Call, name: str) -> Issue | None:
    issue = world.named(name)
    return issue if issue is not None and browses_issue(world, issue, call.user) else None


def _check_right(world: World, call: Call) -> None:
    if not permitted(world, call.user, "BULK_CHANGE", None):
        raise bulk_refusal(403, "You do not have the global bulk change permission.")


def _field_doc(field: Field) -> Doc:
    return {
        "id": field.id,
        "name": field.name,
        "description": field.description,
        "isRequired": field.id == "summary",
        "type": field.custom or field.type,
    }


ROUTES = (
    Route("GET", "bulk/issues/fields", editable, CLOUD),
    Route("POST", "bulk/issues/fields", submit, CLOUD),
    Route("GET", "bulk/queue/{task}", progress, CLOUD),
)
