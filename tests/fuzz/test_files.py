"""Configuration, calendars and scenarios as nobody should write them: what is wrong is told, with its place."""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors import registry
from core.assets import folder
from core.errors import SettingsError
from core.flows.scenarios import run
from core.settings import canonical, configuration, hub_settings, lock, parse, read_folder
from core.settings.ical_dates import ical_dates
from core.settings.scenario_file import read_scenarios
from core.settings.words import Mistake
from slahub.bootstrap import offers_of
from tests.fuzz.bounds import bounded, looked
from tests.fuzz.garbled import Edit, edited, edits, encoded

NOW = datetime(2026, 5, 4, tzinfo=UTC)
YEARS = range(2023, 2030)
DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = folder("config") / "examples"

SETTINGS = [path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*/*.yaml"))] + [
    found
    for page in sorted(DOCS.glob("*.md"))
    for found in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.S)
]
SCENARIOS = [path.read_text("utf-8") for path in sorted(EXAMPLES.glob("*/scenarios/*.yaml"))]
VECTORS = [
    {**whole, "cases": whole["cases"][first : first + 2]}
    for path in sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
    for whole in (json.loads(path.read_text("utf-8")),)
    for first in range(0, len(whole["cases"]), 10)
]

ODD_WORDS = st.one_of(
    st.sampled_from((
        "*a", "&a", "<<: *a", "&a [*a]", "!!python/object/apply:os.system [id]", "!!binary x", "~", "? x", "- - -",
        "{", "[", "}", "'", '"', "|", ">", "%YAML 3.0", "---", "...", "0x" + "f" * 5000, "9" * 5000, "1e999", ".nan",
        "0o777", "1:1:1", "2026-02-30", "9999-12-31", "0001-01-01", "24:00", "08:00-07:00", "99999999999999h", "-1h",
        "0s", "1h 1h", "Mars/Olympus", "../../etc/passwd", "UTC\\0", "\t", "\x00", "\ud800", "\ufeff", "é", "\x85",
        "\u2028", "${SLAHUB_X}", "${file:/etc/passwd}", "always", "none", "null", "true", "[1, 2]", "{a: b}", "a: b",
        "mon-sun", "sun-mon", "business days", "P1D", "1 month", "9" * 300 + "d", "13 months", "1e9 h",
    )),
    st.text(st.characters(exclude_categories=()), max_size=8),
)  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, good: list[str]) -> str:
    """Return a file of which some lines are not as they were."""
    lines = draw(st.sampled_from(good)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("drop", "double", "swap", "indent", "word", "word", "word", "value", "value"))):
            case "drop" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[other])
            case "swap":
                lines[at], lines[other] = lines[other], lines[at]
            case "indent":
                lines[at] = draw(st.sampled_from(("  ", "\t", " "))) + lines[at]
            case "value":
                lines[at] = lines[at].partition(":")[0] + ": " + draw(ODD_WORDS)
            case _:
                words = re.findall(r"[\w.+-]+|\W", lines[at]) or [""]
                words[draw(st.integers(0, len(words) - 1))] = draw(ODD_WORDS)
                lines[at] = "".join(words)
    return "\n".join(lines)


@st.composite
def reshaped(draw: st.DrawFn, good: list[object]) -> str:
    """Return a file that is JSON, with something wrong in its parts."""
    body, wrong = draw(st.sampled_from(good)), draw(st.lists(edits, min_size=1, max_size=3))
    for each in wrong:
        body = edited(body, Edit(0, each.steps, each.what, each.value))
    return encoded(body).decode()


@cache
def offers() -> object:
    return offers_of(registry.load())


def plain(texts: list[str]) -> list[object]:
    """Return what is plain data of some YAML files."""
    found = list[object]()
    for text in texts:
        with suppress(yaml.YAMLError):
            found.append(json.loads(json.dumps(yaml.safe_load(text), default=str)))
    return [each for each in found if isinstance(each, dict)]


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def told_in_words(error: SettingsError) -> None:
    """Fail unless each mistake has a text of one line and, where it names a file, a line that is there."""
    assert error.problems
    for each in error.problems:
        assert each.text.strip()
        if each.file and each.line and Path(each.file).is_file():
            assert 1 <= each.line <= len(Path(each.file).read_bytes().splitlines() or [b""]) + 1


def configure(place: Path) -> None:
    """Do with a folder what `slahub apply` does until it is stored."""
    draft = read_folder(place)
    hub_settings(draft)
    configuration(draft.content, offers(), revision=0, applied_at=NOW, positions=draft.positions)
    locked = parse(canonical(lock(draft.content, NOW.year)))
    configuration(locked, offers(), revision=1, applied_at=NOW)


def one_file(place: Path, content: bytes, name: str) -> Path:
    for old in place.iterdir():
        old.unlink()
    (place / name).write_bytes(content)
    return place / name


CONTENTS = st.one_of(
    spoilt(SETTINGS).map(raw), reshaped(plain(SETTINGS)).map(raw), st.binary(max_size=60), st.text(max_size=30).map(raw)
)


@looked(150)
@given(content=CONTENTS)
def test_any_configuration_is_taken_or_its_mistakes_are_told(tmp_path: Path, content: bytes) -> None:
    one_file(tmp_path, content, "slahub.yaml")
    with bounded():
        try:
            configure(tmp_path)
        except SettingsError as error:
            told_in_words(error)


@looked(40)
@given(
    content=st.one_of(
        spoilt(SCENARIOS).map(raw), reshaped([*plain(SCENARIOS), *VECTORS]).map(raw), st.binary(max_size=60)
    )
)
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_any_scenarios_are_tried_or_their_mistakes_are_told(tmp_path: Path, content: bytes, name: str) -> None:
    path = one_file(tmp_path, content, name)
    with bounded():
        try:
            list(run(read_scenarios([path], lambda: None)))
        except SettingsError as error:
            told_in_words(error)


DAYS = st.sampled_from(("20260101", "20260230", "00010101", "99991231", "20260101T000000Z", "2026", "", "x"))
NUMBERS = st.sampled_from(("0", "1", "-1", "2", "53", "366", "400", "99999", "9" * 30, "x", ""))
COUNTED = st.sampled_from(
    ["INTERVAL", "COUNT", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR", "BYSECOND"]
)
KINDS = st.sampled_from(
    (";VALUE=DATE", "", ";TZID=Europe/Berlin", ";TZID=Mars/Olympus", ";VALUE=PERIOD", ";VALUE=DATE,TIME", ";TZID=A,B")
)
RULES = st.lists(
    st.one_of(
        st.builds("FREQ={}".format, st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY", "SECONDLY", "x"))),
        st.builds("{}={}".format, COUNTED, NUMBERS),
        st.builds("UNTIL={}".format, DAYS),
        st.builds("BYDAY={}".format, st.sampled_from(("MO", "MO,TU,WE,TH,FR", "-1SU", "99MO", "XX", ""))),
        st.sampled_from(("WKST=SU", "SKIP=FORWARD", "RSCALE=HEBREW", "=", ";;")),
    ),
    min_size=1, max_size=5,
).map(";".join)  # fmt: skip
LINES = st.lists(
    st.one_of(
        st.builds("{}{}:{}".format, st.sampled_from(("DTSTART", "DTEND", "RDATE", "EXDATE", "RECURRENCE-ID")),
                  KINDS, DAYS),
        RULES.map("RRULE:{}".format),
        st.builds("DURATION:{}".format, st.sampled_from(("P1D", "-P1D", "P0D", "P999999999D", "PT1S", "P1W1D", "x"))),
        st.builds("{}:{}".format, st.sampled_from(("SUMMARY", "STATUS", "UID", "SEQUENCE", "BEGIN", "END")),
                  st.one_of(st.sampled_from(("CANCELLED", "VEVENT", "VCALENDAR", "VALARM", "1")), st.text(max_size=5))),
        st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    ),
    max_size=5,
)  # fmt: skip


@looked(250)
@given(events=st.lists(st.tuples(DAYS, LINES), max_size=3))
def test_any_icalendar_file_closes_days_or_is_refused_in_words(events: list[tuple[str, list[str]]]) -> None:
    parts = [("BEGIN:VEVENT", f"DTSTART;VALUE=DATE:{day}", *lines, "END:VEVENT") for day, lines in events]
    text = "\r\n".join(("BEGIN:VCALENDAR", *(line for part in parts for line in part), "END:VCALENDAR", ""))
    with bounded(), suppress(Mistake):
        assert all(day.year in YEARS for day in ical_dates(text, YEARS))
