"""The commented folder that a new configuration starts from."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from core.assets import folder as shipped
from core.errors import Problem, SettingsError

__all__ = ["refuse_taken", "starter", "write_new"]

EMPTY = "nothing was written; choose an empty folder, or move it away"


def starter(folder: Path) -> list[Path]:
    """Write the starter files into `folder`, which is made where it is missing; return what was written.

    Raises: SettingsError, before anything is written, when one of the files is there already.
    """
    examples = sorted((shipped("config") / "examples" / "starter").glob("*.yaml"))
    return write_new(folder, {example.name: example.read_text("utf-8") for example in examples})


def write_new(folder: Path, texts: Mapping[str, str], *, hint: str = EMPTY) -> list[Path]:
    """Write files that are not there yet, texts by name; return their paths.

    Raises: SettingsError, before anything is written, when one of them is there already.
    """
    refuse_taken(folder, texts, hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, text in texts.items():
        path = folder / name
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written


def refuse_taken(folder: Path, names: Iterable[str], *, hint: str = EMPTY) -> None:
    """Raise SettingsError with every one of these files that is there already."""
    taken = [folder / name for name in names if (folder / name).exists()]
    if taken:
        raise SettingsError([Problem("is there already", str(path), hint=hint) for path in taken])
