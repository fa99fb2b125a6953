"""What `preset` of a policy sets: the switches as a product has them, wherever that is not our default.

The reason of each stands in docs/configuration.md. Whatever a policy says itself wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["PRESETS", "Preset", "PresetName", "preset"]

PresetName: TypeAlias = Literal["zendesk", "jsm", "servicenow"]

RESOLVED = ["resolved", "closed"]


@dataclass(frozen=True, slots=True)
class Preset:
    """metrics: keys by kind, or by the name of a metric, as one would write them. on_change: the same."""

    metrics: Mapping[str, Mapping[str, object]]
    on_change: Mapping[str, str] = field(default_factory=dict[str, str])


PRESETS: Mapping[PresetName, Preset] = {
    "zendesk": Preset(
        {
            "first_response": {"stop_on": ["agent_public_comment", "status:resolved", "status:closed"]},
            "next_response": {"end_in": RESOLVED},
            "periodic_update": {"end_in": RESOLVED},
        }
    ),
    "jsm": Preset(
        {
            "next_response": {"count_initial": True},
            "resolution": {"reopen": "restart"},
            "status_time": {"reopen": "restart"},
        }
    ),
    "servicenow": Preset(
        {
            "first_response": {"start": "attached"},
            "next_response": {"start": "attached"},
            "periodic_update": {"start": "attached"},
            "resolution": {"start": "attached", "pause_in": ["waiting"], "reopen": "restart"},
            "status_time": {"start": "attached", "reopen": "restart"},
        },
        {"priority": "restart", "policy": "restart"},
    ),
}


def preset(name: PresetName | None) -> Preset:
    """Return what a preset sets; nothing where none is named."""
    return Preset({}) if name is None else PRESETS[name]
