"""Pages by `startAt` and `maxResults`, and ids in a query."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from connectors.jira.emulator.answers import Answer, Call, Doc, refused
from connectors.jira.emulator.paging import page_bean
from connectors.jira.emulator.world import World

__all__ = ["bean", "numbers", "whole"]

T = TypeVar("T")


def bean(
    world: World, call: Call, rows: Sequence[T], shape: Callable[[T], Doc], default: int = 50, most: int = 100
) -> Answer:
    """Answer with the page of the called path that was asked for."""
    path = call.path.partition("/rest/api/")[2].partition("/")[2]
    return Answer(page_bean(world, call, path, rows, shape, default=default, most=most))


def numbers(call: Call, name: str) -> list[int] | None:
    """Return ids of the query; None when there are none. Raises: Refusal for what is no number."""
    found = call.words(name)
    return None if found is None else [whole(one) for one in found]


def whole(value: object) -> int:
    """Return an id that came as a number or as digits. Raises: Refusal."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    raise refused(400, f"'{value}' is not a valid id.")
