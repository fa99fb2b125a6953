"""What the scenarios of one file have in common: where they stand, and whose names they may use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.calendar import Calendar, always
from core.settings.calendar_section import calendar
from core.settings.holidays_section import years_around
from core.settings.plain import KeyPath, is_keys
from core.settings.positions import Problems
from core.settings.scenario_calendar import scenario_calendar
from core.settings.scenario_sections import CaseSection
from core.settings.scenario_values import Folder
from core.settings.words import nearest
from core.sla.policy import ALWAYS

__all__ = ["OTHER_FOLDER", "Around", "FolderOf"]

FolderOf: TypeAlias = Callable[[], Folder | None]
"""Reads the folder of the configuration when it is asked for; None: there is nothing in it."""

OTHER_FOLDER = "or name its folder: slahub scenarios --config DIR FILE"


@dataclass(frozen=True, slots=True)
class Around:
    """file: its name. zone: of the times in it that say none."""

    file: str
    zone: ZoneInfo | None
    folder: FolderOf
    problems: Problems
    _known: dict[range, Mapping[str, Calendar]] = field(default_factory=dict[range, Mapping[str, Calendar]])

    def zone_of(self, section: CaseSection) -> ZoneInfo | None:
        """Return the zone of the times of one scenario."""
        return ZoneInfo(section.timezone) if section.timezone else self.zone

    def own_calendars(self, raw: object, place: KeyPath, *instants: datetime) -> dict[str, Calendar]:
        """Return the calendars that a scenario brings; without those that have mistakes.

        instants: those it speaks of; rules of holidays are resolved around their years.
        """
        if not is_keys(raw):
            return {}
        years = _years(*instants)
        found = {
            name: scenario_calendar(name, part, (*place, name), years, self.problems) for name, part in raw.items()
        }
        return {name: known for name, known in found.items() if known is not None}

    def calendars(self, folder: Folder | None, own: Mapping[str, Calendar], *instants: datetime) -> dict[str, Calendar]:
        """Return all that a scenario can name: built in, the folder's, its own."""
        found = {ALWAYS: always()}
        if folder:
            found |= self._shared(folder, _years(folder.rules.applied_at, *instants))
        return found | dict(own)

    def _shared(self, folder: Folder, years: range) -> Mapping[str, Calendar]:
        known = self._known.get(years)
        if known is None:
            read = {name: calendar(name, part, years, Problems(None)) for name, part in folder.calendars.items()}
            known = self._known[years] = {name: each for name, each in read.items() if each is not None}
        return known

    def named(self, raw: object, place: KeyPath, *instants: datetime) -> Calendar | None:
        """Return the one calendar that a scenario brings, or names; None when there is none such."""
        if not isinstance(raw, str):
            return scenario_calendar("calendar", raw, place, _years(*instants), self.problems)
        folder = self.folder()
        known = self.calendars(folder, {}, *instants)
        if raw not in known:
            self.missing(raw, known, place, folder)
        return known.get(raw)

    def missing(self, name: str, known: Iterable[str], place: KeyPath, folder: Folder | None) -> None:
        """Tell of a calendar that nobody has defined."""
        hint = nearest(name, known) if folder else f"write it under `calendars`, {OTHER_FOLDER}"
        self.problems.add(place, f"there is no calendar `{name}`", hint)


def _years(*instants: datetime) -> range:
    """Return the years around some instants, whose holidays do not depend on the day on which a test is run."""
    years = [at.year for at in instants]
    return range(years_around(min(years)).start, years_around(max(years)).stop)
