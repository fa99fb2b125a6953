"""The connector: joins requests, mapping and streams, and holds no logic of theirs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar
from urllib.parse import urlsplit

import httpx

from connectors import (
    SCOPE,
    Bucket,
    Census,
    Checkpoint,
    Delivery,
    Diagnosis,
    FieldName,
    FieldUpdate,
    Hint,
    Http,
    Page,
    Probe,
    Provision,
    SecretRef,
    Slot,
    SourceMapping,
    Stream,
    Suggestion,
    Ticket,
    Vault,
    text,
)
from connectors.zendesk import notes, ratings, streams
from connectors.zendesk.account import Account
from connectors.zendesk.auth import authentication
from connectors.zendesk.census import RollCall
from connectors.zendesk.client import BUCKETS, Api
from connectors.zendesk.delivery import Writer
from connectors.zendesk.diagnosis import Examination, organisations_named, unsolved
from connectors.zendesk.direct import Direct
from connectors.zendesk.fields import Layout, layout
from connectors.zendesk.hints import hints
from connectors.zendesk.layouts import Layouts
from connectors.zendesk.mapping import MAPPING
from connectors.zendesk.provision import Provisioner, scope_lacks
from connectors.zendesk.scope import Scope
from connectors.zendesk.settings import OAuthClient, ZendeskSettings
from connectors.zendesk.shapes import number
from connectors.zendesk.suggestion import suggestion
from connectors.zendesk.survey import survey

__all__ = ["ZendeskConnector"]


class ZendeskConnector:
    """Tickets of one Zendesk Support account, by its incremental exports or by its lists."""

    name: ClassVar[str] = "zendesk"
    settings: ClassVar[type[ZendeskSettings]] = ZendeskSettings
    mapping: ClassVar[SourceMapping] = MAPPING
    buckets: ClassVar[tuple[Bucket, ...]] = BUCKETS

    @classmethod
    def base_url(cls, settings: ZendeskSettings) -> str:
        """Return the address below which all calls are made."""
        return settings.url

    @classmethod
    def headers(cls, settings: ZendeskSettings) -> Mapping[str, str]:
        """Return what is sent with every call."""
        return settings.headers

    @classmethod
    def auth(
        cls, settings: ZendeskSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
    ) -> httpx.Auth:
        """Return what signs each call."""
        return authentication(settings, resolve, vault, plain)

    def __init__(self, http: Http, settings: ZendeskSettings, fields: Mapping[Slot, FieldName]) -> None:
        self._api, self._site = Api(http), settings.url
        self._strategy: streams.Strategy = settings.read
        self._settings, self._fields = settings, fields
        self._layouts = Layouts(self._api, fields)
        self._writer = Writer(self._api, self._layouts)
        self._scope = settings.auth.scope if isinstance(settings.auth, OAuthClient) else None
        self._provisioner = Provisioner(self._api, fields, self._scope)
        self._part = Scope(self._api, settings.scope, settings.scope_fields())
        self._directly = Direct(self._api, self._layouts, self._site, exports=settings.read == "exports")
        self._roll_call = RollCall(self._api, self._part)

    def probe(self) -> Probe:
        """Return whose account this is and what the configured work lacks.

        Raises: SourceRefused when Zendesk does not know the credentials: it answers strangers too.
        """
        user = self._api.me()
        role, name = text(user, "role"), text(user, "name")
        host = urlsplit(self._site).netloc
        problems: list[str] = []
        rights = {f"role:{role}"}
        worth: list[str] = []
        if self._strategy == "lists":
            if not self._api.may_search():
                problems.append(f"'{name}' (role {role}) may not search for tickets, so archived ones cannot be read")
        elif self._api.may_export():
            rights.add("export")
        else:
            problems.append(
                f"'{name}' (role {role}) may not read the incremental exports; an admin of Zendesk may, and where "
                "not even an admin may, write `read: lists`"
            )
        if not self._api.has(ratings.RESOURCE):
            worth.append("no satisfaction ratings: this account or this role does not have them")
        if role == "end-user":
            problems.append(f"'{name}' is an end user and sees its own tickets only; use an admin's credentials")
        found = Layout() if role == "end-user" else self._layouts.renewed()
        problems += found.problems
        problems += () if role == "end-user" else self._part.problems()
        if found.absent and (lacks := scope_lacks(self._scope)):
            problems.append(lacks)
        return Probe(
            # A copy of the account has another address. Brands come and go, and not every role sees them.
            instance=host,
            account=host.removesuffix(".zendesk.com"),
            actor=str(number(user, "id")),
            rights=frozenset(rights),
            problems=tuple(problems),
            notes=tuple(worth),
        )

    def streams(self) -> Sequence[Stream]:
        """Return what is read, each with its own cursor."""
        return self._part.streams(streams.streams(self._strategy))

    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        """Return where everything changed at or after `at` begins; None: all there is."""
        return Checkpoint("") if stream == SCOPE else streams.start(self._strategy, stream, at)

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        """Yield pages from a checkpoint on until the stream has caught up."""
        account = Account(self._api, self._layouts, self._site, self._part.skips)
        return self._part.pull(stream, lambda: streams.pull(account, stream, since, self._strategy))

    def fetch(self, ids: Sequence[str]) -> Page:
        """Return tickets with all their events, without the export's delay.

        Each ticket costs a call, also one that is not shown; where the call limits end before the tickets do, the
        first ones are returned and the others named as left out.

        Raises: RetryLater when there was no room for a single one.
        """
        return self._part.page(self._directly.fetch(ids))

    def census(self, since: datetime | None) -> Iterator[Census]:
        """Yield the tickets of each brand in scope."""
        return self._roll_call.take(since)

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Queue what tickets shall show."""
        return self._writer.write_back(updates)

    def note(self, ticket_id: str, text: str) -> str:
        """Leave a private comment."""
        return notes.note(self._api, ticket_id, text)

    def noted(self, ticket_id: str, mark: str) -> bool:
        """Say whether a comment of the ticket bears the mark."""
        return notes.noted(self._api, ticket_id, mark)

    def most_jobs(self) -> int:
        """Return in how many jobs updates may be pending at once."""
        return self._api.most_jobs()

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Ask once what became of queued updates."""
        return self._writer.settle(jobs)

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        """Return which tickets a webhook's call is about."""
        return hints(headers, body, secret, now)

    def suggest(self, mapping: SourceMapping) -> Suggestion:
        """Return the account's schedules, SLA policies and statuses as a beginning for the hub's configuration."""
        return suggestion(survey(self._api), mapping)

    def provisions(self, recorded: Mapping[str, str]) -> Sequence[Provision]:
        """Return which ticket fields and views there are, and which are missing or do not fit."""
        return self._provisioner.look(recorded)

    def provision(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make the ticket fields and views that are missing of `wanted`."""
        return self._provisioner.make(wanted, recorded)

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Return what the account is like, its limits, names and rights, and what reading its past takes."""
        fields = partial(layout, names=self._fields)
        return Examination(self._api, self._settings, fields, writes=bool(self._fields)).diagnose(since)

    def open_tickets(self, most: int) -> Iterator[Ticket]:
        """Yield tickets that nobody has solved."""
        return unsolved(self._api, self._layouts.get(), self._site, most)

    def named(self, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
        """Return the organisations of these ids and names; other lists are short."""
        return organisations_named(self._api, words) if field == "organisation" else None
