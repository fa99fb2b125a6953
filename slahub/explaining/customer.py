"""The customer's page as files: HTML, and a PDF that is drawn from one picture. Both hold what fits on one sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.cells import cell_len

from core.sla.ledger import Ledger
from slahub.explaining.page import Page, Part, page
from slahub.explaining.words import Language

__all__ = ["fitting", "html", "pdf"]

WIDTH, HEIGHT, MARGIN = 595, 842, 42
"""An A4 sheet, in points."""

_FOLDS: Final = ((7, None), (3, None), (1, None), (1, 12), (1, 6), (1, 3), (1, 0))
"""What is tried one after the other until all fits: how long stretches may be, how many lines a clock may have."""

_LINE: Final = 12.0
_CELLS: Final = 52
"""How much text a line of the widest column holds."""

_pages = Environment(
    loader=PackageLoader("slahub.explaining"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clock on the sheet; all of these are heights on it. lines: of the table, each with its height."""

    part: Part
    top: float
    facts: tuple[tuple[float, str, tuple[str, ...]], ...]
    bar: float
    head: float
    lines: tuple[tuple[float, int, tuple[str, ...]], ...]
    bottom: float


def fitting(ledgers: Sequence[Ledger], ticket: str, now: datetime, zone: tzinfo, language: Language) -> Page:
    """Return the page with as much as one sheet holds."""
    made: Page | None = None
    for longest, entries in _FOLDS:
        made = page(ledgers, ticket, now, zone, language, longest=longest, entries=entries)
        if _bottom(made) <= HEIGHT - MARGIN:
            return made
    for clocks in range(len(ledgers) - 1, 0, -1):
        made = page(ledgers, ticket, now, zone, language, longest=1, entries=0, clocks=clocks)
        if _bottom(made) <= HEIGHT - MARGIN:
            break
    return made if made is not None else page(ledgers, ticket, now, zone, language, longest=1, entries=0)


def html(made: Page) -> str:
    """Return the page as one file that needs nothing else."""
    return _pages.get_template("customer.html").render(page=made)


def pdf(made: Page) -> bytes:
    """Return the page as a PDF of one sheet."""
    import vl_convert

    placed = tuple(_placed(made))
    picture = _pages.get_template("customer.svg").render(
        page=made, placed=placed, width=WIDTH, height=HEIGHT, margin=MARGIN, inner=WIDTH - 2 * MARGIN
    )
    return vl_convert.svg_to_pdf(picture)


def _bottom(made: Page) -> float:
    return max((one.bottom for one in _placed(made)), default=0.0)


def _placed(made: Page) -> Iterator[_Placed]:
    top = MARGIN + 58.0
    for part in made.parts:
        at = top + 16
        facts: list[tuple[float, str, tuple[str, ...]]] = []
        for name, text in part.facts:
            wrapped = _wrapped(text, 88)
            facts.append((at, name, wrapped))
            at += _LINE * len(wrapped)
        bar = at + 5
        at += 54 if part.bars else 0
        head = at
        at += _LINE if part.entries else 0
        lines: list[tuple[float, int, tuple[str, ...]]] = []
        for index, entry in enumerate(part.entries):
            wrapped = _wrapped(entry.what, _CELLS)
            lines.append((at, index, wrapped))
            at += _LINE * len(wrapped)
        yield _Placed(part, top, tuple(facts), bar, head, tuple(lines), at)
        top = at + 20


def _wrapped(text: str, cells: int) -> tuple[str, ...]:
    """Return the text in lines of no more than so many cells; a word that is longer is cut."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if cell_len(joined) <= cells:
            lines[-1] = joined
            continue
        lines.append(word)
        while cell_len(lines[-1]) > cells:
            lines[-1:] = [lines[-1][:cells], lines[-1][cells:]]
    return tuple(line for line in lines if line) or ("",)
