"""Bulk updates and the jobs that do them, later and row by row."""

import hashlib
from collections.abc import Sequence

from connectors.emulation import Dice, iso
from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.answers import (
    Answer,
    Call,
    Refusal,
    as_doc,
    as_docs,
    as_int,
    not_found,
    too_many_values,
)
from connectors.zendesk.emulator.paging import many_ids, page
from connectors.zendesk.emulator.parse import check_open, check_stamp, wishes_of
from connectors.zendesk.emulator.records import API, Doc, Job, Person
from connectors.zendesk.emulator.shapes import job_doc
from connectors.zendesk.emulator.world import JOB_LIFE, World

__all__ = ["MOST_JOBS", "listed", "show", "show_many", "update_many"]

MOST_JOBS = 30  # queued or running, for each account


def update_many(world: World, call: Call) -> Answer:
    """Answer `PUT /tickets/update_many`: one change for `?ids=`, or a batch with a change for each ticket."""
    if "ids" in call.query:
        change = as_doc(call.body.get("ticket"))
        rows = [{**change, "id": one} for one in many_ids(call)]
    else:
        rows = as_docs(call.body.get("tickets"))
    if not rows:
        raise Refusal(400, {"error": "ParameterMissing", "description": "Required parameter missing: tickets"})
    if len(rows) > 100:
        raise too_many_values()
    if sum(1 for job in world.jobs.values() if not job.completed_at) >= MOST_JOBS:
        description = "The maximum number of queued or running jobs has been reached. Please try again later."
        raise Refusal(429, {"error": "TooManyJobs", "description": description}, {"Retry-After": "10"})
    now = world.clock.exact()
    name = "V3-" + hashlib.sha256(f"{world.seed} {world.number()}".encode()).hexdigest()[:32]
    fate = world.fates.pop(0) if world.fates else ""
    # A job that hangs in the queue does so for the time of many others.
    job = Job(name, len(rows), now, now + world.job_delay * (10 if fate == "queued" else 1), fate=fate)
    world.jobs[name] = job
    queued = job_doc(job, now - 1, call.base)
    world.later(job.due, lambda: _run(world, job, rows, call.caller))
    return Answer({"job_status": queued})


def _run(world: World, job: Job, rows: Sequence[Doc], caller: Person) -> None:
    """Do the job at the desk's present moment; its results do not follow the order of the request."""
    stamp = iso(int(job.queued_at))
    results = [
        # A job that is killed or fails has done a part of its work, and one of mixed success leaves out every third.
        _given_up(index, row)
        if (job.fate in ("killed", "failed") and index >= len(rows) // 2) or (job.fate == "rows" and index % 3 == 1)
        else _row(world, index, row, stamp, caller)
        for index, row in enumerate(rows)
    ]
    # With dice of its own: how often a client writes must not change what people do at the desk.
    Dice(f"{world.seed} {job.id}").shuffle(results)
    job.completed_at = world.now()
    if job.fate not in ("killed", "failed", "no_results"):
        job.results = results if world.job_shape == "rows" else {"success": True}


def _given_up(index: int, row: Doc) -> Doc:
    return {"index": index, "error": "TicketUpdateFailed", "id": as_int(row.get("id")), "details": "Database collision"}


def _row(world: World, index: int, row: Doc, stamp: str, caller: Person) -> Doc:
    number = as_int(row.get("id"))
    ticket = world.find_ticket(number or 0)
    if ticket is None or not caller.sees(ticket):
        return {"index": index, "error": "TicketNotFound", "id": number, "details": "Not found"}
    change = {name: value for name, value in row.items() if name != "id"}
    try:
        check_open(ticket)
        # Bulk updates are always safe ones: without a stamp of its own a row counts from when it was queued.
        given = change.get("updated_stamp") if change.get("safe_update") else None
        check_stamp({"safe_update": True, "updated_stamp": given or stamp}, iso(ticket.updated_at))
        wishes, _ = wishes_of(world, change, caller)
    except Refusal as refused:
        return {"index": index, "error": "TicketUpdateFailed", "id": number, "details": _details(refused)}
    deeds.update(world, ticket, caller.id, wishes, API)
    return {"action": "update", "id": number, "status": "Updated", "success": True}


def _details(refused: Refusal) -> str:
    """Return the text of a refusal as a job's row holds it."""
    body = as_doc(refused.answer.body)
    texts = [str(line["description"]) for lines in as_doc(body.get("details")).values() for line in as_docs(lines)]
    return "; ".join(texts) or str(body.get("description"))


def _alive(world: World, name: str, unseen: str) -> Job | None:
    """Return a job that is still known; data about it disappears after an hour.

    unseen: the fate that hides it from this endpoint.
    """
    job = world.jobs.get(name)
    if job is None or job.fate in ("forgotten", unseen) or world.clock.exact() - job.due > JOB_LIFE:
        return None
    return job


def show(world: World, call: Call) -> Answer:
    job = _alive(world, call.key, "hidden")
    if job is None:
        raise not_found()
    return Answer({"job_status": job_doc(job, world.clock.exact(), call.base)})


def show_many(world: World, call: Call) -> Answer:
    names = [name for name in call.query.get("ids", "").split(",") if name]
    if len(names) > 100:
        raise too_many_values()
    found = [job for name in names if (job := _alive(world, name, "unlisted")) is not None]
    return Answer({"job_statuses": [job_doc(job, world.clock.exact(), call.base) for job in found]})


def listed(world: World, call: Call) -> Answer:
    found = [job for name in world.jobs if (job := _alive(world, name, "unlisted")) is not None]
    now = world.clock.exact()
    found.sort(key=lambda job: (job.queued_at, job.id))
    order = {job.id: place for place, job in enumerate(found)}
    return Answer(
        page(
            call,
            "job_statuses",
            found,
            lambda job: (order[job.id], 0),
            lambda some: [job_doc(job, now, call.base) for job in some],
        )
    )
