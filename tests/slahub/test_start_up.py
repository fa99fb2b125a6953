"""A command loads what it needs and no more: people wait for it each time."""

import subprocess
import sys
from pathlib import Path

import pytest

from core.store import schema

HOME = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from slahub.cli import main
sys.argv[:] = ["slahub", *sys.argv[1:]]
status = main()
sys.stderr.write(" ".join(sys.modules))
raise SystemExit(status)
"""


def loaded(*arguments: str) -> set[str]:
    """Return the modules that a command has loaded at its end."""
    command = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["config", "--help"]])
def test_help_loads_no_machinery(arguments: list[str]) -> None:
    heavy = {"sqlalchemy", "alembic", "httpx", "holidays", "starlette", "uvicorn", "apscheduler"}
    assert loaded(*arguments) & heavy == set()


def test_a_look_loads_neither_migrations_nor_servers_nor_the_daemon(loop) -> None:
    modules = loaded("--config", str(loop.folder), "status")
    assert "sqlalchemy" in modules
    heavy = {"alembic", "starlette", "uvicorn", "apscheduler", "scheduler", "connectors.zendesk.emulator"}
    assert modules & heavy == set()


def test_the_newest_migration_is_the_one_that_the_quick_look_expects() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(HOME / "migrations")).get_current_head() == schema.HEAD
