"""What is configured for hints, and cannot be had."""

from collections.abc import Iterator

from core.flows.finding import Finding, Level, Places
from core.ports import Connector, RegistersHints, TakesHints
from core.settings import Connection, Hints

__all__ = ["of_hints"]


def of_hints(connector: Connector, mine: Connection, places: Places) -> Iterator[Finding]:
    """Yield what of the connection's `hints` its connector is not able to do."""
    path = ("connections", mine.name, "hints")
    if mine.hints == Hints():
        return
    if not isinstance(connector, TakesHints):
        what = f"the hub takes no hints from {mine.connector}, so nothing comes of them"
        do = "leave `hints` out: changes are found by looking for them"
        yield places.finding("hints", Level.PROBLEM, what, do, connection=mine.name, path=path)
    elif mine.hints.url and not isinstance(connector, RegistersHints):
        what = f"{mine.connector} sends hints only where an admin there makes the webhook"
        do = f"make one that calls {mine.hints.url}, and leave `hints.url` out"
        yield places.finding("hints", Level.NOTE, what, do, connection=mine.name, path=(*path, "url"))
