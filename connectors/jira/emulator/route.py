"""What an endpoint is."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.jira.emulator.answers import Answer, Call
from connectors.jira.emulator.records import Flavour
from connectors.jira.emulator.world import World

__all__ = ["BOTH", "CLOUD", "DATACENTER", "FACES", "Route"]

CLOUD: tuple[Flavour, ...] = ("cloud",)
DATACENTER: tuple[Flavour, ...] = ("datacenter",)
BOTH: tuple[Flavour, ...] = ("cloud", "datacenter")

FACES = {
    "api": r"/rest/api/(?P<version>2|3|latest)/",
    "desk": r"/rest/servicedeskapi/",
    "webhooks": r"/rest/webhooks/1\.0/",
    "site": r"/",
}
"""Part of the site -> how its paths begin."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `{name}` stands for one part of the path; the parts come as `Call.args`, in order.

    anonymous: visitors are answered too. admin: only administrators are.
    reads: a POST that changes nothing, and is not counted as a write.
    """

    method: str
    template: str
    answer: Callable[[World, Call], Answer]
    flavours: tuple[Flavour, ...] = BOTH
    face: str = "api"
    anonymous: bool = False
    admin: bool = False
    reads: bool = False
