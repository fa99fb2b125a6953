"""Reading a folder: any file any section, every key with its place, every double name told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import Problem, SettingsError
from core.settings import Draft, Place, read_folder
from core.settings.plain import Json

Read = Callable[..., Draft]


def names(draft: Draft, section: str) -> dict[str, Json]:
    found = draft.content[section]
    assert isinstance(found, dict)
    return found


def problems(draft: Read, text: str = "", **files: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        draft(text, **files)
    return list(caught.value.problems)


def test_sections_of_several_files_merge(draft: Read) -> None:
    found = draft(
        a="""
        calendars: {office: {timezone: UTC}}
        policies: [{name: one}]
        """,
        b="""
        calendars: {night: {timezone: UTC}}
        policies: [{name: two}]
        customers:
        """,
    )
    assert list(names(found, "calendars")) == ["office", "night"]
    assert found.content["policies"] == [{"name": "one"}, {"name": "two"}]


def test_the_hub_section_stands_apart(draft: Read) -> None:
    found = draft("hub: {http: '127.0.0.1:1'}\ncalendars: {}\n")
    assert found.hub == {"http": "127.0.0.1:1"}
    assert "hub" not in found.content


def test_every_key_and_entry_has_its_place(draft: Read) -> None:
    found = draft(
        a="policies:\n  - name: one\n",
        b="""\
        policies:
          - name: two
            when:
              priority:
                - high
                - low
        calendars:
          x:
            timezone:
              UTC
        """,
    )
    b = str(found.folder / "b.yaml")
    assert found.positions.find(("policies", 1, "name")) == Place(b, 2)
    assert found.positions.find(("policies", 1, "when")) == Place(b, 3)
    assert found.positions.find(("policies", 1, "when", "priority", 1)) == Place(b, 6)
    assert found.positions.find(("calendars", "x", "timezone")) == Place(b, 10)


def test_a_key_that_is_not_there_is_looked_for_at_the_nearest_key_around_it(draft: Read) -> None:
    found = draft("calendars:\n  office:\n    timezone: UTC\n")
    place = found.positions.find(("calendars", "office", "weekly", "mon"))
    assert place is not None
    assert place.line == 2
    assert found.positions.find(("policies",)) is None


def test_dates_and_numbers_become_plain_data(draft: Read) -> None:
    found = draft(
        """
        calendars:
          office: {date: 2026-12-24, quoted: "2026-12-24", at: 2026-12-24T10:00:00Z, hours: 20:00-06:00}
          2026: {on: yes, n: 12, f: 0.5, none: ~}
        """
    )
    assert found.content["calendars"] == {
        "office": {
            "date": "2026-12-24",
            "quoted": "2026-12-24",
            "at": "2026-12-24T10:00:00+00:00",
            "hours": "20:00-06:00",
        },
        "2026": {"on": "yes", "n": 12, "f": 0.5, "none": None},
    }


def test_anchors_and_merge_keys_work_and_point_to_where_the_text_stands(draft: Read) -> None:
    found = draft(
        """\
        calendars:
          one: &hours
            timezone: UTC
            weekly: {mon: "08:00-09:00"}
          two:
            <<: *hours
            timezone: Europe/Berlin
          three: *hours
        """
    )
    one, two, three = (names(found, "calendars")[name] for name in ("one", "two", "three"))
    assert three == one
    assert two == {"timezone": "Europe/Berlin", "weekly": {"mon": "08:00-09:00"}}
    lines = [found.positions.places["calendars", "two", key].line for key in ("timezone", "weekly")]
    assert lines == [7, 4]


def test_several_mappings_merge_and_the_first_wins(draft: Read) -> None:
    found = draft("calendars:\n  a: &a {x: 1}\n  b: &b {x: 2, y: 2}\n  c: {<<: [*a, *b], z: 3}\n")
    assert names(found, "calendars")["c"] == {"z": 3, "x": 1, "y": 2}


def test_a_name_in_two_files_names_both(draft: Read) -> None:
    (one,) = problems(draft, a="calendars:\n  office: {}\n", b="\ncalendars:\n  office: {}\n")
    assert Path(one.file).name == "b.yaml"
    assert one.line == 3
    assert "a.yaml:2 already" in one.text


def test_a_hub_key_in_two_files_names_both(draft: Read) -> None:
    (one,) = problems(draft, a="hub: {http: a}\n", b="hub: {http: b}\n")
    assert one.key == "hub.http"
    assert "a.yaml:1" in one.text


def test_every_double_key_of_a_file_is_told(draft: Read) -> None:
    found = problems(draft, "calendars:\n  a: {}\n  a: {}\n  b: {x: 1, x: 2}\ncalendars: {}\n")
    assert [(each.line, each.key) for each in found] == [(3, "calendars.a"), (4, "calendars.b.x"), (5, "calendars")]
    assert "first in line 2" in found[0].text


def test_an_anchor_of_two_things_is_told_with_both_lines(draft: Read) -> None:
    (one,) = problems(draft, "calendars:\n  a: &hours {x: 1}\n  b: &hours {x: 2}\n  c: *hours\n")
    assert one.line == 3
    assert "the anchor `hours` stands twice, first in line 2" in one.text


def test_what_is_not_yaml_names_the_line_of_every_file(draft: Read) -> None:
    found = problems(draft, a="a: 1\nb: [\n", b="a:\n  x: >= 3\n", c="a: *gone\n")
    assert [(Path(each.file).name, each.line) for each in found] == [("a.yaml", 3), ("b.yaml", 2), ("c.yaml", 1)]
    assert "undefined alias" in found[2].text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "expected sections"),
        ("calendars: [a]\n", "expected names"),
        ("policies: {a: 1}\n", "expected a list"),
        ("calendars: {a: !secret b}\n", "tag !secret is not known"),
        ("calendars: {a: .nan}\n", "not a number that can be used"),
        ("calendars: {~: 1}\n", "a key is empty"),
        ("calendars: {[a]: 1}\n", "one word or number"),
        ("calendars: &all {a: *all}\n", "an anchor that holds itself"),
        ("calendars: {a: {<<: 3}}\n", "takes an anchor of a mapping"),
        ("calendars: {a: {resolved: []}}\n", "the hub itself resolves"),
    ],
)
def test_what_cannot_be_a_configuration_is_refused(draft: Read, text: str, says: str) -> None:
    (one,) = problems(draft, text)
    assert says in one.text
    assert one.line == 1


def test_a_file_that_is_not_text_is_told(write: Callable[..., Path]) -> None:
    folder = write(a="calendars: {}\n")
    (folder / "b.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"b\.yaml"):
        read_folder(folder)


def test_a_file_of_another_encoding_is_told_where_it_breaks(write: Callable[..., Path]) -> None:
    folder = write()
    (folder / "a.yaml").write_bytes("calendars:\n  b: {}\n  m\u00fcnchen: {}\n".encode("latin-1"))
    with pytest.raises(SettingsError, match="UTF-8") as caught:
        read_folder(folder)
    assert [each.line for each in caught.value.problems] == [3]


def test_a_control_character_is_told_in_one_line(draft: Read) -> None:
    (one,) = problems(draft, "calendars:\n  a: \a\n")
    assert one.line == 2
    assert str(one).splitlines() == [str(one)]
    assert "0x07" in one.text


@pytest.mark.parametrize("text", ["[" * 3000, "{a: " * 3000, "a: &a {b: 1}\nc: " + "{<<: " * 3000])
def test_what_is_nested_without_end_is_told(draft: Read, text: str) -> None:
    (one,) = problems(draft, text)
    assert "nested too deep" in one.text


def test_hidden_and_other_files_are_left_alone(write: Callable[..., Path]) -> None:
    folder = write(a="calendars: {office: {}}\n")
    (folder / ".a.yaml.swp").write_text("[", "utf-8")
    (folder / ".b.yaml").write_text("[", "utf-8")
    (folder / "notes.md").write_text("[", "utf-8")
    (folder / "c.yml").write_text("calendars: {night: {}}\n", "utf-8")
    (folder / "empty.yaml").write_text("# nothing yet\n", "utf-8")
    assert set(names(read_folder(folder), "calendars")) == {"office", "night"}


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_without_files_says_how_to_start(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="slahub init"):
        read_folder(tmp_path / name)


def test_anchors_in_anchors_are_followed_only_so_far(draft: Read) -> None:
    names = [f"a{level}: &a{level} [{', '.join(8 * [f'*a{level - 1}'])}]" for level in range(1, 30)]
    with pytest.raises(SettingsError, match="more than 100000 keys and values"):
        draft("\n".join(("a0: &a0 [x]", *names)))


def test_a_chain_of_anchors_is_followed_only_so_deep(draft: Read) -> None:
    names = [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 600)]
    with pytest.raises(SettingsError, match="more than 60 lists and keys within each other"):
        draft("\n".join(("a0: &a0 [x]", *names)))


def test_a_number_that_nobody_can_write_is_told_in_short(draft: Read) -> None:
    with pytest.raises(SettingsError, match=r"`0xf{38}` is not a number that can be used"):
        draft(f"hub: {{database: 0x{'f' * 5000}}}")


def test_half_a_character_is_told_and_never_kept(draft: Read) -> None:
    with pytest.raises(SettingsError, match="half a character"):
        draft('hub: {http: "\\ud800"}')
