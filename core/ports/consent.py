"""Working in the name of a person who has to agree to it first, in a browser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

__all__ = ["Consent", "Consents"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person has agreed to. who: as the source calls them, empty where it does not say. site: where.

    ends_at: however much it is used. unused: it ends earlier where it is not used for so long.
    lacks: what the connection asks for by now and was not granted.
    """

    who: str
    site: str
    given_at: datetime
    ends_at: datetime
    unused: timedelta
    lacks: tuple[str, ...] = ()


@runtime_checkable
class Consents(Protocol):
    """What signs a connection's calls, where that takes a person's consent (OAuth's authorization code)."""

    @property
    def returns_to(self) -> str:
        """Return the address on which the browser ends, with the answer in its query."""
        ...

    def consent_url(self, state: str) -> str:
        """Return where a person consents. state: comes back with the browser."""
        ...

    def agreed(self, code: str) -> Consent:
        """Obtain what the code stands for, and keep it sealed. Raises: SourceError, StoreError."""
        ...

    def consent(self) -> Consent | None:
        """Return what is kept, None where there is none or it has ended; no call is made. Raises: StoreError."""
        ...
