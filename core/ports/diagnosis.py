"""What a helpdesk tells about itself when it is asked on purpose, before anything is read from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from core.tickets import Ticket

__all__ = ["Allowance", "Diagnoses", "Diagnosis", "HoldBack", "KnownNames", "Remark", "Right", "Work"]


@dataclass(frozen=True, slots=True)
class Right:
    """One thing that the credentials must be allowed to do. advice: what to do where it is not granted.

    granted: None where that was not to be found out.
    """

    name: str
    granted: bool | None
    needed_for: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Allowance:
    """One call limit: `allowed` in any `per`. remaining: as the source said last, after `ours` of this process."""

    name: str
    allowed: int
    per: timedelta
    remaining: int | None = None
    ours: int = 0

    @property
    def others(self) -> int | None:
        """Calls that nobody of this process made; None where the source does not say what is left."""
        return None if self.remaining is None else max(0, self.allowed - self.remaining - self.ours)


@dataclass(frozen=True, slots=True)
class HoldBack:
    """How young a change is when it is exported, measured.

    reckoned: the age from which on the connector takes the export for whole.
    missing: the age of the oldest change that was not exported yet. present: of the youngest that was.
    """

    reckoned: timedelta
    missing: timedelta | None = None
    present: timedelta | None = None


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names by source id. whole: no other exists; a long list is cut.

    categories: as in `Label.category`, by id, of values that have one.
    former: what they, and others that are gone, were called before; no connector has to know.
    """

    names: Mapping[str, str]
    whole: bool = True
    categories: Mapping[str, str] = field(default_factory=dict[str, str])
    former: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Work:
    """How many calls the backfill takes out of one limit, by its name; each call counts in every limit that it has."""

    limit: str
    calls: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something of this kind of source alone. key: of the connection, `("write_back", "state")`.

    grave: it has to be put right; else it is good to know.
    """

    code: str
    what: str
    advice: str
    key: tuple[str, ...] = ()
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was found out.

    signed_with: what the credential is, in words. renewed: the hub itself replaces it before it ends.
    zone: IANA name, empty where the source does not say. history_from: when the oldest ticket was made.
    tickets, events: that the backfill reads, `estimated` where they were worked out. None: not found out.
    names: by field, as in `Change.field`; `field` holds the custom fields themselves, `role` people's roles.
    plain: statuses, by field and value, that say no more than the more general status they belong to.
    left_out: what could not be asked, and why. calls: that all of it cost.
    """

    account: str
    instance: str
    user: str
    signed_with: str
    expires_at: datetime | None = None
    renewed: bool = False
    rights: tuple[Right, ...] = ()
    zone: str = ""
    limits: tuple[Allowance, ...] = ()
    hold_back: HoldBack | None = None
    history_from: datetime | None = None
    tickets: int | None = None
    open_tickets: int | None = None
    events: int | None = None
    people: int | None = None
    backfill: tuple[Work, ...] = ()
    names: Mapping[str, KnownNames] = field(default_factory=dict[str, KnownNames])
    plain: frozenset[tuple[str, str]] = frozenset()
    remarks: tuple[Remark, ...] = ()
    left_out: tuple[str, ...] = ()
    calls: int = 0


@runtime_checkable
class Diagnoses(Protocol):
    """Can say what a connection would meet. Only reads, in few calls; what the limits leave no room for is left out."""

    def diagnose(self, since: datetime | None) -> Diagnosis:
        """Find out everything. since: how far back the past would be read; None: all of it.

        Raises: SourceError where nothing at all can be asked.
        """
        ...

    def open_tickets(self, most: int) -> Iterator[Ticket]:
        """Yield tickets that nobody has solved, in no order. Raises: SourceError."""
        ...

    def named(self, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
        """Return by id what the source knows under these ids and names, of a list too long to be read whole.

        Returns: None where it cannot be asked by name. Raises: SourceError.
        """
        ...
