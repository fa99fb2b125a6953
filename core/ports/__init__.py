"""The connector contract, version 0: what a connector offers and what crosses the line.

It may change until all built-in connectors have lived with it. Standard library only.
"""

from core.ports.contract import (
    CONTRACT,
    Checkpoint,
    Connector,
    Coverage,
    Fetches,
    Lane,
    LaneKind,
    Meter,
    Now,
    Page,
    Probe,
    SetAside,
    Stop,
    Stream,
    Vault,
)
from core.ports.writing import (
    BoundsJobs,
    Delivery,
    FieldName,
    FieldUpdate,
    Outcome,
    Slot,
    SourceVersion,
    Value,
    WritesBack,
)

__all__ = [
    "CONTRACT",
    "BoundsJobs",
    "Checkpoint",
    "Connector",
    "Coverage",
    "Delivery",
    "Fetches",
    "FieldName",
    "FieldUpdate",
    "Lane",
    "LaneKind",
    "Meter",
    "Now",
    "Outcome",
    "Page",
    "Probe",
    "SetAside",
    "Slot",
    "SourceVersion",
    "Stop",
    "Stream",
    "Value",
    "Vault",
    "WritesBack",
]
