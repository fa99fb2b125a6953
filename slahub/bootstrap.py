"""The one place that knows the real parts: folder, database, connectors, transport, the host's time."""

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from weakref import WeakSet

import httpx

from connectors import registry
from connectors.breaker import Breaker
from connectors.limits import Limits
from connectors.registry import Catalogue
from connectors.shares import CENSUS_PART, SHARES
from connectors.skew import Skew
from connectors.transport import Http
from core.errors import SettingsError
from core.flows.alerts import Recipient
from core.flows.configure import Standing, apply, compared, in_force, note
from core.flows.provision import known_by
from core.flows.source import Progress, Source
from core.flows.stop import StopSignal
from core.hub import Hub
from core.ports import Consents, Now, Purpose, Vault
from core.settings import (
    ICAL_SUFFIX,
    Alerts,
    Backfill,
    Configuration,
    Draft,
    HubSettings,
    Offer,
    Secrets,
    check_secrets,
    configuration,
    hub_settings,
    read_folder,
    secret_files,
)
from core.store import Store, connections, provisions, revisions
from core.store.connections import ConnectionRow
from core.store.credentials import MemoryVault, vault
from core.store.spent import Spent, boot
from core.store.veiled import CLEAR, Veil
from core.telemetry import Metrics
from slahub.binding import Bound, barred, bind
from slahub.doors import Doors, Entrance, check_doors, within
from slahub.explaining.zones import edition
from slahub.sealing import revealed, sealing_key, veil
from slahub.stores import begun, existing, hide_names, open_store, recorded

__all__ = ["Opening", "host_now", "offers_of"]


def host_now() -> datetime:
    """Return the host's present instant."""
    return datetime.now(UTC)


def offers_of(catalogue: Catalogue) -> dict[str, Offer]:
    """Return what the connectors hand to the settings reader."""
    return {name: Offer(kind.settings, kind.mapping) for name, kind in catalogue.connectors.items()}


@dataclass(slots=True)
class _Memory:
    """What outlives the opening of one hub by the next in the same process.

    draft: the last one that could be read. compared: which files were compared with which revision.
    gauges: calls spent, whether they are answered, and clocks compared, by connection and address.
    fresh: the files of secrets as they are now, and secret_files: as they were when the hub was opened.
    clients: of every hub that was opened and is not forgotten.
    """

    draft: Draft | None = None
    compared: tuple[object, ...] = ()
    fresh: Callable[[], Mapping[str, bytes]] = dict
    secret_files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    clients: WeakSet[httpx.Client] = field(default_factory=WeakSet[httpx.Client], repr=False)
    gauges: dict[tuple[object, ...], tuple[Limits, Breaker, Skew]] = field(
        default_factory=dict[tuple[object, ...], tuple[Limits, Breaker, Skew]]
    )


@dataclass(frozen=True)
class Opening:
    """How to open a hub out of a folder; made once by each command.

    eager: somebody waits, and nothing else runs: the past may use the whole budget.
    """

    folder: Path
    stop: StopSignal
    now: Now = host_now
    report: Callable[[Progress], None] = lambda _: None
    eager: bool = False
    metrics: Metrics = field(default_factory=Metrics, repr=False, compare=False)
    _memory: _Memory = field(default_factory=_Memory, repr=False, compare=False)

    def draft(self) -> Draft:
        """Read the folder. Raises: SettingsError with every problem of its form."""
        return read_folder(self.folder)

    def checked(self, draft: Draft, catalogue: Catalogue) -> Configuration:
        """Return what a draft says.

        Raises: SettingsError with every problem, with secrets that are missing, with what no call can be made with.
        """
        settings = hub_settings(draft)
        read = configuration(
            draft.content, offers_of(catalogue), revision=0, applied_at=self.now(), positions=draft.positions
        )
        check_secrets(draft, read, Secrets(settings.secrets))
        check_doors(read, catalogue, self.folder, draft.positions)
        _recipients(read.alerts, Secrets(settings.secrets), draft)
        return read

    def hub(self, store: Store | None = None, *, first_revision: bool = True) -> Hub:
        """Open the database, what is in force in it, and every connection.

        store: one that is open already, of an earlier hub: then a folder that cannot be read for now is no
            obstacle, since what runs is in the database.
        first_revision: on a database without one, put the draft into force.
        Raises: SettingsError, StoreError. While no revision is in force, a draft with mistakes changes nothing.
        """
        reopening = store is not None
        draft, settings = self._readable_draft(reopening=reopening)
        catalogue = registry.load()
        offers = offers_of(catalogue)
        if store is None:
            store = existing(settings)
            if store is None or not begun(store):
                self.checked(draft, catalogue)
            store = store or open_store(settings, make=True)
        found = in_force(store, offers)
        if found is None and first_revision:
            apply(
                store,
                draft.content,
                offers,
                author=getpass.getuser(),
                note="first run",
                now=self.now(),
                positions=draft.positions,
            )
            found = in_force(store, offers)
        if found is None:
            raise SettingsError("nothing is in force yet; run 'slahub config apply'")
        read, active = found
        self.compare(store, catalogue, None if reopening else draft)
        secrets = Secrets(settings.secrets)
        check_secrets(draft, read, secrets)
        self._memory.fresh = partial(secret_files, draft, read, secrets)
        self._memory.secret_files = self._memory.fresh()
        key = sealing_key(settings, secrets)
        entrances = self.entrances(read, catalogue, draft)
        bind(store, entrances)
        with store.view() as tx:
            rows = {row.name: row for row in connections.every(tx)}
            provided = provisions.newest(tx)
        sources: dict[str, Source] = {}
        for each in entrances:
            name = each.connection.name
            auth = self.signer(each, secrets, vault(store, name, key, each.host))
            opened = self._source(each, auth, secrets, store, rows[name], veil(each.connection, key))
            sources[name] = replace(opened, revision=active.revision)
        hide_names(store, sources.values())
        broken = {each.name: each.reason for each in catalogue.failures if each.name not in catalogue.connectors}
        told = cache(partial(_recipients, read.alerts, secrets, draft))
        return Hub(store, read, active, sources, offers, self.now, broken, provided, edition(), recipients=told)

    def new_secrets(self) -> bool:
        """Say whether the file of a secret holds another one than when the hub was opened; one that is gone is none."""
        before = self._memory.secret_files
        return any(digest != before.get(text) for text, digest in self._memory.fresh().items())

    def close(self) -> None:
        """Close all connections to helpdesks; no hub that was opened is to call any more."""
        for client in list(self._memory.clients):
            client.close()

    def compare(self, store: Store, catalogue: Catalogue | None = None, draft: Draft | None = None) -> None:
        """Note whether the folder says what is in force; it is read only where a file or the revision is another.

        draft: what it says, where it was read just now.
        """
        with store.view() as tx:
            newest = revisions.newest(tx)
        if newest is None:
            return
        files = (*self.folder.glob("*.y*ml"), *self.folder.rglob(f"*{ICAL_SUFFIX}"))
        stats = [(str(path), path.stat()) for path in sorted(files)]
        seen = (newest.number, *((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))
        if seen == self._memory.compared:
            return
        try:
            content = (draft or self.draft()).content
            standing = compared(content, newest, offers_of(catalogue or registry.load()), self.now())
        except SettingsError as exc:
            standing = Standing.invalid(len(exc.problems))
        note(store, standing, self.now())
        self._memory.compared = seen

    def _readable_draft(self, *, reopening: bool) -> tuple[Draft, HubSettings]:
        known = self._memory.draft
        try:
            draft = self.draft()
            settings = hub_settings(draft)
        except SettingsError:
            if not reopening or known is None:
                raise
            return known, hub_settings(known)
        self._memory.draft = draft
        return draft, settings

    def trial(self, draft: Draft) -> dict[str, Source]:
        """Open the connections of a draft, to ask them who they are; a database is only looked at.

        Raises: SettingsError, StoreError.
        """
        catalogue = registry.load()
        read = self.checked(draft, catalogue)
        settings = hub_settings(draft)
        store, secrets = existing(settings), Secrets(settings.secrets)
        key = sealing_key(settings, secrets)
        return {
            each.connection.name: self._source(each, self._trial_signer(each, secrets, store, key), secrets, store)
            for each in self.entrances(read, catalogue, draft)
        }

    def kept(self, draft: Draft, name: str) -> tuple[Store, ConnectionRow]:
        """Open the database, made where there is none, for a connection that may not be in force yet; return its row.

        Raises: StoreError.
        """
        catalogue = registry.load()
        store = open_store(hub_settings(draft), make=True)
        read = self.checked(draft, catalogue)
        bind(store, [each for each in self.entrances(read, catalogue, draft) if each.connection.name == name])
        with store.view() as tx:
            return store, next(row for row in connections.every(tx) if row.name == name)

    def recipients(self, draft: Draft) -> Sequence[Recipient]:
        """Return who is told by a draft. Raises: SettingsError."""
        settings, read = hub_settings(draft), self.checked(draft, registry.load())
        return _recipients(read.alerts, Secrets(settings.secrets), draft)

    def entrances(self, read: Configuration, catalogue: Catalogue, draft: Draft) -> list[Entrance]:
        """Return what it takes to open each connection."""
        return [Entrance(each, catalogue, self.folder, draft.positions) for each in read.connections.values()]

    def signer(self, entrance: Entrance, secrets: Secrets, kept: Vault) -> httpx.Auth:
        """Return what signs a connection's calls, wherever they lead: `Bound` stands before it. kept: its tokens."""
        mine = entrance.connection
        resolve = partial(revealed, secrets, place=f"{mine.name}.auth")
        return entrance.catalogue.connectors[mine.connector].auth(mine.options, resolve, kept, self._client(entrance))

    def _client(self, entrance: Entrance, auth: httpx.Auth | None = None) -> httpx.Client:
        client = entrance.open(auth)
        self._memory.clients.add(client)
        return client

    def _trial_signer(self, entrance: Entrance, secrets: Secrets, store: Store | None, key: bytes | None) -> httpx.Auth:
        """Return what signs a trial's calls: by tokens of its own, but a consent is there once and has to be kept."""
        auth = self.signer(entrance, secrets, MemoryVault())
        if store is None or not isinstance(auth, Consents):
            return auth
        return self.signer(entrance, secrets, vault(store, entrance.connection.name, key, entrance.host))

    def _source(
        self,
        entrance: Entrance,
        auth: httpx.Auth,
        secrets: Secrets,
        store: Store | None,
        row: ConnectionRow | None = None,
        hiding: Veil = CLEAR,
    ) -> Source:
        each = entrance.connection
        kind = entrance.catalogue.connectors[each.connector]
        budget = each.budget
        rate = (budget.calls, budget.per) if budget.calls and budget.per else None
        shares = None if self.eager else SHARES
        spending = Spent(store, row.id, self.now, boot=boot()) if store and row else None
        # What was measured before holds until the first answer: judging with the host's own time would miss events.
        limits, breaker, skew = self._memory.gauges.setdefault(
            (each.name, entrance.url, budget.share, rate),
            (
                Limits(kind.buckets, share=budget.share, rate=rate, shares=shares, spending=spending),
                Breaker(),
                Skew(row.skew if row else timedelta()),
            ),
        )
        bar = partial(barred, store, each.name, entrance.host)
        client = self._client(entrance, Bound(auth, bar, each.name))
        fields = known_by(each.write_back, recorded(store, each.name))
        door = partial(
            Http,
            client,
            limits,
            stop=self.stop,
            now=self.now,
            skew=skew,
            breaker=breaker,
            part=self._part(each.backfill),
            count=partial(self.metrics.called, each.name),
        )
        live, past = door(), door(purpose=Purpose.BACKFILL)
        return Source(
            settings=each,
            id=row.id if row else 0,
            connector=kind(live, each.options, fields),
            backfill=kind(past, each.options, fields),
            meter=Doors(live, past),
            host_now=self.now,
            report=self.report,
            barred=bar,
            hint_secret=revealed(secrets, each.hints.secret, f"{each.name}.hints.secret") if each.hints.secret else "",
            metrics=self.metrics,
            consent=auth.consent if isinstance(auth, Consents) else lambda: None,
            veil=hiding,
        )

    def _part(self, backfill: Backfill) -> Callable[[Purpose], float]:
        def part(purpose: Purpose) -> float:
            if self.eager or purpose not in {Purpose.BACKFILL, Purpose.CENSUS}:
                return 1.0
            if purpose is Purpose.CENSUS:
                return CENSUS_PART
            return backfill.share_in_hours if within(backfill.hours, self.now().astimezone().time()) else backfill.share

        return part


def _recipients(alerts: Alerts, secrets: Secrets, draft: Draft) -> Sequence[Recipient]:
    """Return who is told; what sends to them is slow to load, and most commands tell nobody."""
    if not alerts.to:
        return ()
    from slahub.notifying import recipients

    return recipients(alerts, secrets, draft.mistakes())
