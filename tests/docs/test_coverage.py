"""The pages leave nothing out: every command with its options, every key that scripts read, every connector's keys."""

import re
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from typer.models import OptionInfo

from connectors.jira import settings as jira
from connectors.jira.settings import JiraSettings
from connectors.servicenow import settings as servicenow
from connectors.zendesk.fields import STATES
from connectors.zendesk.settings import ApiToken, OAuthClient, ZendeskSettings
from core.ports import Slot
from slahub.cli import app

ROOT = Path(__file__).resolve().parents[2]
CLI = (ROOT / "docs" / "cli.md").read_text("utf-8")
JIRA = (ROOT / "docs" / "connectors" / "jira.md").read_text("utf-8")
SERVICENOW = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "connectors").glob("servicenow*.md"))
ZENDESK = (ROOT / "docs" / "connectors" / "zendesk.md").read_text("utf-8")


def commands(of: typer.Typer, before: str = "") -> list[tuple[str, list[str]]]:
    """Return each command with its options, groups' commands included."""
    found: list[tuple[str, list[str]]] = []
    for each in of.registered_commands:
        assert each.callback is not None
        hints = each.callback.__annotations__.items()
        parts = [(name, part) for name, hint in hints for part in getattr(hint, "__metadata__", ())]
        options = [option(name, part) for name, part in parts if isinstance(part, OptionInfo)]
        found.append((f"{before}{each.name or each.callback.__name__}", options))
    for group in of.registered_groups:
        assert group.typer_instance is not None
        found += commands(group.typer_instance, f"{group.name} ")
    return found


def option(name: str, part: OptionInfo) -> str:
    """Return an option as it is typed; what is written first in the hint is kept as its default there."""
    words = [word for word in (part.default, *(part.param_decls or ())) if str(word).startswith("--")]
    return str(words[0]).partition("/")[0] if words else f"--{name.replace('_', '-')}"


COMMANDS = commands(app)


def test_the_commands_are_those_that_are_promised() -> None:
    names = {name.split()[0] for name, _ in COMMANDS}
    daily = {"run", "sync", "evaluate", "deliver", "deliveries", "status", "tickets", "clocks", "explain", "outages"}
    assert names == daily | {
        "alerts",
        "census",
        "demo",
        "init",
        "check",
        "provision",
        "scenarios",
        "connections",
        "connectors",
        "config",
        "policy",
        "plan",
        "targets",
        "report",
        "db",
    }


def test_every_command_that_prints_has_lines_for_scripts() -> None:
    silent = {"demo"}
    assert [name for name, options in COMMANDS if "--json" not in options and name not in silent] == []


@pytest.mark.parametrize(("command", "options"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_the_page_of_commands_covers(command: str, options: list[str]) -> None:
    first, _, second = command.partition(" ")
    headings = {word for line in re.findall(r"^## (.+)$", CLI, re.MULTILINE) for word in line.split(", ")}
    assert first in headings
    # The section of the command: up to the next heading.
    section = re.split(rf"^## .*\b{first}\b.*$", CLI, flags=re.MULTILINE)[1].split("\n## ")[0]
    if second:
        assert f"`{second}" in section or f" {second} " in section
    every = section + CLI.split("\n## ")[0]
    assert [option for option in options if option not in every] == []


@pytest.mark.parametrize("model", [ZendeskSettings, OAuthClient, ApiToken])
def test_the_page_of_zendesk_names_every_key(model: type[BaseModel]) -> None:
    assert [key for key in model.model_fields if re.search(rf"\b{key}\b", ZENDESK) is None] == []


@pytest.mark.parametrize(
    "model", [JiraSettings, jira.ApiToken, jira.OAuth3LO, jira.PersonalAccessToken, jira.Basic, jira.ScopeSettings]
)
def test_the_page_of_jira_names_every_key(model: type[BaseModel]) -> None:
    assert [key for key in model.model_fields if re.search(rf"\b{key}\b", JIRA) is None] == []


@pytest.mark.parametrize(
    "model",
    [
        servicenow.ServiceNowSettings,
        servicenow.OAuthClient,
        servicenow.Basic,
        servicenow.ApiKey,
        servicenow.ScopeSettings,
        servicenow.TableSettings,
    ],
)
def test_the_pages_of_servicenow_name_every_key(model: type[BaseModel]) -> None:
    assert [key for key in model.model_fields if re.search(rf"\b{key}\b", SERVICENOW) is None] == []


def test_the_page_of_zendesk_names_every_field_and_every_option() -> None:
    missing = [each for each in (*Slot, *STATES) if f"`{each}`" not in ZENDESK]
    assert missing == []


def test_each_trap_on_the_page_of_zendesk_has_a_reference_and_a_test_that_is_there() -> None:
    table = ZENDESK.split("## Traps")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)
    ]
    traps = rows[2:]
    assert len(traps) > 20
    assert [row for row in traps if len(row) != 4 or not all(row)] == []
    written = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    }
    assert [name for row in traps for name in re.findall(r"test_\w+", row[3]) if name not in written] == []
    assert all(re.fullmatch(r"`test_\w+`", row[3]) for row in traps)
