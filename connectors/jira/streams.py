"""What is read with its own cursor, and how far each pass over the search is.

A pass reads everything that changed since the last one began, less an overlap: the search shows a change only some
time after it was made. A list that was read to its end under a credential that was good afterwards is believed.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from connectors import Checkpoint, Page, Stream, Ticket, perhaps, resumed
from connectors.jira.client import Api
from connectors.jira.events import STREAM
from connectors.jira.issues import Issues, Read
from connectors.jira.scope import Scope
from connectors.jira.search import Found, NotTaken, Query, Search, updated_of
from connectors.jira.shapes import epoch, millis

__all__ = ["CATALOGUE", "INDEX_LAG", "OPEN", "Pass", "Tickets", "page_of", "streams"]

CATALOGUE: Final = "catalogue"

OPEN: Final = "open_tickets"

INDEX_LAG = timedelta(minutes=5)
"""The search shows a change some seconds later, now and then minutes. What is later still the census finds."""

OVERLAP: Final = 2 * INDEX_LAG // timedelta(milliseconds=1)

LOOK: Final = INDEX_LAG // timedelta(milliseconds=1)
"""How long the list of projects that are shown is good: with a pass in between, no longer than the overlap."""

MOST_RECENT = 5000
"""Issues of the overlap whose state is remembered in the cursor; beyond that, they are read once more."""

UNSOLVED = "statusCategory != Done"


def streams() -> Sequence[Stream]:
    """Return what is read."""
    return (
        Stream(CATALOGUE, every=timedelta(minutes=60), whole=True),
        Stream(STREAM, carries_history=True),
        # Its events belong to the stream before it, which alone says how far history is whole.
        Stream(OPEN, once=True),
    )


@dataclass(frozen=True, slots=True)
class Pass:
    """All that changed before `mark` is read. Instants are milliseconds since 1970, of Jira's clock.

    asked: when the pass under way began, 0 where none is. here: read up to the changes of this instant.
    recent: the issues that the overlap will show again, with the instant of the change that was read.
    looked: the mark of the pass before which the projects were listed last; open: those that were shown then.
    away: projects that were shown once and are not any more, with the mark up to which they are read.
    """

    mark: int
    asked: int = 0
    here: int = 0
    recent: Mapping[str, int] = field(default_factory=dict[str, int])
    looked: int = 0
    open: tuple[str, ...] = ()
    away: Mapping[str, int] = field(default_factory=dict[str, int])

    def checkpoint(self) -> Checkpoint:
        return Checkpoint(json.dumps(asdict(self), separators=(",", ":")))

    @classmethod
    def loaded(cls, cursor: str) -> "Pass":
        """Return the pass of a checkpoint. Raises: SourceError."""
        return resumed(cursor, cls._read)

    @classmethod
    def _read(cls, raw: Any) -> "Pass":
        recent, away = ({str(key): int(at) for key, at in raw.get(name, {}).items()} for name in ("recent", "away"))
        shown = tuple(str(each) for each in raw.get("open", ()))
        mark, asked, here = (millis(epoch(int(raw[name]))) for name in ("mark", "asked", "here"))
        return cls(mark, asked, here, recent, int(raw.get("looked", 0)), shown, away)

    @property
    def since(self) -> int:
        """Where the search begins."""
        return max(self.here, self.mark - OVERLAP) if self.asked else max(0, self.mark - OVERLAP)


class Tickets:
    """Reads issues and all that happened to them, those changed longest ago first."""

    def __init__(self, api: Api, issues: Issues, scope: Scope) -> None:
        self._api, self._issues, self._scope = api, issues, scope
        self._search = Search(api)

    def pull(self, since: Checkpoint, clause: str = "") -> Iterator[Page]:
        """Yield pages until the pass is over. clause: narrows it further."""
        done = Pass.loaded(since.cursor)
        self._api.known()
        try:
            if not (clause or done.asked) and done.mark - done.looked >= LOOK:
                done = yield from self._caught_up(done)
            asked, recent = done.asked, dict(done.recent)
            for found in self._found(done, clause):
                asked = asked or millis(found.asked)
                rows = [(str(perhaps(each).get("id")), updated_of(each), each) for each in found.items]
                fresh = [raw for ident, at, raw in rows if at is None or recent.get(ident) != at]
                read = self._issues.listed(fresh)
                # What was not to be read whole is not remembered, and read once more.
                whole = {each.ticket_id for each in read.complete}
                recent |= {ident: at for ident, at, _ in rows if ident in whole and at and at >= asked - OVERLAP}
                here = max([done.here, *(at for _, at, _ in rows if at is not None)])
                done = replace(done, asked=asked, here=here, recent=_last(recent))
                yield self._scope.page(page_of(read, done.checkpoint()))
        except NotTaken:
            if clause:
                # Only what is read first: a site that does not take it has everything read in its turn.
                yield Page((), done.checkpoint())
                return
            # A project that is not shown any more makes the whole query wrong: next time it is not named.
            self._scope.shown(again=True)
            raise
        # Jira answers strangers too, with nothing: a list is whole only if the credentials were good to its end.
        self._api.me()
        ended = replace(done, mark=max(done.mark, asked), asked=0, here=0, recent=_last(recent))
        yield Page((), ended.checkpoint(), epoch(asked) - INDEX_LAG)

    def _caught_up(self, done: Pass) -> Generator[Page, None, Pass]:
        """Yield what has happened in projects that were closed to this user and are open again; return what is known.

        No search shows what was done there meanwhile as a change of now.
        """
        self._scope.shown(again=True)
        there = {each.id: each for each in self._scope.projects()}
        away = {**dict.fromkeys({*done.open} - there.keys(), done.looked), **done.away}
        back = sorted(away.keys() & there.keys())
        for project in back:
            query = self._query(self._scope.where(there[project]))
            for found in self._search.changed(query, away[project] - OVERLAP):
                yield self._scope.page(page_of(self._issues.listed(found.items), done.checkpoint()))
        if back:
            self._api.me()
        away = {project: at for project, at in away.items() if project not in there}
        return replace(done, looked=done.mark, open=tuple(sorted(there)), away=away)

    def inside(self) -> Page:
        """Return the list of all issues in scope."""
        ids, asked = set[str](), 0
        for found in self._search.ids(self._scope.where()):
            asked = asked or millis(found.asked)
            ids |= {str(perhaps(each).get("id")) for each in found.items}
        self._api.me()
        settled = epoch(asked) - INDEX_LAG
        return Page((), Checkpoint(""), settled_until=settled, total=len(ids), inside=frozenset(ids))

    def unsolved(self, most: int) -> Iterator[Ticket]:
        """Yield at most so many pictures of issues that are not done."""
        for found in self._found(Pass(0), UNSOLVED):
            yield from self._issues.pictures(found.items[:most])
            most -= len(found.items)
            if most <= 0:
                return

    def _found(self, done: Pass, clause: str) -> Iterator[Found]:
        where = " AND ".join(part for part in (self._scope.where(), clause) if part)
        return self._search.changed(self._query(where), done.since)

    def _query(self, where: str) -> Query:
        return Query(where, self._issues.fields(), (self._issues.property,) if self._issues.property else ())


def page_of(read: Read, checkpoint: Checkpoint) -> Page:
    """Return a page of what was read."""
    return Page(tuple(read.records), checkpoint, complete=tuple(read.complete), set_aside=tuple(read.set_aside))


def _last(recent: Mapping[str, int]) -> dict[str, int]:
    """Return the youngest of them, as many as are remembered."""
    return dict(sorted(recent.items(), key=lambda each: each[1])[-MOST_RECENT:])
