"""Every mistake an admin is likely to make: where it is told, and which word is offered instead.

Each case is a file in which the mistake stands in the line that ends in `#!`.
"""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from core.errors import Problem, SettingsError
from core.settings import Configuration

Load = Callable[..., Configuration]

CONNECTION = """
connections:
  desk:
    connector: zendesk
    url: https://acme.zendesk.com
    auth: {{method: api_token, email: a@b.c, api_token: "file:desk"}}
    {0} #!
"""
AUTH = """
connections:
  desk:
    connector: zendesk
    url: https://acme.zendesk.com
    auth: {0} #!
"""
CALENDAR = """
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {{mon-fri: "08:00-17:00"}}
    {0} #!
"""
WEEKLY = """
calendars:
  office:
    timezone: Europe/Berlin
    weekly:
      mon-thu: ["08:00-12:00"]
      {0} #!
"""
POLICY = """
customers: {{acme: {{is: {{desk: all}}}}}}
connections: {{desk: {{connector: zendesk, url: "https://a.zendesk.com", auth: {{method: api_token, email: a@b.c, api_token: "file:d"}}}}}}
calendars: {{office: {{timezone: UTC, weekly: {{mon: "08:00-09:00"}}}}}}
policies:
  - name: gold
    calendar: always
    metrics: {{first_response: {{targets: {{other: 1h}}}}}}
    {0} #!
"""
METRICS = """
policies:
  - name: gold
    calendar: always
    metrics: {0} #!
"""

CASES = [
    # sections and connections
    ("polices: [] #!", "polices", "unknown key", "`policies`"),
    ("contracts: {} #!", "contracts", "not available yet", ""),
    ("connections: {desk: {connector: zendesc}} #!", "connections.desk.connector", "no connector", "`zendesk`"),
    ("connections: {desk: {connector: jira}} #!", "connections.desk.connector", "jira is not available yet", ""),
    ("connections: {desk: {url: x}} #!", "connections.desk.connector", "is missing", ""),
    ("connections: {desk: } #!", "connections.desk", "expected keys", "connector:"),
    ("connections: {my desk: {connector: zendesk}} #!", "connections.my desk", "cannot name a connection", ""),
    (CONNECTION.format("evry: 2m"), "connections.desk.evry", "unknown key", "`every`"),
    (CONNECTION.format("header: {}"), "connections.desk.header", "unknown key", "`headers`"),
    (CONNECTION.format("scope: {brands: [A]}"), "connections.desk.scope", "has no scope", ""),
    (CONNECTION.format("mode: liv"), "connections.desk.mode", "observe, pilot or live", "`live`"),
    (CONNECTION.format("mode: pilot"), "connections.desk.mode", "which tickets", "pilot:"),
    (CONNECTION.format("pilot: {team: [A]}"), "connections.desk.pilot.team", "unknown key", "`teams`"),
    (CONNECTION.format("every: 2"), "connections.desk.every", "no unit", "2m"),
    (CONNECTION.format("every: 0s"), "connections.desk.every", "more than zero", ""),
    (CONNECTION.format("budget: 250%"), "connections.desk.budget", "not a share", "25%"),
    (CONNECTION.format("budget: 0.25"), "connections.desk.budget", "found `0.25`", "25%"),
    (CONNECTION.format("budget: 600/hr"), "connections.desk.budget", "calls in a time", "600/h"),
    (CONNECTION.format("budget: 0/h"), "connections.desk.budget", "no call at all", ""),
    (CONNECTION.format("backfill: {since: 2026-13-01}"), "connections.desk.backfill.since", "not a date", "months"),
    (CONNECTION.format("backfill: {since: 13 moons}"), "connections.desk.backfill.since", "`moons`", "months"),
    (CONNECTION.format("backfill: {hours: 20-06}"), "connections.desk.backfill.hours", "not a stretch", "08:00-17:00"),
    (CONNECTION.format("backfill: {opn_first: true}"), "connections.desk.backfill.opn_first", "unknown", "`open_first`"),
    (CONNECTION.format("backfill: {open_first: maybe}"), "connections.desk.backfill.open_first", "true or false", ""),
    (CONNECTION.format("write_back: {deu: SLA due}"), "connections.desk.write_back.deu", "breached_at", "`due`"),
    (CONNECTION.format("write_back: {due: {}}"), "connections.desk.write_back.due", "title, or {id", ""),
    (CONNECTION.format("write_back: {due: A, state: A}"), "connections.desk.write_back.state", "shows `due`", ""),
    (CONNECTION.format("show: {agreements: [slaa]}"), "connections.desk.show.agreements[1]", "vendor", "`sla`"),
    (CONNECTION.format("show: {agreements: slaa}"), "connections.desk.show.agreements", "vendor", "`sla`"),
    (CONNECTION.format("show: {roles: [sla]}"), "connections.desk.show.roles", "unknown key", "`agreements`"),
    (CONNECTION.format("show: {timezone: Europe/Berlni}"), "connections.desk.show.timezone", "zone", "`Europe/Berlin`"),
    (CONNECTION.format("mapping: {status: {hold: waiting/custmer}}"), "connections.desk.mapping.status.hold", "status", "`waiting/customer`"),
    (CONNECTION.format('mapping: {status: {"custm_status:1": open}}'), "connections.desk.mapping.status.custm_status:1", "status field", "`custom_status`"),
    (CONNECTION.format("mapping: {priority: {urgent: critcal}}"), "connections.desk.mapping.priority.urgent", "planning", "`critical`"),
    (CONNECTION.format("mapping: {kind: {none: incidnt}}"), "connections.desk.mapping.kind.none", "question", "`incident`"),
    (CONNECTION.format("at_once: many"), "connections.desk.at_once", "a whole number", ""),
    # secrets
    (AUTH.format("{method: oauth_clint, client_id: a}"), "connections.desk.auth", "oauth_client", "`oauth_client`"),
    (AUTH.format("{method: api_token, email: a@b.c}"), "connections.desk.auth.api_token", "is missing", ""),
    (AUTH.format('{method: api_token, email: a@b.c, api_token: "file:a", api_tokn: b}'), "connections.desk.auth.api_tokn", "unknown", "`api_token`"),
    (AUTH.format("{method: api_token, email: a@b.c, api_token: hunter2}"), "connections.desk.auth.api_token", "must not stand", "${SLAHUB_NAME}"),
    (AUTH.format('{method: api_token, email: a@b.c, api_token: "${TOKEN}"}'), "connections.desk.auth.api_token", "SLAHUB_", "${SLAHUB_TOKEN}"),
    (CONNECTION.format('headers: {X-Key: "${SLAHUB_KEY}"}'), "connections.desk.headers.X-Key", "not allowed here", ""),
    ('customers: {a: {name: "${SLAHUB_A}", is: {}}} #!', "customers.a.name", "not allowed here", ""),
    # customers
    ("customers: {acme: {is: {dsk: all}}}\nconnections: {desk: {}} #!", "customers.acme.is.dsk", "no connection", "`desk`"),
    ("customers: {acme: {}} #!", "customers.acme.is", "is missing", ""),
    ("customers: {none: {}} #!", "customers.none", "cannot name a customer", ""),
    (POLICY.format("\ncustomers: {}"), "customers", "stands twice", ""),
    # calendars
    ("calendars: {always: {timezone: UTC, weekly: {mon: '08:00-09:00'}}} #!", "calendars.always", "built in", ""),
    ("calendars: {a: {timezone: UTC}} #!", "calendars.a.weekly", "never opens", "mon-fri"),
    ("calendars: {a: {weekly: {mon: '08:00-09:00'}}} #!", "calendars.a.timezone", "is missing", ""),
    ("calendars: {a: {timezone: berlin, weekly: {mon: '08:00-09:00'}}} #!", "calendars.a.timezone", "zone", "`Europe/Berlin`"),
    ("calendars: {a: {timezone: Mars, weekly: {mon: '08:00-09:00'}}} #!", "calendars.a.timezone", "zone", ""),
    (WEEKLY.format("thu-fri: '08:00-09:00'"), "calendars.office.weekly.thu-fri", "thu stands twice", ""),
    (WEEKLY.format("friday: '08:00-09:00'"), "calendars.office.weekly.friday", "not a weekday", "`fri`"),
    (WEEKLY.format("fri-sat-sun: '08:00-09:00'"), "calendars.office.weekly.fri-sat-sun", "not a range", ""),
    (WEEKLY.format("fri: ['08:00-12:00', '11:00-13:00']"), "calendars.office.weekly.fri[2]", "overlaps", ""),
    (WEEKLY.format("sun: ['22:00-09:00']"), "calendars.office.weekly.mon-thu[1]", "overlaps 00:00-09:00 on mon", ""),
    (WEEKLY.format("fri: '08:00-08:00'"), "calendars.office.weekly.fri", "is empty", ""),
    (WEEKLY.format("fri: '08:00-25:00'"), "calendars.office.weekly.fri", "no such time", "24:00"),
    (WEEKLY.format("fri: 8-17"), "calendars.office.weekly.fri", "not a stretch", "08:00-17:00"),
    (CALENDAR.format("holidays: {country: Germany}"), "calendars.office.holidays.country", "not a country", "`DE`"),
    (CALENDAR.format("holidays: {country: QQ}"), "calendars.office.holidays.country", "not a country", ""),
    (CALENDAR.format("holidays: {country: DE, subdivision: Bayren}"), "calendars.office.holidays.subdivision", "part of DE", "`Bayern`"),
    (CALENDAR.format("holidays: {country: DE, categories: [publc]}"), "calendars.office.holidays.categories[1]", "category", "`public`"),
    (CALENDAR.format("holidays: {country: DE, except: [Good Fryday]}"), "calendars.office.holidays.except[1]", "no holiday", "`Good Friday`"),
    (CALENDAR.format("holidays: {country: DE, except: [2026-02-03]}"), "calendars.office.holidays.except[1]", "no holiday", ""),
    (CALENDAR.format("holidays: [2026-12-24, 2026-12-24]"), "calendars.office.holidays[2]", "stands twice", ""),
    (CALENDAR.format("also_closed: [{date: 2026-02-30}]"), "calendars.office.also_closed[1].date", "there is no 2026-02-30", ""),
    (CALENDAR.format("also_closed: [24.12.2026]"), "calendars.office.also_closed[1]", "not a date", "2026-12-24"),
    (CALENDAR.format("also_closd: []"), "calendars.office.also_closd", "unknown key", "`also_closed`"),
    (CALENDAR.format("also_open: [{date: 2026-12-19}]"), "calendars.office.also_open[1].hours", "is missing", ""),
    (CALENDAR.format("also_open: [{date: 2026-12-19, hours: '17:00-09:00'}]"), "calendars.office.also_open[1].hours", "ends before it starts", "24:00"),
    (CALENDAR.format("{holidays: [2026-12-24], also_open: [{date: 2026-12-24, hours: '09:00-10:00'}]}").replace("    {holidays", "    holidays").replace("], also_open", "]\n    also_open").replace("]} #!", "] #!"), "calendars.office.also_open[1]", "is closed (holiday)", "except"),
    # policies
    ("policies: {gold: {}} #!", "policies", "expected a list", ""),
    ("policies: [gold] #!", "policies[1]", "expected a policy", "name:"),
    ("policies: [{nme: gold, sla: none}] #!", "policies[1].name", "is missing", ""),
    ("policies:\n  - {name: a, sla: none}\n  - {name: a, sla: none} #!", "policies.a.name", "another policy is called `a`", ""),
    ("policies: [{name: a, calendar: always}] #!", "policies.a", "needs metrics", "sla: none"),
    ("policies: [{name: a, calendar: always, metrics: {}}] #!", "policies.a", "needs metrics", "sla: none"),
    ("policies: [{name: a, metrics: {resolution: {targets: {other: 1h}}}}] #!", "policies.a", "needs a calendar", "always"),
    ("policies: [{name: a, calendar: offce, metrics: {resolution: {targets: {other: 1h}}}}]\ncalendars: {office: {}} #!", "policies.a.calendar", "no calendar", "`office`"),
    (POLICY.format("sla: none"), "policies.gold.sla", "exclude each other", ""),
    (POLICY.format("agreement: ols"), "policies.gold.agreement", "vendor", "`ola`"),
    (POLICY.format("role: ola"), "policies.gold.role", "unknown key", "`agreement`"),
    (POLICY.format("versions: []"), "policies.gold.versions", "not available yet", ""),
    (POLICY.format("at_risk: 25%"), "policies.gold.at_risk", "not a threshold", "25% left"),
    (POLICY.format("at_risk: 25% left, at most 10m, at least 1h"), "policies.gold.at_risk", "is less than", ""),
    (POLICY.format("at_risk: 25% left, at most 1d"), "policies.gold.at_risk", "which day is meant", "8h"),
    (POLICY.format("when: {conection: desk}"), "policies.gold.when.conection", "unknown key", "`connection`"),
    (POLICY.format("when: {connection: dsk}"), "policies.gold.when.connection", "not one of the connections", "`desk`"),
    (POLICY.format("when: {customer: [amce]}"), "policies.gold.when.customer[1]", "not one of the customers", "`acme`"),
    (POLICY.format("when: {priority: urgent}"), "policies.gold.when.priority", "not a priority", "`critical`"),
    (POLICY.format("when: {kind: incidnt}"), "policies.gold.when.kind", "not a kind", "`incident`"),
    (POLICY.format("when: {status: waiting/vendr}"), "policies.gold.when.status", "not a status", "`waiting/vendor`"),
    (POLICY.format("when: {not: {group: A}}"), "policies.gold.when.not.group", "unknown key", "`team`"),
    (POLICY.format("when: {any: [{kind: x}]}"), "policies.gold.when.any[1].kind", "not a kind", ""),
    (POLICY.format("when: {team: }"), "policies.gold.when.team", "expected a word", "none"),
    (POLICY.format("when: {team: []}"), "policies.gold.when.team", "matches nothing", ""),
    (POLICY.format("when: [a]"), "policies.gold.when", "expected fields", ""),
    # metrics
    (METRICS.format("{resoluton: {targets: {other: 1h}}}"), "policies.gold.metrics.resoluton", "no metric", "`resolution`"),
    (METRICS.format("{next_response: {targets: {other: 1h}}}"), "policies.gold.metrics.next_response", "not available yet", ""),
    (METRICS.format("{resolution: }"), "policies.gold.metrics.resolution", "needs targets", ""),
    (METRICS.format("{resolution: {}}"), "policies.gold.metrics.resolution.targets", "is missing", ""),
    (METRICS.format("{resolution: {targets: {}}}"), "policies.gold.metrics.resolution.targets", "at least one target", ""),
    (METRICS.format("{resolution: {targets: {hihg: 1h}}}"), "policies.gold.metrics.resolution.targets.hihg", "not a priority", "`high`"),
    (METRICS.format("{resolution: {targets: {other: 0h}}}"), "policies.gold.metrics.resolution.targets.other", "more than zero", ""),
    (METRICS.format("{resolution: {targets: {other: 2d}}}"), "policies.gold.metrics.resolution.targets.other", "which day is meant", "2 working_days"),
    (METRICS.format("{resolution: {targets: {other: {in: 90}}}}"), "policies.gold.metrics.resolution.targets.other.in", "no unit", "1h30m"),
    (METRICS.format("{resolution: {targets: {other: 1h, '*': 2h}}}"), "policies.gold.metrics.resolution.targets.*", "the same key", ""),
    (METRICS.format("{resolution: {targets: {other: {in: 1h, calendar: alway}}}}"), "policies.gold.metrics.resolution.targets.other.calendar", "no calendar", "`always`"),
    (METRICS.format("{resolution: {targets: {other: 1h}, pause_in: [penidng]}}"), "policies.gold.metrics.resolution.pause_in[1]", "not a status", "`pending`"),
    (METRICS.format("{resolution: {targets: {other: 1h}, pause_on: [pending]}}"), "policies.gold.metrics.resolution.pause_on", "unknown key", "`pause_in`"),
    (METRICS.format("{resolution: {targets: {other: 1h}, stop_on: [assign]}}"), "policies.gold.metrics.resolution.stop_on", "unknown key", "`stop_in`"),
    (METRICS.format("{resolution: {targets: {other: 1h}, stop_in: []}}"), "policies.gold.metrics.resolution.stop_in", "must not be empty", ""),
    (METRICS.format("{resolution: {targets: {other: 1h}, reopen: restrat}}"), "policies.gold.metrics.resolution.reopen", "continue_including", "`restart`"),
    (METRICS.format("{resolution: {targets: {other: 1h}, breach: before}}"), "policies.gold.metrics.resolution.breach", "after or at", ""),
    (METRICS.format("{resolution: {targets: {other: 1h}, clock: calender}}"), "policies.gold.metrics.resolution.clock", "calendar or always", ""),
    (METRICS.format("{first_response: {targets: {other: 1h}, stop_on: [solved]}}"), "policies.gold.metrics.first_response.stop_on[1]", "does not end", "status:solved"),
    (METRICS.format("{first_response: {targets: {other: 1h}, stop_on: agent_comment}}"), "policies.gold.metrics.first_response.stop_on", "does not end", "`agent_public_comment`"),
    (METRICS.format("{first_response: {targets: {other: 1h}, reopen: restart}}"), "policies.gold.metrics.first_response.reopen", "unknown key", ""),
    (POLICY.format("calendar: {by: team}").replace("    calendar: always\n", ""), "policies.gold.calendar.else", "is missing", ""),
    (POLICY.format("calendar: {by: tem, map: {A: office}, else: office}").replace("    calendar: always\n", ""), "policies.gold.calendar.by", "not a field", "`team`"),
    (POLICY.format("calendar: {by: team, else: office}").replace("    calendar: always\n", ""), "policies.gold.calendar", "belong together", ""),
    (POLICY.format("calendar: {by: team, map: {A: ofice}, else: office}").replace("    calendar: always\n", ""), "policies.gold.calendar.map.A", "no calendar", "`office`"),
]


def told(load: Load, text: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(("text", "key", "says", "offers"), CASES, ids=[f"{case[1]}: {case[2]}" for case in CASES])
def test_a_mistake_is_told_with_its_place_and_the_nearest_word(
    load: Load, text: str, key: str, says: str, offers: str
) -> None:
    text = dedent(text).lstrip("\n")
    found = {problem.key: problem for problem in told(load, text)}
    assert key in found, list(found.values())
    problem = found[key]
    assert says in problem.text
    assert offers in problem.hint
    assert Path(problem.file).name == "slahub.yaml"
    at_mistake = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("#!")]
    elsewhere = key in {"customers.acme.is.dsk", "policies.a.calendar", "calendars.office.weekly.mon-thu[1]"}
    assert elsewhere or problem.line in at_mistake


def test_a_secret_in_clear_text_is_told_without_repeating_it(load: Load) -> None:
    problems = told(load, AUTH.format("{method: oauth_client, client_id: a, client_secret: hunter2}"))
    assert len(problems) == 1
    assert "hunter2" not in str(problems[0])


def test_one_organisation_belongs_to_one_customer(load: Load) -> None:
    problems = told(load, "connections: {desk: {}}\ncustomers:\n  a: {is: {desk: {organisations: [ACME]}}}\n  b: {is: {desk: {organisations: acme}}}\n  c: {is: {desk: all}}\n  d: {is: {desk: all}}\n")
    texts = [(each.line, each.text) for each in problems if each.key.startswith("customers")]
    assert texts == [(4, "`acme` of desk is the customer a already"), (6, "the whole of desk is the customer c already")]


def test_policies_of_one_name_in_two_files_name_both(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(a="policies: [{name: gold, sla: none}]\n", b="policies: [{name: gold, sla: none}]\n")
    (problem,) = caught.value.problems
    assert Path(problem.file).name == "b.yaml"
    assert "a.yaml:1" in problem.text


def test_all_mistakes_of_all_files_are_told_at_once_and_in_order(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            b=CONNECTION.format("evry: 2m\n    mode: liv"),
            a="calendars:\n  office: {timezone: Berlin, weekly: {mo: '08:00-09:00'}}\npolicies:\n  - {name: x, sla: non}\n",
        )
    found = [(Path(each.file).name, each.line) for each in caught.value.problems]
    assert found == [("a.yaml", 2), ("a.yaml", 2), ("a.yaml", 4), ("a.yaml", 4), ("b.yaml", 7), ("b.yaml", 8)]


def test_how_it_reads_to_a_person(load: Load, tmp_path: Path) -> None:
    problems = told(
        load,
        dedent(
            """\
            connections:
              desk:
                connector: zendesk
                url: http://acme.zendesk.com
                auth: {method: api_token, email: a@b.c, api_token: hunter2}
                show: {timezone: Europe/Berlni}
            calendars:
              office:
                timezone: Europe/Berlin
                weekly: {mon-fri: ["08:00-12:00", "11:30-17:00"]}
            policies:
              - name: gold
                when: {priority: urgent}
                calendar: offce
                metrics:
                  first_response: {targets: {critical: 30m, other: 1d}}
                  resolution: {targets: {other: 40h}, pause_in: [waiting/custmer]}
            """
        ),
    )
    text = "\n".join(str(problem) for problem in problems).replace(f"{tmp_path}/", "")
    assert text == dedent(
        """\
        slahub.yaml:4: connections.desk.url: must begin with https://, or the credentials would travel in clear
        slahub.yaml:5: connections.desk.auth.api_token: a secret must not stand in the configuration (write a reference, ${SLAHUB_NAME} or file:name, and change the secret if this text was shared)
        slahub.yaml:6: connections.desk.show.timezone: `Europe/Berlni` is not a time zone (did you mean `Europe/Berlin`?)
        slahub.yaml:10: calendars.office.weekly.mon-fri[2]: 11:30-17:00 overlaps 08:00-12:00 on mon
        slahub.yaml:10: calendars.office.weekly.mon-fri[2]: 11:30-17:00 overlaps 08:00-12:00 on tue
        slahub.yaml:10: calendars.office.weekly.mon-fri[2]: 11:30-17:00 overlaps 08:00-12:00 on wed
        slahub.yaml:10: calendars.office.weekly.mon-fri[2]: 11:30-17:00 overlaps 08:00-12:00 on thu
        slahub.yaml:10: calendars.office.weekly.mon-fri[2]: 11:30-17:00 overlaps 08:00-12:00 on fri
        slahub.yaml:13: policies.gold.when.priority: `urgent` is not a priority (did you mean `critical`?)
        slahub.yaml:14: policies.gold.calendar: there is no calendar `offce` (did you mean `office`?)
        slahub.yaml:16: policies.gold.metrics.first_response.targets.other: `1d`: which day is meant, 24 hours or a day of the calendar? (write open hours (8h), or 1 working_days)
        slahub.yaml:17: policies.gold.metrics.resolution.pause_in[1]: `waiting/custmer` is not a status (did you mean `waiting/customer`?)"""
    )
