"""Which edits may be quiet, and made many at a time: what this user is allowed to, asked once and again after a while.

An edit that asks for silence without the right to it is refused whole.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from connectors import Right, perhaps
from connectors.jira.client import Api

__all__ = ["Rights", "silence"]

ADMIN: Final = "ADMINISTER"
PROJECT_ADMIN: Final = "ADMINISTER_PROJECTS"
BULK: Final = "BULK_CHANGE"

LASTS = 3600.0
"""Seconds for which an answer is believed; rights are given and taken away."""

REMEMBERED = 5000

NOT_TOLD = frozenset({400, 403, 404})


class Rights:
    """Remembers what this user may do. Safe in threads; two may ask the same thing at the same time."""

    def __init__(self, api: Api, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._now = api, now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, bool]] = {}

    def everywhere(self) -> bool:
        """Say whether edits may be quiet whatever their project."""
        return self._may(ADMIN, {})

    def quiet(self, ticket_id: str, project: str) -> bool:
        """Say whether an edit may be quiet, as far as that is known. project: its id; empty where nobody knows.

        Where the project is not known, it is tried: `refused` then tells of the ticket.
        """
        if self.everywhere():
            return True
        if project:
            return self._may(f"project {project}", {"projectId": project}, PROJECT_ADMIN)
        # Without a project it is asked whether there is any one of which this is so.
        return self._recalled(f"issue {ticket_id}") is not False and self._may("some project", {}, PROJECT_ADMIN)

    def refused(self, ticket_id: str, project: str) -> None:
        """Take note that an edit was refused for being quiet."""
        self._keep(f"project {project}" if project else f"issue {ticket_id}", held=False)
        if self._recalled(ADMIN):
            self._keep(ADMIN, held=False)

    def bulk(self) -> bool:
        """Say whether many issues may be edited at a time."""
        return self._may(BULK, {})

    def no_bulk(self) -> None:
        """Take note that a bulk edit was refused."""
        self._keep(BULK, held=False)

    def _may(self, what: str, about: dict[str, str | int], permission: str = "") -> bool:
        known = self._recalled(what)
        if known is None:
            known = bool(held(self._api, permission or what, about))
            self._keep(what, held=known)
        return known

    def _recalled(self, what: str) -> bool | None:
        with self._lock:
            until, value = self._known.get(what, (0.0, False))
            return value if self._now() < until else None

    def _keep(self, what: str, *, held: bool) -> None:
        with self._lock:
            self._known.pop(what, None)
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[what] = (self._now() + LASTS, held)


def held(api: Api, permission: str, about: dict[str, str | int]) -> bool | None:
    """Return whether this user has a permission; None where Jira does not tell. about: the project it is asked of."""
    told = api.get("~/mypermissions", {"permissions": permission, **about}, NOT_TOLD)
    found = perhaps(perhaps(perhaps(told.body).get("permissions")).get(permission)).get("havePermission")
    return found if told.good and isinstance(found, bool) else None


def silence(api: Api, projects: Sequence[str]) -> Right:
    """Return whether values can be shown without an e-mail to those who watch a ticket.

    projects: the keys of those that are written to; empty for all there are.
    """
    lacking: list[str] = []
    if held(api, ADMIN, {}):
        granted: bool | None = True
    elif not projects:
        granted = None if held(api, PROJECT_ADMIN, {}) is not False else False
    else:
        told = {key: held(api, PROJECT_ADMIN, {"projectKey": key}) for key in projects}
        lacking = [key for key, mine in told.items() if mine is False]
        granted = False if lacking else None if None in told.values() else True
    where = f"in {', '.join(lacking)}" if lacking else "in every project that is written to"
    return Right(
        "quiet edits",
        granted,
        "writing without a mail to the watchers of each ticket",
        f"grant Administer Projects {where}, or Administer Jira; else Jira mails people about each change of a value",
    )
