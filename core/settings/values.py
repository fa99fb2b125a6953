"""A configuration as values: what the YAML folder says, checked and with every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from core.ports import FieldName, Slot
from core.settings.secrets import SecretRef
from core.sla.policy import Agreement, Rules
from core.tickets import SourceMapping

__all__ = [
    "AlertKind",
    "Alerts",
    "Backfill",
    "Budget",
    "Configuration",
    "Connection",
    "Hints",
    "HubSettings",
    "Mode",
    "People",
    "Pilot",
    "Retention",
    "Show",
]


class AlertKind(StrEnum):
    """What an admin is told of by itself, by the words in which it can be left out."""

    REFUSED = "refused"
    LAG = "lag"
    FAILING = "failing"
    CREDENTIAL = "credential"
    PARKED = "parked"
    WRITES = "writes"
    HELD = "held"
    UNMAPPED = "unmapped"
    COVERAGE = "coverage"
    CENSUS = "census"
    CALENDAR = "calendar"
    QUIET = "quiet"
    DISK = "disk"
    JOBS = "jobs"
    ALERTS = "alerts"


class Mode(StrEnum):
    OBSERVE = "observe"
    PILOT = "pilot"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Budget:
    """Our part of the source's limits: a share of each (0..1), or an absolute rate."""

    share: float | None = 0.25
    calls: int | None = None
    per: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Backfill:
    """since: how far back (wall time before the first run, or an instant); None: everything.

    share: part of the budget that the backfill may use outside `hours`; share_in_hours inside them.
    hours: local host hours, possibly over midnight.
    """

    since: timedelta | datetime | None = timedelta(days=396)
    open_first: bool = True
    share: float = 0.2
    share_in_hours: float = 0.5
    hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class Show:
    agreements: frozenset[Agreement] = frozenset({Agreement.SLA})
    timezone: str = "UTC"
    while_paused: Literal["blank"] = "blank"


@dataclass(frozen=True, slots=True)
class Pilot:
    """Tickets that are written in pilot mode: any of these teams, organisations or ticket keys."""

    teams: frozenset[str] = frozenset()
    organisations: frozenset[str] = frozenset()
    tickets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hints:
    """url: where the source is to send them; empty: nothing is registered there. secret: what it signs them with."""

    url: str = ""
    secret: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class People:
    """names: stored as the helpdesk has them, or as pseudonyms under the hub's own key."""

    names: Literal["stored", "pseudonyms"] = "stored"


@dataclass(frozen=True, slots=True)
class Alerts:
    """Who is told when something is not well.

    to: where the addresses are kept, each of one service. left_out: of what nothing is told.
    """

    to: tuple[SecretRef, ...] = ()
    left_out: frozenset[AlertKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Connection:
    """One configured use of a helpdesk.

    options: the connector's own settings (`url`, `auth`, `scope`, …), an object of its settings type.
    mapping: the connector's defaults, overruled key by key by what the admin wrote.
    proxy: None leaves it to the environment, "" means none. ca: a PEM file, below the configuration's folder
        or absolute, of authorities that are trusted besides the usual ones.
    at_once: a run that would change more tickets than this because of a revision waits for release.
    note: an internal note is left on each ticket that breaches.
    """

    name: str
    connector: str
    options: object
    mode: Mode = Mode.OBSERVE
    pilot: Pilot = Pilot()
    every: timedelta = timedelta(minutes=2)
    budget: Budget = Budget()
    backfill: Backfill = Backfill()
    write_back: Mapping[Slot, FieldName] = field(default_factory=dict[Slot, FieldName])
    show: Show = Show()
    mapping: SourceMapping = SourceMapping()
    at_once: int = 500
    stale_after: timedelta = timedelta(minutes=15)
    proxy: str | None = None
    ca: str = ""
    hints: Hints = Hints()
    note: bool = False
    people: People = People()


@dataclass(frozen=True)
class Retention:
    """How long what is stored is kept; None: for ever.

    tickets: what a ticket's clocks follow from, since it was closed and nothing more happened. clocks: what came of
    it, likewise. runs: what the hub did, since then. names: of people, since the last ticket of theirs was closed.
    """

    tickets: timedelta | None = timedelta(days=1096)
    clocks: timedelta | None = timedelta(days=3653)
    runs: timedelta | None = timedelta(days=30)
    names: timedelta | None = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class HubSettings:
    """The process's own section; never part of a revision. Paths are absolute."""

    database: str
    secrets: Path
    key: SecretRef | None = None
    http: str = "127.0.0.1:8321"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything a revision holds, as the product uses it. Connections and policies in file order."""

    connections: Mapping[str, Connection]
    rules: Rules
    retention: Retention = Retention()
    alerts: Alerts = Alerts()
