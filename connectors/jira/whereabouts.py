"""Which project and which type an issue is of, asked for many at a time and remembered: that decides what it takes."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors import Unreadable, fields_of, flag, perhaps, rows, text
from connectors.jira.client import Api
from connectors.jira.shapes import identifier

__all__ = ["Whereabouts", "WhereaboutsKept", "whereabouts"]

BATCH = 100

REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """project, type: ids. key: what people call the project. team: it is team-managed."""

    project: str = ""
    key: str = ""
    type: str = ""
    team: bool = False

    @property
    def words(self) -> str:
        return f"project {self.key}" if self.key else "its project"


def whereabouts(raw: object) -> Whereabouts:
    """Return where an issue is. raw: the issue, with its project and type."""
    fields = fields_of(fields_of(raw, "issue").get("fields"), "fields")
    project, kind = fields_of(fields.get("project"), "project"), perhaps(fields.get("issuetype"))
    return Whereabouts(
        identifier(project),
        text(project, "key"),
        identifier(kind) if kind else "",
        flag(project, "simplified", default=False),
    )


class WhereaboutsKept:
    """Remembers where issues are. Safe in threads."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._known: dict[str, Whereabouts] = {}

    def of(self, ids: Sequence[str]) -> Mapping[str, Whereabouts]:
        """Return where these issues are; one that Jira does not show is left out."""
        with self._lock:
            found = {each: self._known[each] for each in ids if each in self._known}
        unknown = [each for each in ids if each not in found]
        for first in range(0, len(unknown), BATCH):
            asked = {"issueIdsOrKeys": unknown[first : first + BATCH], "fields": ["project", "issuetype"]}
            found |= self.learn(rows(self._api.ask("~/issue/bulkfetch", asked).body, "issues"))
        return found

    def learn(self, issues: Iterable[object]) -> dict[str, Whereabouts]:
        """Take note of where these issues are; what cannot be read of them is passed over."""
        found: dict[str, Whereabouts] = {}
        for each in issues:
            try:
                found[identifier(fields_of(each, "issue"))] = whereabouts(each)
            except Unreadable:
                continue
        with self._lock:
            for ticket_id, where in found.items():
                self._known.pop(ticket_id, None)
                self._known[ticket_id] = where
            while len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]
        return found

    def forget(self, ticket_id: str) -> None:
        """Have it asked again: the issue may have moved."""
        with self._lock:
            self._known.pop(ticket_id, None)
