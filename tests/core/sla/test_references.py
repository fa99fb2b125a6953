"""Keys and addresses that people write into a field, and which ticket they mean."""

import pytest

from core.sla.references import Target, meant, references

DESK = "https://desk.example.com"
TARGETS = (
    Target(1, "10010", "ENG-12", f"{DESK}/browse/ENG-12"),
    Target(2, "123", "123", f"{DESK}/agent/tickets/123"),
    Target(3, "5", "5", f"{DESK}/agent/tickets/5"),
    Target(4, "9f0c", "INC0001", ""),
    Target(5, "77", "10010", f"{DESK}/agent/tickets/77"),
)


def rows(value: str | tuple[str, ...] | None) -> list[int | None]:
    by_word: dict[str, list[Target]] = {}
    for target in TARGETS:
        for word in {target.key, target.id}:
            by_word.setdefault(word, []).append(target)
    found = [meant(one, by_word) for one in references(value)]
    return [None if one is None else one.row for one in found]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, []),
        ("", []),
        ("  ", []),
        ("ENG-12", [1]),
        ("eng-12", [1]),
        ("#123", [2]),
        ("(ENG-12).", [1]),
        ("ENG-12, 123; 5|INC0001", [1, 2, 3, 4]),
        ("ENG-12 ENG-12", [1]),
        (("ENG-12", "123 5"), [1, 2, 3]),
        ("ENG-13", [None]),
        ("x" * 201, []),
        (f"{DESK}/browse/ENG-12", [1]),
        (f"{DESK}/agent/tickets/123", [2]),
        (f"{DESK}/agent/tickets/123?brand=7#comment-1", [2]),
        (f"{DESK}/agent/tickets/123/events/5", [2]),
        (f"{DESK}/agent/tickets/1234", [None]),
        (f"{DESK}/api/v2/tickets/123.json", [2]),
        (f"<{DESK}/agent/tickets/123>", [2]),
        ("https://DESK.example.com/agent/tickets/123", [2]),
        ("https://other.example.com/agent/tickets/123", [None]),
        ("https://snow.example.com/nav_to.do?uri=%2Fincident.do%3Fsys_id%3D9f0c", [4]),
        ("https://[half/agent/tickets/123", []),
        (f"{DESK}/agent/tickets", []),
        ((f"{DESK}/agent/tickets/123", f"{DESK}/browse/ENG-12"), [2, 1]),
        (("https://wiki.example.com/pages?ids=17,123;5", "ENG-12"), [None, 1]),
        (f"{DESK}/agent/tickets/123,ENG-12", [2, 1]),
    ],
)
def test_a_field_means_the_tickets_that_stand_in_it(written: str | None, expected: list[int | None]) -> None:
    assert rows(written) == expected


def test_a_key_goes_before_the_id_of_another_ticket() -> None:
    assert rows("10010") == [5]


def test_a_long_text_is_no_list_of_keys() -> None:
    assert len(references(" ".join(map(str, range(1000))))) == 50


def test_many_links_are_all_read() -> None:
    assert len(references(tuple(f"{DESK}/agent/tickets/{number}" for number in range(1000)))) == 1000
