"""The whole loop on one machine: a helpdesk with people in it, the real daemon, and what both show."""

from slahub.demo.desk import Desk, Shown, open_desk
from slahub.demo.screen import Screen
from slahub.demo.table import Line, lines, shown_table, tally

__all__ = ["Desk", "Line", "Screen", "Shown", "lines", "open_desk", "shown_table", "tally"]
