"""A folder of YAML files, read as one draft: plain data, and where each part of it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import Problem, SettingsError
from core.settings.ical_files import with_ical_files
from core.settings.plain import Content, Json, KeyPath
from core.settings.positions import Place, Positions, key_text
from core.settings.revision import LOCKED
from core.settings.words import Mistake
from core.settings.yaml_nodes import Items, Keys, Node, Scalar, compose

__all__ = ["Draft", "read_folder"]

NAMED = ("hub", "connections", "customers", "calendars")
"""Sections that are mappings of names, and merge over files."""

LISTED = {"policies": "a list: each policy begins with `- name:`", "links": "a list: each link begins with `- from:`"}
"""Sections that are lists, and what is expected there."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a folder says. content: every section but `hub`; references to secrets as they are written."""

    folder: Path
    content: Content
    hub: Mapping[str, Json]
    positions: Positions


def read_folder(folder: Path, *, instead: Mapping[Path, str] | None = None) -> Draft:
    """Read each *.yaml and *.yml of a folder, in the order of their names; any file may hold any section.

    instead: texts that stand in for those of some files.
    Raises: SettingsError for files that are not YAML, keys that stand twice, names that two files define.
    """
    files = sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yaml", ".yml"} and path.name[0] != ".")
    if not files:
        raise SettingsError(f"there is no configuration in {folder}: no *.yaml file; `slahub init` writes one to start")
    merged, places, problems = dict[str, Json](), dict[KeyPath, Place](), list[Problem]()
    for file in files:
        reading = _File(str(file), problems)
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


def _add(merged: dict[str, Json], places: Mapping[KeyPath, Place], section: str, value: Json, file: "_File") -> int:
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


class _File:
    """Turns the nodes of one file into plain data, and notes where each of them stands."""

    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.places: dict[KeyPath, Place] = {}
        self._name, self._problems = name, problems
        self._around: list[Node] = []

    def problem(self, path: KeyPath, text: str, line: int | None = None) -> None:
        place = Positions(self.places).find(path) or Place(self._name, 1)
        self._problems.append(Problem(text, self._name, line or place.line, key_text(path, None)))

    def read(self, path: Path, instead: str | None = None) -> dict[str, Json]:
        try:
            node = compose(path.read_text("utf-8") if instead is None else instead)
        except Mistake as mistake:
            self.problem((), mistake.text, int(mistake.at[0]))
            return {}
        except UnicodeDecodeError as exc:
            self.problem(
                (), "this is not UTF-8 text; save the file in that encoding", exc.object.count(b"\n", 0, exc.start) + 1
            )
            return {}
        except OSError as exc:
            self.problem((), f"cannot be read: {exc.strerror}")
            return {}
        content = None if node is None else self._value(node, ())
        if content is not None and not isinstance(content, dict):
            self.problem((), "expected sections: hub, connections, customers, links, calendars, policies")
        return content if isinstance(content, dict) else {}

    def _value(self, node: Node, path: KeyPath) -> Json:
        if isinstance(node, Scalar):
            if node.wrong:
                self.problem(path, node.wrong, node.line)
            return node.value
        if any(node is outer for outer in self._around):
            self.problem(path, "an anchor that holds itself", node.line)
            return None
        self._around.append(node)
        try:
            return self._keys(node, path) if isinstance(node, Keys) else self._items(node, path)
        finally:
            self._around.pop()

    def _items(self, node: Items, path: KeyPath) -> list[Json]:
        found: list[Json] = []
        for index, item in enumerate(node.items):
            self.places[*path, index] = Place(self._name, item.line)
            found.append(self._value(item, (*path, index)))
        return found

    def _keys(self, node: Keys, path: KeyPath) -> dict[str, Json]:
        result: dict[str, Json] = {}
        lines: dict[str, int] = {}
        for key_node, value in node.pairs:
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in lines:
                text = f"the key `{key}` stands twice, first in line {lines[key]}"
                self.problem((*path, key), text, key_node.line)
                continue
            lines[key] = key_node.line
            at = value.line if isinstance(value, Scalar) and value.text else key_node.line
            self.places[*path, key] = Place(self._name, at)
            result[key] = self._value(value, (*path, key))
        for source in node.merged:
            self._merge(result, source, path)
        return result

    def _merge(self, result: dict[str, Json], source: Node, path: KeyPath) -> None:
        """Complete `result` by a merged mapping; what stands there already wins and keeps its place."""
        if not isinstance(source, Keys):
            self.problem(path, "`<<` takes an anchor of a mapping", source.line)
            return
        before = self.places
        self.places = {}
        added = self._value(source, path)
        merged, self.places = self.places, before
        for key, value in added.items() if isinstance(added, dict) else ():
            if key not in result:
                result[key] = value
                here = (*path, key)
                self.places.update({place: at for place, at in merged.items() if place[: len(here)] == here})

    def _key(self, node: Node, path: KeyPath) -> str | None:
        if not isinstance(node, Scalar):
            self.problem(path, "a key must be one word or number", node.line)
            return None
        if node.value is None:
            self.problem(path, node.wrong or "a key is empty; write `none` for nothing", node.line)
            return None
        return node.text
