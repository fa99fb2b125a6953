"""The commented folder that a new configuration starts from."""

from pathlib import Path

from core.assets import folder as shipped
from core.errors import Problem, SettingsError

__all__ = ["starter"]


def starter(folder: Path) -> list[Path]:
    """Write the starter files into `folder`, which is made where it is missing; return what was written.

    Raises: SettingsError, before anything is written, when one of the files is there already.
    """
    examples = sorted((shipped("config") / "examples" / "starter").glob("*.yaml"))
    taken = [folder / example.name for example in examples if (folder / example.name).exists()]
    if taken:
        hint = "nothing was written; choose an empty folder, or move it away"
        raise SettingsError([Problem("is there already", str(path), hint=hint) for path in taken])
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for example in examples:
        path = folder / example.name
        with path.open("x", encoding="utf-8") as file:
            file.write(example.read_text("utf-8"))
        written.append(path)
    return written
