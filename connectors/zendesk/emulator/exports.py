"""The incremental exports: by cursor (tickets, users) and by time (tickets, ticket events, organisations)."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from connectors.zendesk.emulator.answers import Answer, Call, Refusal
from connectors.zendesk.emulator.directory import organisation_doc, user_doc
from connectors.zendesk.emulator.events import ticket_event_doc
from connectors.zendesk.emulator.paging import number
from connectors.zendesk.emulator.records import Doc, Ticket
from connectors.zendesk.emulator.shapes import ticket_docs
from connectors.zendesk.emulator.sideloads import embedded, sideloads
from connectors.zendesk.emulator.world import HOLD_BACK, World

__all__ = [
    "by_time",
    "organisations",
    "start_time",
    "ticket_events",
    "tickets_by_cursor",
    "tickets_by_time",
    "users_by_cursor",
    "users_by_time",
]

T = TypeVar("T")
Key = tuple[int, int]
_LARGEST = 1000


def tickets_by_cursor(world: World, call: Call) -> Answer:
    """Answer `/incremental/tickets/cursor`: (generated_timestamp, id) ascending, strictly after the cursor."""
    until = world.now() - HOLD_BACK
    rows = world.changed_from(_after(world, call), until)
    if call.query.get("exclude_deleted") == "true":
        rows = [row for row in rows if world.tickets[row[1]].status != "deleted"]
    shown = rows[: _size(call)]
    tickets = [world.tickets[row[1]] for row in shown]
    return Answer(
        {
            "tickets": embedded(world, call, ticket_docs(world, tickets, call.base, exported=True)),
            **sideloads(world, call, tickets),
            **_cursor_end(world, call, shown, len(rows)),
        }
    )


def users_by_cursor(world: World, call: Call) -> Answer:
    """Answer `/incremental/users/cursor`, in order of (updated_at, id)."""
    until = world.now() - HOLD_BACK
    after = _after(world, call)
    rows = sorted((one.updated_at, one.id) for one in world.people.values() if one.updated_at <= until)
    rows = [row for row in rows if row >= after]
    shown = rows[: _size(call)]
    users = [user_doc(world.people[row[1]], call.base) for row in shown]
    return Answer({"users": users, **_cursor_end(world, call, shown, len(rows))})


def users_by_time(world: World, call: Call) -> Answer:
    """Answer `/incremental/users?start_time=`."""
    start, until = start_time(world, call), world.now() - HOLD_BACK
    changed = [one for one in world.people.values() if start <= one.updated_at <= until]
    changed.sort(key=lambda one: (one.updated_at, one.id))
    return by_time(
        call,
        changed,
        lambda one: one.updated_at,
        lambda page: {"users": [user_doc(one, call.base) for one in page]},
    )


def tickets_by_time(world: World, call: Call) -> Answer:
    """Answer `/incremental/tickets?start_time=`."""

    def render(rows: Sequence[Key]) -> Doc:
        tickets: list[Ticket] = [world.tickets[row[1]] for row in rows]
        return {
            "tickets": embedded(world, call, ticket_docs(world, tickets, call.base, exported=True)),
            **sideloads(world, call, tickets),
        }

    start = start_time(world, call)
    rows = world.changed_from((start, 0), world.now() - HOLD_BACK)
    if call.query.get("exclude_deleted") == "true":
        rows = [row for row in rows if world.tickets[row[1]].status != "deleted"]
    return by_time(call, rows, lambda row: row[0], render)


def ticket_events(world: World, call: Call) -> Answer:
    """Answer `/incremental/ticket_events?start_time=`, with whole comments for `include=comment_events`."""
    with_comments = "comment_events" in call.query.get("include", "").split(",")
    audits = world.audits_from(start_time(world, call), world.now() - HOLD_BACK)
    return by_time(
        call,
        audits,
        lambda audit: audit.created_at,
        lambda page: {"ticket_events": [ticket_event_doc(one, with_comments=with_comments) for one in page]},
    )


def organisations(world: World, call: Call) -> Answer:
    """Answer `/incremental/organizations?start_time=`."""
    start, until = start_time(world, call), world.now() - HOLD_BACK
    changed = [one for one in world.organisations.values() if start <= one.updated_at <= until]
    changed.sort(key=lambda one: (one.updated_at, one.id))
    return by_time(
        call,
        changed,
        lambda one: one.updated_at,
        lambda page: {"organizations": [organisation_doc(one, call.base, exported=True) for one in page]},
    )


def by_time(
    call: Call,
    rows: Sequence[T],
    when: Callable[[T], int],
    render: Callable[[Sequence[T]], Doc],
    latest: int | None = None,
) -> Answer:
    """Answer a page whose end is a second: the last second repeats on the next page.

    A page that lies within one single second grows to all of that second and ends one second later.
    latest: for rows that lie in the future. A page that comes to them holds all of them and ends there, so that
        the next one begins in the past.
    """
    size = _size(call)
    shown = rows[:size]
    end: int | None = None
    if shown and latest is not None and when(shown[-1]) > latest:
        shown = rows
    if shown:
        end = when(shown[-1])
        if len(rows) > len(shown) and when(shown[0]) == end:
            shown = [row for row in rows if when(row) == end]
            end += 1
        if latest is not None:
            end = min(end, latest)
    link = None
    if end is not None:
        kept = [(key, value) for key, value in call.query.multi_items() if key != "start_time"]
        link = f"{call.base}{call.path}?{urlencode([*kept, ('start_time', str(end))])}"
    ended = len(shown) == len(rows)
    return Answer({**render(shown), "count": len(shown), "end_of_stream": ended, "next_page": link, "end_time": end})


def _size(call: Call) -> int:
    return min(_LARGEST, max(1, number(call, "per_page", _LARGEST)))


def start_time(world: World, call: Call) -> int:
    """Return `start_time`. Raises: Refusal (400) when it is missing, no number, or younger than a minute."""
    text = call.query.get("start_time", "")
    if re.fullmatch(r"-?[0-9]{1,15}", text) is None:
        raise Refusal(400, {"error": "InvalidValue", "description": "Invalid start_time"})
    if int(text) > world.now() - HOLD_BACK:
        description = "Too recent start_time. Use a start_time older than 1 minute"
        raise Refusal(400, {"error": "StartTimeTooRecent", "description": description})
    return max(0, int(text))


def _after(world: World, call: Call) -> Key:
    """Return the least (time, id) that may be shown."""
    cursor = call.query.get("cursor")
    if not cursor:
        return (start_time(world, call), 0)
    if "start_time" in call.query:
        raise Refusal(400, {"error": "InvalidValue", "description": "start_time and cursor are mutually exclusive"})
    try:
        moment, _, rest = base64.b64decode(cursor, validate=True).decode().partition("||")
        return (int(float(moment)), int(rest.rstrip("|")) + 1)
    except (ValueError, OverflowError, binascii.Error):
        raise Refusal(400, {"error": "InvalidValue", "description": "cursor is not valid"}) from None


def _cursor_end(world: World, call: Call, shown: Sequence[Key], found: int) -> Doc:
    """Return the paging part. With nothing new the cursor comes back, or null where the desk is set so."""
    cursor = call.query.get("cursor") if world.empty_cursor == "same" else None
    if shown:
        cursor = base64.b64encode(f"{shown[-1][0]}.0||{shown[-1][1]}|".encode()).decode()
    link = None
    if cursor:
        kept = [(key, value) for key, value in call.query.multi_items() if key not in ("cursor", "start_time")]
        link = f"{call.base}{call.path}?{urlencode([('cursor', cursor), *kept])}"
    return {
        "after_url": link,
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": found == len(shown),
    }
