"""Whose are the names this product is imported under?

`connectors`, `core`, `scheduler` and `slahub` lie flat beside every other installed package, so another
distribution can bring one of them too. The hub would then run on someone else's code.
"""

import re
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, distributions
from pathlib import Path

__all__ = ["collisions"]

_NAMES = ("connectors", "core", "scheduler", "slahub")
_OWNED = re.compile(rf"^(?:\.{{1,2}}/)?(?P<name>{'|'.join(_NAMES)})(?:/|\.py\b|$)", re.MULTILINE)
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
    return [
        (name, sorted(owned))
        for distribution in distributions()
        # the name costs more to read than the list of files
        if (owned := _owns(distribution)) and (name := _name(distribution)) != _OURS
    ]


def _owns(distribution: Distribution) -> set[str]:
    # Wheels list their files; older installers listed them from inside the folder of their notes, or not at all.
    lists = ("RECORD", "installed-files.txt", "top_level.txt")
    files = next((text for name in lists if (text := distribution.read_text(name))), "")
    return {found["name"] for found in _OWNED.finditer(files)}


def _name(distribution: Distribution) -> str:
    return re.sub(r"[-_.]+", "-", distribution.name or "").lower()


def _places() -> list[tuple[str, Path]]:
    specs = ((name, PathFinder.find_spec(name)) for name in _NAMES)
    return [(name, _place(Path(spec.origin).resolve())) for name, spec in specs if spec is not None and spec.origin]


def _place(origin: Path) -> Path:
    return origin.parent if origin.name == "__init__.py" else origin
