"""Every snippet of the configuration's page is a configuration that loads, and the page names every key."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import Configuration
from core.settings.calendar_section import CalendarSection, ClosedDay, OpenDay, Version
from core.settings.connection_section import (
    BackfillSection,
    ConnectionSection,
    PilotSection,
    ShowSection,
)
from core.settings.customer_section import CustomerSection
from core.settings.hint_section import HintSection
from core.settings.holiday_dates import HolidayRule
from core.settings.holidays_section import HolidayFile
from core.settings.hub_section import HubSection
from core.settings.ical_files import OURS
from core.settings.link_section import LinkSection
from core.settings.mapping_section import MappingSection
from core.settings.metric_section import STANDARD, CustomSection
from core.settings.policy_section import OnChangeSection, PolicySection, VersionSection
from core.settings.revision import LOCKED
from core.settings.scalars import Section
from core.settings.translation import keys_of

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
SNIPPETS = re.findall(r"^```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)

SECTIONS: list[type[Section]] = [
    BackfillSection,
    CalendarSection,
    ClosedDay,
    ConnectionSection,
    CustomerSection,
    CustomSection,
    HintSection,
    HolidayFile,
    HolidayRule,
    HubSection,
    LinkSection,
    MappingSection,
    OpenDay,
    PilotSection,
    OnChangeSection,
    PolicySection,
    ShowSection,
    Version,
    VersionSection,
    *STANDARD.values(),
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_loads(load: Callable[..., Configuration], snippet: str) -> None:
    load(snippet)


def test_the_page_has_a_snippet_for_each_section() -> None:
    found = {line.rstrip(":") for snippet in SNIPPETS for line in snippet.splitlines() if re.fullmatch(r"\w+:", line)}
    assert found == {"hub", "connections", "customers", "links", "calendars", "policies", "alerts"}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_names_every_key(section: type[Section]) -> None:
    text = PAGE.read_text("utf-8")
    missing = [key for key in keys_of(section) if re.search(rf"\b{key}\b", text) is None]
    assert [key for key in missing if key not in LOCKED | OURS] == []
