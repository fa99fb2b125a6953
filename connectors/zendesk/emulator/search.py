"""Search: enough of the query language for `type:ticket status<solved` and its kin, by page and as an export."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.zendesk.emulator.answers import Answer, Call, Refusal
from connectors.zendesk.emulator.paging import bad_page, decoded, number, offset_page, page, wants_cursor
from connectors.zendesk.emulator.records import STATUSES, Doc, Ticket
from connectors.zendesk.emulator.shapes import ticket_docs
from connectors.zendesk.emulator.world import World

__all__ = ["export", "search"]

_TERM = re.compile(r'(-?)(\w+)(<=|>=|:|<|>)("[^"]*"|\S+)|(-?)("[^"]*"|\S+)')
_PRIORITIES = ("none", "low", "normal", "high", "urgent")
_UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000}
_CURSOR_LIFE = 3600
Test = Callable[[Ticket], bool]


def search(world: World, call: Call) -> Answer:
    """Answer `/search`: offset pages, at most 1000 results although the count says more."""
    if wants_cursor(call):
        raise Refusal(400, {"error": "invalid", "description": "page must be an integer"})
    size = min(100, max(1, number(call, "per_page", 100)))
    if max(1, number(call, "page", 1)) * size > 1000:
        description = "Invalid search: Requested response size was greater than Search Response Limits"
        raise Refusal(422, {"error": "invalid", "description": description})
    found = _matches(world, call)
    by = call.query.get("sort_by", "")
    if by in ("created_at", "updated_at"):
        found.sort(key=lambda one: one.created_at if by == "created_at" else one.updated_at)
    if call.query.get("sort_order", "desc") == "desc":
        found.reverse()
    doc = offset_page(call, "results", found[:1000], lambda some: _results(world, call, some), count=len(found))
    return Answer({**doc, "facets": None})


def export(world: World, call: Call) -> Answer:
    """Answer `/search/export`: cursor pages of up to 1000; a cursor lives for one hour."""
    if call.query.get("filter[type]", "ticket") != "ticket":
        return Answer(page(call, "results", list[Ticket](), _key, lambda _: []))
    after = call.query.get("page[after]")
    now = world.clock.exact()
    began = decoded(after)[1] if after else now
    if now - began > _CURSOR_LIFE:
        raise bad_page("page[after] is not valid")
    found = _matches(world, call)
    body = page(
        call, "results", found, _key, lambda some: _results(world, call, some), largest=1000, at=began, cursor=True
    )
    return Answer({**body, "facets": None})


def _key(ticket: Ticket) -> tuple[int, int]:
    return (ticket.id, 0)


def _results(world: World, call: Call, tickets: Sequence[Ticket]) -> list[Doc]:
    return [{**doc, "result_type": "ticket"} for doc in ticket_docs(world, tickets, call.base)]


def _matches(world: World, call: Call) -> list[Ticket]:
    """Return tickets by id, archived ones too. The index lags: tickets made a moment ago are not in it."""
    found = _TERM.finditer(call.query.get("query", ""))
    tests = [test for test in (_test(world, match) for match in found) if test is not None]
    indexed = world.now() - world.search_lag
    tickets = [one for one in world.tickets.values() if one.status != "deleted" and one.created_at <= indexed]
    return [one for one in tickets if call.caller.sees(one) and all(test(one) for test in tests)]


def _test(world: World, match: re.Match[str]) -> Test | None:
    minus, name, sign, value = match[1], match[2], match[3], (match[4] or "").strip('"')
    if name is None:
        minus, word = match[5], match[6].strip('"').lower()
        test = _mention(word)
    else:
        test = _comparison(world, name, sign, value)
    if test is None or not minus:
        return test
    positive = test
    return lambda one: not positive(one)


def _mention(word: str) -> Test | None:
    return lambda one: word in one.subject.lower() or word in one.description.lower()


def _comparison(world: World, name: str, sign: str, value: str) -> Test | None:
    if name == "type":
        return None if value == "ticket" else lambda _: False
    if name == "status" and value in STATUSES:
        wanted = STATUSES.index(value)
        return lambda one: _compared(STATUSES.index(one.status), sign, wanted)
    if name == "priority" and value in _PRIORITIES:
        rank = _PRIORITIES.index(value)
        return lambda one: _compared(_PRIORITIES.index(one.priority or "none"), sign, rank)
    if name in ("created", "updated", "solved"):
        start, end = _instants(world, value)
        return lambda one: _in_time(_moment(one, name), sign, start, end)
    return _equality(name, value)


def _equality(name: str, value: str) -> Test:
    if name == "tags":
        return lambda one: value.lower() in one.tags
    if name == "ticket_type":
        return lambda one: (one.type or "none") == value
    if name in ("group", "assignee", "organization", "requester", "brand"):
        return lambda one: str(getattr(one, f"{name}_id") or "none") == value
    return lambda _: False


def _moment(ticket: Ticket, name: str) -> int | None:
    return {"created": ticket.created_at, "updated": ticket.updated_at, "solved": ticket.solved_at}[name]


def _compared(left: int, sign: str, right: int) -> bool:
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, ":": left == right}[sign]


def _in_time(at: int | None, sign: str, start: int, end: int) -> bool:
    if at is None:
        return False
    return start <= at < end if sign == ":" else _compared(at, sign, start)


def _instants(world: World, value: str) -> tuple[int, int]:
    """Return first and one-past-last second of a date, an instant, or an age such as `4hours`."""
    age = re.fullmatch(r"(\d+)(minute|hour|day|week|month)s?", value)
    if age is not None:
        at = world.now() - int(age[1]) * _UNITS[age[2]]
        return at, world.now() + 1
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise Refusal(422, {"error": "invalid", "description": f"Invalid search: {value}"}) from None
    at = int((parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp())
    return at, at + (86400 if "T" not in value else 1)
