import re
from pathlib import Path

import pytest


@pytest.fixture
def pages(root: Path) -> list[Path]:
    return sorted((root / "docs" / "adr").glob("[0-9]*.md"))


def test_each_decision_is_numbered_once_and_bears_its_number(pages: list[Path]) -> None:
    numbers = [int(page.name[:4]) for page in pages]
    titles = [page.read_text(encoding="utf-8").partition("\n")[0] for page in pages]
    assert len(set(numbers)) == len(numbers)
    assert [title.startswith(f"# {number}. ") for number, title in zip(numbers, titles, strict=True)] == [True] * len(
        pages
    )


def test_each_decision_has_its_three_parts(pages: list[Path]) -> None:
    parts = {page.name: re.findall(r"^## (\w+)$", page.read_text(encoding="utf-8"), re.MULTILINE) for page in pages}
    wrong = {name: found for name, found in parts.items() if found != ["Context", "Decision", "Consequence"]}
    assert wrong == {}


def test_the_index_names_each_decision_by_its_title(root: Path, pages: list[Path]) -> None:
    index = (root / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    titles = [page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for page in pages]
    listed = re.findall(r"^\* \[(.+)\]\((.+)\)$", index, re.MULTILINE)
    assert listed == [(title, page.name) for title, page in zip(titles, pages, strict=True)]
