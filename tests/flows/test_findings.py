"""What a diagnosis means for a folder: names, how long the past takes, when a credential's end is a problem."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.testing import HintedLists, ListConnector
from core.flows.account_findings import of_account, of_clock
from core.flows.backfill_time import lasts
from core.flows.finding import Finding, Level, Places
from core.flows.hint_findings import of_hints
from core.flows.link_findings import of_links
from core.flows.name_findings import of_names, to_ask
from core.ports import Allowance, Diagnosis, HoldBack, KnownNames, Remark, Work
from core.settings import Backfill, Budget, Connection, Hints, SecretRef, read_folder
from core.sla.policy import Link
from core.tickets import REMOTE_LINKS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DESK = Connection("desk", "zendesk", object())
FOUND = Diagnosis("acme", "acme.example", "Hub (admin)", "the API token of hub")

Draft = Callable[[str], Places]


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    def made(text: str) -> Places:
        (tmp_path / "hub.yaml").write_text(text)
        return Places(read_folder(tmp_path))

    return made


TEAMS = "policies:\n  - name: gold\n    when:\n      team: [Suport, '11', none]\n"


def unknown(places: Places, names: Any, *asked: str) -> Sequence[tuple[str, str, int]]:
    return [(each.connection, each.what, each.line) for each in of_names(places, names, asked)]


def test_a_name_is_unknown_where_no_helpdesk_knows_it(draft: Draft) -> None:
    first = {"team": KnownNames({"11": "Support"})}
    places = draft(TEAMS)
    assert unknown(places, {"desk": first}, "desk") == [("desk", "there is no team `Suport` in desk", 4)]
    other = {"team": KnownNames({"7": "SUPORT", "11": "x"})}
    assert unknown(places, {"desk": first, "shop": other}, "desk", "shop") == []
    both = unknown(places, {"desk": first, "shop": first}, "desk", "shop")
    assert both == [("", "there is no team `Suport` in desk or shop", 4)]


def test_of_a_helpdesk_that_was_not_asked_or_of_a_list_that_is_cut_no_name_is_unknown(draft: Draft) -> None:
    places = draft(TEAMS)
    cut = {"team": KnownNames({"11": "Support"}, whole=False)}
    assert unknown(places, {"desk": cut}, "desk") == []
    assert to_ask(places, "desk", cut) == {"team": ["Suport"]}
    assert unknown(places, {}, "desk") == []
    assert unknown(places, {"desk": {"team": KnownNames({})}}, "desk", "down") == []


def test_a_policy_for_one_connection_is_held_against_that_one_alone(draft: Draft) -> None:
    places = draft(TEAMS.replace("      team", "      connection: shop\n      team"))
    teams = {"team": KnownNames({"11": "Suport"})}
    (found,) = unknown(places, {"desk": teams, "shop": {"team": KnownNames({"11": "Sales"})}}, "desk", "shop")
    assert found[:2] == ("shop", "there is no team `Suport` in shop")


def test_an_id_is_never_taken_for_a_misspelt_one(draft: Draft) -> None:
    places = draft("policies:\n  - {name: gold, when: {team: 112}}\n")
    (found,) = of_names(places, {"desk": {"team": KnownNames({"111": "Support"})}}, ["desk"])
    assert "did you mean" not in found.do


LINKS = """links:
  - {from: desk, to: eng, by: {field: Key}}
  - {from: desk, to: eng, by: remote_links}
  - {from: eng, to: desk, by: remote_links}
"""
JOINED = (Link("desk", "eng", "field:Key"), Link("desk", "eng", REMOTE_LINKS), Link("eng", "desk", REMOTE_LINKS))


def test_a_link_by_what_the_helpdesk_keeps_is_a_problem_where_the_hub_is_not_told_of_it(draft: Draft) -> None:
    places, desk = draft(LINKS), ListConnector(now=lambda: NOW)
    assert list(of_links(desk, DESK, JOINED, places)) == []
    desk.links = False
    (unread,) = of_links(desk, DESK, JOINED, places)
    assert (unread.connection, unread.line, unread.level) == ("desk", 3, Level.PROBLEM)
    assert unread.what == "the remote links of desk are not read, so this joins nothing"
    (unknown,) = of_links(Mute(desk), replace(DESK, name="eng"), JOINED, places)
    assert (unknown.connection, unknown.line, unknown.key) == ("eng", 4, "links[3].by")
    assert unknown.what == "the hub reads no remote links of zendesk, so this joins nothing"


ASKED = """connections:
  desk:
    connector: zendesk
    hints: {url: "https://hub.example/hooks/desk", secret: "file:hints"}
"""
HINTS = Hints("https://hub.example/hooks/desk", SecretRef("file:hints"))


def test_hints_are_a_problem_where_none_can_be_taken_and_a_note_where_somebody_else_arranges_them(draft: Draft) -> None:
    places, desk, hinting = draft(ASKED), ListConnector(now=lambda: NOW), HintedLists(now=lambda: NOW)
    asking = replace(DESK, hints=HINTS)
    (none,) = of_hints(desk, asking, places)
    assert (none.level, none.line) == (Level.PROBLEM, 4)
    assert none.what == "the hub takes no hints from zendesk, so nothing comes of them"
    (by_hand,) = of_hints(Taking(hinting), asking, places)
    assert (by_hand.level, by_hand.key) == (Level.NOTE, "connections.desk.hints.url")
    assert list(of_hints(hinting, asking, places)) == []
    assert list(of_hints(Taking(hinting), replace(asking, hints=Hints("", HINTS.secret)), places)) == []
    assert list(of_hints(desk, DESK, places)) == []


class Mute:
    """A helpdesk that tells no remote links."""

    name = ListConnector.name
    mapping = ListConnector.mapping

    def __init__(self, whole: ListConnector) -> None:
        self.probe, self.streams, self.start, self.pull = whole.probe, whole.streams, whole.start, whole.pull


class Taking(Mute):
    """A helpdesk whose hints are read, and that cannot be asked for them."""

    def __init__(self, whole: HintedLists) -> None:
        super().__init__(whole)
        self.hints = whole.hints


WORK = (Work("incremental exports", 100), Work("account", 1000))
LIMITS = (Allowance("incremental exports", 10, MINUTE), Allowance("account", 400, MINUTE))


@pytest.mark.parametrize(
    ("budget", "backfill", "limit", "hours"),
    [
        (Budget(0.25), Backfill(), "incremental exports", 100 / (2 * 0.2 * 60)),
        (Budget(1.0), Backfill(), "incremental exports", 100 / (10 * 0.2 * 60)),
        # At least one call, however small the share.
        (Budget(0.001), Backfill(), "account", 1000 / (1 * 0.2 * 60)),
        (Budget(None, 60, timedelta(hours=1)), Backfill(), "budget", 1000 / (60 * 0.2)),
        # Half of the budget in six of twenty-four hours, over midnight.
        (Budget(1.0), Backfill(hours=(time(22), time(4))), "incremental exports", 100 / (10 * 0.275 * 60)),
    ],
)
def test_the_slowest_limit_says_how_long_the_past_takes(
    budget: Budget, backfill: Backfill, limit: str, hours: float
) -> None:
    slowest = lasts(WORK, LIMITS, replace(DESK, budget=budget, backfill=backfill))[0]
    assert slowest.limit == limit
    assert slowest.time / timedelta(hours=1) == pytest.approx(hours)


def found_of(draft: Draft, **more: Any) -> dict[str, Finding]:
    places = draft("connections: {desk: {connector: zendesk}}\n")
    return {each.code: each for each in of_account(replace(FOUND, **more), DESK, places, NOW)}


@pytest.mark.parametrize(("days", "level"), [(29, Level.PROBLEM), (31, Level.NOTE)])
def test_a_credential_that_ends_soon_is_a_problem_unless_the_hub_renews_it(
    days: int, level: Level, draft: Draft
) -> None:
    ends = NOW + timedelta(days=days)
    assert found_of(draft, expires_at=ends)["expires"].level is level
    assert found_of(draft, expires_at=ends, renewed=True)["credential"].level is Level.GOOD


@pytest.mark.parametrize(
    ("remaining", "level"), [(20, Level.PROBLEM), (40, Level.NOTE), (90, None)], ids=["less than ours", "half", "free"]
)
def test_others_who_use_a_limit_are_told_by_what_they_leave(remaining: int, level: Level | None, draft: Draft) -> None:
    told = found_of(draft, limits=(Allowance("account", 100, MINUTE, remaining, 5),)).get("limit_used")
    assert (told and told.level) == level


@pytest.mark.parametrize(
    ("held", "level"),
    [
        (HoldBack(timedelta(seconds=76), missing=timedelta(seconds=90)), Level.PROBLEM),
        (HoldBack(timedelta(seconds=76), missing=timedelta(seconds=60)), Level.GOOD),
        (HoldBack(timedelta(seconds=76)), Level.NOTE),
    ],
)
def test_a_change_that_comes_later_than_reckoned_is_a_problem(held: HoldBack, level: Level, draft: Draft) -> None:
    assert found_of(draft, hold_back=held)["held_back"].level is level


@pytest.mark.parametrize(("grave", "level"), [(True, Level.PROBLEM), (False, Level.NOTE)])
def test_a_remark_is_a_problem_unless_it_is_only_good_to_know(grave: bool, level: Level, draft: Draft) -> None:
    assert found_of(draft, remarks=(Remark("trap", "what", "do", grave=grave),))["trap"].level is level


@pytest.mark.parametrize(("seconds", "words"), [(59, ""), (-150, "2 minutes behind"), (7200, "2 hours ahead of")])
def test_clocks_that_differ_are_told_with_their_distance(seconds: int, words: str, draft: Draft) -> None:
    found = list(of_clock(timedelta(seconds=seconds), DESK, draft("connections: {}\n")))
    assert [words in each.what for each in found] == [True] * bool(words)
