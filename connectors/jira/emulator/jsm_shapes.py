"""How Service Management writes durations, SLA records, people and pages, and its refusals."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from connectors.jira.emulator.answers import Answer, Call, Doc, Refusal
from connectors.jira.emulator.records import User
from connectors.jira.emulator.shapes_people import avatars
from connectors.jira.emulator.sla_clock import Cycle, Reading
from connectors.jira.emulator.stamps import date_doc
from connectors.jira.emulator.world import World

__all__ = [
    "check_opted_in",
    "customer_doc",
    "inner_page",
    "jsm_refusal",
    "not_a_request",
    "paged",
    "sla_doc",
    "span_doc",
]

T = TypeVar("T")
_API = "/rest/servicedeskapi"


def span_doc(length: int) -> Doc:
    """Return a duration of so many milliseconds, negative after a breach."""
    hours, minutes = divmod(abs(length) // 60_000, 60)
    text = f"{hours}h {minutes}m" if hours else f"{minutes}m"
    return {"millis": length, "friendly": f"-{text}" if length < 0 and text != "0m" else text}


def sla_doc(world: World, reading: Reading, issue_id: int, base: str) -> Doc:
    """Return one metric as `/sla` and the issue's field show it, computed at this moment."""
    metric = reading.metric
    link = f"{base}{_API}/request/{issue_id}/sla/{metric.id}"
    done = [_completed(world, one) for one in reading.completed]
    doc: Doc = {"id": metric.id, "name": metric.name, "_links": {"self": link}, "completedCycles": done}
    if reading.ongoing is not None:
        doc["ongoingCycle"] = _ongoing(world, reading.ongoing)
    return {**doc, "slaDisplayFormat": "NEW_SLA_FORMAT"}


def _completed(world: World, cycle: Cycle) -> Doc:
    stop = world.ms() if cycle.stop is None else cycle.stop
    doc: Doc = {"startTime": date_doc(world, cycle.start), "stopTime": date_doc(world, stop)}
    return {**doc, **_breach(world, cycle), "breached": cycle.breached(stop), **_lengths(cycle, stop)}


def _ongoing(world: World, cycle: Cycle) -> Doc:
    now = world.ms()
    within = cycle.within_hours(now)
    return {
        "startTime": date_doc(world, cycle.start),
        **_breach(world, cycle),
        "breached": cycle.breached(now),
        # Outside of the calendar it says paused as well, though no condition pauses it.
        "paused": cycle.since is None or not within,
        "withinCalendarHours": within,
        **_lengths(cycle, now),
    }


def _breach(world: World, cycle: Cycle) -> Doc:
    at = cycle.breach()
    return {} if at is None else {"breachTime": date_doc(world, at)}


def _lengths(cycle: Cycle, until: int) -> Doc:
    elapsed = cycle.elapsed(until)
    return {
        "goalDuration": span_doc(cycle.goal.length),
        "elapsedTime": span_doc(elapsed),
        "remainingTime": span_doc(cycle.goal.length - elapsed),
    }


def customer_doc(world: World, call: Call, user: User) -> Doc:
    """Return a person as Service Management shows one, whose links lead to the platform."""
    cloud = world.flavour == "cloud"
    asked = f"accountId={user.id}" if cloud else f"username={user.name}"
    link = f"{call.base}/rest/api/2/user?{asked}"
    doc: Doc = {"accountId": user.id} if cloud else {"name": user.name, "key": user.id}
    if not cloud or (user.shows_email and not user.deleted):
        doc["emailAddress"] = user.email
    doc |= {"displayName": user.display_name, "active": user.active, "timeZone": user.zone}
    icons = avatars(call, str(sum(user.id.encode()) % 11))
    return {**doc, "_links": {"jiraRest": link, "avatarUrls": icons, "self": link}}


def jsm_refusal(status: int, key: str, text: str) -> Refusal:
    return Refusal(status, {"errorMessage": text, "i18nErrorMessage": {"i18nKey": key, "parameters": []}})


def not_a_request() -> Refusal:
    """Return the 404 that stands for `no request` and for `not permitted` alike."""
    text = "The request you are trying to view does not exist, or you do not have permission to view it."
    return jsm_refusal(404, "sd.request.error.not.found", text)


def check_opted_in(call: Call) -> None:
    """Raises: Refusal (412) when an experimental operation is called without the header that says so."""
    if call.headers.get("x-experimentalapi") != "opt-in":
        text = "This API is experimental. You must set the header 'X-ExperimentalApi: opt-in' to opt into using it."
        raise jsm_refusal(412, "sd.api.experimental", text)


def inner_page(rows: Sequence[Doc]) -> Doc:
    """Return a list as it stands inside of another document: whole, and without links."""
    shown = {"_expands": list[str](), "size": len(rows), "start": 0, "limit": 50, "isLastPage": True}
    return {**shown, "_links": {}, "values": list(rows)}


def paged(world: World, call: Call, rows: Sequence[T], shape: Callable[[T], Doc]) -> Answer:
    """Answer with the page that was asked for; `limit` is echoed, and fewer rows are given if it is too much."""
    start, limit = _number(call, "start", 0), _number(call, "limit", 50)
    chosen = rows[start : start + min(limit, world.office.most_rows)]
    last = start + len(chosen) >= len(rows)
    here = f"{call.base}{_API}{call.path.partition(_API)[2]}"
    links: Doc = {"self": f"{here}?start={start}&limit={limit}", "base": f"{call.base}{_API}", "context": ""}
    if not last:
        links["next"] = f"{here}?start={start + len(chosen)}&limit={limit}"
    if start:
        links["prev"] = f"{here}?start={max(0, start - limit)}&limit={limit}"
    shown: Doc = {"_expands": [], "size": len(chosen), "start": start, "limit": limit, "isLastPage": last}
    return Answer({**shown, "_links": links, "values": [shape(one) for one in chosen]})


def _number(call: Call, name: str, default: int) -> int:
    given = call.query.get(name, "")
    if given and not given.isdecimal():
        raise jsm_refusal(400, "sd.paging.invalid", f"The value of '{name}' must be a whole number, got '{given}'.")
    return int(given) if given else default
