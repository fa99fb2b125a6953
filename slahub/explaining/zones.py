"""Which edition of the time zone database local times come from on this machine."""

import zoneinfo
from importlib.metadata import version
from pathlib import Path

__all__ = ["edition"]


def edition() -> str:
    """Return it as its makers call it (`2026a`); of the system's files where there are some, as zoneinfo reads them."""
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / "UTC").is_file():
            return _of(folder) or f"of {folder}"
    # The package numbers its editions 2026.1 for 2026a.
    year, _, number = version("tzdata").partition(".")
    return f"{year}{chr(ord('a') + int(number.partition('.')[0]) - 1)}"


def _of(folder: Path) -> str:
    """Return what the folder says of itself: systems keep one of these files, or none."""
    version_file, source = folder / "+VERSION", folder / "tzdata.zi"
    if version_file.is_file():
        return version_file.read_text("utf-8").strip()
    if source.is_file():
        with source.open(encoding="utf-8") as lines:
            return lines.readline().removeprefix("# version").strip()
    return ""
