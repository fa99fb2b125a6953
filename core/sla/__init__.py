"""The SLA engine: a ticket's history and a revision's rules in, clocks and what the ticket shows out."""

from core.sla.headline import shown
from core.sla.joint import judge

__all__ = ["judge", "shown"]
