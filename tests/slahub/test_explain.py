"""slahub explain: what it prints agrees with `slahub clocks`, and follows from itself."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.core.sla.ledger_checker import Checker
from tests.slahub.conftest import Loop, write_folder

SAME = [
    "policy",
    "revision",
    "agreement",
    "calendar",
    "metric",
    "cycle",
    "state",
    "standing",
    "confirmed",
    "started_at",
    "completed_at",
    "due_at",
    "target_seconds",
    "breached",
    "breached_at",
]
STILL = {"completed", "cancelled"}
SOON = 30
"""Seconds that may pass between two commands."""


@pytest.fixture(scope="module")
def explained(loop: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The ledgers of some tickets, by ticket and metric."""
    keys = [str(row["key"]) for row in loop("tickets", "--json").rows][::3]
    rows = [row for key in keys for row in loop("explain", f"desk:{key}", "--json").rows]
    return {(row["key"], row["metric"]): row for row in rows}


def test_every_ledger_derives_the_clock_that_is_listed(loop: Any, explained: Any) -> None:
    clocks = [row for row in loop("clocks", "--json").rows if (row["key"], row["metric"]) in explained]
    assert len(clocks) == len(explained) > 20
    assert {row["state"] for row in clocks} >= {"running", "completed"}
    for clock in clocks:
        ledger = explained[clock["key"], clock["metric"]]
        assert Checker(ledger).check() == []
        assert {key: ledger.get(key) for key in SAME} == {key: clock.get(key) for key in SAME}
        near = 0 if clock["state"] in STILL else SOON
        for key in ("elapsed_seconds", "remaining_seconds", "paused_seconds"):
            assert ledger[key] == pytest.approx(clock[key], abs=near)


def test_a_ledger_names_who_did_what_and_by_which_zones(explained: Any) -> None:
    events = [event for row in explained.values() for event in row["events"]]
    assert {event["side"] for event in events if "side" in event} >= {"agent", "customer"}
    assert all("actor_name" in event for event in events if event.get("side") == "agent")
    assert {row["zones"] for row in explained.values()} != {""}
    assert {row["connection"] for row in explained.values()} == {"desk"}


def late(explained: Any) -> dict[str, Any]:
    """A resolution that ran late, and was paused before."""
    found = [row for (_, metric), row in explained.items() if metric == "resolution" and row["breached"]]
    return max(found, key=lambda row: len(row["events"]))


def test_the_text_tells_why_and_ends_with_what_it_adds_up_to(loop: Any, explained: Any) -> None:
    row = late(explained)
    said = loop("explain", f"desk:{row['key']}", "--timezone", "Europe/Berlin")
    assert (said.status, said.err) == (0, "")
    for part in ("policy ", "revision ", "calendar ", "target ", "due ", "from (Europe/Berlin)", "▲", "• started"):
        assert part in said.out
    assert "the first sla policy that matches" in said.out
    assert "the target of 40h was used up" in said.out
    assert "closed: " in said.out
    assert all(len(line) <= 80 for line in said.out.splitlines() if line.startswith(("█", "░", "·", "▓")))


def test_the_zone_of_the_text_is_that_of_the_connection_unless_another_is_asked_for(loop: Any) -> None:
    assert "from (UTC)" in loop("explain", "desk:1").out
    assert "from (Asia/Tokyo)" in loop("explain", "desk:1", "--timezone", "Asia/Tokyo").out
    said = loop("explain", "desk:1", "--timezone", "Mars/Base")
    assert said.status == 2
    assert "--timezone: unknown time zone 'Mars/Base'; use an IANA name such as Europe/Berlin" in said.err


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ("desk:9999", "connection desk has no ticket 9999"),
        ("9999", "no connection has a ticket 9999"),
        ("dsk:1", "no connection is called `dsk` (did you mean `desk`?)"),
        ("desk:", "`desk:` does not name a ticket (write CONNECTION:KEY, as in desk:4711)"),
    ],
)
def test_a_ticket_that_is_not_there_is_an_error(loop: Any, which: str, said: str) -> None:
    found = loop("explain", which)
    assert (found.status, found.out, found.err) == (2, "", f"error: {said}\n")


def test_a_key_alone_will_do_where_one_connection_has_it(loop: Any) -> None:
    assert loop("explain", "1", "--json").rows[0]["connection"] == "desk"


def test_a_key_that_several_connections_have_needs_its_connection(fresh: Any) -> None:
    file = fresh.folder / "hub.yaml"
    text = file.read_text()
    block = text[text.index("  desk:") : text.index("calendars:")]
    file.write_text(text.replace("calendars:", f"{block.replace('  desk:', '  other:')}calendars:", 1))
    assert fresh("config", "apply").status == 0
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database, database:
        copied = {row[1] for row in database.execute("PRAGMA table_info(ticket)")} - {"id", "connection_id"}
        rest = ", ".join(sorted(copied))
        other = "(SELECT id FROM connection WHERE name = 'other')"
        database.execute(
            f"INSERT INTO ticket (connection_id, {rest}) SELECT {other}, {rest} FROM ticket WHERE key = '1'"
        )
    said = fresh("explain", "1")
    assert (said.status, said.err) == (2, "error: several tickets are called 1 (write desk:1 or other:1)\n")


Started = Callable[[str, str], Any]


@pytest.fixture
def started(helpdesk: Any, call: Any, tmp_path: Path) -> Started:
    """Runs a hub for the first time with something else in its file."""
    emulator, url = helpdesk

    def start(old: str, new: str) -> Any:
        file = write_folder(tmp_path / "hub", url)
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))
        return Loop(emulator, file.parent, call(file.parent, "run", "--once", "--json"), call)

    return start


def test_a_ticket_without_a_clock_says_which_policies_it_misses(started: Started) -> None:
    loop = started("    calendar: office\n", "    calendar: office\n    when: {priority: [planning]}\n")
    said = loop("explain", "desk:1")
    assert (said.status, said.out) == (1, "")
    assert said.err == "desk:1 has no clock: no policy means it, by these fields: standard (priority)\n"
    assert loop("explain", "desk:1", "--json").status == 1


def test_a_ticket_that_nothing_is_promised_says_which_policy_has_it(started: Started) -> None:
    loop = started("policies:\n", "policies:\n  - {name: internal, sla: none}\n")
    said = loop("explain", "desk:1")
    assert (said.status, said.err) == (1, "desk:1 has no clock: internal has it, and promises nothing for it\n")


def test_what_was_not_judged_since_is_told(fresh: Any) -> None:
    file = fresh.folder / "hub.yaml"
    file.write_text(file.read_text().replace("other: 40h", "other: 41h"))
    assert fresh("config", "apply").status == 0
    said = fresh("explain", "desk:1")
    assert "target    41h" in said.out
    assert "'slahub evaluate' does" in said.out
    assert fresh("evaluate").status == 0
    assert "'slahub evaluate' does" not in fresh("explain", "desk:1").out


def test_an_unknown_clock_says_what_is_missing_and_what_to_do(fresh: Any) -> None:
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database, database:
        database.execute("DELETE FROM coverage")
        database.execute("UPDATE lane SET settled_until = NULL, start_at = NULL")
    said = fresh("explain", "desk:1")
    assert said.status == 0
    assert "unknown" in said.out
    assert "history not read back to the ticket's creation yet. The ticket's past has not been read back" in said.out
    (row, *_) = fresh("explain", "desk:1", "--json").rows
    assert (row["state"], row["unknown"]) == ("unknown", "history")


def names(explained: Any) -> set[str]:
    """What must not be on the customer's page."""
    events = [event for row in explained.values() for event in row["events"]]
    return {str(event[key]) for event in events for key in ("actor", "actor_name") if key in event}


def test_the_customer_gets_one_page_without_names(loop: Any, explained: Any, tmp_path: Path) -> None:
    row = late(explained)
    sheet, page = tmp_path / "page.pdf", tmp_path / "page.html"
    said = loop("explain", f"desk:{row['key']}", "--for", "customer", "--out", str(sheet), "--out", str(page))
    assert (said.status, said.err) == (0, "")
    assert said.out.count(" written\n") == 2
    reader = PdfReader(sheet)
    assert len(reader.pages) == 1
    for text in (reader.pages[0].extract_text(), page.read_text("utf-8")):
        assert "Resolution – Service level agreement" in text
        assert "not kept" in text or "overdue" in text
        assert [word for word in {*names(explained), "standard", "office", "agent"} if word in text] == []


def test_the_customers_page_is_in_their_language_and_zone(loop: Any, explained: Any) -> None:
    row = late(explained)
    said = loop("explain", f"desk:{row['key']}", "--for", "customer", "--language", "de", "--timezone", "Asia/Tokyo")
    assert said.status == 0
    assert said.out.startswith("<!doctype html>")
    for part in ('<html lang="de">', "Alle Zeiten in Asia/Tokyo.", "Lösung", "Servicezeiten", "Ticket eröffnet"):
        assert part in said.out


def test_the_customers_page_calls_a_policy_by_its_label(started: Started) -> None:
    loop = started("    calendar: office\n", "    calendar: office\n    label: Gold & more\n")
    said = loop("explain", "desk:1", "--for", "customer")
    assert "Resolution – Gold &amp; more" in said.out


def test_the_customer_is_told_of_no_other_agreement(started: Started) -> None:
    loop = started("    calendar: office\n", "    calendar: office\n    agreement: goal\n")
    said = loop("explain", "desk:1", "--for", "customer")
    assert said.status == 1
    assert "Nothing was promised for this ticket that is measured in time." in said.out
    assert "Resolution" not in said.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "boss"), "--for boss is not known (write --for customer)"),
        (("--out", "a.pdf"), "--out needs --for (write --for customer)"),
        (("--for", "customer", "--out", "a.txt"), "is neither HTML nor PDF (end its name with .html or .pdf)"),
        (("--for", "customer", "--json"), "makes a page (leave out --json, or --for and --out)"),
    ],
)
def test_options_that_do_not_go_together_are_refused(loop: Any, arguments: tuple[str, ...], said: str) -> None:
    found = loop("explain", "desk:1", *arguments)
    assert found.status == 2
    assert said in found.err
