"""Bulk edits: many issues that are to hold the very same values, changed in one task, and what became of each."""

import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from connectors import Delivery, Outcome, fields_of, perhaps, rows, several
from connectors.jira.client import Api
from connectors.jira.edits import Edit, alike, bulk_body
from connectors.jira.fields import Layout
from connectors.jira.options import Options
from connectors.jira.places import NEEDED, own_values
from connectors.jira.quiet import Rights
from connectors.jira.shapes import identifier, instant, millis, plain

__all__ = ["LEAST", "LOOK_AGAIN", "Tasks"]

LEAST = 5
"""Issues for which a task is worth its calls: one to begin it, some to ask after it, one to read them back."""

BATCH = 100

LOOK_AGAIN = "look again"

UNDER_WAY = frozenset({"ENQUEUED", "RUNNING", "CANCEL_REQUESTED"})

NOT_TAKEN = frozenset({400, 403, 404, 413, 422})

FORBIDDEN = frozenset({403, 404})

GONE = frozenset({400, 403, 404})

REMEMBERED = 1000

OVERDUE = 600.0
"""Seconds after which a task that nobody has asked about any more takes no other's place."""


class Tasks:
    """Begins bulk edits and asks what became of them. Safe in threads.

    Which issues a task has is known to the process that began it, and told of those that it has done.
    """

    def __init__(self, api: Api, rights: Rights, options: Options, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._rights, self._options, self._now = api, rights, options, now
        self._lock = threading.Lock()
        self._begun: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._singly: dict[str, None] = {}

    def begin(self, edits: Sequence[Edit]) -> dict[str, str]:
        """Begin tasks for what is alike, as far as there may be more of them; return each edited issue's task."""
        found: dict[str, str] = {}
        for group in alike(edit for edit in edits if edit.ticket_id not in self._singly):
            if len(group) < LEAST or not self._rights.bulk():
                continue
            for options, some in self._by_options(group):
                if len(some) >= LEAST and self._room() and (task := self._task(some, options)):
                    found |= {edit.ticket_id: task for edit in some}
        return found

    def ended(self, task: str, layout: Layout) -> Iterator[Delivery]:
        """Ask once about a task; one still under way yields nothing."""
        reply = self._api.get(f"~/bulk/queue/{task}", expect=GONE)
        if not reply.good:
            yield from self._lost(task, f"Jira no longer knows the task; {LOOK_AGAIN}", ())
            return
        told = fields_of(reply.body, "the task")
        status = str(told.get("status"))
        if status in UNDER_WAY:
            return
        failed = {key: _words(each) for key, each in perhaps(told.get("failedAccessibleIssues")).items()}
        for ticket_id, reason in failed.items():
            # What is wrong with one issue is told better where it is edited alone.
            self._remember_single(ticket_id)
            yield Delivery(ticket_id, Outcome.RETRY, reason=reason, job=task)
        done = [word for each in several(told.get("processedAccessibleIssues")) if isinstance(word := plain(each), str)]
        yield from seen(self._api, done, layout, task)
        yield from self._lost(task, f"the task ended as {status} without it; {LOOK_AGAIN}", {*done, *failed})

    def _by_options(self, edits: Sequence[Edit]) -> list[tuple[Mapping[str, int], list[Edit]]]:
        """Split a group by what its values are called there: an option of the same name has another id elsewhere."""
        found: dict[tuple[tuple[str, int], ...], list[Edit]] = {}
        for edit in edits:
            options = self._options.ids(edit)
            if options is not None:
                found.setdefault(tuple(sorted(options.items())), []).append(edit)
        return [(dict(options), some) for options, some in found.items()]

    def _task(self, edits: Sequence[Edit], options: Mapping[str, int]) -> str:
        """Begin a task; return its id, empty where Jira makes none of it."""
        reply = self._api.send("POST", "~/bulk/issues/fields", bulk_body(edits, options), expect=NOT_TAKEN)
        if reply.status in FORBIDDEN:
            self._rights.no_bulk()
        task = plain(perhaps(reply.body).get("taskId")) if reply.good else None
        if not isinstance(task, str):
            return ""
        with self._lock:
            while len(self._begun) >= REMEMBERED:
                del self._begun[next(iter(self._begun))]
            self._begun[task] = (self._now(), tuple(edit.ticket_id for edit in edits))
        return task

    def _room(self) -> bool:
        with self._lock:
            young = sum(1 for at, _ in self._begun.values() if self._now() - at < OVERDUE)
        return young < self._api.most_tasks()

    def _lost(self, task: str, reason: str, answered: Container[str]) -> Iterator[Delivery]:
        """Have all issues of a task looked at again that were not answered; by its id where they are not known."""
        with self._lock:
            _, mine = self._begun.pop(task, (0.0, ()))
        for ticket_id in mine or ("",):
            if ticket_id not in answered:
                yield Delivery(ticket_id, Outcome.RETRY, reason=reason, job=task)

    def _remember_single(self, ticket_id: str) -> None:
        with self._lock:
            while len(self._singly) >= REMEMBERED:
                del self._singly[next(iter(self._singly))]
            self._singly[ticket_id] = None


def seen(api: Api, ids: Sequence[str], layout: Layout, task: str) -> Iterator[Delivery]:
    """Read issues back: that a task is complete does not say that it has changed each of them."""
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        fields = [*sorted(layout.own_ids), *NEEDED, "updated"]
        asked = {"issueIdsOrKeys": batch, "fields": fields, "properties": list(layout.properties)}
        found: set[str] = set()
        for issue in map(perhaps, rows(api.ask("~/issue/bulkfetch", asked).body, "issues")):
            ticket_id = identifier(issue)
            version = str(millis(instant(fields_of(issue.get("fields"), "fields"), "updated")))
            found.add(ticket_id)
            yield Delivery(ticket_id, Outcome.SHOWN, own_values(issue, layout), version, job=task)
        for ticket_id in batch:
            if ticket_id not in found:
                yield Delivery(ticket_id, Outcome.RETRY, reason=f"the ticket is not shown; {LOOK_AGAIN}", job=task)


def _words(raw: object) -> str:
    told = " ".join(each for each in several(raw) if isinstance(each, str))
    return f"a bulk edit did not change it ({told[:250]})" if told else "a bulk edit did not change it"
