import ast
import importlib
from pathlib import Path
from types import ModuleType
from typing import Protocol


class Module(Protocol):
    name: str
    place: str
    text: str
    tree: ast.Module


LONGEST = 400


def test_no_module_is_longer_than_400_lines_of_code(modules: list[Module]) -> None:
    lines = {module.place: _lines_of_code(module) for module in modules}
    assert {place: count for place, count in lines.items() if count > LONGEST} == {}


def _lines_of_code(module: Module) -> int:
    return sum(1 for line in module.text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def test_no_folder_below_tests_is_a_package(root: Path) -> None:
    # With one in tests/core but none in tests, that folder would take the name core and hide ours.
    assert sorted((root / "tests").rglob("__init__.py")) == []


def test_every_module_says_what_others_may_use(modules: list[Module]) -> None:
    # That the list is sorted is held by ruff.
    # A `__main__` is run, not imported.
    imported = (module for module in modules if module.tree.body and not module.name.endswith("__main__"))
    silent = [module.place for module in imported if "__all__" not in _assigned(module.tree)]
    assert silent == []


def test_what_a_module_offers_exists(modules: list[Module]) -> None:
    imported = [importlib.import_module(module.name) for module in modules]
    missing = [
        f"{module.__name__}.{name}" for module in imported for name in _offered(module) if not _has(module, name)
    ]
    assert missing == []


def _offered(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", []))


def _has(module: ModuleType, name: str) -> bool:
    return hasattr(module, name)


def _assigned(tree: ast.Module) -> set[str]:
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_package_is_an_ordinary_one(modules: list[Module], root: Path) -> None:
    folders = {(root / module.place).parent for module in modules} - {root}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file()) == []
