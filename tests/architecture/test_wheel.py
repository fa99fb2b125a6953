"""What is installed is whole, and holds nothing else."""

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _built(root, "wheel", tmp_path_factory.mktemp("wheel"))


def _built(root: Path, target: str, folder: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=root,
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def test_the_wheel_holds_every_module_of_the_product(root: Path, names: list[str]) -> None:
    modules = {
        str(file.relative_to(root)) for top in ("connectors", "core", "slahub") for file in (root / top).rglob("*.py")
    }
    assert {*modules, "scheduler.py"} - set(names) == set()


@pytest.mark.parametrize("data", ["config", "migrations"])
def test_the_wheel_carries_the_data_folders(root: Path, names: list[str], data: str) -> None:
    files = {
        f"core/_assets/{file.relative_to(root)}"
        for file in (root / data).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert files
    assert files - set(names) == set()


def test_the_wheel_carries_what_pages_are_made_of(root: Path, names: list[str]) -> None:
    files = {str(file.relative_to(root)) for file in (root / "slahub").rglob("templates/*")}
    assert files
    assert files - set(names) == set()


def test_the_wheel_holds_nothing_else(names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"connectors", "core", "scheduler.py", "slahub"}
    assert [name for name in names if name.endswith((".pyc", ".db")) or "/tests/" in name] == []


def test_an_editable_install_points_here_and_copies_nothing(root: Path, tmp_path: Path) -> None:
    with ZipFile(_built(root, "wheel:editable", tmp_path)) as archive:
        copied = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert [name.rpartition(".")[2] for name in copied] == ["pth"]
        assert archive.read(copied[0]).decode().split() == [str(root)]


def test_the_wheel_tells_type_checkers_that_it_is_typed(names: list[str]) -> None:
    assert {"connectors/py.typed", "core/py.typed", "slahub/py.typed"} <= set(names)


def test_the_wheel_brings_the_command_and_the_connectors(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (place,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        points = ConfigParser()
        points.read_string(archive.read(place).decode())
    assert points["console_scripts"]["slahub"] == "slahub.__main__:main"
    assert points["slahub.connectors"]["zendesk"] == "connectors.zendesk:ZendeskConnector"


def test_the_installed_command_runs_in_a_folder_that_holds_nothing(wheel: Path, tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONWARNINGS": "error"}
    done = subprocess.run(
        [sys.executable, "-m", "slahub", "--help"],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "slahub" in done.stdout
    assert list(elsewhere.iterdir()) == []
