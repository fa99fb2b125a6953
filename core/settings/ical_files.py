"""iCalendar files that calendars name: read together with the folder, so that a draft is whole by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from core.settings.plain import Json, KeyPath
from core.settings.words import Mistake

__all__ = ["FILE", "ICAL_SUFFIX", "OURS", "with_ical_files"]

FILE = "ical"
TEXT, UNREAD = "text", "unread"
"""Keys beside the file's name, from the reading of the folder until the days are locked: what the file holds, or why
it could not be read and what to do. A missing file is a mistake of the draft: what is in force runs without it."""

OURS = frozenset({TEXT, UNREAD})

ICAL_SUFFIX = ".ics"

Tell: TypeAlias = Callable[[KeyPath, str, str], None]
"""Takes the place of a mistake, what is wrong, and what to do."""


def with_ical_files(folder: Path, calendars: Json, tell: Tell) -> Json:
    """Return the section `calendars` with the text of each file that its holidays name, or why there is none.

    tell: gets what only the hub may write.
    """
    if not isinstance(calendars, dict):
        return calendars
    return {name: _calendar(folder, part, ("calendars", name), tell) for name, part in calendars.items()}


def _calendar(folder: Path, calendar: Json, path: KeyPath, tell: Tell) -> Json:
    if not isinstance(calendar, dict) or "holidays" not in calendar:
        return calendar
    found, path = calendar["holidays"], (*path, "holidays")
    if isinstance(found, list):
        return {**calendar, "holidays": [_source(folder, one, (*path, at), tell) for at, one in enumerate(found)]}
    return {**calendar, "holidays": _source(folder, found, path, tell)}


def _source(folder: Path, source: Json, path: KeyPath, tell: Tell) -> Json:
    name = source.get(FILE) if isinstance(source, dict) else None
    if not isinstance(source, dict) or not isinstance(name, str | int):
        return source
    for key in OURS & source.keys():
        tell((*path, key), "the hub itself reads the file", "take this key out")
    try:
        return {**source, TEXT: _read(folder, str(name))}
    except Mistake as mistake:
        return {**source, UNREAD: [mistake.text, mistake.hint]}


def _read(folder: Path, name: str) -> str:
    """Return the text of a file below the folder. Raises: Mistake for one that cannot be meant."""
    below = folder.resolve()
    try:
        path = (below / name).resolve()
    except (OSError, ValueError, RuntimeError) as exc:
        raise Mistake(f"`{name}` is not the name of a file", "write one such as holidays.ics") from exc
    if not path.is_relative_to(below):
        raise Mistake(f"`{name}` leads out of the folder {folder}", "keep the file beside the configuration")
    if path.suffix != ICAL_SUFFIX:
        raise Mistake(f"`{name}` does not end in {ICAL_SUFFIX}", "write the name of an iCalendar file")
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as exc:
        raise Mistake(f"there is no file `{name}` in {folder}", "put it there, or correct the name") from exc
    except UnicodeDecodeError as exc:
        raise Mistake(f"`{name}` is not UTF-8 text", "save it in that encoding") from exc
    except OSError as exc:
        raise Mistake(f"`{name}` cannot be read: {exc.strerror}") from exc
