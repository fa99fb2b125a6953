"""What is committed speaks of the product alone."""

import re

import pytest

# Put together here, so that this file does not hold what it looks for.
HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org", "crates" + ".io")
PLACES = ("/" + "work/", "/" + "tmp/w/", "/" + "root/", "/" + "home/", "/" + "opt/pypi")


@pytest.mark.parametrize("host", HOSTS)
def test_no_package_registry_is_named(committed: dict[str, str], host: str) -> None:
    assert [place for place, text in committed.items() if host in text] == []


@pytest.mark.parametrize("place", PLACES)
def test_no_folder_of_one_machine_is_named(committed: dict[str, str], place: str) -> None:
    named = re.compile(rf"(?<![\w.~}}])(?<!://){re.escape(place)}")
    assert [where for where, text in committed.items() if named.search(text)] == []


def test_nothing_waits_to_be_done_in_a_comment(committed: dict[str, str]) -> None:
    waiting = re.compile(r"#\s*(?:TO" + "DO|FIX" + "ME|XXX|HACK)\\b")
    python = {place: text for place, text in committed.items() if place.endswith(".py")}
    assert python
    assert [place for place, text in python.items() if waiting.search(text)] == []


def test_a_check_is_silenced_only_at_an_outer_edge_and_with_the_reason(committed: dict[str, str]) -> None:
    silenced = re.compile(
        "# " + "(?:type: " + "ignore|no" + "qa|pyright: " + "ignore)(?!: BLE001 - an outer edge: [a-z])"
    )
    python = {place: text for place, text in committed.items() if place.endswith(".py")}
    assert [place for place, text in python.items() if silenced.search(text)] == []
