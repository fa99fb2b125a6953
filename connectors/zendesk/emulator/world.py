"""The emulated desk's state and its indexes. Everything that reads or changes it holds `lock`."""

import heapq
import threading
from bisect import bisect_left, insort
from collections.abc import Callable

from connectors.emulation import Dice, WorldClock
from connectors.zendesk.emulator.agreements import Agreements
from connectors.zendesk.emulator.beside import Rating, Suspended, View
from connectors.zendesk.emulator.metric_book import MetricBook
from connectors.zendesk.emulator.records import (
    AUDIT_IDS,
    Audit,
    Brand,
    CustomStatus,
    Form,
    Group,
    Job,
    Organisation,
    Person,
    Ticket,
    TicketField,
)
from connectors.zendesk.emulator.webhooks import Webhooks

__all__ = ["FEATURES", "HOLD_BACK", "JOB_LIFE", "World"]

HOLD_BACK = 60  # seconds: what is younger is not in any incremental export
JOB_LIFE = 3600  # seconds: then the answer about a job is 404
FEATURES = ("slas", "group_slas", "schedules", "satisfaction", "exports")  # what an account may lack


class World:
    """Tickets, people and settings of one account, and what falls due by itself."""

    def __init__(self, clock: WorldClock, seed: int) -> None:
        self.clock = clock
        self.seed = seed
        self.lock = threading.RLock()
        self.dice = Dice(seed)
        self.people: dict[int, Person] = {}
        self.organisations: dict[int, Organisation] = {}
        self.groups: dict[int, Group] = {}
        self.brands: dict[int, Brand] = {}
        self.forms: dict[int, Form] = {}
        self.statuses: dict[int, CustomStatus] = {}
        self.fields: dict[int, TicketField] = {}
        self.tickets: dict[int, Ticket] = {}
        self.audits: list[Audit] = []  # in order of (created_at, id)
        self.jobs: dict[str, Job] = {}
        self.ratings: dict[int, Rating] = {}
        self.views: dict[int, View] = {}
        self.suspended: dict[int, Suspended] = {}
        self.agreements = Agreements()
        self.metrics = MetricBook(self.audits, self.agreements)
        self.sandbox = False
        self.lacks: set[str] = set()  # of FEATURES: answered with 403
        self.friendly_zones = True  # how schedules name their zones, else by IANA
        self.idempotency: dict[str, int] = {}  # Idempotency-Key of a create -> ticket id
        self.job_delay = 0.2  # seconds from queueing to the writes
        self.job_shape = "rows"
        self.fates: list[str] = []  # of the next jobs, as in `faults.FATES`
        self.empty_cursor = "same"  # what an export answers when nothing is new: `same` or `null`
        self.search_lag = 120  # seconds until the search index knows a new ticket
        self.close_after = 96 * 3600
        self.archive_after = 120 * 86400  # since closing
        self.webhooks = Webhooks(self)
        self._by_change: list[tuple[int, int]] = []  # (generated_timestamp, ticket id), ascending
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = 0
        self.next_audit_id = 50_000_600_000_000  # the id that the next committed audit will have
        self._next_ticket = 1

    def now(self) -> int:
        return self.clock.now()

    def number(self) -> int:
        """Return a number that was not given before."""
        self._sequence += 1
        return self._sequence

    def next_ticket_id(self) -> int:
        self._next_ticket += 1
        return self._next_ticket - 1

    def commit(self, ticket: Ticket, audit: Audit) -> None:
        """Add an audit that was made with `next_audit_id`, and move its ticket to the end of the export."""
        self.next_audit_id += AUDIT_IDS
        self.audits.append(audit)
        ticket.audits.append(audit)
        ticket.updated_at = audit.created_at
        self.touch(ticket, audit.created_at)
        self.webhooks.tell(ticket, audit)

    def touch(self, ticket: Ticket, at: int) -> None:
        """Set `generated_timestamp` alone, as the system's own updates do."""
        entry = (ticket.generated, ticket.id)
        place = bisect_left(self._by_change, entry)
        if place < len(self._by_change) and self._by_change[place] == entry:
            del self._by_change[place]
        ticket.generated = at
        insort(self._by_change, (at, ticket.id))
        self.tickets[ticket.id] = ticket

    def changed_from(self, after: tuple[int, int], until: int) -> list[tuple[int, int]]:
        """Return (generated_timestamp, id) of tickets at or after `after` and no younger than `until`, ascending."""
        start = bisect_left(self._by_change, after)
        return self._by_change[start : bisect_left(self._by_change, (until + 1, 0))]

    def audits_from(self, start: int, until: int) -> list[Audit]:
        """Return audits made in [start, until], ascending."""
        first = bisect_left(self.audits, start, key=_made_at)
        return self.audits[first : bisect_left(self.audits, until + 1, key=_made_at)]

    def later(self, due: float, act: Callable[[], None]) -> None:
        """Let `act` happen at `due`: an automation, a job. It runs inside the next `settle` after that."""
        heapq.heappush(self._due, (due, self.number(), act))

    def settle(self) -> None:
        """Let everything happen that fell due since the last look, each at its own time."""
        now = self.clock.exact()
        while self._due and self._due[0][0] <= now:
            due, _, act = heapq.heappop(self._due)
            with self.clock.at(due):
                act()

    def default_status(self, category: str) -> CustomStatus:
        """Return the custom status that a ticket gets when only the status itself is set."""
        for one in self.statuses.values():
            if one.default and one.category == category:
                return one
        raise KeyError(f"no default status for {category!r}")

    def field_of(self, title: str) -> TicketField:
        """Return the ticket field of that title. Raises: KeyError when there is none."""
        for field in self.fields.values():
            if field.title == title:
                return field
        raise KeyError(f"no ticket field is called {title!r}")

    def listed(self) -> list[Ticket]:
        """Return the tickets that lists show, by id: neither the deleted nor the archived."""
        return [one for one in self.tickets.values() if one.status != "deleted" and not one.archived]

    def find_ticket(self, ticket_id: int) -> Ticket | None:
        """Return the ticket that a direct look shows: archived ones too, deleted ones not."""
        ticket = self.tickets.get(ticket_id)
        return None if ticket is None or ticket.status == "deleted" else ticket


def _made_at(audit: Audit) -> int:
    return audit.created_at
