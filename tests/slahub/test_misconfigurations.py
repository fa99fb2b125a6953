"""Whatever is wrong with a folder or an account is named by `slahub check` before the first sync, with what to do."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve

SOUND = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  desk:
    connector: zendesk
    url: "{url}"
    auth: {{method: oauth_client, client_id: hub, client_secret: "file:secret"}}
    budget: 100%
    backfill: {{since: 13 months}}
    write_back:
      due: SLA due
      state: SLA state
      metric: SLA metric
      policy: SLA policy
      breached_at: SLA breached at
customers:
  first:
    is:
      desk:
        organisations: [Customer 0001 GmbH]
calendars:
  office:
    timezone: Europe/Berlin
    weekly: {{mon-fri: ["08:00-17:00"]}}
    holidays: {{country: DE}}
policies:
  - name: special
    when:
      customer: first
    calendar: office
    metrics: {{resolution: {{targets: {{other: 8h}}}}}}
  - name: standard
    calendar: office
    metrics:
      first_response: {{targets: {{other: 1h}}}}
      resolution: {{targets: {{other: 40h}}}}
"""

Edit = tuple[str, str]


@dataclass(frozen=True)
class Case:
    """One thing that is wrong: a piece of the folder replaced (and one more), or something done to the account.

    words: what has to be told. at: what the line of the folder says that is pointed to.
    """

    code: str
    level: str
    words: Sequence[str]
    edit: Edit | None = None
    account: Callable[[Emulator], object] | None = None
    at: str = ""
    secret: str = KNOWN.client_secret
    more: Edit | None = None


def when(condition: str) -> Edit:
    return "      customer: first\n", f"      {condition}\n"


def user(of: tuple[str, str]) -> tuple[Edit, str]:
    return ("oauth_client, client_id: hub, client_secret", f"api_token, email: {of[0]}, api_token"), of[1]


def part(words: str) -> Edit:
    return "    budget: 100%", f"    budget: 100%\n    scope: {words}"


def scope(words: str) -> Edit:
    return '"file:secret"}}', f'"file:secret", scope: "{words}"}}}}'


def field(title: str, /, **new: Any) -> Callable[[Emulator], None]:
    def change(emulator: Emulator) -> None:
        found = emulator.world.field_of(title)
        for name, value in new.items():
            setattr(found, name, value)

    return change


def without_an_option(emulator: Emulator) -> None:
    state = emulator.world.field_of("SLA state")
    state.options = tuple(one for one in state.options if one.name != "breached")


def open_tickets(emulator: Emulator) -> list[int]:
    return [one.id for one in emulator.world.tickets.values() if one.status in {"open", "pending"}]


def odd_priority(emulator: Emulator) -> None:
    emulator.world.tickets[open_tickets(emulator)[0]].priority = "blocker"


def custom_status(emulator: Emulator) -> None:
    emulator.stage.status(open_tickets(emulator)[0], "Waiting for approval")


def crowded(emulator: Emulator) -> None:
    emulator.stage.limits(on=True)
    emulator.stage.spend("account", 660)


def millions(emulator: Emulator) -> None:
    emulator.stage.limits(on=True)
    body = {"results": [], "count": 9_000_000}
    emulator.stage.fail(r"search\.json\?query=type.*updated", status=200, body=body, times=20)


CUSTOMER, AGENT = user(KNOWN.customer), user(KNOWN.agent)
P, N = "problem", "note"
CASES: dict[str, Case] = {
    "wrong secret": Case("refused", P, ["client_id and client_secret", "connections.desk.auth"], secret="wrong"),
    "credentials revoked": Case("refused", P, ["connections.desk.auth"], account=lambda one: one.stage.revoke()),
    "end user": Case("probe", P, ["is an end user", "admin"], CUSTOMER[0], secret=CUSTOMER[1], at="auth:"),
    "end user cannot read tickets": Case("right", P, ["read tickets", "admin"], CUSTOMER[0], secret=CUSTOMER[1]),
    "agent": Case("probe", P, ["role agent", "incremental exports", "an admin"], AGENT[0], secret=AGENT[1]),
    "scope without write": Case("right", P, ["write tickets", "read tickets:write"], scope("read"), at="scope"),
    "misspelt scope": Case(
        "refused", P, ["'tikets:write'", "did you mean 'tickets:write'"], scope("read tikets:write")
    ),
    "no exports": Case("probe", P, ["incremental exports"], account=lambda one: one.stage.features(exports=False)),
    "wrong address": Case("unreachable", P, ["connections.desk.url"], ("{url}", "http://127.0.0.1:9"), at="url"),
    "field missing": Case(
        "field", P, ["'SLA metrik'", "nearest is 'SLA metric'"], ("SLA metric", "SLA metrik"), at="metrik"
    ),
    "date field": Case("field", P, ["keeps no time of day"], account=field("SLA due", type="date"), at="SLA due"),
    "field off": Case("field", P, ["is switched off", "activate it"], account=field("SLA due", active=False), at="due"),
    "two of a title": Case(
        "field", P, ["several ticket fields", "id"], account=field("Cost", title="SLA due"), at="due"
    ),
    "no option": Case("field", P, ["no option named 'breached'"], account=without_an_option, at="SLA state"),
    "tag clash": Case(
        "tag_clash", P, ["'sla_met'", "'VIP customer'"], account=field("VIP customer", tag="sla_met"), at="state"
    ),
    "webhook by hand": Case(
        "hints",
        N,
        ["an admin there makes the webhook", "calls https://hub.example/hooks/desk"],
        (
            "budget: 100%",
            "budget: 100%\n    hints:\n      url: https://hub.example/hooks/desk\n      secret: file:secret",
        ),
        at="url: https://hub.example",
    ),
    "group": Case("unknown_name", P, ["no team `Suport`", "`Support`"], when("team: Suport"), at="Suport"),
    "organisation": Case(
        "unknown_name",
        P,
        ["no organisation `Customer 0002`", "`Customer 0002 Ltd`"],
        when("organisation: [Customer 0002]"),
        at="0002",
    ),
    "brand": Case(
        "unknown_name", P, ["no brand `Acme Outlett`", "`Acme Outlet`"], when("brand: Acme Outlett"), at="Outlett"
    ),
    "form": Case(
        "unknown_name",
        P,
        ["no form `Incident`", "`Incident form`"],
        when("any: [{{not: {{form: Incident}}}}]"),
        at="Incident",
    ),
    "custom field": Case("unknown_name", P, ["no ticket field `360001`"], when('"field:360001": [gold]'), at="360001"),
    "option": Case(
        "unknown_name", P, ["no option `region_nord`", "`region_north`"], when('"field:Region": region_nord'), at="nord"
    ),
    "title of two fields": Case(
        "ambiguous_name",
        P,
        ["several ticket fields are called `Region`", "field:26155"],
        when('"field:Region": region_north'),
        account=field("Cost", title="Region"),
        at="Region",
    ),
    "customer": Case(
        "unknown_name", P, ["no organisation `Customer 001`", "did you mean"], ("0001 GmbH", "001"), at="Customer 001"
    ),
    "group of the scope": Case(
        "unknown_name", P, ["no team `Suport`", "`Support`"], part("{{groups: [Suport]}}"), at="Suport"
    ),
    "search of the scope": Case(
        "scope", P, ["Zendesk answered 422", "no ticket is read"], part("{{query: 'created>noon'}}"), at="noon"
    ),
    "pilot": Case(
        "unknown_name",
        P,
        ["no team `Tier2`", "`Tier 2`"],
        ("    budget", "    pilot: {{teams: [Tier2]}}\n    budget"),
        at="Tier2",
    ),
    "calendar by": Case(
        "unknown_name",
        P,
        ["no brand `acme outled`", "`Acme Outlet`"],
        (
            "first\n    calendar: office",
            "first\n    calendar: {{by: brand, map: {{acme outled: always}}, else: office}}",
        ),
        at="outled",
    ),
    "mapped word": Case(
        "unknown_name",
        P,
        ["no priority `urgnt`", "`urgent`"],
        ("    budget", "    mapping: {{priority: {{urgnt: critical}}}}\n    budget"),
        at="urgnt",
    ),
    "custom status": Case(
        "status_by_category", N, ["`Waiting for approval`", "mapping", "custom_status:"], account=custom_status
    ),
    "priority": Case(
        "unmapped", P, ["`blocker`", "1 open ticket", "mapping: {priority"], account=odd_priority, at="desk:"
    ),
    "shadowed": Case(
        "shadowed",
        P,
        ["`standard` never matches", "`special` stands before it"],
        ("    when:\n      customer: first\n", ""),
        at="name: standard",
    ),
    "no policy": Case(
        "uncovered", N, ["no policy matches", "sla: none"], ("standard\n", "standard\n    when: {{priority: low}}\n")
    ),
    "no policy at all": Case(
        "uncovered",
        P,
        ["no policy matches"],
        ("standard\n", "standard\n    when: {{tags: nowhere}}\n"),
        more=("customer: first", "tags: elsewhere"),
    ),
    "no target": Case(
        "no_target",
        N,
        ["no target for resolution at priority", "without that clock", "other: …"],
        ("{{other: 40h}}", "{{critical: 4h}}"),
        at="critical: 4h",
    ),
    "no holidays": Case(
        "no_holidays", N, ["`office` has no holiday in 20"], ("{{country: DE}}", "[2020-01-01]"), at="2020-01-01"
    ),
    "never open": Case(
        "never_open",
        P,
        ["never opens again"],
        ('weekly: {{mon-fri: ["08:00-17:00"]}}', 'also_open: [{{date: 2020-01-04, hours: "09:00-10:00"}}]'),
        at="office",
    ),
    "clock": Case("clock_skew", N, ["7 minutes ahead", "NTP"], account=lambda one: one.stage.advance(420)),
    "others": Case(
        "limit_used", P, ["others use 66", "of the 700 calls a minute", "less than"], account=crowded, at="budget"
    ),
    "weeks": Case(
        "backfill",
        P,
        ["days at this budget", "slowest: incremental exports", "raise `budget`"],
        ("budget: 100%", "budget: 25%"),
        account=millions,
        at="backfill",
    ),
    "zone": Case(
        "other_zone",
        N,
        ["America/New_York", "Europe/Berlin"],
        ("timezone: Europe/Berlin", "timezone: America/New_York"),
        at="New_York",
    ),
}


def folder(path: Path, url: str, case: Case) -> Path:
    """Write the sound folder with what the case changes in it; return its file."""
    (path / "secrets").mkdir(mode=0o700, parents=True)
    (path / "secrets" / "secret").write_text(case.secret)
    (path / "secrets" / "secret").chmod(0o600)
    text = SOUND
    for edit in filter(None, (case.edit, case.more)):
        assert edit[0] in text
        text = text.replace(*edit)
    file = path / "hub.yaml"
    file.write_text(text.format(url=url))
    return file


@pytest.fixture(scope="module")
def untouched() -> Iterator[str]:
    """The account of the cases that only change the folder."""
    with serve(account()) as url:
        yield url


def account() -> Emulator:
    emulator = Emulator(seed=5, tickets=40, limits=False)
    emulator.world.search_lag = 0
    return emulator


def test_a_sound_folder_has_no_problem(call: Any, untouched: str, tmp_path: Path, files: Any) -> None:
    file = folder(tmp_path / "hub", untouched, Case("", "", ()))
    said = call(file.parent, "check")
    assert (said.status, said.err) == (0, "")
    codes = {row["code"] for row in call(file.parent, "check", "--json").rows}
    wrong = {case.code for case in CASES.values()} - {"status_by_category", "backfill"}
    assert codes & wrong == set()
    assert {"account", "rights", "credential", "limits", "history", "size", "backfill", "coverage"} <= codes
    assert files(file.parent) == ["hub.yaml", "secrets/secret"]


@pytest.mark.parametrize("name", CASES)
def test_it_is_named_before_the_first_sync(name: str, call: Any, untouched: str, tmp_path: Path, files: Any) -> None:
    case = CASES[name]
    if case.account is None:
        found = named(case, folder(tmp_path / "hub", untouched, case), call)
    else:
        emulator = account()
        with serve(emulator) as url:
            file = folder(tmp_path / "hub", url, case)
            case.account(emulator)
            found = named(case, file, call)
            assert emulator.stage.writes()["count"] == 0
    assert found
    assert files(tmp_path / "hub") == ["hub.yaml", "secrets/secret"]


def named(case: Case, file: Path, call: Any) -> list[dict[str, Any]]:
    """Return the findings that tell it; what to do is one of them."""
    said = call(file.parent, "check", "--json")
    rows = said.rows
    assert said.status == int(any(row["level"] == "problem" for row in rows))
    same = [row for row in rows if (row["code"], row["level"]) == (case.code, case.level)]
    told = [row for row in same if all(word in f"{row['what']}; {row.get('do', '')}" for word in case.words)]
    assert told, [(row["code"], row["what"]) for row in rows]
    assert all(row.get("do") for row in told)
    if case.at:
        lines = file.read_text().splitlines()
        assert any(case.at in lines[row["line"] - 1] for row in told), told
    return told


def test_another_instance_under_a_known_name_is_named(fresh: Any) -> None:
    with closing(sqlite3.connect(fresh.folder / "hub.db")) as database, database:
        database.execute("UPDATE connection SET instance = 'other.zendesk.com'")
    said = fresh("check")
    assert said.status == 1
    assert "the connection was made with other.zendesk.com; correct the url" in said.err


def test_people_read_problems_first_with_their_place_and_a_table(call: Any, untouched: str, tmp_path: Path) -> None:
    file = folder(tmp_path / "hub", untouched, CASES["field missing"])
    said = call(file.parent, "check")
    assert said.status == 1
    problem = said.err.splitlines()[0]
    assert problem.startswith(f"! desk: {file}:12: connections.desk.write_back.metric: there is no ticket field called")
    assert "\npolicy " in said.out
    assert "\nno policy" in said.out
