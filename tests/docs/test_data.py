"""The page on what is stored says of every table what it holds of people, and for how long."""

from pathlib import Path

import pytest

from core.store import tables

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")

TABLES = {
    "alert": ("findings, and who was told", "findings and who was told"),
    "audit": ("the trail", "the trail"),
    "call_limit": ("counted calls and limits", "limits that a helpdesk told"),
    "census": ("census figures", "census figures"),
    "clock": ("clocks,", "its clocks"),
    "connection": ("connections", "connections with"),
    "coverage": ("how far each lane is", "events of a ticket"),
    "credential": ("their tokens", "connections with"),
    "daemon": ("the daemon", "the daemon"),
    "event": ("events", "events of a ticket"),
    "field": ("fields,", "and fields"),
    "finding": ("findings", "findings"),
    "forgotten": ("who was forgotten", "who was forgotten"),
    "hint": ("hints", "hints"),
    "label": ("names of values", "names of values"),
    "lane": ("how far each lane is", "connections with"),
    "ledger": ("ledgers", "ledgers"),
    "mention": ("tickets, events", "in which tickets people occur"),
    "native_clock": ("the helpdesk's own clocks", "the helpdesk's own clocks"),
    "note": ("internal notes", "internal notes"),
    "organisation": ("organisations", "names of values"),
    "outage": ("outages", "outages"),
    "person": ("people", "ids and roles of people"),
    "person_role": ("people", "ids and roles of people"),
    "provision": ("fields there", "connections with"),
    "rating": ("ratings", "its rating"),
    "registration": ("hooks", "connections with"),
    "revision": ("revisions", "revisions"),
    "run": ("runs", "what the hub did, run by run"),
    "set_aside": ("what could not be read", "what could not be read"),
    "spent": ("counted calls", "counted calls"),
    "team": ("teams", "names of values"),
    "ticket": ("tickets", "of a ticket its id"),
    "verdict": ("verdicts", "verdicts"),
}
"""By table, how the page calls what it holds: where it says what, and where it says for how long."""


def column(section: str) -> str:
    """Return the first column of a section's table."""
    part = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return "\n".join(line.split(" | ")[0] for line in part.splitlines() if line.startswith("| "))


@pytest.mark.parametrize("table", sorted(tables.metadata.tables))
def test_what_a_table_holds_and_for_how_long_is_told(table: str) -> None:
    what, length = TABLES[table]
    assert what in column("What")
    assert length in column("For how long")


def test_no_table_is_told_of_that_is_not_there() -> None:
    assert TABLES.keys() == tables.metadata.tables.keys()
