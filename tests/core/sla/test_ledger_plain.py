"""The ledger as scripts read it: one ticket's, whole, as it was read and added up by hand once."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from core.calendar.closing import Closing
from core.sla.conditions import In
from core.sla.ledger import explained, unpromised
from core.sla.ledger_plain import plain
from core.sla.policy import Agreement, Reopen

HOUR = 3600
GOLDEN = Path(__file__).with_name("ledger.json")


def rules(world: Any) -> Any:
    half = Closing(date(2024, 5, 9), "Half day", ((12 * HOUR, 17 * HOUR),), world.at("08:00"))
    office = replace(
        world.office,
        holidays={date(2024, 5, 7): "Works day", date(2024, 12, 24): "far away"},
        shifts={date(2024, 5, 8): ((8 * HOUR + 30, 12 * HOUR),)},
        breaks={date(2024, 5, 6): ((11 * HOUR, 11 * HOUR + HOUR // 2),)},
        closings=(half,),
    )
    metrics = {"resolution": world.resolution(10 * HOUR)}
    wall = {"resolution": world.resolution(10 * HOUR, pause_accounting="wall_clock", reopen=Reopen.RESTART)}
    return world.rules(
        world.policy("questions", when=In("kind", frozenset({"question"})), metrics=metrics),
        world.policy("teams", metrics=metrics, agreement=Agreement.OLA, label="Our teams"),
        world.policy("plain", metrics=wall),
        calendars={"office": office},
        customers={("acme", "7"): "acme"},
    )


def test_a_ledger_is_told_whole(world: Any) -> None:
    story = world.story(team="3").says("10:00", "ann", status="pending").then("12:00", status="open")
    story.then("13:00", team=None)
    ledgers = explained(story.history(), world.desk, (rules(world),), world.at("15:00"))
    found = [plain(each, "2026a") for each in ledgers]
    assert json.loads(json.dumps(found)) == json.loads(GOLDEN.read_text())


def test_a_clock_that_nobody_can_explain_says_why(world: Any) -> None:
    (*_, last) = explained(world.story().history(whole_since=None), world.desk, (rules(world),), world.at("15:00"))
    found = plain(last, "2026a")
    assert (found["state"], found["reason"]) == ("unknown", "history not read back to the ticket's creation yet")
    assert (found["unknown"], "lines" in found) == (last.unknown, False)


def test_a_ticket_without_clocks_says_which_policies_it_misses_and_by_what(world: Any) -> None:
    only = world.policy("questions", when=In("kind", frozenset({"question"})))
    later = world.rules(world.policy("later"), revision=2, applied_at="Tue 00:00")
    found = unpromised(world.story().history(), world.desk, (world.rules(only), later), world.at("10:00"))
    assert (found.owners, found.outside) == ((), False)
    assert [(each.policy, each.fields) for each in found.passed] == [("questions", ("kind",))]
    none = world.policy("nothing", metrics={})
    found = unpromised(world.story().history(), world.desk, (world.rules(only, none),), world.at("10:00"))
    assert (found.owners, [each.policy for each in found.passed]) == (("nothing",), ["questions"])
    # A ticket from the future is told of as of its creation, and before any revision the first one speaks.
    found = unpromised(
        world.story("12:00").history(), world.desk, (world.rules(only, applied_at="Fri 00:00"),), world.at("09:00")
    )
    assert [each.policy for each in found.passed] == ["questions"]
