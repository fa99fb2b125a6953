"""Revisions: one text for one content, holidays locked in, differences told in one line each."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Draft, Offer, canonical, configuration, describe, differences, lock, parse, read_folder
from core.settings.plain import Json
from core.sla.policy import Restating

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
SECTIONS = st.dictionaries(st.sampled_from(["connections", "calendars", "policies"]), JSON, max_size=3)
TEXT = """
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {mon-fri: "08:00-17:00"}
    holidays: {country: DE, subdivision: BY}
  plain:
    timezone: UTC
    weekly: {mon-fri: "08:00-17:00"}
    holidays: [2026-12-24]
policies:
  - {name: gold, calendar: office, metrics: {resolution: {targets: {high: 1h, other: 40h}}}}
  - {name: silver, sla: none}
"""


@pytest.fixture
def content(draft: Callable[..., Draft]) -> dict[str, Any]:
    return dict(draft(TEXT).content)


@given(SECTIONS)
def test_a_revisions_text_reads_back_and_is_the_same_text_again(content: dict[str, Any]) -> None:
    text = canonical(content)
    assert parse(text) == content
    assert canonical(parse(text)) == text


def test_comments_order_of_keys_and_anchors_do_not_count(draft: Callable[..., Draft], tmp_path: Path) -> None:
    one = canonical(draft("calendars: {a: {timezone: UTC, weekly: {}}, b: {timezone: UTC, weekly: {}}}").content)
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.yaml").write_text("calendars:\n  b: &b\n    weekly: {} # none\n    timezone: UTC\n  a: *b\n", "utf-8")
    assert canonical(read_folder(other).content) == one


def test_locked_holidays_are_used_as_they_are(content: dict[str, Any], offers: Mapping[str, Offer]) -> None:
    locked = parse(canonical(lock(content, 2026)))
    assert isinstance(locked["calendars"], dict)
    office: Any = locked["calendars"]["office"]
    assert {day["date"][:4] for day in office["resolved"]} == {str(year) for year in range(2023, 2030)}
    assert {"date": "2026-10-03", "name": "German Unity Day"} in office["resolved"]
    office["resolved"] = [{"date": "2026-02-03", "name": "Locked Day"}]
    later = configuration(locked, offers, revision=7, applied_at=datetime(2040, 1, 1, tzinfo=UTC), restates=Restating())
    assert later.rules.calendars["office"].holidays == {date(2026, 2, 3): "Locked Day"}
    assert later.rules.restates


def test_locking_leaves_the_draft_and_plain_lists_alone(content: dict[str, Any]) -> None:
    before = canonical(content)
    locked: Any = lock(content, 2026)
    assert canonical(content) == before
    assert "resolved" not in locked["calendars"]["plain"]


def test_locking_passes_over_mistakes() -> None:
    mistakes: list[Json] = [None, [], {"a": None}, {"a": {"holidays": {"country": "QQ"}}}]
    for calendars in mistakes:
        assert lock({"calendars": calendars}, 2026) == {"calendars": calendars}


def test_a_draft_equals_its_own_revision(content: dict[str, Any]) -> None:
    assert differences(lock(content, 2026), content) == ()
    assert differences(lock(content, 2026), lock(content, 2026)) == ()
    assert differences(lock(content, 2026), lock(content, 2027)) == ()


def test_the_first_revision_is_new_entry_by_entry(content: dict[str, Any]) -> None:
    assert describe(differences(None, lock(content, 2026))).splitlines() == [
        "calendars.office: new, {holidays: {country: DE, subdivision: BY}, timezone: Europe/Berlin,"
        " weekly: {mon-fri: 08:00-17:00}}",
        "calendars.office.resolved: new, 84 days from 2023 to 2029, in 2026 [2026-01-01 New Year's Day,"
        " 2026-01-06 Epiphany, 2026-04-03 Good Friday, 2026-04-06 Easter Monday, 2026-05-01 Labor Day,"
        " 2026-05-14 Ascension Day, 2026-05-25 Pentecost Monday, 2026-06-04 Corpus Christi,"
        " 2026-10-03 German Unity Day, 2026-11-01 All Saints' Day, 2026-12-25 Christmas Day,"
        " 2026-12-26 Second Day of Christmas]",
        "calendars.plain: new, {holidays: [2026-12-24], timezone: UTC, weekly: {mon-fri: 08:00-17:00}}",
        "policies.gold: new, {calendar: office, metrics: {resolution: {targets: {high: 1h, other: 40h}}}, name: gold}",
        "policies.silver: new, {name: silver, sla: none}",
    ]


def test_each_changed_key_is_one_line(content: dict[str, Any], draft: Callable[..., Draft]) -> None:
    changed = draft(
        TEXT.replace("other: 40h", "other: 30h")
        .replace("high: 1h, ", "")
        .replace("timezone: UTC", "timezone: Asia/Tokyo")
        .replace("{name: silver, sla: none}", "{name: bronze, sla: none}")
    ).content
    assert describe(differences(lock(content, 2026), lock(changed, 2026))).splitlines() == [
        "calendars.plain.timezone: UTC -> Asia/Tokyo",
        "policies.bronze: new, {name: bronze, sla: none}",
        "policies.gold.metrics.resolution.targets.high: removed, was 1h",
        "policies.gold.metrics.resolution.targets.other: 40h -> 30h",
        "policies.silver: removed, was {name: silver, sla: none}",
    ]


def test_another_order_of_policies_is_a_difference(content: dict[str, Any]) -> None:
    turned = {**content, "policies": content["policies"][::-1]}
    assert describe(differences(content, turned)) == "policies (order): [gold, silver] -> [silver, gold]"


def test_an_emptied_key_is_a_difference(content: dict[str, Any]) -> None:
    found = differences({"customers": {"a": {"name": None}}}, {"customers": {"a": {}}})
    assert [each.path for each in found] == ["customers.a.name"]


def test_nothing_and_no_key_are_told_apart() -> None:
    none: dict[str, Json] = {"customers": {"a": {"since": None}}}
    bare: dict[str, Json] = {"customers": {"a": {}}}
    full: dict[str, Json] = {"customers": {"a": {"since": "1 year"}}}
    assert describe(differences(none, full)) == "customers.a.since: null -> 1 year"
    assert describe(differences(full, none)) == "customers.a.since: 1 year -> null"
    assert describe(differences(bare, none)) == "customers.a.since: new, null"
    assert describe(differences(none, bare)) == "customers.a.since: removed, was null"


def test_the_same_rule_with_other_dates_is_a_difference_of_its_own(content: dict[str, Any]) -> None:
    old: Any = lock(content, 2026)
    new: Any = parse(canonical(old))
    days = new["calendars"]["office"]["resolved"]
    moved = next(day for day in days if day["date"] == "2026-10-03")
    moved["date"] = "2026-10-05"
    (found,) = differences(old, new)
    assert found.kind == "holidays"
    assert str(found) == (
        "calendars.office.resolved: holidays differ, [2026-10-03 German Unity Day] -> [2026-10-05 German Unity Day]"
    )


def test_another_rule_is_told_with_the_dates_that_go_and_come(content: dict[str, Any]) -> None:
    new: Any = parse(canonical(content))
    new["calendars"]["office"]["holidays"]["subdivision"] = "BE"
    setting, dates = differences(lock(content, 2026), lock(new, 2026))
    assert (setting.path, setting.kind) == ("calendars.office.holidays.subdivision", "setting")
    assert (dates.path, dates.kind) == ("calendars.office.resolved", "holidays")
    assert isinstance(dates.before, list)
    assert isinstance(dates.after, list)
    assert "2026-01-06 Epiphany" in dates.before
    assert "2026-03-08 Women's Day" in dates.after
    assert len(dates.before) == 3 * 7
    assert "in 2026 [2026-01-06 Epiphany, 2026-06-04 Corpus Christi, 2026-11-01 All Saints' Day] -> [" in str(dates)


def test_a_rule_instead_of_dates_is_told_with_its_dates(content: dict[str, Any]) -> None:
    listed: Any = parse(canonical(content))
    listed["calendars"]["office"]["holidays"] = ["2026-12-24"]
    new = describe(differences(lock(listed, 2026), lock(content, 2026))).splitlines()
    assert new[0] == "calendars.office.holidays: [2026-12-24] -> {country: DE, subdivision: BY}"
    assert new[1].startswith("calendars.office.resolved: new, 84 days from 2023 to 2029, in 2026 [2026-01-01 New")
    assert describe(differences(lock(content, 2026), lock(listed, 2026))).splitlines() == [
        "calendars.office.holidays: {country: DE, subdivision: BY} -> [2026-12-24]"
    ]


def test_a_revision_that_does_not_say_which_years_it_resolved_is_compared_all_the_same(
    content: dict[str, Any],
) -> None:
    old: Any = lock(content, 2026)
    del old["calendars"]["office"]["resolved_years"]
    assert differences(old, lock(content, 2026)) == ()
    assert differences(old, lock(content, 2027)) == ()
    assert differences(old, lock(content, 2028)) != ()


def test_holidays_that_end_next_year_are_a_difference(content: dict[str, Any]) -> None:
    (found,) = differences(lock(content, 2026), lock(content, 2028))
    assert found.kind == "holidays"
    assert isinstance(found.after, list)
    assert {str(day)[:4] for day in found.after} == {"2030", "2031"}
