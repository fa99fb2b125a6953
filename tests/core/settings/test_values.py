"""What the sections mean, as the values that the engine and the connections work with."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core.calendar import Closing
from core.ports import FieldName, Slot
from core.settings import Budget, Configuration, Connection, Hints, Mode, Pilot, SecretRef, Show
from core.settings.mapping_section import mapping_key
from core.settings.plain import Json
from core.sla.conditions import All, Any, Condition, Empty, HasTag, In, Not
from core.sla.policy import (
    Agreement,
    AtRisk,
    CalendarChoice,
    Link,
    MetricKind,
    Policy,
    Reopen,
    StatusPattern,
    Target,
)
from core.tickets import Kind, Phase, Priority, Side, Status, WaitOn

Load = Callable[..., Configuration]
H = 3600
H_FILE = SecretRef("file:h")


def connection(load: Load, keys: str) -> Connection:
    text = f"""
        connections:
          desk:
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {{method: api_token, email: a@b.c, api_token: "file:desk"}}
            {keys}
    """
    return load(text).connections["desk"]


def policy(load: Load, keys: str = "", first_response: str = "targets: {other: 1h}", resolution: str = "") -> Policy:
    more = f"resolution: {{{resolution}}}" if resolution else ""
    text = f"""
        customers: {{acme: {{is: {{desk: all}}}}}}
        connections:
          desk:
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {{method: api_token, email: a@b.c, api_token: "file:desk"}}
        calendars: {{office: {{timezone: UTC, weekly: {{mon-fri: "08:00-17:00"}}}}}}
        policies:
          - name: gold
            {keys or "calendar: office"}
            metrics:
              first_response: {{{first_response}}}
              {more}
    """
    return load(text).rules.policies[0]


def test_common_keys_are_read(load: Load) -> None:
    found = connection(
        load,
        """mode: pilot
            pilot: {teams: Service Desk, organisations: [ACME, 12], tickets: [4711]}
            every: 90s
            at_once: 20
            stale_after: 1h
            proxy: http://proxy.example:3128
            ca: authorities.pem
            hints: {url: "https://hub.example/hooks/desk", secret: "file:hints"}
            show: {agreements: [sla, ola], timezone: Asia/Tokyo}
            write_back: {due: SLA due, breached_at: {id: 360001}, state: {title: SLA state}}""",
    )
    assert found.mode is Mode.PILOT
    assert found.pilot == Pilot(frozenset({"Service Desk"}), frozenset({"ACME", "12"}), frozenset({"4711"}))
    assert (found.every, found.at_once, found.stale_after) == (timedelta(seconds=90), 20, timedelta(hours=1))
    assert (found.proxy, found.ca) == ("http://proxy.example:3128", "authorities.pem")
    assert found.hints == Hints("https://hub.example/hooks/desk", SecretRef("file:hints"))
    assert found.show == Show(frozenset({Agreement.SLA, Agreement.OLA}), "Asia/Tokyo")
    assert found.write_back == {
        Slot.DUE: FieldName("SLA due"),
        Slot.BREACHED_AT: FieldName(id="360001"),
        Slot.STATE: FieldName("SLA state"),
    }


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("{}", Hints()),
        ('{secret: "${SLAHUB_HINTS}"}', Hints("", SecretRef("${SLAHUB_HINTS}"))),
        (
            '{url: "http://127.0.0.1:8321/hooks/desk", secret: "file:h"}',
            Hints("http://127.0.0.1:8321/hooks/desk", H_FILE),
        ),
    ],
)
def test_hints_may_come_by_a_webhook_made_by_hand(load: Load, text: str, hints: Hints) -> None:
    assert connection(load, f"hints: {text}").hints == hints


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("25%", Budget(0.25)),
        ("12.5 %", Budget(0.125)),
        ("600/h", Budget(None, 600, timedelta(hours=1))),
        ("2/s", Budget(None, 2, timedelta(seconds=1))),
        ("10 / min", Budget(None, 10, timedelta(minutes=1))),
    ],
)
def test_a_budget_is_a_share_or_a_rate(load: Load, text: str, budget: Budget) -> None:
    assert connection(load, f"budget: {text}").budget == budget


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("13 months", timedelta(days=396)),
        ("2025-11-01", datetime(2025, 11, 1, tzinfo=UTC)),
        ('"2025-11-01"', datetime(2025, 11, 1, tzinfo=UTC)),
        ("null", None),
    ],
)
def test_a_backfill_reaches_back_a_time_or_to_a_date_or_to_the_beginning(
    load: Load, text: str, since: timedelta | datetime | None
) -> None:
    assert connection(load, f"backfill: {{since: {text}}}").backfill.since == since


def test_backfill_hours_go_over_midnight(load: Load) -> None:
    found = connection(load, 'backfill: {open_first: false, hours: "20:00-06:30"}').backfill
    assert found.hours == (time(20), time(6, 30))
    assert found.open_first is False


def test_a_mapping_overrules_the_connectors_own_key_by_key(load: Load) -> None:
    plain = connection(load, "").mapping
    found = connection(
        load,
        """mapping:
              status: {hold: waiting/internal, "custom_status:12": pending, 34: resolved}
              priority: {urgent: high, none: low}
              kind: {none: incident}
              sides: {light-agent: agent}
              native_metrics: {reply_time: first_response, To own: [ola/resolution, closing], resolution_time: []}""",
    ).mapping
    assert found.status == {
        **plain.status,
        ("status", "hold"): Status(Phase.WAITING, WaitOn.INTERNAL),
        ("custom_status", "12"): Status(Phase.WAITING, WaitOn.CUSTOMER),
        ("status", "34"): Status(Phase.RESOLVED),
    }
    assert found.priority == {**plain.priority, "urgent": Priority.HIGH, "": Priority.LOW}
    assert found.kind == {**plain.kind, "": Kind.INCIDENT}
    assert found.sides == {**plain.sides, "light-agent": Side.AGENT}
    assert found.native_metrics == {
        **plain.native_metrics,
        "reply_time": ("first_response",),
        "To own": ("ola/resolution", "closing"),
        "resolution_time": (),
    }
    assert found.status_fields == plain.status_fields


def test_a_mapping_is_written_by_name_and_keeps_apart_what_is_written_from_what_is_brought(load: Load) -> None:
    found = connection(
        load,
        """mapping:
              status: {Review: open, "Review: second round": open, "status:re:open": open, "custom_status:Parts": hold}
              priority: {"P1: all down": critical, Waiting: low, waiting: low}
              kind: {none: incident}""",
    ).mapping
    assert found.configured == {
        ("status", "Review"),
        ("status", "Review: second round"),
        ("status", "re:open"),
        ("custom_status", "Parts"),
        ("priority", "P1: all down"),
        ("priority", "Waiting"),
        ("priority", "waiting"),
        ("kind", ""),
    }
    assert found.status["custom_status", "Parts"] == Status(Phase.WAITING, WaitOn.VENDOR)


@pytest.mark.parametrize(
    ("field", "word", "key"),
    [
        ("status", "Waiting", "Waiting"),
        ("status", "Review: second round", "Review: second round"),
        ("status", "re:open", "status:re:open"),
        ("custom_status", "Parts", "custom_status:Parts"),
        ("priority", "re:open", "re:open"),
    ],
)
def test_the_key_of_a_word_leads_back_to_it(load: Load, field: str, word: str, key: str) -> None:
    assert mapping_key(field, word) == key
    part = "priority" if field == "priority" else "status"
    found = connection(load, f'mapping: {{{part}: {{"{key}": {"low" if part == "priority" else "open"}}}}}').mapping
    assert found.configured == {(field, word)}


def test_customers_are_known_by_organisation_and_by_connection(load: Load) -> None:
    found = load(
        """
        connections:
          desk: &desk
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {method: api_token, email: a@b.c, api_token: "file:desk"}
          theirs: *desk
        customers:
          acme: {name: ACME GmbH, is: {desk: {organisations: [ACME Logistics, 42]}}}
          other: {is: {theirs: all, desk: {organisations: Other}}}
        """
    )
    assert found.rules.customers == {
        ("desk", "ACME Logistics"): "acme",
        ("desk", "acme logistics"): "acme",
        ("desk", "42"): "acme",
        ("theirs", "*"): "other",
        ("desk", "Other"): "other",
        ("desk", "other"): "other",
    }


def test_customers_are_known_by_a_custom_field_and_by_project(load: Load) -> None:
    found = load(
        """
        connections:
          desk:
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {method: api_token, email: a@b.c, api_token: "file:desk"}
        customers:
          acme: {is: {desk: {projects: [PLAT], field: Customer, values: [ACME, 7], organisations: ACME}}}
          other: {is: {desk: {field: "field:36", values: acme}}}
        """
    )
    assert found.rules.customers == {("desk", "ACME"): "acme", ("desk", "acme"): "acme"}
    fields = found.rules.customer_fields["desk"]
    assert list(fields) == ["field:Customer", "field:36", "project"]
    assert fields == {
        "field:Customer": {"ACME": "acme", "acme": "acme", "7": "acme"},
        "field:36": {"acme": "other"},
        "project": {"PLAT": "acme", "plat": "acme"},
    }


def test_links_join_two_connections_by_a_field_or_by_their_own_links(load: Load) -> None:
    found = load(
        """
        connections:
          desk: &desk
            connector: zendesk
            url: https://acme.zendesk.com
            auth: {method: api_token, email: a@b.c, api_token: "file:desk"}
          eng: *desk
        links:
          - {from: desk, to: eng, by: {field: Jira key}, counts: from}
          - {from: desk, to: eng, by: {field: "field:36"}, counts: to}
        """,
        more="links: [{from: eng, to: desk, by: remote_links}]",
    )
    assert found.rules.links == (
        Link("eng", "desk", "remote_links", "both"),
        Link("desk", "eng", "field:Jira key", "from"),
        Link("desk", "eng", "field:36", "to"),
    )


def test_a_calendar_has_days_holidays_and_single_days(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: Europe/Berlin
            weekly: {mon-tue: ["13:00-18:00", "08:00-12:00"], "wed,fri": 22:00-06:00, sun: "22:00-24:00"}
            holidays: {country: DE, subdivision: BY, categories: [public, catholic], except: [Epiphany, 2026-10-03]}
            also_closed:
              - {date: 2026-12-24, hours: ["12:00-24:00"], name: Heiligabend}
              - {date: "2026-12-31", hours: "22:00-06:00"}
              - {date: 2026-11-18, name: Works meeting}
            also_open:
              - {date: 2026-12-19, hours: ["09:00-13:00"], name: Saturday}
        """
    ).rules.calendars["office"]
    day = ((8 * H, 12 * H), (13 * H, 18 * H))
    night, morning = (22 * H, 24 * H), (0, 6 * H)
    assert found.weekly == (day, day, (night,), (morning,), (night,), (morning,), (night,))
    assert found.holidays[date(2026, 8, 15)] == "Assumption Day"
    assert not {date(2026, 1, 6), date(2027, 1, 6), date(2026, 10, 3)} & set(found.holidays)
    assert date(2027, 10, 3) in found.holidays
    assert {day.year for day in found.holidays} == set(range(2023, 2030))
    assert found.shifts == {date(2026, 12, 19): ((9 * H, 13 * H),)}
    assert found.closings == (
        Closing(date(2026, 12, 24), "Heiligabend", ((12 * H, 24 * H),)),
        Closing(date(2026, 12, 31), "closed", (night,)),
        Closing(date(2027, 1, 1), "closed", (morning,)),
        Closing(date(2026, 11, 18), "Works meeting"),
    )


def test_an_unnamed_closing_of_a_holiday_keeps_the_holidays_name(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: UTC
            weekly: {mon-fri: "08:00-17:00"}
            holidays: [{date: 2026-12-25, name: Christmas}]
            also_closed: [2026-12-25, {date: 2026-12-28, hours: ["15:00-17:00", "08:00-09:00"]}]
        """
    ).rules.calendars["office"]
    assert found.closings == (
        Closing(date(2026, 12, 25), "Christmas"),
        Closing(date(2026, 12, 28), "closed", ((8 * H, 9 * H), (15 * H, 17 * H))),
    )


def test_the_hours_of_a_calendar_may_change_on_a_date(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: UTC
            weekly: {mon-fri: "08:00-17:00"}
            versions:
              - {from: 2027-01-01, weekly: {mon-sat: ["08:00-18:00"]}}
              - from: 2028-01-01
                weekly: {}
        """
    ).rules.calendars["office"]
    assert found.versions == (
        (date(2027, 1, 1), (((8 * H, 18 * H),),) * 6 + ((),)),
        (date(2028, 1, 1), ((),) * 7),
    )


def test_a_calendar_may_begin_to_open_with_a_later_version(load: Load) -> None:
    found = load(
        'calendars: {new: {timezone: UTC, versions: [{from: 2027-01-01, weekly: {mon-sun: "08:00-18:00"}}]}}'
    ).rules.calendars["new"]
    assert found.next_open(datetime(2026, 5, 4, tzinfo=UTC)) == datetime(2027, 1, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declared", "instant"),
    [
        ("2026-11-16", "2026-11-15T23:00:00Z"),
        ("'2026-11-16'", "2026-11-15T23:00:00Z"),
        ("2026-11-16T14:30:00+02:00", "2026-11-16T12:30:00Z"),
        ("2026-11-16 14:30", "2026-11-16T13:30:00Z"),
        ("2026-11-16T14:30:00", "2026-11-16T13:30:00Z"),
        ("2026-11-16T14:30:00Z", "2026-11-16T14:30:00Z"),
        ("2026-11-20", "2026-11-19T23:00:00Z"),
    ],
)
def test_a_closing_is_known_since_it_was_declared(load: Load, declared: str, instant: str) -> None:
    found = load(
        f"""
        calendars:
          office:
            timezone: Europe/Berlin
            weekly: {{mon-fri: "08:00-17:00"}}
            also_closed:
              - {{date: 2026-11-18, hours: "12:00-24:00", name: Storm, declared: {declared}}}
              - 2026-11-19
        """
    ).rules.calendars["office"]
    storm, other = found.closings
    assert (storm.known, other.known) == (datetime.fromisoformat(instant), None)


def test_a_day_that_opens_by_way_of_exception_may_be_closed_again_later(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: UTC
            weekly: {mon-fri: "08:00-17:00"}
            also_open: [{date: 2026-12-19, hours: "09:00-13:00"}]
            also_closed: [{date: 2026-12-19, declared: 2026-12-10}]
        """
    ).rules.calendars["office"]
    at = datetime(2026, 12, 19, 10, tzinfo=UTC)
    assert not found.is_open(at)
    assert found.known_at(0).is_open(at)


@pytest.mark.parametrize("word", ["Heilige Drei Könige", "heilige drei könige", "Epiphany"])
def test_a_holiday_is_excepted_by_its_local_or_its_english_name(load: Load, word: str) -> None:
    found = load(
        f"""
        calendars:
          office:
            timezone: Europe/Berlin
            weekly: {{mon: "08:00-09:00"}}
            holidays: {{country: DE, subdivision: BY, except: {word}}}
        """
    )
    assert date(2026, 1, 6) not in found.rules.calendars["office"].holidays


def test_an_exception_of_another_year_is_no_mistake_later_on(load: Load) -> None:
    load(
        """
        calendars:
          office:
            timezone: Europe/Berlin
            weekly: {mon: "08:00-09:00"}
            holidays: {country: DE, except: 2019-10-03}
        """
    )


def test_holidays_of_several_rules_and_dates_go_together(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: Europe/Berlin
            weekly: {mon-fri: "08:00-17:00"}
            holidays:
              - {country: DE, except: Labor Day}
              - {country: AT}
              - 2026-12-24
              - {date: 2026-01-01, name: Neujahr}
              - {date: 2026-12-25}
        """
    ).rules.calendars["office"]
    names = {on.isoformat()[5:]: name for on, name in found.holidays.items() if on.year == 2026}
    assert names["10-26"] == "National Day"
    assert names["10-03"] == "German Unity Day"
    assert (names["05-01"], names["12-24"], names["01-01"]) == ("Labor Day", "holiday", "Neujahr")
    assert names["12-25"] == "Christmas Day"


def test_holidays_may_be_a_plain_list(load: Load) -> None:
    found = load(
        """
        calendars:
          office:
            timezone: UTC
            weekly: {fri-mon: "00:00-24:00"}
            holidays: [2026-12-25, {date: 2026-12-26, name: Boxing Day}]
        """
    ).rules.calendars["office"]
    assert found.holidays == {date(2026, 12, 25): "holiday", date(2026, 12, 26): "Boxing Day"}
    assert [bool(spans) for spans in found.weekly] == [True, False, False, False, True, True, True]


def test_round_the_clock_is_built_in(load: Load) -> None:
    assert load("policies: []").rules.calendars["always"].is_open(datetime(2026, 12, 25, tzinfo=UTC))


@pytest.mark.parametrize(
    ("when", "condition"),
    [
        ("{}", All()),
        ("{priority: critical}", In("priority", frozenset({"critical"}))),
        ("{customer: [acme, none]}", Any((In("customer", frozenset({"acme"})), Empty("customer")))),
        ("{team: none}", Empty("team")),
        ("{kind: [incident, none]}", In("kind", frozenset({"incident", "none"}))),
        ("{organisation: 42}", In("organisation", frozenset({"42"}))),
        ("{tags: [a, b]}", HasTag(frozenset({"a", "b"}))),
        ("{'field:36': gold}", In("field:36", frozenset({"gold"}))),
        ("{status: [pending, waiting, solved]}", In("status", frozenset({"waiting/customer", "waiting", "resolved"}))),
        (
            "{connection: desk, not: {tags: a, brand: X}}",
            All(
                (
                    In("connection", frozenset({"desk"})),
                    Not(All((HasTag(frozenset({"a"})), In("brand", frozenset({"X"}))))),
                )
            ),
        ),
        ("{any: [{tags: a}, {team: T}]}", Any((HasTag(frozenset({"a"})), In("team", frozenset({"T"}))))),
    ],
)
def test_conditions_join_keys_by_and_values_by_or(load: Load, when: str, condition: Condition) -> None:
    assert policy(load, f"calendar: office\n            when: {when}").when == condition


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("30m", Target(seconds=1800)),
        ("1h30m", Target(seconds=5400)),
        ("3 working_days", Target(working_days=3)),
        ("{in: 4h, calendar: always}", Target(seconds=4 * H, calendar="always")),
        ("{in: 1 working_day, calendar: office}", Target(working_days=1, calendar="office")),
    ],
)
def test_a_target_is_open_time_or_working_days(load: Load, text: str, target: Target) -> None:
    found = policy(load, first_response=f"targets: {{critical: {text}, none: 2h, '*': 8h}}")
    assert found.metrics["first_response"].targets == {
        Priority.CRITICAL: target,
        Priority.NONE: Target(seconds=2 * H),
        None: Target(seconds=8 * H),
    }


def test_a_metric_takes_the_keys_and_words_of_the_vectors(load: Load) -> None:
    found = policy(
        load,
        first_response="targets: {other: 1h}, stop_on: [assign, 'status:solved', agent_private_comment]",
        resolution="targets: {other: 4h}, stop_in: solved, pause_in: [pending, waiting/internal], reopen: restart,"
        " start: attached, clock: always, breach: at, pause_accounting: wall_clock, calendar_change: segment",
    )
    assert found.metrics["first_response"].stop_on == {
        "assign",
        "agent_private_comment",
        StatusPattern(Phase.RESOLVED),
    }
    metric = found.metrics["resolution"]
    assert metric.kind is MetricKind.RESOLUTION
    assert metric.stop_in == {StatusPattern(Phase.RESOLVED)}
    assert metric.pause_in == {
        StatusPattern(Phase.WAITING, WaitOn.CUSTOMER),
        StatusPattern(Phase.WAITING, WaitOn.INTERNAL),
    }
    assert metric.reopen is Reopen.RESTART
    assert (metric.start, metric.clock, metric.breach) == ("attached", "always", "at")
    assert (metric.pause_accounting, metric.calendar_change) == ("wall_clock", "segment")


def test_a_calendar_may_hang_on_a_field(load: Load) -> None:
    found = policy(load, "calendar: {by: 'field:36', map: {US: office, 7: always}, else: office}")
    assert found.calendar == CalendarChoice("office", "field:36", {"US": "office", "7": "always"})


@pytest.mark.parametrize(
    ("text", "at_risk"),
    [
        ("20% left", AtRisk(0.2, None, None)),
        ("20% left, at most 2h", AtRisk(0.2, 2 * H, None)),
        ("20% left, at least 10m", AtRisk(0.2, None, 600)),
        ("25% left, at most 4h, at least 10m", AtRisk()),
    ],
)
def test_a_threshold_is_a_share_within_bounds(load: Load, text: str, at_risk: AtRisk) -> None:
    assert policy(load, f"calendar: office\n            at_risk: {text}").at_risk == at_risk


def test_a_policy_is_matched_at_completion_unless_it_says_now(load: Load) -> None:
    assert policy(load, "calendar: office").match == "completion"
    assert policy(load, "calendar: office\n            match: now").match == "now"


def test_no_promise_is_a_policy_without_metrics(load: Load) -> None:
    found = load("policies: [{name: internal, agreement: ola, label: Internal, when: {tags: x}, sla: none}]")
    assert found.rules.policies == (
        Policy("internal", {}, agreement=Agreement.OLA, when=HasTag(frozenset({"x"})), label="Internal"),
    )


def test_policies_keep_their_order_over_files(load: Load) -> None:
    one: Json = "policies: [{name: b, sla: none}, {name: a, sla: none}]"
    found = load(two="policies: [{name: c, sla: none}]", one=one)
    assert [each.name for each in found.rules.policies] == ["b", "a", "c"]


def test_a_revision_carries_its_number_and_instant(load: Load) -> None:
    rules = load("policies: []").rules
    assert (rules.revision, rules.applied_at, rules.restates) == (1, datetime(2026, 5, 4, tzinfo=UTC), None)
