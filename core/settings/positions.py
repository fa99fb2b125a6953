"""Where each key of the configuration stands, and the list of what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import Problem, SettingsError
from core.settings.plain import KeyPath, entry, is_items

__all__ = ["Place", "Positions", "Problems", "key_text"]


@dataclass(frozen=True, slots=True)
class Place:
    """line: counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Positions:
    places: Mapping[KeyPath, Place] = field(default_factory=dict[KeyPath, Place])

    def find(self, path: KeyPath) -> Place | None:
        """Return where the key stands, else the nearest key around it that is known."""
        for length in range(len(path), 0, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return None


def key_text(path: KeyPath, content: object) -> str:
    """Return `policies.gold.when.kind`: policies by their name where they have one."""
    text = ""
    for at, step in enumerate(path):
        content = entry(content, step)
        if isinstance(step, str):
            text += f".{step}" if text else step
            continue
        name = entry(content, "name") if path[0] == "policies" and at == 1 else None
        text += f".{name}" if isinstance(name, str | int) else f"[{step + 1}]"
    return text


def _written(content: object, path: KeyPath) -> KeyPath:
    """Return the path as it stands in the file: a single value may have been judged as a list of one."""
    kept: list[str | int] = []
    for step in path:
        if isinstance(step, str) or is_items(content):
            kept.append(step)
            content = entry(content, step)
    return tuple(kept)


class Problems:
    """Collects every mistake of one configuration, so that an admin sees all of them at once."""

    def __init__(self, content: object, positions: Positions | None = None) -> None:
        self._content = content
        self._positions = positions or Positions()
        self._found: list[Problem] = []
        self._paths: list[KeyPath] = []

    def add(self, path: KeyPath, text: str, hint: str = "") -> None:
        path = _written(self._content, path)
        self._paths.append(path)
        place = self._positions.find(path) or Place("", 0)
        self._found.append(Problem(text, place.file, place.line, key_text(path, self._content), hint))

    def place(self, path: KeyPath) -> str:
        """Return where the key stands, for a sentence; nothing when that is not known."""
        return str(self._positions.find(path) or "")

    def within(self, path: KeyPath) -> bool:
        """Say whether there is a problem with the key at `path` or with something in it."""
        return any(found[: len(path)] == path for found in self._paths)

    def around(self, path: KeyPath) -> bool:
        """Say whether there is a problem with the key at `path` or with something that it is in."""
        return any(path[: len(found)] == found for found in self._paths)

    def count(self) -> int:
        return len(self._found)

    def found(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the files."""
        return tuple(sorted(self._found, key=lambda problem: (problem.file, problem.line)))

    def raise_any(self) -> None:
        """Raise: SettingsError with all problems, if there are any."""
        if self._found:
            raise SettingsError(self.found())
