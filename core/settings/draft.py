"""A folder of YAML files, read as one draft: plain data, and where each part of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Problem, SettingsError
from core.settings.ical_files import with_ical_files
from core.settings.plain import Content, Json, KeyPath
from core.settings.positions import Place, Positions, Problems, key_text
from core.settings.revision import LOCKED
from core.settings.yaml_file import YamlFile

__all__ = ["Draft", "configuration_files", "read_folder"]

NAMED = ("hub", "connections", "customers", "calendars", "retention", "alerts")
"""Sections that are mappings of names, and merge over files."""

LISTED = {"policies": "a list: each policy begins with `- name:`", "links": "a list: each link begins with `- from:`"}
"""Sections that are lists, and what is expected there."""

SHAPE = "expected sections: hub, connections, customers, links, calendars, policies, retention, alerts"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a folder says. content: every section but `hub`; references to secrets as they are written."""

    folder: Path
    content: Content
    hub: Mapping[str, Json]
    positions: Positions

    def mistakes(self) -> Problems:
        """Return an empty list for what is wrong with it, which knows where each key stands."""
        return Problems({"hub": self.hub, **self.content}, self.positions)


def configuration_files(folder: Path) -> list[Path]:
    """Return the files of a folder that are its configuration, by name; none where there is no folder."""
    return sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"} and path.name[0] != ".")


def read_folder(folder: Path, *, instead: Mapping[Path, str] | None = None) -> Draft:
    """Read each *.yaml and *.yml of a folder, in the order of their names; any file may hold any section.

    instead: texts that stand in for those of some files.
    Raises: SettingsError for files that are not YAML, keys that stand twice, names that two files define.
    """
    files = configuration_files(folder)
    if not files:
        raise SettingsError(f"there is no configuration in {folder}: no *.yaml file; `slahub init` writes one to start")
    merged, places, problems = dict[str, Json](), dict[KeyPath, Place](), list[Problem]()
    for file in files:
        reading = YamlFile(str(file), problems, SHAPE)
        sections = reading.read(file, (instead or {}).get(file))
        moves = {section: _add(merged, places, section, value, reading) for section, value in sections.items()}
        for path, place in reading.places.items():
            section, rest = str(path[0]), path[1:]
            offset = moves.get(section, 0)
            moved = (rest[0] + offset, *rest[1:]) if rest and isinstance(rest[0], int) else rest
            places.setdefault((section, *moved), place)
    calendars = merged.get("calendars")

    def tell(path: KeyPath, text: str, hint: str) -> None:
        place = Positions(places).find(path) or Place(str(folder), 0)
        problems.append(Problem(text, place.file, place.line, key_text(path, None), hint))

    for name, calendar in calendars.items() if isinstance(calendars, dict) else ():
        for key in LOCKED & calendar.keys() if isinstance(calendar, dict) else ():
            tell(("calendars", name, key), "the hub itself resolves the holidays", "take this key out")
    if calendars is not None:
        merged["calendars"] = with_ical_files(folder, calendars, tell)
    if problems:
        raise SettingsError(problems)
    hub = merged.pop("hub", None)
    return Draft(folder, merged, hub if isinstance(hub, dict) else {}, Positions(places))


def _add(merged: dict[str, Json], places: Mapping[KeyPath, Place], section: str, value: Json, file: YamlFile) -> int:
    """Merge one section of one file; return how far its list entries have moved."""
    expected = dict if section in NAMED else list if section in LISTED else None
    if value is None and expected:
        return 0
    if expected and not isinstance(value, expected):
        wanted = LISTED.get(section, "names, each with what belongs to it")
        file.problem((section,), f"expected {wanted}")
        return 0
    known = merged.setdefault(section, value)
    if known is value:
        return 0
    if isinstance(known, list) and isinstance(value, list):
        offset = len(known)
        known.extend(value)
        return offset
    if isinstance(known, dict) and isinstance(value, dict):
        for name, entry in value.items():
            if name in known:
                file.problem((section, name), f"`{name}` stands in {places[section, name]} already")
            known.setdefault(name, entry)
        return 0
    file.problem((section,), f"`{section}` stands in {places[section,]} already")
    return 0
