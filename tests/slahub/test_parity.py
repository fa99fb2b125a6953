"""slahub report parity over a Zendesk with SLA clocks of its own, its policies carried over by init --from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.sla.causes import Cause, Part
from core.sla.supposed import Hint
from slahub.cli.parity_words import cause_words, part_words

ROOT = Path(__file__).resolve().parents[2]

START = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
FOLDER = """\
hub: {{database: "sqlite:///hub.db"}}
connections:
  desk:
    connector: zendesk
    url: "{url}"
    auth: {{method: api_token, email: "{email}", api_token: "file:token"}}
    budget: 100%
    backfill: {{since: null}}
"""


@dataclass(frozen=True)
class Hub:
    folder: Path
    call: Callable[..., Any]

    def __call__(self, *arguments: str) -> Any:
        return self.call(self.folder, *arguments)


@pytest.fixture(scope="module")
def hub(call: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that promises what its helpdesk promises, after one whole cycle."""
    folder = tmp_path_factory.mktemp("parity") / "hub"
    (folder / "secrets").mkdir(mode=0o700, parents=True)
    (folder / "secrets" / "token").write_text(KNOWN.api_token)
    (folder / "secrets" / "token").chmod(0o600)
    emulator = Emulator(seed=1, tickets=60, start=START, limits=False)
    emulator.stage.advance(1200)
    with serve(emulator) as url:
        (folder / "hub.yaml").write_text(FOLDER.format(url=url, email=KNOWN.email))
        made = Hub(folder, call)
        assert made("init", "--from", "desk").status == 0
        assert made("run", "--once").status == 0
        yield made


def parts(hub: Hub, part: str, *options: str) -> list[dict[str, Any]]:
    said = hub("report", "parity", "--json", *options)
    assert (said.status, said.err) == (0, "")
    return [row for row in said.rows if row["part"] == part]


def test_most_clocks_agree_and_every_other_one_has_a_cause(hub: Hub) -> None:
    rows = parts(hub, "clock")
    theirs = [row for row in rows if "native_started_at" in row]
    agree = [row for row in theirs if row.get("agrees")]
    assert len(theirs) > 100
    assert len(agree) / len(theirs) > 0.8
    assert {row["native_metric"] for row in agree} >= {"reply_time", "requester_wait_time", "group_ownership_time"}
    assert all(abs(row["difference_seconds"]) <= 60 for row in agree)
    assert all("cause" in row and row["causes"] for row in rows if not row.get("agrees"))
    assert {row["cause"] for row in rows if "cause" in row} & {"unexplained", "calendar"} == set()


def test_a_reopened_ticket_is_why_clocks_differ_until_ours_begin_anew_too(hub: Hub) -> None:
    differing = [row for row in parts(hub, "clock", "--differing") if row["native_metric"] == "requester_wait_time"]
    assert {row["cause"] for row in differing} == {"reopened"}


def test_the_sums_come_last_and_add_up(hub: Hub) -> None:
    said = hub("report", "parity", "--json").rows
    order = [row["part"] for row in said]
    assert order == [*sorted(order[:-1]), "completeness"]
    for row in parts(hub, "metric"):
        clocks = [one for one in parts(hub, "clock") if one["native_metric"] == row["native_metric"]]
        theirs = [one for one in clocks if "native_started_at" in one]
        told = [one for one in theirs if "agrees" in one]
        assert (row["clocks"], row["undecided"]) == (len(theirs), len(theirs) - len(told))
        assert row["within_minute"] == sum(one["agrees"] for one in told)
        assert row["share_within_minute"] == pytest.approx(row["within_minute"] / len(told), abs=1e-4)
        assert row["only_ours"] == len(clocks) - len(theirs)
        assert sum(row["causes"].values()) == row["clocks"] - row["within_minute"]


def test_people_see_sums_and_what_they_ask_for(hub: Hub) -> None:
    plain = hub("report", "parity")
    assert (plain.status, plain.err) == (0, "")
    for word in ("43 tickets with SLA clocks of zendesk's own", "first_response, next_response", "100 %", "reopened"):
        assert word in plain.out
    assert "ours (UTC)" not in plain.out
    listed = hub("report", "parity", "--differing").out
    assert "priority at another time (theirs as for high)" in listed
    assert len(hub("report", "parity", "--all").out) > len(listed) > len(plain.out)
    only = hub("report", "parity", "--metric", "first_response", "--differing").out
    assert "requester" not in only


def test_what_started_before_is_left_out(hub: Hub) -> None:
    rows = parts(hub, "clock", "--since", "2026-11-10")
    assert rows
    assert all(row.get("native_started_at", row.get("started_at")) >= "2026-11-10" for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--metric", "replytime"), "no metric is called `replytime` (did you mean `reply_time`?)"),
        (("--since", "soon"), "`soon` is not a date (write 2026-01-31)"),
        (("--connection", "dsk"), "no connection is called `dsk` (did you mean `desk`?)"),
    ],
)
def test_what_nobody_can_mean_is_refused(hub: Hub, arguments: tuple[str, ...], said: str) -> None:
    found = hub("report", "parity", *arguments)
    assert (found.status, found.out) == (2, "")
    assert said in found.err


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Part(Cause.PAUSE, 60), "pause"),
        (Part(Cause.END, 60), "ended at another time"),
        (Part(Cause.CALENDAR, 60, (Hint("always"),)), "calendar (theirs are all hours)"),
        (
            Part(Cause.CALENDAR, 60, (Hint("calendar", "us"), Hint("zone", "UTC"))),
            "calendar (theirs as by us or theirs as in UTC)",
        ),
        (Part(Cause.CALENDAR, 60, (Hint("open", "Fair"),)), "calendar (theirs go on at Fair)"),
        (Part(Cause.CALENDAR, 60, (Hint("no_holidays"),)), "calendar (theirs know no holiday)"),
        (Part(Cause.CALENDAR, 60, (Hint("closed", "2026-05-01"),)), "calendar (theirs are closed on 2026-05-01)"),
        (Part(Cause.CALENDAR, 60, (Hint("closed"),)), "calendar (theirs are closed one day more)"),
    ],
)
def test_a_cause_is_told_with_what_their_time_follows_from(part: Part, words: str) -> None:
    assert part_words(part) == words


def test_every_cause_and_no_other_word_is_explained_on_the_page() -> None:
    page = (ROOT / "docs" / "parity.md").read_text("utf-8")
    told = set(re.findall(r"^\| `([a-z ]+)` \|", page, re.MULTILINE))
    assert told == {cause_words(cause) for cause in Cause}


def test_a_word_that_is_not_paired_says_what_to_write(hub: Hub) -> None:
    file = hub.folder / "hub.yaml"
    before = file.read_text()
    try:
        file.write_text(before + "    mapping: {native_metrics: {resolution_time: closing, reply_time: []}}\n")
        assert hub("config", "apply").status == 0
        said = hub("report", "parity").out
        assert "reply_time" not in said
        assert (
            "- resolution_time is not compared: no policy times closing; promise it, or write connections.desk" in said
        )
        (row,) = parts(hub, "left_out")
        assert (row["native_metric"], row["connection"]) == ("resolution_time", "desk")
    finally:
        file.write_text(before)
        assert hub("config", "apply").status == 0


def test_a_helpdesk_without_sla_clocks_is_told_as_that(loop: Any, tmp_path: Path) -> None:
    said = loop("report", "parity", "--connection", "desk")
    assert said.status == 0
    assert "zendesk's own" in said.out
    (tmp_path / "none").mkdir()
    nothing = loop.shell(tmp_path / "none", "report", "parity")
    assert nothing.status == 2
