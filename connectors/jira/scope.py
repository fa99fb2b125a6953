"""Which part of a site a connection reads: some of its projects, and what a search in Jira's own language finds."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from connectors import SCOPE, Page, Presence, Record, SourceError, Stream, Ticket, fields_of, perhaps, text
from connectors.jira.client import Api
from connectors.jira.settings import ScopeSettings
from connectors.jira.shapes import identifier

__all__ = ["Project", "Scope"]

REFUSED: Final = frozenset({400})

STREAM: Final = Stream(SCOPE, every=timedelta(minutes=15), whole=True)


@dataclass(frozen=True, slots=True)
class Project:
    """team_managed: its fields, screens and statuses are its own."""

    id: str
    key: str
    name: str
    team_managed: bool = False
    service_desk: bool = False

    def called(self, word: str) -> bool:
        """Say whether a key or an id means this project."""
        return word.strip().casefold() in {self.id, self.key.casefold()}


class Scope:
    """Knows the projects that are shown, asked for once and again where a query is not taken. Safe in threads."""

    def __init__(self, api: Api, chosen: ScopeSettings) -> None:
        self._api, self._chosen = api, chosen
        self._lock = threading.Lock()
        self._shown: tuple[Project, ...] | None = None

    def shown(self, *, again: bool = False) -> tuple[Project, ...]:
        """Return all projects that are shown to this user."""
        with self._lock:
            if self._shown is None or again:
                self._shown = tuple(self._asked())
            return self._shown

    def projects(self) -> tuple[Project, ...]:
        """Return the projects in scope that are shown."""
        return tuple(each for each in self.shown() if self._wanted(each))

    def missing(self) -> tuple[str, ...]:
        """Return the projects that the settings name and that are not shown to this user."""
        named = self._chosen.projects or ()
        return tuple(word for word in named if not any(each.called(word) for each in self.shown()))

    def problems(self) -> tuple[str, ...]:
        """Return what hinders the scope, one sentence each."""
        found = [f"scope.projects: no project '{word}' is shown to this user" for word in self.missing()]
        if self._chosen.query and self.projects() and (said := self._refused()):
            found.append(f"scope.query: Jira does not take it: {said}")
        return tuple(found)

    def readable(self) -> bool:
        """Say whether a search for what is in scope can find anything."""
        return bool(self.projects()) and not (self._chosen.query and self._refused())

    def _refused(self) -> str:
        """Return what Jira has against the query; empty where it takes it."""
        path = "~/search/jql" if self._api.site().cloud else "~/search"
        reply = self._api.ask(path, {"jql": self.where(), "fields": ["id"], "maxResults": 1}, REFUSED)
        return "" if reply.good else reply.said or "it does not say why"

    def where(self, project: Project | None = None) -> str:
        """Return the clause that finds what is in scope, in one project where one is named; empty for everything.

        A project that is not shown is left out: naming it would have Jira refuse the whole query.
        Raises: SourceError when none of the named projects is shown.
        """
        parts: list[str] = []
        if project is not None:
            parts.append(f"project = {_quoted(project.key)}")
        elif self._chosen.projects:
            found = self.projects()
            if not found:
                raise SourceError(f"none of the projects {', '.join(self._chosen.projects)} is shown to this user")
            parts.append(f"project in ({', '.join(_quoted(each.key) for each in found)})")
        if self._chosen.query:
            parts.append(f"({self._chosen.query})")
        return " AND ".join(parts)

    def page(self, page: Page) -> Page:
        """Return a page whose tickets in other projects are marked, and which says which of those it names are."""
        if self._chosen.projects is None:
            return page
        inside = {each.id for each in self.projects()}
        records = tuple(_marked(each, inside) for each in page.records)
        outside = {each.id for each in records if isinstance(each, Ticket) and each.presence is Presence.OUT_OF_SCOPE}
        return replace(page, records=records, outside=frozenset(outside))

    def streams(self, streams: Sequence[Stream]) -> Sequence[Stream]:
        """Return the streams, with the list of what is in scope where only a search can tell."""
        return (*streams, STREAM) if self._chosen.query else streams

    def parts(self) -> Iterator[Project]:
        """Yield each project in scope, as it is shown now."""
        self.shown(again=True)
        yield from self.projects()

    def _wanted(self, project: Project) -> bool:
        named = self._chosen.projects
        return named is None or any(project.called(word) for word in named)

    def _asked(self) -> Sequence[Project]:
        if self._api.site().cloud:
            return [_project(each) for each in self._api.beans("~/project/search")]
        return [_project(each) for each in self._api.array("~/project")]


def _quoted(key: str) -> str:
    """Return a project's key as a query takes it, which may be one of the language's own words."""
    return f'"{key}"'


def _marked(record: Record, inside: set[str]) -> Record:
    if isinstance(record, Ticket) and record.values.get("project") not in inside:
        return replace(record, presence=Presence.OUT_OF_SCOPE)
    return record


def _project(raw: object) -> Project:
    row = fields_of(raw, "project")
    return Project(
        identifier(row),
        text(row, "key"),
        text(row, "name"),
        team_managed=row.get("simplified") is True or perhaps(row).get("style") == "next-gen",
        service_desk=row.get("projectTypeKey") == "service_desk",
    )
