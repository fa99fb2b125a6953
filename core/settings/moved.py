"""Parts of a file that are read as if they stood in a configuration."""

from collections.abc import Mapping

from core.settings.plain import KeyPath
from core.settings.positions import Problems

__all__ = ["Moved"]


class Moved(Problems):
    """The problems of such parts, told where they do stand."""

    def __init__(self, problems: Problems, places: Mapping[KeyPath, KeyPath]) -> None:
        """Begin with none. places: where parts stand, by the path that they are read under; the longest counts."""
        super().__init__(None)
        self._problems, self._places = problems, places
        self._count = 0

    def add(self, path: KeyPath, text: str, hint: str = "") -> None:
        self._count += 1
        lengths = (length for length in range(len(path), -1, -1) if path[:length] in self._places)
        length = next(lengths, 0)
        self._problems.add((*self._places.get(path[:length], ()), *path[length:]), text, hint)

    def count(self) -> int:
        return self._count
