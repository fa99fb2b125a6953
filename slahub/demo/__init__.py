"""The whole loop on one machine: three helpdesks with people in them, the real daemon, and what all of them show."""

from slahub.demo.desk import Desk, Shown
from slahub.demo.place import Place, open_place
from slahub.demo.screen import Screen
from slahub.demo.table import Line, lines, shown_table, tally

__all__ = ["Desk", "Line", "Place", "Screen", "Shown", "lines", "open_place", "shown_table", "tally"]
