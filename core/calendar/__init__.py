"""Business time: when a desk is open, how much open time lies between two instants, when an amount is used up."""

from core.calendar.calendar import Calendar, always
from core.calendar.closing import Closing
from core.calendar.hours import Spans, Week, span_text

__all__ = ["Calendar", "Closing", "Spans", "Week", "always", "span_text"]
