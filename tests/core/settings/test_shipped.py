"""What is shipped as data: the table of defaults, the examples, the starter folder, the schema for editors."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.assets import folder as shipped
from core.errors import SettingsError
from core.settings import Configuration, Draft, Offer, configuration, hub_settings, read_folder, schema_text, starter
from core.settings.calendar_section import CalendarSection
from core.settings.connection_section import BackfillSection, ConnectionSection, PilotSection, ShowSection
from core.settings.hub_section import HubSection
from core.settings.metric_section import STANDARD
from core.settings.plain import Json, entry, is_items, is_keys
from core.settings.policy_section import PolicySection
from core.settings.retention_section import RetentionSection
from core.settings.scalars import Section
from core.settings.translation import keys_of

NOW = datetime(2026, 5, 4, tzinfo=UTC)
SHORT = """
connections:
  example:
    connector: zendesk
    url: https://example.zendesk.com
    auth: {method: oauth_client, client_id: slahub, client_secret: "${SLAHUB_EXAMPLE_SECRET}"}
customers:
  example: {is: {example: all}}
calendars:
  example:
    timezone: Europe/Berlin
    weekly: {mon-fri: ["08:00-17:00"]}
    holidays: {country: DE}
policies:
  - name: example
    calendar: example
    metrics:
      first_response: {targets: {other: 4h}}
      next_response: {targets: {other: 4h}}
      periodic_update: {targets: {other: 4h}}
      pausable_update: {targets: {other: 4h}}
      requester_wait: {targets: {other: 4h}}
      agent_work: {targets: {other: 4h}}
      resolution: {targets: {other: 40h}}
      status_time: {targets: {other: 4h}, run_in: new}
"""


def read(folder: Path, offers: Mapping[str, Offer]) -> Configuration:
    draft = read_folder(folder)
    return configuration(draft.content, offers, revision=1, applied_at=NOW, positions=draft.positions)


def test_the_table_of_defaults_says_what_the_code_does(
    load: Callable[..., Configuration], offers: Mapping[str, Offer]
) -> None:
    assert read(shipped("config") / "defaults", offers) == load(SHORT)


def test_the_table_of_defaults_says_what_the_hub_does(draft: Callable[..., Draft], tmp_path: Path) -> None:
    table = read_folder(shipped("config") / "defaults")
    assert hub_settings(Draft(tmp_path, table.content, table.hub, table.positions)) == hub_settings(draft(SHORT))


TABLE: list[tuple[type[Section], tuple[str | int, ...]]] = [
    (ConnectionSection, ("connections", "example")),
    (PilotSection, ("connections", "example", "pilot")),
    (BackfillSection, ("connections", "example", "backfill")),
    (ShowSection, ("connections", "example", "show")),
    (CalendarSection, ("calendars", "example")),
    (PolicySection, ("policies", 0)),
    (RetentionSection, ("retention",)),
    *((section, ("policies", 0, "metrics", name)) for name, section in STANDARD.items()),
]


@pytest.mark.parametrize(("section", "path"), TABLE)
def test_the_table_of_defaults_has_every_key(section: type[Section], path: tuple[str | int, ...]) -> None:
    found: object = read_folder(shipped("config") / "defaults").content
    for step in path:
        found = entry(found, step)
    assert is_keys(found)
    assert set(keys_of(section)) - set(found) <= {"resolved", "resolved_years", "sla", "kind"}


def test_the_table_of_defaults_has_every_key_of_the_hub() -> None:
    assert set(read_folder(shipped("config") / "defaults").hub) == set(keys_of(HubSection))


def test_a_provider_with_three_helpdesks_can_be_expressed(offers: Mapping[str, Offer]) -> None:
    found = read(shipped("config") / "examples" / "msp", offers)
    assert list(found.connections) == ["desk", "eng", "helvetia"]
    assert [policy.name for policy in found.rules.policies] == [
        "internal_tickets",
        "gold",
        "gold",
        "helvetia_incident",
        "standard",
        "ola_engineering",
        "vendor_parts",
    ]
    assert set(found.rules.policies[1].metrics) == {"first_response", "next_response", "pausable_update", "resolution"}
    assert found.rules.policies[2].since == datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert [(each.source, each.target) for each in found.rules.links] == [("desk", "eng"), ("helvetia", "desk")]
    assert found.rules.customer_fields["eng"] == {"field:Customer": {"ACME": "acme", "acme": "acme"}}
    assert set(found.rules.calendars) == {"always", "munich", "boston", "singapore"}
    assert found.rules.customers["helvetia", "*"] == "helvetia"


def test_the_starter_folder_is_written_and_loads(tmp_path: Path, offers: Mapping[str, Offer]) -> None:
    target = tmp_path / "new" / "config"
    written = starter(target)
    assert [path.name for path in written] == ["calendars.yaml", "connections.yaml", "hub.yaml", "policies.yaml"]
    found = read(target, offers)
    assert list(found.connections) == ["desk"]
    assert set(found.rules.policies[-1].metrics) == {"first_response", "resolution"}
    assert hub_settings(read_folder(target)).database == f"sqlite:///{target.resolve()}/slahub.db"


def test_the_starter_folder_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text("mine", "utf-8")
    with pytest.raises(SettingsError, match=r"policies\.yaml: is there already"):
        starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["policies.yaml"]
    assert (tmp_path / "policies.yaml").read_text("utf-8") == "mine"


def test_the_schema_for_editors_is_current(offers: Mapping[str, Offer]) -> None:
    stored = (shipped("config") / "schema" / "slahub.schema.json").read_text("utf-8")
    assert stored == schema_text(offers), "write it anew: python -m core.settings > config/schema/slahub.schema.json"


@pytest.mark.parametrize("folder", ["defaults", "examples/msp", "examples/starter"])
def test_the_schema_for_editors_accepts_what_the_hub_accepts(folder: str, offers: Mapping[str, Offer]) -> None:
    draft = read_folder(shipped("config") / folder)
    schema = json.loads(schema_text(offers))
    whole: dict[str, Json] = {**draft.content, "hub": dict(draft.hub)}
    assert list(wrong(whole, schema, schema)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("connections", "desk", "mode"), "liv"),
        (("connections", "desk", "evry"), "2m"),
        (("connections", "desk", "connector"), "zendesc"),
        (("connections", "desk", "auth", "client_secret"), "hunter2"),
        (("calendars", "office", "weekly", "fri"), "8-17"),
        (("policies", 1, "metrics", "resolution", "targets", "other"), "2d"),
        (("policies", 1, "metrics", "resolution", "pause_in"), ["waiting/custmer"]),
        (("policies", 0, "when", "group"), "x"),
    ],
)
def test_the_schema_for_editors_refuses_mistakes(
    path: tuple[str | int, ...], value: Json, offers: Mapping[str, Offer]
) -> None:
    schema = json.loads(schema_text(offers))
    content: Any = json.loads(json.dumps(read_folder(shipped("config") / "examples" / "starter").content))
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert list(wrong(content, schema, schema))


def wrong(value: Any, schema: Any, root: Any) -> Iterator[str]:
    """Yield what a value breaks; knows the part of JSON Schema that our schema uses."""
    types = {
        "object": dict,
        "array": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": float,
        "null": type(None),
    }
    if schema is True:
        return
    if "$ref" in schema:
        yield from wrong(value, root["definitions"][schema["$ref"].rsplit("/", 1)[-1]], root)
    for key in ("anyOf", "oneOf"):
        if key in schema and all(list(wrong(value, one, root)) for one in schema[key]):
            yield f"{value} is none of {key}"
    said: Any = schema.get("type", [])
    kinds = [str(kind) for kind in said] if is_items(said) else [str(said)]
    if kinds and not any(isinstance(value, types[kind]) for kind in kinds):
        yield f"{value} is not {kinds}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{value} is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{value} is not in {schema['enum']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{value} is not like {schema['pattern']}"
    for item in value if is_items(value) else []:
        yield from wrong(item, schema.get("items", True), root)
    if is_keys(value):
        yield from (f"{key} is missing" for key in schema.get("required", []) if key not in value)
        for key, part in value.items():
            rest = schema.get("additionalProperties", True)
            shaped = [one for like, one in schema.get("patternProperties", {}).items() if re.search(like, key)]
            inner = schema.get("properties", {}).get(key, shaped[0] if shaped else rest)
            if inner is False:
                yield f"{key} is not known"
            else:
                yield from wrong(part, inner, root)
