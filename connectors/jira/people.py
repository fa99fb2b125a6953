"""The people in an answer, and the one id of somebody whom changelogs call by several names."""

import threading
from collections.abc import Iterator

from connectors import Person, Unreadable, perhaps, several
from connectors.jira.client import Api
from connectors.jira.mapping import person
from connectors.jira.shapes import person_of

__all__ = ["People"]

KNOWN = 20_000
"""So many are remembered; the others are asked about again."""


class People:
    """Knows people by every name that was seen. Safe in threads.

    Data Center's changelogs tell a user's name or key, its issues both; Cloud has one id for everything.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def met(self, raw: object) -> Iterator[Person]:
        """Yield everybody who is shown anywhere in an issue, each once."""
        found: dict[str, Person] = {}
        for user in _users(raw):
            try:
                read = person(user)
            except Unreadable:
                continue
            found[read.id] = read
            self._remember(user, read.id)
        yield from found.values()

    def one(self, called: str) -> str:
        """Return the id under which somebody is known."""
        if self._api.site().cloud or not called:
            return called
        with self._lock:
            known = self._known.get(called)
        return known if known is not None else self._asked(called)

    def _asked(self, called: str) -> str:
        for key in ("username", "key"):
            reply = self._api.get("~/user", {key: called}, frozenset({400, 403, 404}))
            found = person_of(reply.body) if reply.good else None
            if found is not None:
                self._remember(reply.body, found, called)
                return found
        self._remember(None, called, called)
        return called

    def _remember(self, raw: object, found: str, *called: str) -> None:
        user = perhaps(raw)
        names = {each for each in (user.get("key"), user.get("name"), *called) if isinstance(each, str)}
        with self._lock:
            while len(self._known) > KNOWN:
                del self._known[next(iter(self._known))]
            self._known.update(dict.fromkeys(names, found))


def _users(raw: object) -> Iterator[object]:
    """Yield all user objects in an issue: in its fields, its changelog and its comments."""
    issue = perhaps(raw)
    fields = perhaps(issue.get("fields"))
    yield from (fields[key] for key in ("assignee", "reporter", "creator") if perhaps(fields.get(key)))
    histories = several(perhaps(issue.get("changelog")).get("histories"))
    comments = several(perhaps(fields.get("comment")).get("comments"))
    yield from (author for each in (*histories, *comments) if perhaps(author := perhaps(each).get("author")))
