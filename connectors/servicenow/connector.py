"""The connector: joins requests, mapping and streams, and holds no logic of theirs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
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
    SourceError,
    SourceMapping,
    Stream,
    Suggestion,
    Ticket,
    Vault,
)
from connectors.servicenow import catalogue, clock_rows, deletions, directory, hints, outages, ratings
from connectors.servicenow.auth import authentication
from connectors.servicenow.census import census
from connectors.servicenow.client import BUCKETS, Api
from connectors.servicenow.deletions import Deletions
from connectors.servicenow.delivery import FIRST, READ_ONLY, Writer
from connectors.servicenow.diagnosis import Examination
from connectors.servicenow.identity import Identity
from connectors.servicenow.keyset import Keyset, Place
from connectors.servicenow.known_names import named
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.notes import Notes
from connectors.servicenow.people import People
from connectors.servicenow.provision import Provisioner
from connectors.servicenow.scope import Scope
from connectors.servicenow.settings import Basic, OAuthClient, ServiceNowSettings
from connectors.servicenow.streams import LATE, OPEN, Passes, page_of, streams
from connectors.servicenow.suggestion import suggestion
from connectors.servicenow.tickets import Tickets
from connectors.servicenow.whereabouts import Whereabouts
from connectors.servicenow.words import MAPPING

__all__ = ["ServiceNowConnector"]

HOURLY = timedelta(minutes=60)

QUARTER = timedelta(minutes=15)


class ServiceNowConnector:
    """Tickets of one ServiceNow instance, of tables that extend `task`."""

    name: ClassVar[str] = "servicenow"
    settings: ClassVar[type[ServiceNowSettings]] = ServiceNowSettings
    mapping: ClassVar[SourceMapping] = MAPPING
    buckets: ClassVar[tuple[Bucket, ...]] = BUCKETS
    sessions: ClassVar[bool] = True
    timeout: ClassVar[float] = 75.0

    @classmethod
    def base_url(cls, settings: ServiceNowSettings) -> str:
        """Return the address below which all calls are made."""
        return settings.url

    @classmethod
    def headers(cls, settings: ServiceNowSettings) -> Mapping[str, str]:
        """Return what is sent with every call."""
        return settings.headers

    @classmethod
    def auth(
        cls, settings: ServiceNowSettings, resolve: Callable[[SecretRef], str], vault: Vault, plain: httpx.Client
    ) -> httpx.Auth:
        """Return what signs each call."""
        return authentication(settings, resolve, vault, plain)

    def __init__(self, http: Http, settings: ServiceNowSettings, fields: Mapping[Slot, FieldName]) -> None:
        self._api, self._settings, self._fields = Api(http), settings, fields
        self._keyset = Keyset(self._api)
        self._part = Scope(self._api, settings.scope, settings.columns)
        self._people = People(self._api)
        tables = tuple(self._part.tables)
        self._layouts = Layouts(self._api, tables, fields)
        self._where = Whereabouts(self._api, tables)
        self._writer = Writer(self._api, self._layouts, self._where, self.withheld())
        user = settings.auth.username if isinstance(settings.auth, Basic | OAuthClient) else ""
        self._notes = Notes(self._api, user)
        self._provisioner = Provisioner(self._api, self._layouts, tables, fields, self.withheld())
        self._tickets = Tickets(
            self._api, self._part, settings.url, self._layouts, self._people, self._where, self._notes
        )
        self._passes = Passes(self._keyset, self._part, self._tickets)
        self._deletions = Deletions(self._api, frozenset(self._part.tables))
        self._identity = Identity(self._api, settings, self._part, self._people, self._tickets)

    def probe(self) -> Probe:
        """Return whose instance this is and what the configured work lacks."""
        host = urlsplit(self._settings.url).netloc
        problems, notes = list(self._identity.problems()), self._identity.notes()
        problems += self._layouts.renewed().problems
        return Probe(
            # A copy of an instance has another address.
            instance=host,
            account=host.partition(".")[0],
            actor=self._identity.actor(),
            problems=tuple(problems),
            notes=tuple(notes),
        )

    def streams(self) -> Sequence[Stream]:
        """Return what is read, each with its own cursor."""
        return (
            *streams(self._part),
            Stream(directory.PEOPLE, every=HOURLY, timeless=True),
            Stream(directory.DIRECTORY, every=HOURLY, whole=True),
            Stream(catalogue.STREAM, every=HOURLY, whole=True),
            Stream(ratings.STREAM),
            # Jobs of the platform change the rows all the time.
            Stream(clock_rows.STREAM, every=QUARTER),
            Stream(deletions.STREAM),
            *outages.streams(QUARTER),
            *self._part.streams(),
        )

    def start(self, stream: str, at: datetime | None) -> Checkpoint:
        """Return where everything changed at or after `at` begins; None: all there is."""
        if stream == OPEN or stream in self._part.tables:
            return self._passes.start(stream, at)
        if stream in {directory.PEOPLE, ratings.STREAM, clock_rows.STREAM, deletions.STREAM, *outages.STREAMS}:
            return Place.beginning(at).checkpoint()
        return Checkpoint("")

    def pull(self, stream: str, since: Checkpoint) -> Iterator[Page]:
        """Yield pages from a checkpoint on until the stream has caught up."""
        if stream == OPEN:
            yield from self._passes.open(since)
        elif stream in self._part.tables:
            yield from self._passes.changed(stream, since)
        elif stream == directory.PEOPLE:
            yield from directory.changed(self._keyset, self._part, self._people, since)
        elif stream == directory.DIRECTORY:
            yield from directory.names(self._keyset, self._people)
        elif stream == catalogue.STREAM:
            yield catalogue.read(self._api, self._part, self._settings.columns)
        elif stream == ratings.STREAM:
            yield from ratings.changed(self._keyset, self._part, since)
        elif stream == clock_rows.STREAM:
            yield from clock_rows.changed(self._keyset, self._part, since)
        elif stream == deletions.STREAM:
            yield from self._deletions.pull(since)
        elif stream in outages.STREAMS:
            yield from outages.changed(stream, self._keyset, self._part, since)
        elif stream == SCOPE:
            yield self._part.inside(LATE)
        else:
            raise SourceError(f"ServiceNow has no stream '{stream}'")

    def fetch(self, ids: Sequence[str]) -> Page:
        """Return tickets with all their events, past the lists.

        Raises: RetryLater when the call limits left no room for a single one.
        """
        read = self._tickets.direct(ids)
        if read.interrupted and not read.done:
            raise read.interrupted
        page = page_of(read, Checkpoint(""))
        if read.interrupted is None:
            return page
        left = tuple(each for each in dict.fromkeys(ids) if each not in read.done)
        return replace(page, left_out=left, after=read.interrupted.after)

    def withheld(self) -> str:
        """Return why nothing may be written there; empty where it may."""
        return READ_ONLY if self._settings.read_only else ""

    def write_back(self, updates: Sequence[FieldUpdate]) -> Iterator[Delivery]:
        """Show what tickets are to show."""
        return self._writer.write_back(updates)

    def bundle(self) -> int:
        """Return how many tickets the first calls write together; later ones as many as go quickly."""
        return FIRST

    def note(self, ticket_id: str, text: str) -> str:
        """Leave a work note."""
        table = self._where.of([ticket_id]).get(ticket_id)
        return self._notes.leave(table, ticket_id, text) if table else "ServiceNow does not show the ticket"

    def noted(self, ticket_id: str, mark: str) -> bool:
        """Say whether a work note of the ticket bears the mark."""
        return self._notes.there(ticket_id, mark)

    def settle(self, jobs: Sequence[str]) -> Iterator[Delivery]:
        """Return nothing: there are no jobs."""
        return self._writer.settle(jobs)

    def provisions(self, recorded: Mapping[str, str]) -> Sequence[Provision]:
        """Return how the columns stand that agents need."""
        return self._provisioner.look(recorded)

    def provision(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing of the columns `wanted`."""
        return self._provisioner.make(wanted, recorded)

    def suggest(self, mapping: SourceMapping) -> Suggestion:
        """Return the schedules, SLA definitions and states as a beginning for the hub's configuration."""
        return suggestion(self._api, self._settings, mapping)

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Return what the instance shows this account, its names and traps, and what reading its past takes."""
        layout, writes = self._layouts.renewed(), bool(self._fields)
        return Examination(self._api, self._settings, self._part, layout, writes).diagnose(since)

    def named(self, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
        """Return by id what the instance knows under these ids and names."""
        return named(self._api, field, words)

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        """Return what one call of a business rule says."""
        return hints.hints(headers, body, secret)

    def open_tickets(self, most: int) -> Iterator[Ticket]:
        """Yield tickets that nobody has solved."""
        return self._passes.unsolved(most)

    def census(self, since: datetime | None) -> Iterator[Census]:
        """Return each table with the ids of its tickets."""
        return census(self._api, self._part, since)
