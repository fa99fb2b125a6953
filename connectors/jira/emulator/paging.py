"""Page beans: lists by offset that tell whether they are the last."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from connectors.jira.emulator.answers import Call, Doc
from connectors.jira.emulator.world import World

__all__ = ["page_bean"]

T = TypeVar("T")


def page_bean(
    world: World, call: Call, path: str, found: Sequence[T], shape: Callable[[T], Doc], *, default: int, most: int
) -> Doc:
    """Return one page of what was found. `maxResults` is lowered to `most` without a word."""
    start = max(0, call.number("startAt", 0))
    size = max(1, min(call.number("maxResults", default), most))
    if "lowered_maximum" in world.traps and world.dice.random() < 0.3:
        size = max(1, size // 2)
    shown = found[start : start + size]
    last = start + len(shown) >= len(found)

    def link(at: int) -> str:
        others = [(name, text) for name, text in call.query.multi_items() if name not in ("startAt", "maxResults")]
        return f"{call.link(path)}?{urlencode([*others, ('maxResults', str(size)), ('startAt', str(at))])}"

    doc: Doc = {"self": link(start)}
    if not last:
        doc["nextPage"] = link(start + len(shown))
    return {
        **doc,
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": last,
        "values": [shape(one) for one in shown],
    }
