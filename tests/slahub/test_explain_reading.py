"""What people read of a ledger: rows that leave nothing out, a line to scale, a page that fits on one sheet."""

import io
import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from rich.console import Console

from core.calendar import Calendar, Closing
from core.sla.ledger import Derivation, Ledger, explained
from core.sla.policy import Metric, MetricKind, Reopen, Target
from slahub.explaining import customer, zones
from slahub.explaining.drawing import Shade, strip
from slahub.explaining.folding import folded
from slahub.explaining.page import page
from slahub.explaining.spoken import Spoken, span
from slahub.explaining.text import picture
from slahub.explaining.words import Language, words
from tests.core.sla.conftest import World

HOUR = 3600
WORLD = World()
UTC_ZONE = ZoneInfo("UTC")
SPLIT = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
BERLIN = Calendar(
    "berlin",
    "Europe/Berlin",
    (SPLIT,) * 5 + ((), ()),
    holidays={date(2024, 5, 9): "Christi Himmelfahrt"},
    closings=(Closing(date(2024, 5, 14), "Betriebsausflug", ((12 * HOUR, 24 * HOUR),)),),
)


def ledgers(story: Any, now: str, label: str = "", **metrics: Metric) -> tuple[Ledger, ...]:
    policy = WORLD.policy("inner_gold", "berlin", label=label, metrics=metrics or {"resolution": WORLD.resolution()})
    rules = WORLD.rules(policy, calendars={"berlin": BERLIN})
    return explained(story.history(), WORLD.desk, (rules,), WORLD.at(now))


def first(story: Any, now: str, **more: Any) -> tuple[Ledger, Derivation]:
    (ledger, *_) = ledgers(story, now, **more)
    assert ledger.derivation is not None
    return ledger, ledger.derivation


def text(story: Any, now: str, **more: Any) -> str:
    ledger, _ = first(story, now, **more)
    into = io.StringIO()
    console = Console(file=into, width=100, force_terminal=False)
    console.print(picture(ledger, "desk:1", Spoken(UTC_ZONE, {}), "2026a", 80))
    return into.getvalue()


def long_ago() -> Any:
    """A ticket that has been open for weeks, with one wait."""
    return WORLD.story("09:00").then("Tue 09:00", status="pending").then("1w Mon 09:00", status="open")


@pytest.mark.parametrize("longest", [1, 3, 7, 1000])
def test_rows_cover_what_the_lines_cover_and_add_up(longest: int) -> None:
    ledger, one = first(long_ago(), "6w Mon 09:00", resolution=WORLD.resolution(60 * HOUR))
    rows = folded(one, ledger.clock.due_at, longest)
    assert (rows[0].start, rows[-1].stop) == (one.lines[0].start, one.lines[-1].stop)
    assert all(before.stop == after.start for before, after in pairwise(rows))
    assert sum(row.elapsed for row in rows) == rows[-1].total == ledger.clock.elapsed_seconds
    assert sum(row.paused for row in rows) == ledger.clock.paused_seconds


def test_nights_and_weekends_are_counted_and_what_has_a_name_is_named() -> None:
    said = text(WORLD.story("Wed 09:00"), "1w Thu 09:00", resolution=WORLD.resolution(400 * HOUR))
    row = "running; closed: 4 breaks, 2 nights, weekend, Christi Himmelfahrt, 32h 33h Betriebsausflug"
    assert row in " ".join(said.split())


def test_a_short_stretch_is_told_opening_by_opening() -> None:
    said = text(WORLD.story("Wed 09:00"), "Fri 09:00")
    assert "closed: Christi Himmelfahrt" in said
    assert "closed: outside opening hours" in said


def test_the_line_is_drawn_to_scale() -> None:
    ledger, one = first(WORLD.story("Mon 06:00").then("08:00", status="pending"), "10:00")
    drawn = strip(one, ledger.clock.due_at, 8)
    assert drawn is not None
    assert drawn.cells == (Shade.RUNNING,) * 4 + (Shade.PAUSED,) * 4
    assert [drawn.place(WORLD.at(at)) for at in ("05:00", "06:00", "08:00", "10:00")] == [0, 0, 4, 7]


def test_nights_do_not_hide_what_counts_on_a_long_line() -> None:
    ledger, one = first(WORLD.story("06:00"), "6w Mon 06:00", resolution=WORLD.resolution(400 * HOUR))
    drawn = strip(one, ledger.clock.due_at, 80)
    assert drawn is not None
    assert {Shade.RUNNING, Shade.CLOSED, Shade.AHEAD} == set(drawn.cells)
    assert drawn.cells.count(Shade.CLOSED) < 40


def test_a_clock_without_length_has_no_line() -> None:
    _, one = first(WORLD.story("09:00", status="void"), "10:00")
    assert strip(one, None, 80) is None
    assert "cancelled" in text(WORLD.story("09:00", status="void"), "10:00")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0s"), (3661, "1h 1m 1s"), (360_000, "100h"), (-90, "-1m 30s"), (0.5, "0.5s")]
)
def test_amounts_are_exact(seconds: float, said: str) -> None:
    assert span(seconds) == said


@pytest.mark.parametrize(
    ("story", "now", "metric", "said"),
    [
        (WORLD.story("06:00"), "07:00", {}, "if nothing else happens: 3h of 4h are left"),
        (WORLD.story("06:00"), "14:00", {}, "the target of 4h was used up"),
        (WORLD.story("06:00").then("07:00", status="pending"), "08:00", {}, "none while it is paused: 3h of"),
        (WORLD.story("06:00").then("07:00", status="solved"), "08:00", {}, "had it gone on: 3h of 4h were left"),
        (WORLD.story("06:00").then("07:00", status="void"), "08:00", {}, "none: it ended without result"),
        (WORLD.story("06:00"), "07:00", {"targets": {None: Target(working_days=2)}}, "2 working days, for all others"),
        (WORLD.story("06:00"), "07:00", {"breach": "at"}, "late at the due instant itself"),
        (WORLD.story("06:00"), "07:00", {"reopen": Reopen.RESTART}, "a reopening starts it anew"),
    ],
)
def test_the_text_says_how_the_due_time_follows(story: Any, now: str, metric: Any, said: str) -> None:
    assert said in text(story, now, resolution=WORLD.resolution(**metric))


def test_both_languages_have_the_same_sentences_with_the_same_places() -> None:
    english, german = words(Language.EN), words(Language.DE)
    assert list(english) == list(german)
    places = {key: set(re.findall(r"{\w+}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"{\w+}", text)) for key, text in german.items()} == places


def made(found: Any, language: Language = Language.EN, **more: Any) -> Any:
    return customer.fitting(found, "DESK-1", WORLD.at(more.get("now", "6w Mon 09:00")), UTC_ZONE, language)


def pages(found: Any) -> list[str]:
    return [each.extract_text() for each in PdfReader(io.BytesIO(customer.pdf(made(found)))).pages]


def test_a_page_with_too_many_clocks_tells_how_many_are_left_out() -> None:
    story = WORLD.story("06:00")
    for hour in range(40):
        story.says(WORLD.at("07:00") + timedelta(hours=hour), "cat" if hour % 2 == 0 else "ann")
    metric = Metric(MetricKind.NEXT_RESPONSE, {None: Target(seconds=HOUR)}, count_initial=True)
    found = ledgers(story, "2w Mon 09:00", next_response=metric)
    assert len(found) == 20
    (sheet,) = pages(found)
    assert "earlier ones are not shown." in sheet
    assert 3 < len(made(found).parts) < 20


def test_a_clock_with_too_many_lines_keeps_its_first_and_its_last() -> None:
    story = WORLD.story("06:00")
    for number in range(60):
        story.then(WORLD.at("07:00") + timedelta(minutes=10 * number), status="pending" if number % 2 == 0 else "open")
    (sheet,) = pages(ledgers(story, "Tue 09:00"))
    assert "more lines" in sheet
    assert "Ticket opened: the time starts" in sheet


def test_what_is_not_confirmed_is_no_breach_for_the_customer() -> None:
    history = WORLD.story("06:00").history(horizon="07:00")
    rules = WORLD.rules(WORLD.policy(metrics={"resolution": WORLD.resolution()}))
    (ledger,) = explained(history, WORLD.desk, (rules,), WORLD.at("16:00"))
    assert ledger.clock.breached
    (part,) = made((ledger,), now="16:00").parts
    assert part.verdict == "being checked"
    assert Shade.LATE not in {bar.shade for bar in part.bars}
    assert not any("late" in entry.kind or "after the due time" in entry.what for entry in part.entries)
    assert not any("more than promised" in value for _, value in part.facts)


def test_the_customer_reads_a_label_and_no_inner_words() -> None:
    story = (
        WORLD.story("06:00").says("07:00", "ann", public=False, status="pending").says("08:00", "cat", status="open")
    )
    found = ledgers(story, "09:00", label="Gold <Support>", custom_inner=WORLD.resolution())
    said = customer.html(made(found, now="09:00"))
    assert "Resolution – Gold &lt;Support&gt;" in said
    for inner in ("inner_gold", "custom_inner", "berlin:", "ann", "cat<", "private", "note"):
        assert inner not in said
    assert "We changed the ticket: the time stands still" in said
    assert "You wrote: the time goes on" in said


def test_the_page_says_the_hours_and_the_days_off_in_german() -> None:
    found = ledgers(WORLD.story("Wed 09:00"), "Fri 09:00", label="Gold")
    said = customer.html(made(found, Language.DE, now="Fri 09:00"))
    assert "Mo–Fr 08:00–12:00, 13:00–17:00 (Europe/Berlin)" in said
    assert "geschlossen: Christi Himmelfahrt" in said
    assert "Mi 08.05.2026" not in said
    assert "Mi 08.05.2024 09:00" in said


def test_an_unknown_clock_is_told_of_without_a_reason() -> None:
    history = WORLD.story("06:00").history(whole_since=None)
    rules = WORLD.rules(WORLD.policy(metrics={"resolution": WORLD.resolution()}))
    (part,) = made(explained(history, WORLD.desk, (rules,), WORLD.at("09:00")), now="09:00").parts
    assert (part.verdict, part.entries, part.facts) == ("cannot be told yet", (), ())


def test_the_page_shows_only_what_it_is_given_room_for() -> None:
    found = ledgers(long_ago(), "6w Mon 09:00")
    whole = page(found, "1", WORLD.at("6w Mon 09:00"), UTC_ZONE, Language.EN, longest=1000, entries=None)
    short = page(found, "1", WORLD.at("6w Mon 09:00"), UTC_ZONE, Language.EN, longest=1000, entries=6)
    assert len(whole.parts[0].entries) > 20
    assert len(short.parts[0].entries) == 6
    assert short.parts[0].entries[-1] == whole.parts[0].entries[-1]


def test_the_edition_of_the_zones_is_known() -> None:
    edition = zones.edition()
    assert edition[:2] == "20" or edition.startswith("of ")


def test_the_edition_comes_from_the_files_that_are_read(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "UTC").write_bytes(b"")
    monkeypatch.setattr("zoneinfo.TZPATH", (str(tmp_path),))
    assert zones.edition() == f"of {tmp_path}"
    (tmp_path / "tzdata.zi").write_text("# version 2031c\n# more\n")
    assert zones.edition() == "2031c"
    (tmp_path / "+VERSION").write_text("2031d\n")
    assert zones.edition() == "2031d"
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    assert zones.edition()[:2] == "20"
