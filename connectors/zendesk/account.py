"""One account as its streams read it: where to ask, where our own fields stand, and how its records read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors import Ticket
from connectors.zendesk import mapping
from connectors.zendesk.client import Api
from connectors.zendesk.histories import Histories, histories
from connectors.zendesk.layouts import Layouts

__all__ = ["Account"]


@dataclass(frozen=True, slots=True)
class Account:
    """site: the address that people open.

    skips: says of a ticket, as an answer has it, whether to spare the calls for its past.
    """

    api: Api
    layouts: Layouts
    site: str
    skips: Callable[[object], bool] = lambda _: False

    def ticket(self, raw: object, seen: datetime | None = None) -> Ticket:
        """Return a ticket out of an answer. seen: when, where it is not an export's."""
        return mapping.ticket(raw, self.layouts.get(), self.site, seen)

    def histories(self, ids: Sequence[str]) -> Histories:
        """Return whole tickets; at most 100."""
        return histories(self.api, self.layouts.get(), self.site, ids)
