"""What agents need at the helpdesk so that the hub can show them something: what is there, and making the rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from core.ports.writing import Slot

__all__ = ["Provision", "ProvisionState", "Provisions", "field_of"]


class ProvisionState(StrEnum):
    """present: it fits. missing: it can be made. unfit: a person has to act first. created, refused: just now."""

    PRESENT = "present"
    MISSING = "missing"
    UNFIT = "unfit"
    CREATED = "created"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Provision:
    """One field or view, and how it stands.

    what: `field:due`, `view:breached`. title: what people call it there. kind: its type, in people's words.
    id: the source's, where it is there. reason: why it is not as it should be.
    steps: what an admin does by hand: to make it where it is missing, to put it right where it is not as it should be.
    """

    what: str
    title: str
    kind: str
    state: ProvisionState
    id: str = ""
    reason: str = ""
    steps: tuple[str, ...] = ()


def field_of(slot: Slot) -> str:
    """Return the `what` of the field that shows a slot."""
    return f"field:{slot}"


@runtime_checkable
class Provisions(Protocol):
    """Can make what the hub writes to, hidden from end users, and what helps agents find it.

    recorded: ids that were met before, by `what`. Whatever is there already is never changed.
    """

    def provisions(self, recorded: Mapping[str, str]) -> Sequence[Provision]:
        """Look at all that there should be; nothing is made. Raises: SourceError."""
        ...

    def provision(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing of `wanted`; yield each as soon as it is made, or why it was refused.

        Raises: SourceError, where it may have been made all the same: it is found at the next look.
        """
        ...
