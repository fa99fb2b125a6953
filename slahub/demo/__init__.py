"""The whole loop on one machine: a helpdesk with people in it, the real daemon, and what both show."""

from slahub.demo.desk import Desk, Shown, open_desk
from slahub.demo.table import live_table, round_table

__all__ = ["Desk", "Shown", "live_table", "open_desk", "round_table"]
