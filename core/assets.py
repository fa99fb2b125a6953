"""Finds the data that travels with the code: in a checkout beside it, in an installed wheel below `core`."""

from pathlib import Path
from typing import Literal

from core.errors import SettingsError

__all__ = ["folder"]

INSTALLED = Path(__file__).parent / "_assets"
CHECKOUT = Path(__file__).parents[1]


def folder(name: Literal["config", "migrations"]) -> Path:
    """Return the folder of the product's own `config` (defaults, examples, schema) or `migrations`.

    Raises: SettingsError when the installation is incomplete.
    """
    if (INSTALLED / name).is_dir():
        return INSTALLED / name
    if (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / name).is_dir():
        return CHECKOUT / name
    raise SettingsError(f"the installation is incomplete: its folder {name!r} is missing; install slahub again")
