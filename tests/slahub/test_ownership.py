"""Another package may own a name of ours; then the command must not run, and must say what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slahub.ownership import collisions

HOME = Path(__file__).resolve().parents[2]


def install(folder: Path, distribution: str, *files: str) -> None:
    """Lay a distribution into `folder` as an installer would: its files and the list of them."""
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


def test_this_installation_collides_with_nothing() -> None:
    assert collisions(HOME) == []


@pytest.mark.parametrize(
    ("file", "name"),
    [("core/__init__.py", "core"), ("connectors/http.py", "connectors"), ("scheduler.py", "scheduler")],
)
def test_a_distribution_that_brings_one_of_our_names_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, name: str
) -> None:
    install(tmp_path, "Other_Product", "other.py", file)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (sentence,) = collisions(HOME)
    assert f"other-product brings a top-level module {name}," in sentence
    assert "Uninstall other-product" in sentence


@pytest.mark.parametrize(
    ("list_of_files", "text"),
    [("installed-files.txt", "../core/__init__.py\nPKG-INFO\n"), ("top_level.txt", "core\nx\n")],
)
def test_a_distribution_installed_the_old_way_is_named_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, list_of_files: str, text: str
) -> None:
    info = tmp_path / "rival-1.0.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 1.0\nName: rival\nVersion: 1.0\n")
    (info / list_of_files).write_text(text)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (sentence,) = collisions(HOME)
    assert "rival brings a top-level module core," in sentence


def test_a_distribution_with_a_similar_name_is_no_collision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "other", "score/__init__.py", "core_tools/__init__.py", "other/core/__init__.py", "corelib.py")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert collisions(HOME) == []


def test_our_own_files_in_a_record_are_no_collision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("connectors/__init__.py", "core/__init__.py", "scheduler.py", "slahub/__init__.py")
    install(tmp_path, "slahub", *names)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert collisions(tmp_path) == []


def test_a_folder_that_stands_in_front_of_ours_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (sentence,) = collisions(HOME)
    assert f"in front of slahub's: {tmp_path / 'core'}." in sentence


def test_the_command_ends_with_status_2_before_it_runs_foreign_code(tmp_path: Path) -> None:
    install(tmp_path, "other", "core/__init__.py")
    (tmp_path / "core" / "__init__.py").write_text("print('foreign code has run')\n")
    program = "import sys; sys.path.append(sys.argv.pop()); from slahub.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--help", str(HOME)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("slahub: The installed package other brings a top-level module core")
