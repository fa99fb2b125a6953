"""One YAML file as plain data, with the place of each key; what is wrong with its form is noted, not raised."""

from pathlib import Path

from core.errors import Problem
from core.settings.plain import Json, KeyPath
from core.settings.positions import Place, Positions, key_text
from core.settings.words import Mistake
from core.settings.yaml_nodes import Items, Keys, Node, Scalar, compose

__all__ = ["YamlFile"]

MOST = 100_000
"""Keys and values of one file, those that anchors repeat included: a few anchors in anchors would be billions."""

DEEPEST = 60
"""Lists and keys within each other. What is walked through later has to end there, too."""


class YamlFile:
    """Turns the nodes of one file into plain data, and notes where each of them stands."""

    def __init__(self, name: str, problems: list[Problem], shape: str) -> None:
        """Begin with nothing. shape: what to say of a file that is no mapping of keys."""
        self.places: dict[KeyPath, Place] = {}
        self._name, self._problems, self._shape = name, problems, shape
        self._around: list[Node] = []
        self._read = 0

    def problem(self, path: KeyPath, text: str, line: int | None = None) -> None:
        """Note what is wrong with the key at `path`."""
        place = Positions(self.places).find(path) or Place(self._name, 1)
        self._problems.append(Problem(text, self._name, line or place.line, key_text(path, None)))

    def read(self, path: Path, instead: str | None = None) -> dict[str, Json]:
        """Return what a file says, or the text instead of it; nothing when it cannot be read at all."""
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
        try:
            content = None if node is None else self._value(node, ())
        except Mistake as mistake:
            self.problem((), mistake.text, int(mistake.at[0]))
            return {}
        if content is not None and not isinstance(content, dict):
            self.problem((), self._shape)
        return content if isinstance(content, dict) else {}

    def _value(self, node: Node, path: KeyPath) -> Json:
        self._read += 1
        if self._read > MOST:
            raise Mistake(f"more than {MOST} keys and values, those that anchors repeat included", at=(node.line,))
        if isinstance(node, Scalar):
            if node.wrong:
                self.problem(path, node.wrong, node.line)
            return node.value
        if any(node is outer for outer in self._around):
            self.problem(path, "an anchor that holds itself", node.line)
            return None
        if len(self._around) >= DEEPEST:
            self.problem(path[:3], f"more than {DEEPEST} lists and keys within each other", node.line)
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
