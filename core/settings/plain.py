"""Plain data, as YAML and JSON hold it: how it is recognised and walked."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias, TypeGuard

__all__ = ["Content", "Json", "KeyPath", "entry", "is_items", "is_keys", "strings"]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Content: TypeAlias = Mapping[str, Json]
"""The sections of a configuration as plain data, `hub` left out."""

KeyPath: TypeAlias = tuple[str | int, ...]
"""`("policies", 0, "when", "kind")`."""


def is_keys(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def is_items(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    return isinstance(value, list | tuple)


def entry(value: object, step: str | int) -> object:
    """Return what stands under a key or number; None when there is nothing."""
    if is_keys(value):
        return value.get(str(step))
    if is_items(value) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def strings(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text in plain data with its place."""
    if isinstance(value, str):
        yield path, value
    elif is_keys(value):
        for key, part in value.items():
            yield from strings(part, (*path, key))
    elif is_items(value):
        for index, part in enumerate(value):
            yield from strings(part, (*path, index))
