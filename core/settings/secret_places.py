"""Where references to secrets stand: in keys made for them, and nowhere else."""

from collections.abc import Iterator, Set

from pydantic import BaseModel

from core.settings.plain import KeyPath, is_items, is_keys, strings
from core.settings.positions import Problems
from core.settings.secrets import SecretRef, looks_like_reference

__all__ = ["refuse_others", "secret_places"]


def secret_places(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, SecretRef]]:
    """Yield every reference in a settings object with its place, keys as they are written."""
    if isinstance(value, SecretRef):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from secret_places(getattr(value, name), (*path, info.alias or name))
    elif is_keys(value):
        for key, part in value.items():
            yield from secret_places(part, (*path, key))
    elif is_items(value):
        for index, part in enumerate(value):
            yield from secret_places(part, (*path, index))


def refuse_others(raw: object, path: KeyPath, allowed: Set[KeyPath], problems: Problems) -> None:
    """Tell of each reference that stands elsewhere than in `allowed`, unless its key is told as wrong already."""
    for place, text in strings(raw, path):
        if looks_like_reference(text) and place not in allowed and not problems.around(place):
            problems.add(place, "a reference to a secret is not allowed here", "only keys made for secrets take one")
