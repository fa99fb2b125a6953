"""Every mistake an admin is likely to make: where it is told, and which word is offered instead."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from core.errors import Problem, SettingsError
from core.settings import Configuration

Load = Callable[..., Configuration]

AROUND = {
    "connection": """\
connections:
  desk:
    connector: zendesk
    url: https://acme.zendesk.com
    auth: {method: api_token, email: a@b.c, api_token: "file:desk"}
    HERE #!
""",
    "auth": """\
connections:
  desk:
    connector: zendesk
    url: https://acme.zendesk.com
    auth: HERE #!
""",
    "calendar": """\
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {mon-fri: "08:00-17:00"}
    HERE #!
""",
    "weekly": """\
calendars:
  office:
    timezone: Europe/Berlin
    weekly:
      mon-thu: ["08:00-12:00"]
      HERE #!
""",
    "policy": """\
customers: {acme: {is: {desk: all}}}
connections: {desk: }
calendars: {office: {timezone: UTC, weekly: {mon: "08:00-09:00"}}}
policies:
  - name: gold
    calendar: always
    metrics: {first_response: {targets: {other: 1h}}}
    HERE #!
""",
    "metrics": """\
policies:
  - name: gold
    calendar: always
    metrics: HERE #!
""",
    "choice": """\
customers: {acme: {is: {desk: all}}}
connections: {desk: }
calendars: {office: {timezone: UTC, weekly: {mon: "08:00-09:00"}}}
policies:
  - name: gold
    metrics: {first_response: {targets: {other: 1h}}}
    HERE #!
""",
    "link": """\
connections: {desk: , eng: }
links:
  - HERE #!
""",
    "plain": """\
HERE #!
""",
}

ELSEWHERE = {
    "customers.acme.is.dsk",
    "customers.acme.is.desk",
    "customers.acme.is.desk.project",
    "customers.acme.is.desk.projects",
    "policies.a.calendar",
    "calendars.office.weekly.mon-thu[1]",
}
"""Keys whose mistake shows in another line than the one that is marked."""


def cases() -> list[tuple[str, ...]]:
    lines = Path(__file__).with_name("mistakes.txt").read_text("utf-8").splitlines()
    return [tuple(part.strip() for part in line.split(" |")) for line in lines if not line.startswith("#")]


def told(load: Load, text: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(text)
    return list(caught.value.problems)


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case[2]}: {case[1]}")
def test_a_mistake_is_told_with_its_place_and_the_nearest_word(load: Load, case: tuple[str, ...]) -> None:
    around, written, key, says, nearest = case
    text = AROUND[around].replace("HERE", written.replace("\\n", "\n"))
    found = {problem.key: problem for problem in told(load, text)}
    assert key in found, [str(problem) for problem in found.values()]
    assert says in found[key].text
    assert nearest in found[key].hint
    assert Path(found[key].file).name == "slahub.yaml"
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("#!")]
    assert key in ELSEWHERE or found[key].line in marked


def test_a_secret_in_clear_text_is_told_without_repeating_it(load: Load) -> None:
    problems = told(
        load, AROUND["auth"].replace("HERE", "{method: oauth_client, client_id: a, client_secret: hunter2}")
    )
    assert len(problems) == 1
    assert "hunter2" not in str(problems[0])


@pytest.mark.parametrize(
    "proxy",
    [
        "http://u:hunter2@proxy:1",
        "socks5://u:hunter2@proxy:1",
        "u:hunter2@proxy:1",
        "//u:hunter2@proxy",
        "http://[hunter2",
    ],
)
def test_a_password_in_the_address_of_a_proxy_is_told_without_repeating_it(load: Load, proxy: str) -> None:
    (problem,) = told(load, AROUND["connection"].replace("HERE", f'proxy: "{proxy}"'))
    assert problem.key == "connections.desk.proxy"
    assert "hunter2" not in str(problem)


PROMISE = "metrics: {agent_work: {targets: {other: 1h}}}"
ONCE = [
    ("plain", 'conections: {desk: {auth: {api_token: "file:token"}}}', "conections"),
    ("plain", "connections: {desk: {conector: zendesk}}", "connections.desk.conector"),
    ("auth", '{method: api_token, email: a@b.c, api_tokn: "file:token"}', "connections.desk.auth.api_tokn"),
    ("auth", '{method: api_tokn, email: a@b.c, api_token: "file:token"}', "connections.desk.auth.method"),
    ("auth", '{method: api_token, emial: a@b.c, api_token: "file:token"}', "connections.desk.auth.emial"),
    ("plain", "calendars: {a: {time_zone: UTC, weekly: {mon: '08:00-09:00'}}}", "calendars.a.time_zone"),
    ("connection", 'headers: {Authorization: "file:token"}', "connections.desk.headers"),
    ("plain", "calendars: {a: {timezone: UTC, weekly: {mon: '08:00-09:00'}, nam: 'file:x'}}", "calendars.a.nam"),
    ("plain", f"policies: [{{name: a, calender: always, {PROMISE}}}]", "policies.a.calender"),
    ("plain", f"policies: [{{name: a, schedule: always, {PROMISE}}}]", "policies.a.schedule"),
    ("metrics", "{triage: {knd: custom, targets: {other: 1h}}}", "policies.gold.metrics.triage.knd"),
]


@pytest.mark.parametrize(("around", "written", "key"), ONCE, ids=[written for _, written, _ in ONCE])
def test_one_mistake_is_one_error(load: Load, around: str, written: str, key: str) -> None:
    assert [each.key for each in told(load, AROUND[around].replace("HERE", written))] == [key]


def test_a_mistyped_key_beside_the_right_one_hides_no_other_that_is_missing(load: Load) -> None:
    problems = told(load, AROUND["auth"].replace("HERE", '{method: api_token, api_tokn: "file:token"}'))
    assert {each.key for each in problems} == {"connections.desk.auth.api_tokn", "connections.desk.auth.email"}


def test_an_address_that_is_mistyped_is_told_once(load: Load) -> None:
    text = AROUND["connection"].replace("    url:", "    ulr:").replace("HERE", "at_once: 1")
    assert [each.key for each in told(load, text)] == ["connections.desk.ulr"]


def test_one_organisation_belongs_to_one_customer(load: Load) -> None:
    problems = told(
        load,
        """\
        connections: {desk: }
        customers:
          a: {is: {desk: {organisations: [ACME]}}}
          b: {is: {desk: {organisations: acme}}}
          c: {is: {desk: all}}
          d: {is: {desk: all}}
        """,
    )
    texts = [(each.line, each.text) for each in problems if each.key.startswith("customers")]
    assert texts == [
        (4, "`acme` of desk is the customer a already"),
        (6, "the whole of desk is the customer c already"),
    ]


def test_policies_of_one_name_in_two_files_name_both(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(a="policies: [{name: gold, sla: none}]\n", b="policies: [{name: gold, sla: none}]\n")
    (problem,) = caught.value.problems
    assert Path(problem.file).name == "b.yaml"
    assert "a.yaml:1" in problem.text


def test_all_mistakes_of_all_files_are_told_at_once_and_in_order(load: Load) -> None:
    with pytest.raises(SettingsError) as caught:
        load(
            b=AROUND["connection"].replace("HERE", "evry: 2m\n    mode: liv"),
            a="""\
            calendars:
              office: {timezone: Berlin, weekly: {mo: '08:00-09:00'}}
            policies:
              - {name: x, sla: non}
            """,
        )
    found = [(Path(each.file).name, each.line) for each in caught.value.problems]
    assert found == [("a.yaml", 2), ("a.yaml", 2), ("a.yaml", 4), ("b.yaml", 6), ("b.yaml", 7)]


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
    assert text == Path(__file__).with_name("how_it_reads.txt").read_text("utf-8").rstrip("\n")
