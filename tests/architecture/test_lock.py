"""The locks hold what pyproject.toml asks for, each with a hash, and what is run is what was tested."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)(?:\s+--hash=sha256:[0-9a-f]{64}.*\n?)+)?", re.M
)


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(root: Path, lock: str) -> dict[str, str]:
    text = (root / "requirements" / lock).read_text(encoding="utf-8")
    return {found["name"]: found["version"] for found in PIN.finditer(text)}


def _asked(project: dict[str, Any], group: str) -> list[Requirement]:
    asked: list[Requirement] = []
    for entry in project["dependency-groups"][group]:
        asked += [Requirement(entry)] if isinstance(entry, str) else _asked(project, entry["include-group"])
    return asked


@pytest.mark.parametrize(("lock", "group"), [("run.txt", "build"), ("dev.txt", "dev")])
def test_a_lock_holds_all_that_the_project_asks_for(root: Path, project: dict[str, Any], lock: str, group: str) -> None:
    pins = _pins(root, lock)
    asked = [Requirement(entry) for entry in project["project"]["dependencies"]] + _asked(project, group)
    out_of_step = [str(one) for one in asked if not one.specifier.contains(pins.get(canonicalize_name(one.name), "0"))]
    assert out_of_step == [], "run: make lock"


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_every_pin_has_a_hash(root: Path, lock: str) -> None:
    text = (root / "requirements" / lock).read_text(encoding="utf-8")
    found = list(PIN.finditer(text))
    assert found
    assert [pin["name"] for pin in found if pin["rest"] is None] == []


def test_what_is_run_is_a_part_of_what_is_tested(root: Path) -> None:
    assert _pins(root, "run.txt").items() <= _pins(root, "dev.txt").items()
