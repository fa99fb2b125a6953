"""The choices of columns: which values are on a list, and how they are called in a language."""

from dataclasses import dataclass, field
from typing import Protocol

from connectors.servicenow.emulator.records import Row, Update
from connectors.servicenow.emulator.schema import Schema

__all__ = ["Choices"]

_List = dict[str, dict[str, str]]  # value -> language -> label


class _World(Protocol):
    @property
    def schema(self) -> Schema: ...
    @property
    def rows(self) -> dict[str, dict[str, Row]]: ...


@dataclass(slots=True)
class Choices:
    """Reads sys_choice once, and again after each change of it."""

    world: _World
    _lists: dict[tuple[str, str], _List] | None = None
    _chosen: dict[tuple[str, str], _List] = field(default_factory=dict[tuple[str, str], _List])

    def __call__(self, done: Update) -> None:
        """Listen to changes."""
        if done.row.table == "sys_choice":
            self._lists = None
            self._chosen.clear()

    def of(self, table: str, element: str) -> _List:
        """Return the list of a column: the table's own, else of those that it extends; empty if there is none."""
        found = self._chosen.get((table, element))
        if found is None:
            lists = self._read()
            above = (lists.get((name, element)) for name in self.world.schema.lineage(table))
            found = self._chosen[table, element] = next((one for one in above if one), _List())
        return found

    def label(self, table: str, element: str, value: str, language: str) -> str:
        """Return the label of a value, the English one where the language has none, the value itself off the list."""
        labels = self.of(table, element).get(value, {})
        return labels.get(language) or labels.get("en") or value

    def value(self, table: str, element: str, label: str, language: str) -> str | None:
        """Return the value that a label stands for."""
        for value, labels in self.of(table, element).items():
            if label in (value, labels.get(language), labels.get("en")):
                return value
        return None

    def _read(self) -> dict[tuple[str, str], _List]:
        if self._lists is None:
            self._lists = {}
            for row in self.world.rows["sys_choice"].values():
                if row["inactive"] != "true":
                    found = self._lists.setdefault((row["name"], row["element"]), {})
                    found.setdefault(row["value"], {})[row["language"]] = row["label"]
        return self._lists
