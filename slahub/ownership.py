"""Whose are the names this product is imported under?

`connectors`, `core`, `scheduler` and `slahub` lie flat beside every other installed package, so another
distribution can bring one of them too. The hub would then run on someone else's code.
"""

import os
import re
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

__all__ = ["collisions"]

_NAMES = ("connectors", "core", "scheduler", "slahub")
# A newline as the first letter lets the search leap from line to line: there may be megabytes.
_OWNED = re.compile(rf"\n(?:\.{{1,2}}/)?(?P<name>{'|'.join(_NAMES)})(?:/|\.py\b|\s|$)".encode())
_OURS = "slahub"


def collisions(home: Path) -> list[str]:
    """Return one sentence for each of our names that is someone else's too; empty when all is well.

    home: the folder that holds this product's own packages.
    """
    # An editable install or a folder on the path lists no files: what an import would find tells.
    return [_owned(name, owner) for owner, names in _owners() for name in names] or [
        _shadowed(name, place) for name, place in _places() if place.parent != home
    ]


def _owned(name: str, owner: str) -> str:
    return (
        f"The installed package {owner} brings a top-level module {name}, which is slahub's. "
        f"Uninstall {owner} here, or install slahub into a virtual environment of its own."
    )


def _shadowed(name: str, place: Path) -> str:
    return (
        f"Another module {name} stands in front of slahub's: {place}. "
        "Take its folder off PYTHONPATH, start slahub from another folder, "
        "or install slahub into a virtual environment of its own."
    )


def _owners() -> list[tuple[str, list[str]]]:
    found = [(folder, names) for folder in _folders() if (names := _owns(folder))]
    return [(name, names) for folder, names in found if (name := _name(folder)) != _OURS]


def _folders() -> Iterator[str]:
    """Yield the notes of every installed distribution: a folder each, in the order of the path."""
    for place in sys.path:
        try:
            with os.scandir(place or ".") as entries:
                yield from (one.path for one in entries if one.name.endswith((".dist-info", ".egg-info")))
        except OSError:
            continue


def _owns(folder: str) -> list[str]:
    # Wheels list their files; older installers listed them from inside the folder of their notes, or not at all.
    for name in ("RECORD", "installed-files.txt", "top_level.txt"):
        try:
            with open(f"{folder}/{name}", "rb") as file:
                listed = file.read()
        except OSError:
            continue
        if listed:
            return sorted({found["name"].decode() for found in _OWNED.finditer(b"\n" + listed)})
    return []


def _name(folder: str) -> str:
    from importlib.metadata import Distribution

    return re.sub(r"[-_.]+", "-", Distribution.at(folder).name or "").lower()


def _places() -> list[tuple[str, Path]]:
    specs = ((name, PathFinder.find_spec(name)) for name in _NAMES)
    return [(name, _place(Path(spec.origin).resolve())) for name, spec in specs if spec is not None and spec.origin]


def _place(origin: Path) -> Path:
    return origin.parent if origin.name == "__init__.py" else origin
