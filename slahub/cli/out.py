"""How the commands speak: JSON lines for scripts, tables for people."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from rich.console import Console
from rich.table import Table

__all__ = ["ago", "console", "emit", "errors", "instant", "json_ready", "short", "table"]

# What is not read on a terminal is read in a file or a mail: wide enough for whole words there.
console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
errors = Console(stderr=True, highlight=False)


def instant(at: datetime) -> str:
    """Return ISO-8601 UTC to the second, with `Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def json_ready(value: object) -> object:
    """Return `value` with instants and durations as JSON has them; keys without a value are left out."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {str(key): json_ready(each) for key, each in pairs if each is not None}
    if isinstance(value, list | tuple):
        return [json_ready(each) for each in cast("Sequence[object]", value)]
    return value


def emit(row: Mapping[str, object]) -> None:
    """Print one JSON line."""
    sys.stdout.write(json.dumps(json_ready(row), ensure_ascii=False) + "\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table for people; empty cells for what does not apply."""
    made = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        made.add_column(column.removeprefix(">"), justify="right" if right else "left", no_wrap=column != "reason")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def short(at: datetime | None) -> str:
    """Return an instant as people read it in a table: local to UTC, to the minute."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def ago(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    left = int(abs(seconds))
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if left >= size and len(parts) < 2:
            parts.append(f"{left // size}{name}")
            left %= size
    return ("-" if seconds < 0 else "") + (" ".join(parts) or "0s")
