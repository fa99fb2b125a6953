"""All tickets' metric events, kept up with the audits when somebody asks."""

from connectors.zendesk.emulator.agreements import Agreements
from connectors.zendesk.emulator.metric_clock import MetricEvent, TicketClock
from connectors.zendesk.emulator.records import Audit

__all__ = ["MetricBook"]


class MetricBook:
    """Reads each audit of the desk once. Hold the world's lock."""

    def __init__(self, audits: list[Audit], agreements: Agreements) -> None:
        self._audits, self._agreements = audits, agreements
        self._read = 0
        self._clocks: dict[int, TicketClock] = {}
        self._events: list[MetricEvent] = []

    def of_ticket(self, ticket_id: int) -> list[MetricEvent]:
        """Return a ticket's events in the order in which they were written, taken back ones too."""
        self._catch_up()
        clock = self._clocks.get(ticket_id)
        return [] if clock is None else clock.events

    def all(self) -> list[MetricEvent]:
        """Return every event by (time, id), taken back ones too."""
        self._catch_up()
        return self._events

    def _catch_up(self) -> None:
        if self._read == len(self._audits):
            return
        for audit in self._audits[self._read :]:
            clock = self._clocks.get(audit.ticket_id)
            if clock is None:
                clock = self._clocks[audit.ticket_id] = TicketClock(self._agreements, audit.ticket_id)
            self._events.extend(clock.read(audit))
        self._read = len(self._audits)
        self._events.sort(key=lambda one: (one.time, one.id))
