"""What the tests here look at: the product's own modules, parsed, and every text that is committed."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("connectors", "core", "slahub")


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is what it is imported by, `place` its path below the project's folder."""

    name: str
    place: str
    text: str
    tree: ast.Module

    def imports(self) -> Iterator[str]:
        """Give the full names of what is imported anywhere in it, module by module."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.place}:{node.lineno}: relative imports hide which room is meant"
                yield node.module or ""

    def at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self.place}:{node.lineno}"


def _module(path: Path) -> Module:
    place = path.relative_to(ROOT)
    parts = place.with_suffix("").parts
    text = path.read_text(encoding="utf-8")
    return Module(
        name=".".join(parts[:-1] if parts[-1] == "__init__" else parts),
        place=str(place),
        text=text,
        tree=ast.parse(text, filename=str(place)),
    )


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """The product's modules: no tests, no migrations."""
    files = [file for package in PRODUCT for file in sorted((ROOT / package).rglob("*.py"))]
    return [_module(file) for file in [*files, ROOT / "scheduler.py"]]


@pytest.fixture(scope="session")
def committed() -> dict[str, str]:
    """Every text that is, or is about to be, committed: by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    texts: dict[str, str] = {}
    for place in filter(None, listed.split("\0")):
        file = ROOT / place
        raw = file.read_bytes() if file.is_file() else b"\0"
        if b"\0" not in raw:
            texts[place] = raw.decode("utf-8")
    return texts
