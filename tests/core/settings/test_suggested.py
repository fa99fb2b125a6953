"""What a source suggests, written as files, read again as any other configuration."""

import re
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from core.ports import (
    Clause,
    Holding,
    MetricName,
    SuggestedCalendar,
    SuggestedChoice,
    SuggestedHoliday,
    SuggestedHours,
    SuggestedMetric,
    SuggestedPolicy,
    SuggestedTarget,
    SuggestedTurns,
    SuggestedWord,
    Suggestion,
)
from core.settings import Configuration, Offer, configuration, folder_files, read_folder, suggested_files
from core.settings.suggested_words import mapping_lines
from core.sla.matching import Facts, matches
from core.sla.policy import CalendarChoice, Change
from core.sla.words import resolved
from core.tickets import Label, Priority, SourceMapping

NOW = datetime(2026, 5, 4, tzinfo=UTC)  # a Monday
WEEK = 7 * 1440
FOLDER = """
connections:
  desk: {connector: zendesk, url: "https://x.example", auth: {method: api_token, email: a@b.c, api_token: "file:t"}}
calendars:
  office: {timezone: UTC, weekly: {mon: "08:00-09:00"}}
policies:
  - {name: gold, sla: none, when: {tags: internal}}
"""
TAKEN = {"calendars": ("office",), "policies": ("gold",)}
REPEATABLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)

Read = Callable[[Suggestion], Configuration]


@pytest.fixture
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Writes a suggestion beside a folder's own file, and reads the folder as every command does."""
    offers = {name: Offer(kind.settings, kind.mapping) for name, kind in registry.load().connectors.items()}

    def read(suggestion: Suggestion) -> Configuration:
        folder = tmp_path_factory.mktemp("folder")
        (folder / "hub.yaml").write_text(FOLDER)
        for file in suggested_files(suggestion, "desk", **TAKEN):
            (folder / file.name).write_text(file.text, "utf-8")
        draft = read_folder(folder)
        return configuration(draft.content, offers, revision=1, applied_at=NOW, positions=draft.positions)

    return read


def calendar(
    spans: tuple[tuple[int, int], ...], holidays: tuple[SuggestedHoliday, ...] = (), zone: str = "UTC", **more: Any
) -> Suggestion:
    return Suggestion("Desk", (SuggestedCalendar("1", "Hours", zone, spans, holidays, **more),))


@st.composite
def spans(draw: st.DrawFn) -> tuple[int, int]:
    """Draw hours that often begin or end at midnight, or go on into the next week."""
    edge = st.one_of(st.integers(0, 6).map(lambda day: day * 1440), st.integers(0, WEEK - 1))
    start = draw(edge)
    length = draw(st.one_of(st.integers(1, 1440), st.integers(1, WEEK)))
    end = draw(st.sampled_from((start + length, (start // 1440 + 1) * 1440)))
    return start, end


@REPEATABLE
@given(st.lists(spans(), min_size=1, max_size=6), st.lists(st.integers(0, 13), max_size=2))
def test_the_calendar_is_open_in_the_minutes_of_its_spans_and_in_no_others(
    read: Read, drawn: list[tuple[int, int]], closed: list[int]
) -> None:
    days = tuple(SuggestedHoliday("Day", *(date(2026, 5, 4) + timedelta(days=day),) * 2) for day in closed)
    found = read(calendar(tuple(drawn), days)).rules.calendars["hours"]
    for day in range(14):
        minutes = {
            minute
            for minute in range(1440)
            for at in [(day % 7) * 1440 + minute]
            if any(start <= at < end or start <= at + WEEK < end for start, end in drawn)
        }
        begin = NOW + timedelta(days=day)
        shown = {
            minute
            for opens, closes in found.spans(begin, begin + timedelta(days=1))
            for minute in range(int((opens - begin).total_seconds()) // 60, int((closes - begin).total_seconds()) // 60)
        }
        assert shown == (set() if day in closed else minutes)


@pytest.mark.parametrize(
    ("hours", "written"),
    [
        (tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(5)), {'mon-fri: ["09:00-17:00"]'}),
        (((480, 720), (780, 1020)), {'mon: ["08:00-12:00", "13:00-17:00"]'}),
        (((0, WEEK),), {'mon-sun: ["00:00-24:00"]'}),
        (((6 * 1440 + 1320, 7 * 1440 + 360),), {'sun: ["22:00-06:00"]'}),
        (((1320, 1440), (1440, 1800)), {'mon: ["22:00-06:00"]'}),
        (((540, 600), (2 * 1440 + 540, 2 * 1440 + 600)), {'mon,wed: ["09:00-10:00"]'}),
        (((600, 1440), (1440, 2400)), {'mon: ["10:00-24:00"]', 'tue: ["00:00-16:00"]'}),
    ],
    ids=[
        "a working week",
        "two spans",
        "round the clock",
        "over the week's end",
        "touching",
        "list",
        "more than a day",
    ],
)
def test_hours_are_written_as_a_person_would(hours: tuple[tuple[int, int], ...], written: set[str]) -> None:
    (file,) = suggested_files(calendar(hours), "desk")
    lines = [line.strip() for line in file.text.splitlines()]
    assert written == {line for line in lines if re.match(r"[a-z,-]+: \[", line)}


def test_a_holiday_closes_its_first_and_its_last_day_and_one_that_meets_another_keeps_both_names(read: Read) -> None:
    days = (
        SuggestedHoliday("Shutdown", date(2026, 12, 24), date(2026, 12, 26)),
        SuggestedHoliday("Christmas", date(2026, 12, 25), date(2026, 12, 25)),
    )
    found = read(calendar(((0, WEEK),), days)).rules.calendars["hours"].holidays
    assert found == {
        date(2026, 12, 24): "Shutdown",
        date(2026, 12, 25): "Shutdown; Christmas",
        date(2026, 12, 26): "Shutdown",
    }


def test_a_date_has_its_own_hours_and_a_week_those_that_hold_from_a_date_on(read: Read) -> None:
    saturday = SuggestedHours("Stock-taking", date(2026, 5, 9), ((540, 600), (660, 1440)))
    weeks = ((date(2026, 5, 11), ()), (date(2026, 5, 18), ((0, 60), (6 * 1440 + 1380, WEEK + 60))))
    found = read(calendar(((540, 600),), hours=(saturday,), versions=weeks)).rules.calendars["hours"]
    opened = [
        (f"{opens:%d %H:%M}", f"{closes:%d %H:%M}") for opens, closes in found.spans(NOW, NOW + timedelta(days=21))
    ]
    assert opened == [
        ("04 09:00", "04 10:00"),
        ("09 09:00", "09 10:00"),
        ("09 11:00", "10 00:00"),
        ("18 00:00", "18 01:00"),
        ("24 23:00", "25 00:00"),
    ]


def test_hours_that_could_not_all_be_read_are_shown_switched_off(tmp_path: Path) -> None:
    (file,) = suggested_files(calendar(((540, 600),), doubtful=True), "desk")
    (tmp_path / "a.yaml").write_text(file.text)
    assert read_folder(tmp_path).content == {}


def test_a_calendar_without_a_zone_is_shown_switched_off_and_becomes_right_by_filling_it_in(tmp_path: Path) -> None:
    (file,) = suggested_files(calendar(((540, 600),), zone="", remarks=("Which zone is 'Mars'?",)), "desk")
    assert "  # Not translated: Which zone is 'Mars'?" in file.text
    (tmp_path / "a.yaml").write_text(file.text)
    assert read_folder(tmp_path).content == {}
    corrected = re.sub(r"^  # (hours|  )", r"  \1", file.text, flags=re.MULTILINE).replace(
        "timezone: ''", "timezone: UTC"
    )
    (tmp_path / "a.yaml").write_text(corrected)
    content = read_folder(tmp_path).content
    assert content == {"calendars": {"hours": {"timezone": "UTC", "weekly": {"mon": ["09:00-10:00"]}}}}


TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["none", "always", "gold", "office", "null", "a: b", "- x", "# y", "file:secret", "${SLAHUB_X}", "x\ny: 1",
         "\u2028z: 2", "'", '"', "24", "…", "{", "true", "2026-01-01", "\x07", "\ufeff", "a" * 120]
    ),
)  # fmt: skip
WORDS = st.one_of(st.none(), st.sampled_from(("a", "b", "10", "x y", "o'k: #", "#1", "{", "null", "on")))
FIELDS = ("team", "brand", "field:9", "channel")
HOLDINGS = st.builds(
    Holding, st.sampled_from(FIELDS), st.lists(WORDS, min_size=1, max_size=3, unique=True).map(tuple), st.booleans()
)
CLAUSES = st.lists(st.lists(HOLDINGS, min_size=1, max_size=3).map(tuple), max_size=4).map(tuple)
TARGETS = st.lists(
    st.builds(SuggestedTarget, st.sampled_from(Priority), st.integers(1, 10**7), st.sampled_from((None, "1", "2"))),
    min_size=1,
    max_size=5,
    unique_by=lambda target: target.priority,
).map(tuple)


@st.composite
def metrics(draw: st.DrawFn) -> tuple[SuggestedMetric, ...]:
    names = typing.get_args(MetricName)
    told = {"notes": st.lists(TEXTS, max_size=1).map(tuple), "remarks": st.lists(TEXTS, max_size=1).map(tuple)}
    return tuple(
        SuggestedMetric(name, draw(TARGETS), **{key: draw(each) for key, each in told.items()})
        for name in draw(st.lists(st.sampled_from(names), unique=True))
    )


POLICIES = st.builds(
    SuggestedPolicy,
    id=st.sampled_from(("7", "01H0")),
    title=TEXTS,
    agreement=st.sampled_from(("sla", "ola", "vendor")),
    when=CLAUSES,
    metrics=metrics(),
    withheld=st.booleans(),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    remarks=st.lists(TEXTS, max_size=2).map(tuple),
    on_change=st.sampled_from(({}, {"priority": "restart"}, {"priority": "restart", "policy": "restart"})),
)


@REPEATABLE
@given(TEXTS, TEXTS, st.lists(POLICIES, max_size=4), st.lists(TEXTS, max_size=2), TEXTS)
def test_the_folder_stays_sound_whatever_people_wrote_at_the_source(
    read: Read, first: str, second: str, policies: list[SuggestedPolicy], told: list[str], label: str
) -> None:
    holiday = (SuggestedHoliday(second, date(2026, 1, 1), date(2026, 1, 2)),)
    calendars = tuple(
        SuggestedCalendar(str(number), title, "Europe/Berlin", ((540, 600),), holiday, tuple(told))
        for number, title in enumerate((first, second), 1)
    )
    words = (SuggestedWord("status", "custom_status:1", "open", label, label),)
    suggestion = Suggestion("Desk", calendars, tuple(policies), words, {"policies": tuple(told)})
    found = read(suggestion)
    assert len(found.rules.calendars) == 2 + len(calendars)
    ours = [policy for policy in found.rules.policies if policy.name != "gold"]
    assert [policy.agreement for policy in ours] == [policy.agreement for policy in policies]
    promised = [{} if policy.withheld else {metric.name: metric for metric in policy.metrics} for policy in policies]
    for policy, from_desk, expected in zip(ours, policies, promised, strict=True):
        assert set(policy.metrics) == set(expected)
        change = policy.on_change.priority
        assert change is (Change.RESTART if expected and from_desk.on_change else Change.CARRY_OVER)
        for name, metric in expected.items():
            seconds = {priority: target.seconds for priority, target in policy.metrics[name].targets.items()}
            assert seconds == {target.priority: target.seconds for target in metric.targets}


def holds(clauses: tuple[Clause, ...], values: Mapping[str, str | None]) -> bool:
    return all(any((values[one.field] in one.values) is not one.negated for one in clause) for clause in clauses)


@REPEATABLE
@given(CLAUSES)
def test_a_condition_holds_for_the_tickets_for_which_all_of_its_clauses_hold(
    read: Read, clauses: tuple[Clause, ...]
) -> None:
    found = read(Suggestion("Desk", policies=(SuggestedPolicy("1", "One", when=clauses),))).rules.policies[-1]
    assert found.name == "one"
    for values in product((None, "a", "x y"), repeat=len(FIELDS)):
        ticket = dict(zip(FIELDS, values, strict=True))
        facts = Facts("desk", SourceMapping(), {}, {}, {name: value for name, value in ticket.items() if value})
        assert matches(found.when, facts) == holds(clauses, ticket)
        assert not matches(found.when, Facts("elsewhere", SourceMapping(), {}, {}, facts.values))


def policy(**more: Any) -> Suggestion:
    target = SuggestedTarget(Priority.HIGH, 5400, None)
    metric = SuggestedMetric("resolution", (target,), pause_in=("waiting/customer",), notes=("Wait time.",))
    return Suggestion("Desk", policies=(SuggestedPolicy("7", "Gold plus", metrics=(metric,), **more),))


def test_what_is_withheld_promises_nothing_until_its_comments_take_the_place_of_the_outcome(read: Read) -> None:
    suggestion = policy(withheld=True, remarks=("Which tickets?",))
    (promise,) = (each for each in read(suggestion).rules.policies if each.name == "gold-plus")
    assert promise.metrics == {}
    (file,) = suggested_files(suggestion, "desk")
    text = file.text[file.text.index("- name") :]
    assert text == (
        "- name: gold-plus\n"
        "    label: Gold plus\n"
        "    when: {connection: desk}\n"
        "    sla: none\n"
        "    # Once what is told above is seen to, this goes in place of `sla: none`:\n"
        "    # calendar: always\n"
        "    # metrics:\n"
        "    #   # Wait time.\n"
        "    #   resolution:\n"
        "    #     targets: {high: 1h30m}\n"
        "    #     pause_in: [waiting/customer]\n"
    )
    assert "  # Not translated: Which tickets?\n  - name" in file.text
    assert (file.entries, file.remarks) == (1, 1)


def test_a_choice_of_calendars_is_the_policy_s_and_other_targets_say_theirs(read: Read) -> None:
    suggestion = Suggestion(
        "Desk",
        tuple(SuggestedCalendar(each, each, "UTC", ((540, 1020),)) for each in ("here", "there", "desk")),
        (
            SuggestedPolicy(
                "7",
                "All",
                metrics=(
                    SuggestedMetric(
                        "resolution",
                        (
                            SuggestedTarget(Priority.HIGH, 3600, "desk"),
                            SuggestedTarget(Priority.NORMAL, 3600, "desk"),
                            SuggestedTarget(Priority.LOW, 3600, "by zone"),
                        ),
                    ),
                ),
            ),
        ),
        choices=(SuggestedChoice("by zone", "field:zone", {"US/Pacific": "there", "Mars": "here"}, "here"),),
    )
    (found,) = [each for each in read(suggestion).rules.policies if each.name == "all"]
    assert found.calendar == CalendarChoice("here", "field:zone", {"US/Pacific": "there", "Mars": "here"})
    targets = found.metrics["resolution"].targets
    assert {str(priority): one.calendar for priority, one in targets.items()} == {
        "high": "desk",
        "normal": "desk",
        "low": None,
    }


def test_a_clock_that_conditions_move_is_a_metric_of_its_own_name(read: Read) -> None:
    turns = SuggestedTurns(
        "response",
        start=((Holding("priority", ("high",)),), (Holding("assignee", (None,)),)),
        stop=((Holding("assignee", (None,), negated=True), Holding("status", ("resolved",))),),
        pause=((Holding("status", ("waiting",)),),),
    )
    metric = SuggestedMetric("first_response", (SuggestedTarget(Priority.HIGH, 900, None),), turns=turns)
    suggestion = Suggestion("Desk", policies=(SuggestedPolicy("7", "Gold plus", metrics=(metric,)),))
    (file,) = suggested_files(suggestion, "desk")
    assert file.text[file.text.index("    metrics:") :] == (
        "    metrics:\n"
        "      response:\n"
        "        kind: custom\n"
        "        targets: {high: 15m}\n"
        "        start: {priority: high, assignee: none}\n"
        "        stop:\n"
        "          any:\n"
        "            - not: {assignee: none}\n"
        "            - {status: resolved}\n"
        "        pause: {status: waiting}\n"
    )
    found = read(suggestion).rules.policies[-1].metrics["response"]
    assert found.turns is not None
    assert (found.turns.cancel, found.turns.reset) == (None, None)
    facts = Facts("desk", SourceMapping(), {}, {}, {"assignee": "ann"})
    assert (matches(found.turns.stop, facts), matches(found.turns.start, facts)) == (True, False)


def test_names_that_the_folder_has_already_get_the_name_of_the_connection_behind_them() -> None:
    twice = Suggestion("Desk", policies=tuple(SuggestedPolicy(str(number), "Gold") for number in range(3)))
    (file,) = suggested_files(twice, "desk", policies=("gold", "gold-desk"))
    assert re.findall(r"name: (.*)", file.text) == ["gold-desk-2", "gold-desk-3", "gold-desk-4"]


def test_nothing_suggested_is_no_file() -> None:
    assert suggested_files(Suggestion("Desk"), "desk") == ()


def test_words_are_shown_with_their_labels_and_say_nothing_by_themselves(tmp_path: Path) -> None:
    words = (SuggestedWord("status", "custom_status:36", "waiting/vendor", "Parts ordered, hold"),)
    (file,) = suggested_files(Suggestion("Desk", words=words), "desk")
    assert "#         custom_status:36: waiting/vendor  # Parts ordered, hold\n" in file.text
    (tmp_path / file.name).write_text(file.text)
    assert read_folder(tmp_path).content == {}


def status_lines(*words: SuggestedWord) -> list[str]:
    _, _, *lines = mapping_lines(words, 0)
    return [line.strip() for line in lines]


def test_a_word_that_has_a_name_is_written_by_it() -> None:
    assert status_lines(
        SuggestedWord("status", "10", "waiting/customer", "in use", "Waiting"),
        SuggestedWord("status", "11", "new", name="To Do"),
        SuggestedWord("status", "12", "new", "team-managed", "to do"),
        SuggestedWord("status", "13", "open", name="re:open"),
        SuggestedWord("status", "14", "open", name="Review: second round"),
    ) == [
        "Waiting: waiting/customer  # in use",
        "To Do: new  # team-managed",
        "status:re:open: open",
        "'Review: second round': open",
    ]


def test_a_name_that_means_several_things_gives_way_to_the_ids() -> None:
    assert status_lines(
        SuggestedWord("status", "10", "new", name="To Do"),
        SuggestedWord("status", "11", "open", "old", name="To Do"),
        SuggestedWord("status", "12", "closed", name="10"),
        SuggestedWord("status", "13", "closed", name="none"),
    ) == ["'10': new  # To Do", "'11': open  # To Do, old", "'12': closed  # 10", "'13': closed  # none"]


NAMES = st.one_of(TEXTS, st.sampled_from(["To Do", "to do", "status:x", "re:open", "11", "none", "${SLAHUB_X}"]))


@REPEATABLE
@given(st.lists(st.tuples(NAMES, st.sampled_from(["open", "closed"])), min_size=1, max_size=6))
def test_suggested_words_mean_what_they_were_suggested_for(
    tmp_path_factory: pytest.TempPathFactory, statuses: list[tuple[str, str]]
) -> None:
    words = [SuggestedWord("status", str(at), word, name=name) for at, (name, word) in enumerate(statuses, 10)]
    auth = {"method": "api_token", "email": "a@b.c", "api_token": "file:t"}
    content = {"connector": "zendesk", "url": "https://x.example", "auth": auth}
    folder = tmp_path_factory.mktemp("folder")
    for name, text in folder_files("desk", content, folder, words).items():
        (folder / name).write_text(text, "utf-8")
    draft = read_folder(folder)
    offers = {name: Offer(kind.settings, kind.mapping) for name, kind in registry.load().connectors.items()}
    read = configuration(draft.content, offers, revision=1, applied_at=NOW, positions=draft.positions)
    labels = [Label("status", each.source, each.name) for each in words]
    found = resolved(read.connections["desk"].mapping, labels)
    assert [str(found.status["status", each.source]) for each in words] == [each.word for each in words]


def test_a_new_folder_gets_the_connection_with_its_words(tmp_path: Path) -> None:
    words = (
        SuggestedWord("status", "custom_status:36", "waiting/vendor", "Parts"),
        SuggestedWord("kind", "none", "task"),
    )
    texts = folder_files("desk", {"connector": "zendesk", "auth": {"api_token": "file:t"}}, Path("/secrets"), words)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    draft = read_folder(tmp_path)
    assert draft.hub == {"secrets": "/secrets"}
    assert draft.content["connections"] == {
        "desk": {
            "connector": "zendesk",
            "auth": {"api_token": "file:t"},
            "mapping": {"status": {"custom_status:36": "waiting/vendor"}, "kind": {"none": "task"}},
        }
    }
