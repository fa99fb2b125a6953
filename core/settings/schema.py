"""The JSON Schema of the configuration folder's files, for editors that complete and check while one types."""

import json
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from core.settings.alert_section import AlertSection
from core.settings.calendar_section import CalendarSection
from core.settings.conditions_section import MOMENT, WHEN
from core.settings.connection_section import ConnectionSection, Offer
from core.settings.customer_section import CustomerSection
from core.settings.holidays_section import HolidayFile
from core.settings.hub_section import HubSection
from core.settings.ical_files import OURS
from core.settings.link_section import LinkSection
from core.settings.metric_section import OF_KIND
from core.settings.plain import is_items, is_keys
from core.settings.policy_section import PolicySection
from core.settings.retention_section import RetentionSection
from core.settings.revision import LOCKED
from core.settings.scalars import STATUS_WORDS

__all__ = ["schema", "schema_text"]

SECTIONS: dict[str, type[BaseModel]] = {
    "hub": HubSection,
    "customers": CustomerSection,
    "calendars": CalendarSection,
    "links": LinkSection,
    "policies": PolicySection,
    "retention": RetentionSection,
    "alerts": AlertSection,
}
SHARED: dict[str, JsonSchemaValue] = {
    "Condition": WHEN,
    "EventCondition": MOMENT,
    "StatusWord": {"type": "string", "enum": list(STATUS_WORDS)},
}
"""What stands in many places, by the name of its definition."""

DIALECT = "http://json-schema.org/draft-07/schema#"


class _Generator(GenerateJsonSchema):
    """Leaves out defaults, which are values and not what one writes."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def schema(offers: Mapping[str, Offer]) -> JsonSchemaValue:
    """Return the schema of one file: any section, connections with the keys of their connector."""
    connections = {name: _connection(name, offer) for name, offer in offers.items()}
    models = (*SECTIONS.values(), *OF_KIND.values(), *connections.values())
    refs, together = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/definitions/{model}", schema_generator=_Generator
    )
    definitions = cast("dict[str, JsonSchemaValue]", _shared(_untitled(together["$defs"]))) | SHARED
    for key in LOCKED:
        definitions[CalendarSection.__name__]["properties"].pop(key)
    for key in OURS:
        definitions[HolidayFile.__name__]["properties"].pop(key)
    kinds = [refs[model, "validation"] for model in OF_KIND.values()]
    definitions["MetricsSection"]["additionalProperties"] = {"anyOf": kinds, "required": ["kind"]}
    for name, model in connections.items():
        definitions[model.__name__]["properties"]["connector"] = {"const": name}
    at = {model: refs[model, "validation"] for model in models}
    connectors = [at[connections[name]] for name in sorted(connections)]
    return {
        "$schema": DIALECT,
        "title": "slahub configuration",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "hub": at[HubSection],
            "connections": {"type": "object", "additionalProperties": {"anyOf": connectors} if connectors else True},
            "customers": {"type": "object", "additionalProperties": at[CustomerSection]},
            "calendars": {"type": "object", "additionalProperties": at[CalendarSection]},
            "links": {"type": "array", "items": at[LinkSection]},
            "policies": {"type": "array", "items": at[PolicySection]},
            "retention": at[RetentionSection],
            "alerts": at[AlertSection],
        },
        "definitions": definitions,
    }


def schema_text(offers: Mapping[str, Offer]) -> str:
    """Return the text of config/schema/slahub.schema.json."""
    return json.dumps(schema(offers), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _untitled(part: object) -> object:
    """Return a part of the schema without titles, which only repeat the keys."""
    if is_items(part):
        return [_untitled(item) for item in part]
    if not is_keys(part):
        return part
    return {key: _untitled(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}


def _shared(part: object) -> object:
    """Return a part of the schema with references for what stands in many places."""
    for name, known in SHARED.items():
        if part == known:
            return {"$ref": f"#/definitions/{name}"}
    if is_items(part):
        return [_shared(item) for item in part]
    return {key: _shared(value) for key, value in part.items()} if is_keys(part) else part


def _connection(name: str, offer: Offer) -> type[BaseModel]:
    """Return the common keys and those of one connector as one type."""
    joined: type[BaseModel] = create_model(f"{name}_connection", __base__=(ConnectionSection, offer.settings))
    return joined
