"""Write-back: the hub's own fields through bulk jobs, and what became of each row. Touches nothing else."""

import threading
from collections.abc import Container, Iterator, Mapping, Sequence

from connectors import Delivery, FieldUpdate, Outcome, Slot, Unreadable, dumped, fields_of, perhaps, readable, rows
from connectors.zendesk import mapping
from connectors.zendesk.client import Api
from connectors.zendesk.fields import Layout
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.shapes import identifier, number

__all__ = ["Writer"]

BATCH = 100

UNDER_WAY = frozenset({"queued", "working"})

LOOK_AGAIN = "look again"

FINAL = ("closedprevents", "notfound", "notproperlyformatted", "recordinvalid")
"""What a row says that will fail again however often it is sent, less spaces."""

REMEMBERED = 1000
"""Jobs whose tickets are kept in mind; Zendesk allows thirty under way."""


class Writer:
    """Queues updates and asks what became of them. Safe in threads.

    A job's answer names the tickets itself. Which tickets it had besides is known to the process that
    queued it; where that is another one, a last delivery names the job and no ticket.
    """

    def __init__(self, api: Api, layouts: Layouts) -> None:
        self._api, self._layouts = api, layouts
        self._lock = threading.Lock()
        self._queued: dict[str, tuple[str, ...]] = {}

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Queue updates in batches; each is pending in a job, refused here, or to be tried again."""
        layout = self._layouts.get()
        if any(_unwritable(update, layout) for update in updates):
            layout = self._layouts.renewed()
        sound: list[FieldUpdate] = []
        for update in updates:
            if reason := _unwritable(update, layout):
                yield Delivery(update.ticket_id, Outcome.REFUSED, reason=reason)
            else:
                sound.append(update)
        for first in range(0, len(sound), BATCH):
            batch = sound[first : first + BATCH]
            job, reason = self._api.update_many([_row(update, layout) for update in batch])
            if job:
                self._remember(job, tuple(update.ticket_id for update in batch))
            outcome = Outcome.PENDING if job else _failure(reason, whole=True)
            for update in batch:
                yield Delivery(update.ticket_id, outcome, reason=reason, job=job)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Ask once about jobs; one still under way yields nothing."""
        layout = self._layouts.get()
        for first in range(0, len(jobs), BATCH):
            asked = tuple(jobs[first : first + BATCH])
            known = {str(job.get("id")): job for job in map(perhaps, self._api.jobs(asked))}
            for job in asked:
                if job not in known:
                    yield from self._lost(job, f"Zendesk no longer knows the job; {LOOK_AGAIN}")
                elif str(known[job].get("status")) not in UNDER_WAY:
                    yield from self._ended(job, known[job], layout)

    def _ended(self, job: str, answer: Mapping[str, object], layout: Layout) -> Iterator[Delivery]:
        results = answer.get("results")
        tickets = self._queued.get(job, ())
        if isinstance(results, Mapping) and answer.get("status") == "completed" and tickets:
            yield from self._seen(tickets, layout)
            return
        if not isinstance(results, list):
            said = str(answer.get("message") or answer.get("status"))[:300]
            yield from self._lost(job, f"the job ended without results ({said}); {LOOK_AGAIN}")
            return
        done: list[str] = []
        answered: set[str] = set()
        for result in map(perhaps, rows(answer, "results")):
            ticket_id = _ticket_of(result, tickets)
            if not ticket_id or ticket_id in answered:
                continue
            answered.add(ticket_id)
            if result.get("success") is True:
                done.append(ticket_id)
            else:
                reason = _reason(result)
                yield Delivery(ticket_id, _failure(reason), reason=reason)
        yield from self._seen(done, layout)
        yield from self._lost(job, f"the job says nothing of it; {LOOK_AGAIN}", answered)

    def _seen(self, ids: Sequence[str], layout: Layout) -> Iterator[Delivery]:
        """Read the tickets back: a job's success does not say that Zendesk kept the values."""
        for first in range(0, len(ids), BATCH):
            batch = ids[first : first + BATCH]
            found = self._api.many("tickets", batch).items
            shown, _ = readable("tickets", found, lambda raw: _shown(raw, layout))
            yield from shown
            for ticket_id in set(batch) - {delivery.ticket_id for delivery in shown}:
                yield Delivery(ticket_id, Outcome.RETRY, reason=f"the ticket is not shown; {LOOK_AGAIN}")

    def _lost(self, job: str, reason: str, answered: Container[str] = ()) -> Iterator[Delivery]:
        """Have all tickets of a job looked at again that were not answered; by its id where they are not known."""
        for ticket_id in self._queued.get(job, ("",)):
            if ticket_id not in answered:
                yield Delivery(ticket_id, Outcome.RETRY, reason=reason, job=job)

    def _remember(self, job: str, tickets: tuple[str, ...]) -> None:
        with self._lock:
            while len(self._queued) >= REMEMBERED:
                del self._queued[next(iter(self._queued))]
            self._queued[job] = tickets


def _unwritable(update: FieldUpdate, layout: Layout) -> str:
    """Return why an update must not be sent; empty when it may."""
    if not update.ticket_id.isdecimal():
        return f"'{update.ticket_id}' is no ticket id"
    for slot, word in update.fields.items():
        field = layout.fields.get(slot)
        if field is None:
            problems = [problem for problem in layout.problems if problem.startswith(f"write_back.{slot}:")]
            return problems[0] if problems else f"write_back.{slot}: no ticket field is named for it"
        if word is not None and field.write(word) is None:
            return f"write_back.{slot}: '{field.title}' has no option named '{word}'"
    return ""


def _row(update: FieldUpdate, layout: Layout) -> dict[str, object]:
    fields = [
        {"id": int(layout.fields[slot].id), "value": None if word is None else layout.fields[slot].write(word)}
        for slot, word in update.fields.items()
    ]
    return {"id": int(update.ticket_id), "custom_fields": fields}


def _shown(raw: object, layout: Layout) -> Delivery:
    row = fields_of(raw, "ticket")
    seen = mapping.own(row, layout)
    shown: dict[Slot, str | None] = {slot: seen.get(slot) for slot in layout.fields}
    return Delivery(identifier(row, "id"), Outcome.SHOWN, shown, version=str(mapping.version(row)))


def _ticket_of(result: Mapping[str, object], tickets: Sequence[str]) -> str:
    """Return whose row this is: by its id, else by its place in the request; empty where it tells neither."""
    try:
        return identifier(result, "id") if result.get("id") is not None else tickets[number(result, "index")]
    except (Unreadable, IndexError):
        return ""


def _reason(result: Mapping[str, object]) -> str:
    said = (result.get("error"), result.get("details"))
    try:
        told = ": ".join(each if isinstance(each, str) else dumped(each) for each in said if each)
    except RecursionError:
        told = ""
    return told[:300] or "it failed"


def _failure(reason: str, *, whole: bool = False) -> Outcome:
    """Return what a failure asks for; names of errors vary, so their words decide.

    whole: the failure of a whole batch, which says nothing final of a single ticket.
    """
    said = reason.casefold().replace(" ", "")
    if not whole and any(word in said for word in FINAL):
        return Outcome.REFUSED
    if any(word in said for word in ("conflict", "safeupdate", "outdated", "lock")):
        return Outcome.CONFLICT
    return Outcome.RETRY
