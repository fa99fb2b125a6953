"""What an instance is like before anything is read from it: one question after the other, as the limits allow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import ceil
from typing import Final, TypeVar
from urllib.parse import urlsplit

from connectors import (
    Diagnosis,
    Remark,
    RetryLater,
    Right,
    SourceError,
    Unreadable,
    Work,
    perhaps,
)
from connectors.servicenow.client import AT_ONCE, Api, Closed, Missing, Rows, listed, stops
from connectors.servicenow.columns import Layout
from connectors.servicenow.delivery import READ_ONLY
from connectors.servicenow.known_names import known_names, plain
from connectors.servicenow.rights import (
    AUDIT,
    JOURNAL,
    OTHERS,
    Look,
    Past,
    columns_right,
    past_rights,
    table_right,
)
from connectors.servicenow.scope import Scope
from connectors.servicenow.settings import ApiKey, Basic, ServiceNowSettings
from connectors.servicenow.shapes import moment, number, stamp, stored
from connectors.servicenow.terms import within

__all__ = ["Examination", "signed_with"]

T = TypeVar("T")

SAMPLE: Final = 50
"""Tickets that were changed last: what they tell is what can be read."""

SAMPLED: Final = 20
"""Of those that logs are asked about: an audit is read in small pages."""

LOGGED: Final = 100

NOWHERE: Final = "slahub_no_such_column"

LOG_ROWS: Final = 500
"""Rows of a page of the audit or the journal."""

ROWS_AN_EVENT: Final = 2


@dataclass(slots=True)
class _Size:
    """tickets, unsolved: None where they were not found out. rate: changes of a ticket."""

    tickets: int | None = None
    unsolved: int | None = None
    oldest: datetime | None = None
    rate: float | None = None


@dataclass
class Examination:
    """Asks one instance. writes: something is to be shown on tickets."""

    api: Api
    settings: ServiceNowSettings
    scope: Scope
    layout: Layout
    writes: bool
    left_out: list[str] = field(default_factory=list[str])

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Return everything that can be found out. Raises: SourceError where not even one table can be asked."""
        before = self.api.calls()
        looks = self._looks()
        size = self._size(looks, since)
        past = self._past(looks)
        others = [self._other(table, columns) for table, (_, columns) in OTHERS.items()]
        names = known_names(self.api, self.scope, self.settings.columns, looks, self._tried)
        host = urlsplit(self.settings.url).netloc
        events = None if size.tickets is None or size.rate is None else ceil(size.tickets * size.rate)
        return Diagnosis(
            account=host.partition(".")[0],
            instance=host,
            user=self._user(),
            signed_with=signed_with(self.settings),
            rights=tuple(self._rights(looks, past, others)),
            limits=self.api.told(),
            history_from=size.oldest,
            tickets=size.tickets,
            open_tickets=size.unsolved,
            events=events,
            backfill=self._works(size),
            names=names,
            plain=frozenset(plain(names)),
            remarks=tuple(self._remarks(looks)),
            left_out=tuple(dict.fromkeys(self.left_out)),
            calls=self.api.calls() - before,
        )

    def _looks(self) -> list[Look]:
        """Return what each table shows of the tickets that were changed last."""
        found: list[Look] = []
        for table, columns in self.scope.tables.items():
            own = tuple(each.name for each in self.layout.of.get(table, {}).values())
            wanted = tuple(dict.fromkeys(("sys_mod_count", *columns.needed(), *own)))
            try:
                found.append(self._look(table, wanted, f"{self._where(table)}^ORDERBYDESCsys_updated_on", SAMPLE))
            except RetryLater as later:
                if not found:
                    raise
                self.left_out.append(f"{table}: {later}")
        return found

    def _where(self, table: str) -> str:
        """Return the query of a table, nothing where it cannot be trusted: the probe says of it what is wrong."""
        try:
            self.scope.checked(table)
        except SourceError as error:
            if stops(error):
                raise
            return ""
        return within(self.scope.query(table))

    def _look(self, table: str, columns: Sequence[str], query: str, most: int) -> Look:
        try:
            page = self.api.page(table, query.removeprefix("^"), columns, most, labels=True)
        except Missing as error:
            return Look(table, refused=str(error), missing=True)
        except SourceError as error:
            if stops(error):
                raise
            return Look(table, refused=str(error))
        rows = tuple(map(perhaps, page.items))
        return Look(table, rows) if rows else Look(table, there=self._tried(table, lambda: self.api.count(table, "")))

    def _other(self, table: str, columns: Sequence[str]) -> Look:
        return self._tried(table, lambda: self._look(table, columns, "", 1)) or Look(table, refused="not asked")

    def _tried(self, what: str, ask: Callable[[], T]) -> T | None:
        """Return the answer, None where there is none."""
        try:
            return ask()
        except SourceError as error:
            if stops(error) and not isinstance(error, RetryLater):
                raise
            self.left_out.append(f"{what}: {error}")
        return None

    def _size(self, looks: Sequence[Look], since: datetime | None) -> _Size:
        size = _Size()
        for look in looks:
            if not look.rows:
                continue
            where = self.scope.query(look.table)
            lately = (f"sys_updated_on>={stamp(since)}",) if since else ()
            count = partial(self.api.count, look.table)
            told = self._tried("the tickets' number", partial(count, within(where, *lately)))
            unsolved = self._tried("the open tickets' number", partial(count, within(where, "active=true")))
            oldest = self._tried("the oldest ticket", partial(self._oldest, look.table, where))
            size.tickets = _sum(size.tickets, told)
            size.unsolved = _sum(size.unsolved, unsolved)
            size.oldest = min(filter(None, (size.oldest, oldest)), default=None)
        rows = [row for look in looks for row in look.rows]
        size.rate = sum(number(row, "sys_mod_count") for row in rows) / len(rows) if rows else None
        return size

    def _oldest(self, table: str, where: str) -> datetime | None:
        query = within(where, order=("sys_created_on",))
        rows = self.api.page(table, query, ("sys_id", "sys_created_on"), 1).items
        return moment(stored(perhaps(rows[0]), "sys_created_on")) if rows else None

    def _past(self, looks: Sequence[Look]) -> Past:
        """Return what logs tell of some tickets that were changed lately, whichever table they are in."""
        ids = [each for look in looks for each in look.changed[: max(1, SAMPLED // len(looks))]]
        if not ids:
            return Past()
        audited = self._logged(AUDIT, "documentkey", ids, "fieldname")
        if audited == ():
            # Some accounts are shown nothing where they ask about several at once.
            audited = self._logged(AUDIT, "documentkey", ids[:1], "fieldname")
        written = self._logged(JOURNAL, "element_id", ids, "element")
        if written:
            return Past(audited, written)
        any_at_all = self._tried(JOURNAL, lambda: bool(self._page(JOURNAL, "", ("sys_id",), 1).items))
        return Past(audited, written, any_at_all)

    def _logged(
        self, table: str, column: str, ids: Sequence[str], more: str
    ) -> tuple[Mapping[str, object], ...] | None:
        """Return rows about some tickets; others come where no notice is taken of the filter."""
        query = listed(column, ids) if len(ids) > 1 else f"{column}={ids[0]}"
        page = self._tried(table, lambda: self._page(table, query, ("sys_id", column, more), LOGGED))
        if page is None:
            return None
        return tuple(row for row in map(perhaps, page.items) if stored(row, column) in ids)

    def _page(self, table: str, query: str, columns: Sequence[str], most: int) -> Rows:
        """Return a page of a log; one that may not be asked at all shows nothing."""
        try:
            return self.api.page(table, query, columns, most)
        except Closed as error:
            raise Unreadable(str(error)) from error

    def _rights(self, looks: Sequence[Look], past: Past, others: Sequence[Look]) -> Iterator[Right]:
        told = frozenset[str]().union(*(look.shown for look in looks))
        for look in looks:
            columns = self.scope.tables[look.table]
            # Not every table refers to the same: an item has no caller.
            wanted = [each for each in columns.needed() if each not in columns.walked or each not in told]
            yield from _told(table_right(look, "reading its tickets"))
            yield from _lacking(columns_right(look, wanted, "following its tickets"))
        yield from past_rights(past)
        for look in others:
            needed_for, names = OTHERS[look.table]
            yield from _told(table_right(look, needed_for))
            yield from _lacking(columns_right(look, names, needed_for))

    def _remarks(self, looks: Sequence[Look]) -> Iterator[Remark]:
        shown = next((look for look in looks if look.rows), None)
        if shown is not None:
            if self._tried("times in filters", lambda: self._in_utc(shown)) is False:
                yield Remark(
                    "zone",
                    f"a filter for the very second in which a ticket of {shown.table} was changed does not find it: "
                    "times in filters are not taken as UTC for this account",
                    "let the account have the time zone GMT and the date format yyyy-MM-dd HH:mm:ss",
                    ("auth",),
                )
            if any(map(self.scope.query, self.scope.tables)) and self._overlooks(shown):
                yield Remark(
                    "filters",
                    "the instance takes no notice of a column in a filter that it does not know, and gives every row",
                    "the hub looks for each column of a query in a row before it uses the query; whether a value is "
                    "right it cannot see: compare the query's list in ServiceNow with the tickets here",
                    ("scope", "tables"),
                    grave=False,
                )
        for look in looks:
            if table_right(look, "") is None:
                yield Remark(
                    "empty",
                    f"{look.table} has no row",
                    "nothing, if that is so; else look at the account's domain, and at scope.tables",
                    ("scope", "tables"),
                    grave=False,
                )
        if self.settings.read_only:
            yield Remark("read_only", READ_ONLY, "nothing, if that is meant", ("read_only",), grave=False)
        elif self.writes and shown is not None:
            names = sorted({f"{own.table}.{own.name}" for some in self.layout.of.values() for own in some.values()})
            if names:
                yield Remark(
                    "untried",
                    f"whether this account may write {', '.join(names)} is not seen before it does",
                    "let it have itil, or a role that writes the table, and ACLs on the columns where they have some; "
                    "what is not taken is told for each ticket",
                    ("write_back",),
                    grave=False,
                )

    def _in_utc(self, look: Look) -> bool | None:
        """Say whether a ticket is found by its own time; None where it has changed meanwhile."""
        row = look.rows[0]
        ident, at = stored(row, "sys_id"), stored(row, "sys_updated_on")
        if self.api.page(look.table, f"sys_id={ident}^sys_updated_on={at}", ("sys_id",), 1).items:
            return True
        again = self.api.one(look.table, ident, ("sys_id", "sys_updated_on"))
        return None if again is None or stored(again, "sys_updated_on") != at else False

    def _overlooks(self, look: Look) -> bool:
        """Say whether a term with a column that is not there brings rows all the same."""

        def ask() -> bool:
            try:
                return bool(self.api.page(look.table, f"{NOWHERE}=1", ("sys_id",), 1).items)
            except Closed:  # newer releases say so, though as if it were for lack of rights
                return False

        return self._tried("filters", ask) is True

    def _user(self) -> str:
        auth = self.settings.auth
        name = auth.username if not isinstance(auth, ApiKey) else ""
        if name:
            return name
        return "the user of the API key" if isinstance(auth, ApiKey) else "the user of the OAuth client"

    def _works(self, size: _Size) -> tuple[Work, ...]:
        if size.tickets is None:
            return ()
        rows = (size.rate or 0) * ROWS_AN_EVENT * AT_ONCE
        a_page = 1 + 2 * max(1, ceil(rows / LOG_ROWS))
        calls = sum(ceil(each / AT_ONCE) * a_page for each in (size.tickets, size.unsolved or 0))
        return tuple(Work(each.name, calls) for each in self.api.told()) or (Work("requests", calls),)


def signed_with(settings: ServiceNowSettings) -> str:
    """Return what the calls are signed with, in words."""
    match settings.auth:
        case Basic() as chosen:
            return f"the password of {chosen.username}"
        case ApiKey():
            return "an API key"
        case chosen:
            return f"a token of the OAuth client {chosen.client_id}"


def _told(right: Right | None) -> Iterator[Right]:
    if right is not None:
        yield right


def _lacking(right: Right | None) -> Iterator[Right]:
    if right is not None and right.granted is False:
        yield right


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else (one or 0) + other
