"""Hints: a source says by itself that a ticket has changed, and the hub looks there sooner. It is never the data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, runtime_checkable

__all__ = ["LARGEST_HINT", "Hint", "Registered", "RegistersHints", "Registration", "TakesHints", "Untaken"]

LARGEST_HINT: Final = 4 * 1024 * 1024
"""Bytes of one delivery. What is larger is not read; the next pull brings it all the same."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Something has happened to one ticket.

    ticket_id: the source's id, never the key. at: when it happened, where the source says so.
    kind: `deleted` where the source says that the ticket is gone; it is looked at before that is believed.
    delivery: the source's own id of the delivery, the same when it is sent again.
    """

    ticket_id: str
    at: datetime | None
    kind: Literal["changed", "deleted"]
    delivery: str


@runtime_checkable
class TakesHints(Protocol):
    """Can read what its source sends by itself. Deliveries come late, twice, in any order, or never."""

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        """Return what one delivery says; nothing where it is about no ticket. Asks nobody, keeps nothing.

        headers: as they came, in any order and any case. body: the raw bytes, of which nothing is read before the
        signature over them is found good, in constant time. now: the source's time, for a signature with an end.
        Raises: Forged for one that is not signed with the secret, or signed too long ago to be sent now;
            Unreadable for one that is, and is larger than `LARGEST_HINT`, nested too deep or not as promised.
        """
        ...


@dataclass(frozen=True, slots=True)
class Registration:
    """One arrangement by which a source sends hints.

    id: the source's. url: where to. expires_at: None where it lasts until it is taken back.
    what: what for, in a word that stays the same: `tickets`, `project:10000`.
    """

    id: str
    url: str
    expires_at: datetime | None
    what: str


@dataclass(frozen=True, slots=True)
class Untaken:
    """What the source does not send hints for, and why, in a sentence for an admin."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Registered:
    """All that the source sends hints for now, and what it would not take."""

    there: tuple[Registration, ...] = ()
    untaken: tuple[Untaken, ...] = ()


@runtime_checkable
class RegistersHints(Protocol):
    """Can ask its source to send hints. Touches no registration with another address than the hub's."""

    def register(self, url: str, secret: str, known: Sequence[Registration]) -> Registered:
        """Have hints sent to `url`, signed with `secret`, for all that the connection reads.

        known: what was registered before with this address and this secret. What of it is still there stays as it is,
        and where nothing is missing one read call is all that is made. What the source has lost is made again. What is
        there with this address and not known is the hub's own, made with a secret that may be another: it is given
        this one, or made again. What the connection no longer reads is taken back.
        Raises: SourceError, where some may have been made all the same: they are found at the next look.
        """
        ...

    def renew(self, known: Sequence[Registration], now: datetime) -> Registered:
        """Have registrations last as long as the source allows, from `now` on. Raises: SourceError."""
        ...

    def unregister(self, known: Sequence[Registration]) -> None:
        """Take registrations back; one that is gone already is no error. Raises: SourceError."""
        ...
