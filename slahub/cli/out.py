"""How the commands speak: JSON lines for scripts, tables and sentences for people."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table

__all__ = [
    "Whole",
    "ago",
    "complain",
    "console",
    "draw",
    "emit",
    "errors",
    "instant",
    "json_ready",
    "near",
    "plural",
    "say",
    "short",
    "table",
]


@dataclass(frozen=True, slots=True)
class Whole:
    """Plain data of somebody else, printed as it is: `null` means something there."""

    value: object


GAP = 2
UNREAD = 10_000
"""Columns of what no terminal shows: a file or another program gets every line whole."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else UNREAD)
errors = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print a line for people as it is, without wrapping or markup."""
    console.print(text, markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print a line about something that is not good."""
    errors.print(text, markup=False, soft_wrap=True)


def emit(row: Mapping[str, object]) -> None:
    """Print one JSON line."""
    sys.stdout.write(json.dumps(json_ready(row), ensure_ascii=False) + "\n")


def instant(at: datetime) -> str:
    """Return ISO-8601 UTC to the second, with `Z`."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def json_ready(value: object) -> object:
    """Return `value` with instants and durations as JSON has them; keys without a value are left out."""
    if isinstance(value, Whole):
        return value.value
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


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, spare: Sequence[str] = (), folding: str = ""
) -> Table:
    """Return a table for people; cells are empty for what does not apply.

    columns: their heads; `>` before one sets it to the right.
    spare: columns that are left out, one after the other, where the terminal is too narrow for all.
    folding: the column that may take several lines.
    """
    heads = [column.removeprefix(">") for column in columns]
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, (head, *(row[at] for row in cells)))) for at, head in enumerate(heads)]
    kept = list(range(len(heads)))
    for name in spare:
        if sum(widths[at] + GAP for at in kept) - GAP > console.width:
            kept.remove(heads.index(name))
    made = Table(header_style="bold", box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for at in kept:
        fold = heads[at] == folding
        right = columns[at] != heads[at]
        made.add_column(heads[at], justify="right" if right else "left", no_wrap=not fold, overflow="fold")
    for row in cells:
        made.add_row(*(row[at] for at in kept))
    return made


def draw(picture: RenderableType) -> None:
    """Print a table; without the spaces at the ends of its lines where no terminal shows it."""
    if console.is_terminal:
        console.print(picture)
        return
    with console.capture() as captured:
        console.print(picture)
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def short(at: datetime | None) -> str:
    """Return an instant as people read it in a table: UTC, to the minute."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def ago(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    left = int(abs(seconds))
    parts: list[str] = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if left >= size and len(parts) < 2:
            parts.append(f"{left // size}{name}")
            left %= size
        elif parts:
            break
    return ("-" if seconds < 0 and parts else "") + (" ".join(parts) or "0s")


def plural(count: int, noun: str) -> str:
    """Return `1 ticket`, `2 tickets`, `1,200 tickets`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def near(path: Path) -> Path:
    """Return the path as it is written from where the person stands."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
