"""People and organisations without the incremental exports: the whole lists, again and again.

A cursor is `whole:<which list>:<Zendesk's own>`. Of people only those who work here are listed; the others
come with the tickets in which they occur.
"""

from collections.abc import Iterator, Mapping

from connectors import Checkpoint, Page
from connectors.zendesk import mapping
from connectors.zendesk.client import Api, CursorExpired
from connectors.zendesk.mapping import Read

__all__ = ["WHOLE", "organisations", "people", "start"]

WHOLE = "whole:"

STAFF: tuple[Mapping[str, str | int], ...] = ({"role": "agent"}, {"role": "admin"})


def start() -> Checkpoint:
    """Return the beginning of the first list."""
    return _at(0, "")


def people(api: Api, since: Checkpoint) -> Iterator[Page]:
    """Yield all agents and admins."""
    return _pages(api, "users", STAFF, mapping.each("people", mapping.person), since)


def organisations(api: Api, since: Checkpoint) -> Iterator[Page]:
    """Yield all organisations; deleted ones are not listed."""
    return _pages(api, "organizations", ({},), mapping.each("organisations", mapping.organisation), since)


def _pages(
    api: Api, resource: str, lists: tuple[Mapping[str, str | int], ...], read: Read, since: Checkpoint
) -> Iterator[Page]:
    which, after = _place(since.cursor)
    while which < len(lists):
        try:
            found = api.page(resource, after, lists[which])
        except CursorExpired:
            found = api.page(resource, "", lists[which])
        records, aside = read(found.items)
        which, after = (which, found.after) if found.after and found.after != after else (which + 1, "")
        yield Page(records, _at(which % len(lists), after), set_aside=aside)


def _at(which: int, after: str) -> Checkpoint:
    return Checkpoint(f"{WHOLE}{which}:{after}")


def _place(cursor: str) -> tuple[int, str]:
    """Return which list is read, and its next page; what the exports left says nothing of a list."""
    which, _, after = cursor.removeprefix(WHOLE).partition(":")
    return (int(which), after) if cursor.startswith(WHOLE) and which in {"0", "1"} else (0, "")
