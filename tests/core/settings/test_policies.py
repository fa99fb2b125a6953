"""What the metrics, presets and versions of a policy mean, as the values that the engine works with."""

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime
from textwrap import indent

import pytest

from core.errors import SettingsError
from core.settings import Configuration, mentions
from core.settings.conditions_section import Names
from core.settings.metric_section import STANDARD, metric
from core.settings.plain import Json
from core.settings.policy_keys import policy_keys
from core.settings.positions import Problems
from core.settings.presets import PRESETS
from core.sla.conditions import All, Any, Changed, Condition, Empty, Happened, HasTag, In
from core.sla.policy import (
    AtRisk,
    CalendarChoice,
    Change,
    Metric,
    MetricKind,
    OnChange,
    Policy,
    Reopen,
    StatusPattern,
    Target,
    Turns,
)
from core.tickets import Phase, Priority, WaitOn

Load = Callable[..., Configuration]
H = 3600
NAMES = Names(frozenset(), frozenset(), frozenset({"office"}))
TEN = {None: Target(seconds=10 * H)}
RESOLVED = frozenset({StatusPattern(Phase.RESOLVED), StatusPattern(Phase.CLOSED)})
WITH_CUSTOMER = StatusPattern(Phase.WAITING, WaitOn.CUSTOMER)


def texts(load: Load, keys: str) -> tuple[Policy, ...]:
    """The policies of a file with one entry, `gold`."""
    head = 'calendars: {berlin: {timezone: Europe/Berlin, weekly: {mon: "08:00-09:00"}}}\npolicies:\n  - name: gold\n'
    return load(head + indent(keys, "    ")).rules.policies


def read(name: str, raw: Json) -> Metric:
    problems = Problems(raw)
    found = metric(name, raw, ("metrics", name), NAMES, problems)
    problems.raise_any()
    assert found is not None
    return found


def moved_by(raw: dict[str, Json]) -> Turns:
    usual: dict[str, Json] = {"kind": "custom", "targets": {"other": "1h"}, "start": {"on": "created"}}
    turns = read("mine", {**usual, "stop": {"on": "assign"}, **raw}).turns
    assert turns is not None
    return turns


def test_the_name_of_a_metric_says_how_its_clock_runs() -> None:
    found = {name: read(name, {"targets": {"other": "10h"}}) for name in STANDARD if name != "status_time"}
    at_work = frozenset({StatusPattern(Phase.NEW), StatusPattern(Phase.OPEN)})
    others = frozenset(StatusPattern(Phase.WAITING, on) for on in (WaitOn.VENDOR, WaitOn.INTERNAL))
    assert found == {
        "first_response": Metric(MetricKind.FIRST_RESPONSE, TEN, stop_on=frozenset({"agent_public_comment"})),
        "next_response": Metric(MetricKind.NEXT_RESPONSE, TEN),
        "periodic_update": Metric(MetricKind.PERIODIC_UPDATE, TEN),
        "pausable_update": Metric(MetricKind.PERIODIC_UPDATE, TEN, pause_in=frozenset({WITH_CUSTOMER})),
        "resolution": Metric(MetricKind.RESOLUTION, TEN, stop_in=RESOLVED),
        "requester_wait": Metric(MetricKind.STATUS_TIME, TEN, run_in=at_work | others, stop_in=RESOLVED),
        "agent_work": Metric(MetricKind.STATUS_TIME, TEN, run_in=at_work, stop_in=RESOLVED),
    }


def test_any_other_name_is_of_the_kind_that_it_says() -> None:
    one: Json = {"kind": "status_time", "run_in": "hold", "targets": {"other": "10h"}}
    vendor = frozenset({StatusPattern(Phase.WAITING, WaitOn.VENDOR)})
    assert read("at_the_vendor", one) == Metric(MetricKind.STATUS_TIME, TEN, run_in=vendor, stop_in=RESOLVED)
    assert read("requester_wait", one) == read("at_the_vendor", one)


def test_every_key_of_a_metric_reaches_its_value() -> None:
    common: dict[str, Json] = {
        "targets": {"*": "10h"},
        "clock": "always",
        "breach": "at",
        "pause_accounting": "wall_clock",
        "calendar_change": "segment",
        "start": "attached",
        "pause_in": ["pending", "closed"],
    }
    own: dict[str, dict[str, Json]] = {
        "first_response": {"stop_on": ["assign", "status:solved"]},
        "next_response": {"anchor": "newest", "count_initial": True, "end_in": "solved"},
        "periodic_update": {"customer_cancels": True, "from_creation": True, "end_in": ["solved"]},
        "resolution": {"stop_in": ["closed"], "reopen": "restart"},
        "status_time": {"run_in": ["new"], "stop_in": ["closed"], "reopen": "restart"},
    }
    usual = Metric(MetricKind.CUSTOM, TEN)
    for name, keys in own.items():
        found = read(name, {**common, **keys})
        changed = {each.name for each in fields(Metric) if getattr(found, each.name) != getattr(usual, each.name)}
        assert changed == {"kind", *common, *keys} - {"targets"}, name
    assert read("next_response", common | own["next_response"]).end_in == {StatusPattern(Phase.RESOLVED)}
    assert read("status_time", common | own["status_time"]).reopen is Reopen.RESTART


def test_a_custom_metric_is_moved_by_conditions() -> None:
    turns = moved_by({"pause": {"status": "waiting"}, "cancel": {"tags": "spam"}, "reset": {"changed": "team"}})
    assert turns == Turns(
        start=Happened(frozenset({"created"})),
        stop=Happened(frozenset({"assign"})),
        pause=In("status", frozenset({"waiting"})),
        cancel=HasTag(frozenset({"spam"})),
        reset=Changed("team"),
    )


@pytest.mark.parametrize(
    ("raw", "condition"),
    [
        ({"on": ["assign", "agent_public_comment"]}, Happened(frozenset({"assign", "agent_public_comment"}))),
        (
            {"changed": {"status": ["solved", "pending"]}},
            Changed("status", frozenset({"resolved", "waiting/customer"})),
        ),
        ({"changed": ["team", "field:36"]}, Any((Changed("team"), Changed("field:36")))),
        ({"changed": {"team": "none"}}, All((Changed("team"), Empty("team")))),
        (
            {"changed": {"team": ["A", "none"]}},
            Any((Changed("team", frozenset({"A"})), All((Changed("team"), Empty("team"))))),
        ),
        (
            {"changed": {"team": "A", "tags": "b"}},
            All((Changed("team", frozenset({"A"})), Changed("tags", frozenset({"b"})))),
        ),
        (
            {"any": [{"on": "assign"}, {"all": [{"changed": "team"}, {"priority": "high"}]}]},
            Any(
                (
                    Happened(frozenset({"assign"})),
                    All((Changed("team"), In("priority", frozenset({"high"})))),
                )
            ),
        ),
    ],
)
def test_a_custom_metric_may_ask_about_one_event(raw: Json, condition: Condition) -> None:
    assert moved_by({"start": raw}).start == condition


def test_a_policy_says_for_all_of_its_metrics_how_pauses_and_calendars_count(load: Load) -> None:
    (found,) = texts(
        load,
        "calendar: berlin\npause_accounting: wall_clock\ncalendar_change: segment\npreset: zendesk\nmetrics:\n"
        "  agent_work: {targets: {other: 10h}}\n"
        "  resolution: {targets: {other: 10h}, calendar_change: latest}\n",
    )
    assert [(each.pause_accounting, each.calendar_change) for each in found.metrics.values()] == [
        ("wall_clock", "segment"),
        ("wall_clock", "latest"),
    ]


@pytest.mark.parametrize(
    ("text", "on_change"),
    [
        ("keep", OnChange(Change.KEEP, Change.KEEP, Change.KEEP)),
        ("{priority: restart}", OnChange(priority=Change.RESTART)),
        ("{organisation: keep, policy: restart}", OnChange(organisation=Change.KEEP, policy=Change.RESTART)),
        ("{}", OnChange(Change.CARRY_OVER, Change.CARRY_OVER, Change.CARRY_OVER)),
    ],
)
def test_a_policy_says_what_a_change_does_to_its_clocks(load: Load, text: str, on_change: OnChange) -> None:
    (found,) = texts(load, f"calendar: always\non_change: {text}\nmetrics: {{resolution: {{targets: {{other: 1h}}}}}}")
    assert found.on_change == on_change


ALL_METRICS = """\
calendar: always
{keys}
metrics:
  first_response: {{targets: {{other: 10h}}}}
  next_response: {{targets: {{other: 10h}}}}
  pausable_update: {{targets: {{other: 10h}}}}
  resolution: {{targets: {{other: 10h}}}}
  requester_wait: {{targets: {{other: 10h}}}}
"""


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_understood_by_every_kind(load: Load, preset: str) -> None:
    (found,) = texts(load, ALL_METRICS.format(keys=f"preset: {preset}"))
    (usual,) = texts(load, ALL_METRICS.format(keys=""))
    assert (found.metrics, found.on_change) != (usual.metrics, usual.on_change)


def test_a_preset_sets_the_switches_as_the_product_has_them(load: Load) -> None:
    (zendesk,) = texts(load, ALL_METRICS.format(keys="preset: zendesk"))
    assert zendesk.metrics["next_response"] == Metric(MetricKind.NEXT_RESPONSE, TEN, end_in=RESOLVED)
    assert zendesk.metrics["pausable_update"].end_in == RESOLVED
    assert zendesk.metrics["pausable_update"].pause_in == {WITH_CUSTOMER}
    assert zendesk.metrics["resolution"].reopen is Reopen.CONTINUE_EXCLUDING
    (jsm,) = texts(load, ALL_METRICS.format(keys="preset: jsm"))
    assert [name for name, each in jsm.metrics.items() if each.reopen is Reopen.RESTART] == [
        "resolution",
        "requester_wait",
    ]
    (servicenow,) = texts(load, ALL_METRICS.format(keys="preset: servicenow"))
    assert {each.start for each in servicenow.metrics.values()} == {"attached"}
    assert servicenow.metrics["resolution"].pause_in == {StatusPattern(Phase.WAITING)}
    assert servicenow.on_change == OnChange(priority=Change.RESTART, policy=Change.RESTART)


def test_what_a_policy_says_itself_goes_before_its_preset(load: Load) -> None:
    (found,) = texts(
        load,
        "calendar: always\npreset: servicenow\non_change: {priority: keep}\nmetrics:\n"
        "  resolution: {targets: {other: 10h}, start: created, pause_in: []}\n",
    )
    resolution = found.metrics["resolution"]
    assert (resolution.start, resolution.pause_in, resolution.reopen) == ("created", frozenset(), Reopen.RESTART)
    assert found.on_change == OnChange(priority=Change.KEEP, policy=Change.RESTART)


def test_versions_follow_one_another_and_take_over_what_they_do_not_say(load: Load) -> None:
    first, second, third, last = texts(
        load,
        """\
label: Gold
calendar: berlin
when: {priority: [critical, high]}
metrics:
  first_response: {targets: {critical: 30m, '*': 4h}, stop_on: assign}
  resolution: {targets: {other: 40h}}
versions:
  - {from: 2027-01-01, metrics: {first_response: {targets: {other: 2h}}, agent_work: {targets: {other: 6h}}}}
  - {from: '2027-07-01T08:00:00+02:00', calendar: {by: team, map: {A: berlin}, else: always}, at_risk: 20% left}
  - {from: 2028-01-01, when: {}, metrics: {resolution: none}}
""",
    )
    new_year = datetime(2026, 12, 31, 23, tzinfo=UTC)
    july, later = datetime(2027, 7, 1, 6, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    assert [(each.since, each.until) for each in (first, second, third, last)] == [
        (None, new_year),
        (new_year, july),
        (july, later),
        (later, None),
    ]
    assert {(each.name, each.label) for each in (first, second, third, last)} == {("gold", "Gold")}
    assert second.metrics["first_response"] == Metric(
        MetricKind.FIRST_RESPONSE,
        {Priority.CRITICAL: Target(seconds=1800), None: Target(seconds=2 * H)},
        stop_on=frozenset({"assign"}),
    )
    assert list(second.metrics) == ["first_response", "resolution", "agent_work"]
    assert (second.calendar, second.when, second.at_risk) == (first.calendar, first.when, first.at_risk)
    assert (third.calendar, third.at_risk) == (
        CalendarChoice("always", "team", {"A": "berlin"}),
        AtRisk(0.2, None, None),
    )
    assert third.metrics == second.metrics
    assert (list(last.metrics), last.when) == (["first_response", "agent_work"], All())


def test_a_version_may_end_a_promise_and_another_begin_it_again(load: Load) -> None:
    promised, ended, again = texts(
        load,
        "calendar: always\nmetrics: {resolution: {targets: {other: 10h}}}\nversions:\n"
        "  - {from: 2027-01-01, sla: none}\n"
        "  - {from: 2027-02-01, metrics: {agent_work: {targets: {other: 10h}}}}\n",
    )
    assert [list(each.metrics) for each in (promised, ended, again)] == [["resolution"], [], ["agent_work"]]


def test_a_mistake_of_the_first_text_is_told_once_and_not_for_every_version(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        texts(
            load,
            "calendar: berlni\nmetrics: {resolution: {targets: {hihg: 10h}}}\nversions:\n"
            "  - {from: 2027-01-01, at_risk: 20% left}\n"
            "  - {from: 2027-02-01, metrics: {resolution: {targets: {hihg: 8h}}}}\n",
        )
    assert [each.key for each in caught.value.problems] == [
        "policies.gold.calendar",
        "policies.gold.metrics.resolution.targets.hihg",
        "policies.gold.versions[2].metrics.resolution.targets.hihg",
    ]


def test_a_date_begins_with_the_first_instant_that_its_zone_has(load: Load) -> None:
    found = load(
        """
        calendars: {cairo: {timezone: Africa/Cairo, weekly: {mon: "08:00-09:00"}}}
        policies:
          - name: gold
            calendar: cairo
            metrics: {resolution: {targets: {other: 1h}}}
            versions: [{from: 2026-04-24, at_risk: 20% left}]
        """
    ).rules.policies[-1]
    # At midnight the clocks go forward to one o'clock.
    assert found.since == datetime(2026, 4, 23, 22, tzinfo=UTC)


def test_the_words_of_versions_and_custom_metrics_are_looked_up_at_the_helpdesk() -> None:
    custom: Json = {
        "kind": "custom",
        "start": {"changed": {"team": ["A"]}},
        "stop": {"all": [{"brand": "B"}, {"changed": ["field:Region"]}]},
    }
    content: dict[str, Json] = {
        "policies": [
            {"when": {"connection": "desk"}, "metrics": {"mine": custom}, "versions": [{"when": {"form": "F"}}]}
        ]
    }
    assert {(each.field, each.word, each.connections) for each in mentions(content)} == {
        ("team", "A", ("desk",)),
        ("brand", "B", ("desk",)),
        ("field", "Region", ("desk",)),
        ("form", "F", ("desk",)),
    }


EVERYTHING = """\
label: Gold
when: {any: [{tags: [a, b]}, {team: none}], all: [{kind: none}, {kind: task}], "field:36": x, not: {status: closed}}
calendar: {by: team, map: {A: berlin}, else: always}
preset: servicenow
match: now
at_risk: 12.5% left, at most 4h
metrics:
  first_response:
    targets: {critical: {in: 30m, calendar: always}, other: 3 working_days}
    stop_on: [assign, status:hold]
  next_response: {targets: {other: 1h30m}, anchor: newest, count_initial: true, end_in: solved, breach: at}
  pausable_update: {targets: {other: 1 working_day}, customer_cancels: true, from_creation: true}
  requester_wait: {targets: {high: 1h}, pause_accounting: wall_clock, clock: always}
  resolution: {targets: {other: 1h}, calendar_change: segment}
  triage:
    kind: custom
    targets: {other: 1h}
    start: {any: [{on: created}, {changed: [team]}]}
    stop: {all: [{changed: {status: [open]}}, {changed: {team: A}}]}
    reset: {on: [assign, agent_public_comment], priority: high}
versions: [{from: 2027-01-01, sla: none}]
"""


def test_a_policy_can_be_written_again_with_every_default_filled_in(load: Load) -> None:
    promised, ended = texts(load, EVERYTHING)
    keys = policy_keys(promised)
    assert (keys["label"], keys["until"]) == ("Gold", "2027-01-01T00:00:00Z")
    again = {key: value for key, value in keys.items() if key not in {"name", "since", "until"}}
    (read_again,) = texts(load, "\n".join(f"{key}: {json.dumps(value)}" for key, value in again.items()))
    assert replace(read_again, until=promised.until) == promised
    assert policy_keys(read_again)["metrics"] == keys["metrics"]
    assert policy_keys(ended)["sla"] == "none"
    assert "metrics" not in policy_keys(ended)
