"""What a site is like before anything is read from it: one question after the other, as the limits allow."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import ceil
from typing import TypeVar

from connectors import (
    Diagnosis,
    KnownNames,
    Label,
    RetryLater,
    Right,
    SourceError,
    SourceRefused,
    Work,
    fields_of,
    perhaps,
    rows,
    several,
    text,
)
from connectors.jira.client import Api
from connectors.jira.fields import Field, Layout
from connectors.jira.mapping import custom
from connectors.jira.quiet import silence
from connectors.jira.scope import Project, Scope
from connectors.jira.search import HEAVY, PAGE
from connectors.jira.settings import ApiToken, Basic, JiraSettings, OAuth3LO
from connectors.jira.shapes import millis, moment, person_of
from connectors.jira.streams import UNSOLVED
from connectors.jira.words import ROLES

__all__ = ["Examination", "signed_with"]

T = TypeVar("T")

ASKED = (
    ("BROWSE_PROJECTS", "read issues", "reading anything at all", "grant Browse Projects"),
    ("EDIT_ISSUES", "write issues", "showing values on tickets", "grant Edit Issues"),
)

BULK = Right("bulk changes", None, "writing many tickets in one call", "grant the global permission Make Bulk Changes")

MOST_PROJECTS = 20
"""Projects whose rights are asked for one by one."""

SAMPLE = 50

LISTED = 20
"""Calls for the lists of names, and for asking at each end of a list whose it was."""

PLAIN = frozenset(
    {"to do", "open", "new", "backlog", "done", "in progress", "work in progress", "waiting for support", "reopened"}
)
"""Statuses that say no more than their category, by name."""


@dataclass(frozen=True, slots=True)
class _Size:
    """rate: events of a ticket. None: not found out."""

    tickets: int | None = None
    unsolved: int | None = None
    oldest: datetime | None = None
    rate: float | None = None


@dataclass
class Examination:
    """Asks one site. granted: of what was tried, whether it was allowed; None where it was not to be found out."""

    api: Api
    settings: JiraSettings
    scope: Scope
    layout: Layout
    writes: bool
    left_out: list[str] = field(default_factory=list[str])

    def diagnose(self, since: datetime | None, ends: datetime | None = None) -> Diagnosis:
        """Return everything that can be found out. ends: when the credential does, where that is known.

        Raises: SourceError where not even the user can be asked for.
        """
        before, user, site = self.api.calls(), self.api.me(), self.api.site()
        size = _Size()
        if self.scope.readable():  # what hinders that, the probe says
            size = self._size(self.scope.where(), f"updated >= {millis(since)}" if since else "")
        return Diagnosis(
            account=site.title or self.settings.url,
            instance=self.settings.url.partition("://")[2],
            user=f"{text(user, 'displayName')} ({person_of(user)})",
            signed_with=signed_with(self.settings),
            expires_at=ends,
            renewed=isinstance(self.settings.auth, OAuth3LO),
            rights=tuple(self._rights()),
            limits=self.api.told(),
            history_from=size.oldest,
            tickets=size.tickets,
            open_tickets=size.unsolved,
            events=None if size.tickets is None or size.rate is None else ceil(size.tickets * size.rate),
            backfill=self._works(size.tickets, size.unsolved),
            names=self._names(),
            plain=frozenset(self._plain),
            left_out=tuple(self.left_out),
            calls=self.api.calls() - before,
        )

    _plain: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def _size(self, where: str, past: str) -> "_Size":
        return _Size(
            self._tried("the tickets' number", lambda: self._count(where, past)),
            self._tried("the open tickets' number", lambda: self._count(where, UNSOLVED)),
            self._tried("the oldest ticket", lambda: self._oldest(where)),
            self._tried("the events' number", lambda: self._events_each(where)),
        )

    def _tried(self, what: str, ask: Callable[[], T]) -> T | None:
        """Return the answer, None where there is none."""
        try:
            return ask()
        except SourceRefused as refused:
            self.left_out.append(f"{what}: {refused}")
        except RetryLater as later:
            self.left_out.append(f"{what}: {later}")
        except SourceError as wrong:
            self.left_out.append(f"{what}: {wrong}")
        return None

    def _count(self, *clauses: str) -> int | None:
        jql = " AND ".join(f"({each})" for each in clauses if each) or "created >= 315532800000"
        if self.api.site().cloud:
            found = perhaps(self.api.ask("~/search/approximate-count", {"jql": jql}).body).get("count")
        else:
            found = perhaps(self.api.ask("~/search", {"jql": jql, "fields": ["id"], "maxResults": 1}).body).get("total")
        return found if type(found) is int else None

    def _oldest(self, where: str) -> datetime | None:
        found = self._first(where, "created ASC", ["created"], 1)
        return moment(perhaps(perhaps(found[0]).get("fields")).get("created")) if found else None

    def _first(self, where: str, order: str, fields: Sequence[str], most: int) -> list[object]:
        jql = f"{where or 'created >= 315532800000'} ORDER BY {order}"
        path = "~/search/jql" if self.api.site().cloud else "~/search"
        return rows(self.api.ask(path, {"jql": jql, "fields": list(fields), "maxResults": most}).body, "issues")

    def _events_each(self, where: str) -> float | None:
        """Return how many events a ticket has, by the ones that changed last; comments are told without a call each."""
        found = self._first(where, "updated DESC", ["comment"], SAMPLE)
        ids = [str(perhaps(each).get("id")) for each in found]
        if not ids or not self.api.site().cloud:
            return None
        body = {"issueIdsOrKeys": ids, "maxResults": 1000}
        logs = rows(self.api.ask("~/changelog/bulkfetch", body).body, "issueChangeLogs")
        saves = sum(len(several(perhaps(each).get("changeHistories"))) for each in logs)
        comments = sum(len(several(_comments(each).get("comments"))) for each in found)
        return (saves + comments) / len(ids)

    def _rights(self) -> Iterator[Right]:
        """Yield each right, granted where it is in every project of the scope."""
        projects = self.scope.projects()[:MOST_PROJECTS]
        if not projects:
            # Of projects that are named and not shown the probe speaks.
            if self.settings.scope.projects is None:
                yield Right(ASKED[0][1], False, ASKED[0][2], f"{ASKED[0][3]} in what is to be read")
            return
        wanted = [each for each in ASKED if self.writes or each[0] == "BROWSE_PROJECTS"]
        found = [(each, self._tried("rights", partial(self._granted, each))) for each in projects]
        for key, name, needed_for, advice in wanted:
            lacking = [project.key for project, granted in found if granted is not None and not granted.get(key)]
            known = [granted for _, granted in found if granted is not None]
            where = f" in {', '.join(lacking)}" if lacking else ""
            yield Right(name, not lacking if known else None, needed_for, f"{advice}{where}")
        if self.writes and (quiet := self._tried("mails", lambda: silence(self.api, [each.key for each in projects]))):
            yield quiet
        if self.writes and self.api.site().cloud:
            bulk = self._tried("bulk change", lambda: self._granted(None))
            granted = None if bulk is None else bulk.get("BULK_CHANGE", False)
            yield Right(BULK.name, granted, BULK.needed_for, BULK.advice)

    def _granted(self, project: Project | None) -> Mapping[str, bool]:
        keys = [key for key, *_ in ASKED] if project else ["BULK_CHANGE"]
        params = {"permissions": ",".join(keys), **({"projectKey": project.key} if project else {})}
        told = perhaps(fields_of(self.api.get("~/mypermissions", params).body).get("permissions"))
        return {key: perhaps(told.get(key)).get("havePermission") is True for key in keys}

    def _works(self, tickets: int | None, unsolved: int | None) -> tuple[Work, ...]:
        if tickets is None:
            return ()
        parts = (tickets, unsolved or 0)
        calls = sum(2 * ceil(each / PAGE) if self.api.site().cloud else ceil(each / (HEAVY - 1)) for each in parts)
        return (Work("requests", calls + LISTED),)

    def _names(self) -> dict[str, KnownNames]:
        found: dict[str, KnownNames] = {"role": KnownNames({word: word for word in ROLES})}
        for name, path in LISTS.items():
            listed = self._tried(name, partial(self.api.array, path))
            if listed is not None:
                found[name] = KnownNames(dict(_named(listed)), categories=_categories(listed))
                self._plain |= {(name, key) for key, word in _named(listed) if word.casefold() in PLAIN}
        found["project"] = KnownNames({each.id: each.key for each in self.scope.shown()})
        if self.layout.projects_are_teams:
            found["team"] = KnownNames({each.id: each.name for each in self.scope.shown()})
        found[Label.FIELD] = KnownNames({each.id: each.name for each in map(self._known, self.layout.followed)})
        types = self._tried("request types", lambda: list(self.api.desk("requesttype") or ()))
        if types:
            found["form"] = KnownNames(dict(_named(types)))
        organisations = self._tried("organisations", lambda: list(self.api.desk("organization") or ()))
        if organisations is not None:
            found["organisation"] = KnownNames(dict(_named(organisations)))
        for each in map(self._known, self.layout.followed):
            # Options are known by their context, which only an admin may read: a list that is not whole claims nothing.
            if each.kind in {"select", "multiselect", "radiobuttons", "multicheckboxes"}:
                found[custom(each.id)] = KnownNames({}, whole=False)
        return found

    def _known(self, field_id: str) -> Field:
        return self.layout.every[field_id]


LISTS = {"status": "~/status", "priority": "~/priority", "kind": "~/issuetype", "resolution": "~/resolution"}


def signed_with(settings: JiraSettings) -> str:
    """Return what the calls are signed with, in words."""
    match settings.auth:
        case ApiToken() as chosen:
            return f"the API token of {chosen.email}"
        case OAuth3LO() as chosen:
            return f"a token of the OAuth app {chosen.client_id}"
        case Basic() as chosen:
            return f"the password of {chosen.username}"
        case _:
            return "a personal access token"


def _named(listed: Iterable[object]) -> list[tuple[str, str]]:
    found = (perhaps(each) for each in listed)
    return [(str(each["id"]), str(each.get("name") or "")) for each in found if each.get("id") is not None]


def _categories(listed: Iterable[object]) -> dict[str, str]:
    found = ((each.get("id"), perhaps(each.get("statusCategory")).get("key")) for each in map(perhaps, listed))
    return {str(ident): category for ident, category in found if isinstance(category, str)}


def _comments(issue: object) -> Mapping[str, object]:
    return perhaps(perhaps(perhaps(issue).get("fields")).get("comment"))
