"""What may know what, as far as import-linter's contracts in pyproject.toml do not hold it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest


class Module(Protocol):
    name: str
    place: str
    tree: ast.Module

    def imports(self) -> Iterator[str]: ...
    def at(self, node: ast.stmt | ast.expr) -> str: ...


PURE = ("core.calendar", "core.errors", "core.ports", "core.sla", "core.tickets")

# Standard library, but with the world, chance or the time behind it.
IMPURE = {
    "asyncio",
    "logging",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "sys",
    "threading",
    "time",
}
TELLS_THE_TIME = {"now", "today", "utcnow"}


def _within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(room + ".") for room in rooms)


@pytest.fixture
def pure(modules: list[Module]) -> list[Module]:
    found = [module for module in modules if _within(module.name, PURE)]
    assert len(found) > len(PURE)
    return found


def test_pure_rooms_import_only_each_other_and_the_harmless_part_of_the_standard_library(pure: list[Module]) -> None:
    allowed = sys.stdlib_module_names - IMPURE
    wrong = {
        f"{module.place}: {name}"
        for module in pure
        for name in module.imports()
        if not _within(name, PURE) and name.split(".")[0] not in (allowed | _more(module.name))
    }
    assert wrong == set()


def _more(module: str) -> set[str]:
    """Return the libraries that a module may import besides: what computes with arrays is named for it."""
    return {"numba", "numpy"} if module.endswith("_bulk") else set()


def test_pure_rooms_never_ask_for_the_time(pure: list[Module]) -> None:
    # The module `time` cannot be imported there; what is left are the classes of `datetime`.
    asked = [
        module.at(node)
        for module in pure
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in TELLS_THE_TIME
    ]
    assert asked == []


def test_the_scheduler_knows_core_and_no_other_room(modules: list[Module]) -> None:
    (scheduler,) = (module for module in modules if module.name == "scheduler")
    # It lies outside what the linter's contracts reach, so what they forbid to the other rooms is held here.
    forbidden = ("connectors", "slahub", "tests", "pydantic", "pydantic_core")
    assert [name for name in scheduler.imports() if _within(name, forbidden)] == []


def _folders(root: Path) -> list[str]:
    return sorted(file.parent.name for file in (root / "connectors").glob("*/connector.py"))


def test_a_connector_knows_the_contract_its_own_folder_httpx_and_the_standard_library(
    modules: list[Module], root: Path
) -> None:
    wrong: set[str] = set()
    for folder in _folders(root):
        own = f"connectors.{folder}"
        emulator = f"{own}.emulator"
        for module in (module for module in modules if _within(module.name, (own,))):
            libraries = {"httpx", *sys.stdlib_module_names}
            rooms: tuple[str, ...] = (own,)
            if module.name == f"{own}.settings":
                libraries.add("pydantic")
            if _within(module.name, (emulator,)):
                libraries.add("starlette")
                rooms = (own, "connectors.emulation")
            wrong |= {
                f"{module.place}: {name}"
                for name in module.imports()
                if name != "connectors" and not _within(name, rooms) and name.split(".")[0] not in libraries
            }
    assert wrong == set()


@pytest.mark.parametrize(
    "part", ["__init__.py", "settings.py", "client.py", "mapping.py", "connector.py", "emulator", "quality.yaml"]
)
def test_every_connector_folder_has_the_same_parts(root: Path, part: str) -> None:
    assert _folders(root)
    lacking = [
        folder
        for folder in _folders(root)
        if not any((root / "connectors" / folder / name).exists() for name in (part, f"{part}.py"))
    ]
    assert lacking == []
