"""The connector: joins requests, mapping and streams, and holds no logic of theirs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
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
    Registered,
    Registration,
    SecretRef,
    Slot,
    SourceError,
    SourceMapping,
    Stream,
    Suggestion,
    Ticket,
    Vault,
    text,
)
from connectors.jira import catalogue, hints, notes
from connectors.jira.auth import authentication
from connectors.jira.census import census
from connectors.jira.client import BUCKETS, HEADERS, Api
from connectors.jira.delivery import Writer
from connectors.jira.diagnosis import Examination
from connectors.jira.events import STREAM
from connectors.jira.issues import Issues
from connectors.jira.layouts import Layouts
from connectors.jira.provision import Provisioner
from connectors.jira.scope import Scope
from connectors.jira.settings import JiraSettings, OAuth3LO
from connectors.jira.shapes import millis, person_of
from connectors.jira.streams import CATALOGUE, OPEN, UNSOLVED, Pass, Tickets, page_of, streams
from connectors.jira.suggestion import suggestion
from connectors.jira.webhooks import Webhooks
from connectors.jira.words import MAPPING

__all__ = ["JiraConnector"]


class JiraConnector:
    """Issues of one Jira site, of Cloud or of a Data Center."""

    name: ClassVar[str] = "jira"
    settings: ClassVar[type[JiraSettings]] = JiraSettings
    mapping: ClassVar[SourceMapping] = MAPPING
    buckets: ClassVar[tuple[Bucket, ...]] = BUCKETS

    @classmethod
    def base_url(cls, settings: JiraSettings) -> str:
        """Return the address below which all calls are made."""
        return settings.url

    @classmethod
    def headers(cls, settings: JiraSettings) -> Mapping[str, str]:
        """Return what is sent with every call."""
        return {**HEADERS, **settings.headers}

    @classmethod
    def auth(
        cls, settings: JiraSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
    ) -> httpx.Auth:
        """Return what signs each call."""
        return authentication(settings, resolve, vault, plain)

    def __init__(self, http: Http, settings: JiraSettings, fields: Mapping[Slot, FieldName]) -> None:
        self._api, self._settings, self._fields = Api(http), settings, fields
        self._layouts = Layouts(
            self._api, fields, settings.property, {str(key): name for key, name in settings.fields.items()}
        )
        self._issues = Issues(self._api, self._layouts, settings.url, settings.property)
        self._part = Scope(self._api, settings.scope)
        self._writer = Writer(self._api, self._layouts)
        self._provisioner = Provisioner(
            self._api, fields, self._part, settings.property, named=settings.scope.projects is not None
        )
        self._tickets = Tickets(self._api, self._issues, self._part)
        self._webhooks = Webhooks(
            self._api,
            self._part,
            dynamic=isinstance(settings.auth, OAuth3LO),
            restricted=settings.scope.projects is not None,
        )

    def probe(self) -> Probe:
        """Return whose site this is and what the configured work lacks.

        Raises: SourceRefused when Jira does not know the credentials: it answers strangers too.
        """
        user = self._api.me()
        site, host = self._api.site(), urlsplit(self._settings.url)
        problems = list(self._part.problems())
        problems += self._layouts.renewed().problems
        return Probe(
            # A copy of a site has another address.
            instance=f"{host.netloc}{host.path}",
            account=site.title or host.netloc.removesuffix(".atlassian.net"),
            actor=person_of(user),
            zone=text(user, "timeZone") or "UTC",
            problems=tuple(problems),
        )

    def streams(self) -> Sequence[Stream]:
        """Return what is read, each with its own cursor."""
        return self._part.streams(streams())

    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        """Return where everything changed at or after `at` begins; None: all there is."""
        if stream not in {STREAM, OPEN}:
            return Checkpoint("")
        return Pass(0 if at is None or stream == OPEN else millis(at)).checkpoint()

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        """Yield pages from a checkpoint on until the stream has caught up."""
        if stream == CATALOGUE:
            yield catalogue.read(self._api, self._layouts, self._part)
        elif stream == SCOPE:
            yield self._tickets.inside()
        elif stream in {STREAM, OPEN}:
            yield from self._tickets.pull(since, UNSOLVED if stream == OPEN else "")
        else:
            raise SourceError(f"Jira has no stream '{stream}'")

    def fetch(self, ids: Sequence[str]) -> Page:
        """Return tickets with all their events, past the search.

        Raises: RetryLater when the call limits left no room for a single one.
        """
        read = self._issues.direct(ids)
        if read.interrupted and not read.done:
            raise read.interrupted
        left = tuple(each for each in dict.fromkeys(ids) if each not in read.done) if read.interrupted else ()
        page = page_of(read, Checkpoint(""))
        return self._part.page(
            Page(
                page.records,
                page.checkpoint,
                complete=page.complete,
                set_aside=page.set_aside,
                left_out=left,
                after=read.interrupted.after if read.interrupted else None,
            )
        )

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Show what tickets are to show."""
        return self._writer.write_back(updates)

    def note(self, ticket_id: str, text: str) -> str:
        """Leave an internal comment, where there are such."""
        return notes.note(self._api, ticket_id, text)

    def noted(self, ticket_id: str, mark: str) -> bool:
        """Say whether a comment of the issue bears the mark."""
        return notes.noted(self._api, ticket_id, mark)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Ask once what became of bulk edits."""
        return self._writer.settle(jobs)

    def provisions(self, recorded: Mapping[str, str]) -> Sequence[Provision]:
        """Return how the fields stand that agents need, and which projects cannot have them."""
        return self._provisioner.look(recorded)

    def provision(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing of the fields `wanted`."""
        return self._provisioner.make(wanted, recorded)

    def suggest(self, mapping: SourceMapping) -> Suggestion:
        """Return the goals and words that Jira shows as a beginning for the hub's configuration."""
        return suggestion(self._api, self._part, self._layouts.get(), mapping)

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Return what the site is like, its limits, names and rights, and what reading its past takes."""
        layout, writes = self._layouts.renewed(), bool(self._fields or self._settings.property)
        return Examination(self._api, self._settings, self._part, layout, writes).diagnose(since)

    def open_tickets(self, most: int) -> Iterator[Ticket]:
        """Yield tickets that nobody has solved."""
        return self._tickets.unsolved(most)

    def named(self, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
        """Return nothing: every list that can be asked by name is read whole."""
        return None

    def tells_links(self) -> bool:
        """Say that the links to tickets elsewhere are told: they cost a call where an issue's past tells of one."""
        return True

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        """Return what one delivery of a webhook says."""
        return hints.hints(headers, body, secret, now)

    def register(self, url: str, secret: str, known: Sequence[Registration]) -> Registered:
        """Have Jira send hints for everything in scope."""
        return self._webhooks.register(url, secret, known)

    def renew(self, known: Sequence[Registration], now: datetime) -> Registered:
        """Have the webhooks last as long as Jira allows."""
        return self._webhooks.renew(known, now)

    def unregister(self, known: Sequence[Registration]) -> None:
        """Take the webhooks back."""
        self._webhooks.unregister(known)

    def census(self, since: datetime | None) -> Iterator[Census]:
        """Return each project with the ids of its issues."""
        return census(self._api, self._part, since)
