"""Words that are mapped by the names people see: which values they mean, and what goes before what."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sla import judge
from core.sla.coverage import cover
from core.sla.mapping import kind_of, priority_of, status_of
from core.sla.words import fields, renamed, resolved, spoken
from core.tickets import Kind, Label, Phase, Priority, SourceMapping, Status, WaitOn

OPEN, CLOSED, RESOLVED = Status(Phase.OPEN), Status(Phase.CLOSED), Status(Phase.RESOLVED)
CUSTOMER = Status(Phase.WAITING, WaitOn.CUSTOMER)
VENDOR = Status(Phase.WAITING, WaitOn.VENDOR)
CATEGORIES = {"new": Status(Phase.NEW), "indeterminate": OPEN, "done": RESOLVED}
UNKNOWN = Status(Phase.UNKNOWN)


def status(value: str, name: str, category: str = "", *former: str) -> Label:
    return Label("status", value, name, category, former)


def means(mapping: SourceMapping, labels: list[Label], value: str = "10") -> Status:
    return status_of(resolved(mapping, labels), {"status": value})[0]


def mapped(own: dict[str, Status], brought: dict[str, Status] | None = None) -> SourceMapping:
    words = {("status", word): meaning for word, meaning in ((brought or {}) | own).items()}
    configured = frozenset(("status", word) for word in own)
    return SourceMapping(status=words, configured=configured, categories=CATEGORIES)


@pytest.mark.parametrize(
    ("own", "brought", "label", "expected"),
    [
        ({"Waiting": CUSTOMER}, {}, status("10", "Waiting"), CUSTOMER),
        ({" waiting ": CUSTOMER}, {}, status("10", "WAITING "), CUSTOMER),
        ({"Straße": CUSTOMER}, {}, status("10", "STRASSE"), CUSTOMER),
        ({"10": VENDOR, "Waiting": CUSTOMER}, {}, status("10", "Waiting"), VENDOR),
        ({}, {"waiting": CUSTOMER}, status("10", "Waiting"), CUSTOMER),
        # Who has written something means it, by whichever of the two.
        ({"Waiting": VENDOR}, {"10": CUSTOMER}, status("10", "Waiting"), VENDOR),
        ({"Waiting": VENDOR}, {"waiting": CUSTOMER}, status("10", "waiting"), VENDOR),
        ({"10": VENDOR}, {"waiting": CUSTOMER}, status("10", "Waiting"), VENDOR),
        # Renamed: what it is called now goes before what it was called, the latest name before older ones.
        ({"Waiting": CUSTOMER}, {}, status("10", "On hold", "done", "Waiting"), CUSTOMER),
        ({"Waiting": CUSTOMER, "On hold": VENDOR}, {}, status("10", "On hold", "done", "Waiting"), VENDOR),
        ({"Waiting": CUSTOMER, "Parked": VENDOR}, {}, status("10", "On hold", "done", "Parked", "Waiting"), VENDOR),
        # It goes on meaning what is written, also where the connector knows a word for its new name.
        ({"Waiting": CUSTOMER}, {"on hold": VENDOR}, status("10", "On hold", "done", "Waiting"), CUSTOMER),
        ({}, {"on hold": VENDOR, "waiting": CUSTOMER}, status("10", "On hold", "done", "Waiting"), VENDOR),
        # Nothing but the category is left.
        ({}, {}, status("10", "Waiting", "done"), RESOLVED),
        ({"Other": CUSTOMER}, {}, status("10", "Waiting", "indeterminate"), OPEN),
        ({}, {}, status("10", "Waiting", "undefined"), UNKNOWN),
        ({}, {}, status("10", "Waiting"), UNKNOWN),
        ({"": CUSTOMER}, {}, status("10", " "), UNKNOWN),
    ],
)
def test_what_a_status_means(
    own: dict[str, Status], brought: dict[str, Status], label: Label, expected: Status
) -> None:
    assert means(mapped(own, brought), [label]) == expected


def test_all_statuses_of_a_name_are_meant() -> None:
    both = [status("10", "To Do"), status("11", "to do")]
    assert [means(mapped({"To do": OPEN}), both, value) for value in ("10", "11")] == [OPEN, OPEN]


def test_what_is_a_value_is_no_name() -> None:
    labels = [status("10", "11", "done"), status("11", "Waiting")]
    assert [means(mapped({"11": CUSTOMER}), labels, value) for value in ("10", "11")] == [RESOLVED, CUSTOMER]


def test_a_status_nobody_has_a_label_for_keeps_the_meaning_of_its_value() -> None:
    assert means(mapped({"12": VENDOR}), [status("10", "Waiting")], "12") == VENDOR
    assert means(mapped({"12": VENDOR}), [], "12") == VENDOR


def test_names_of_one_field_are_none_of_another() -> None:
    mapping = SourceMapping(
        status={("custom_status", "Parts ordered"): VENDOR, ("status", "pending"): CUSTOMER},
        status_fields=("custom_status", "status"),
        priority={"": Priority.LOW, "Highest": Priority.CRITICAL},
        kind={"": Kind.TASK, "[System] Incident": Kind.INCIDENT},
    )
    labels = (
        Label("custom_status", "7", "Parts Ordered"),
        Label("status", "8", "Parts ordered"),
        Label("priority", "1", "highest"),
        Label("kind", "10005", "[system] incident"),
        Label("kind", "10006", "Highest"),
    )
    assert fields(mapping) == ("custom_status", "status", "priority", "kind")
    found = resolved(mapping, labels)
    assert status_of(found, {"custom_status": "7", "status": "pending"}) == (VENDOR, None)
    assert status_of(found, {"status": "8"}) == (UNKNOWN, ("status", "8"))
    assert [priority_of(found, {"priority": each})[0] for each in ("1", None)] == [Priority.CRITICAL, Priority.LOW]
    assert [kind_of(found, {"kind": each})[0] for each in ("10005", None)] == [Kind.INCIDENT, Kind.TASK]
    assert kind_of(found, {"kind": "10006"}) == (Kind.NONE, ("kind", "10006"))


def test_equal_labels_lead_to_the_same_mapping() -> None:
    mapping = mapped({"Waiting": CUSTOMER})
    once = resolved(mapping, [status("10", "Waiting")])
    assert resolved(mapping, (status("10", "Waiting"),)) is once
    assert resolved(mapping, [status("10", "On hold")]) is not once
    assert resolved(replace(mapping), [status("10", "Waiting")]) is not once
    assert resolved(mapping, []) is mapping


NAMES = st.sampled_from(["To Do", "to do", "Waiting", "Done", "In Progress", "Done "])
VALUES = st.sampled_from([str(number) for number in range(10, 18)])
MEANINGS = st.sampled_from([OPEN, CLOSED, CUSTOMER, VENDOR])
WORDS = st.dictionaries(NAMES.map(str.strip).map(str.casefold), MEANINGS)


@given(st.dictionaries(VALUES, NAMES), WORDS, st.data())
def test_words_by_name_mean_what_words_by_value_mean(
    names: dict[str, str], words: dict[str, Status], data: st.DataObject
) -> None:
    categories = {value: data.draw(st.sampled_from(["new", "done", ""])) for value in names}
    labels = [status(value, name, categories[value]) for value, name in names.items()]
    by_value = {value: words[key] for value, name in names.items() if (key := name.strip().casefold()) in words}
    for own in (True, False):
        called, numbered = (mapped(each) if own else mapped({}, each) for each in (words, by_value))
        found, expected = (resolved(each, labels) for each in (called, numbered))
        assert [status_of(found, {"status": each}) for each in names] == [
            status_of(expected, {"status": each}) for each in names
        ]
        assert found.by_category == expected.by_category
    shuffled = data.draw(st.permutations(labels))
    assert resolved(called, shuffled) == found


def test_a_word_whose_name_is_another_by_now_is_told() -> None:
    mapping = mapped({"Waiting": CUSTOMER, "11": OPEN, "Done": RESOLVED}, {"parked": VENDOR})
    labels = [
        status("10", "On hold", "", "Waiting"),
        status("11", "Doing", "", "Waiting"),
        status("12", "done", "", "Waiting"),
        status("13", "Stopped", "", "parked"),
    ]
    (moved,) = renamed(mapping, labels)
    assert (moved.field, moved.value, moved.word, moved.text, moved.taken) == (
        "status",
        "10",
        "Waiting",
        "On hold",
        False,
    )
    (moved,) = renamed(mapping, [*labels, status("14", "waiting")])
    assert moved.taken


def test_a_priority_and_a_kind_may_be_renamed_too() -> None:
    mapping = SourceMapping(
        priority={"Urgent": Priority.CRITICAL},
        kind={"Bug": Kind.PROBLEM},
        configured=frozenset({("priority", "Urgent"), ("kind", "Bug")}),
    )
    labels = [Label("priority", "1", "Highest", "", ("Urgent",)), Label("kind", "2", "Defect", "", ("Bug",))]
    found = resolved(mapping, labels)
    assert (found.priority["1"], found.kind["2"]) == (Priority.CRITICAL, Kind.PROBLEM)
    assert [(each.field, each.word, each.text) for each in renamed(mapping, labels)] == [
        ("priority", "Urgent", "Highest"),
        ("kind", "Bug", "Defect"),
    ]


def test_a_status_that_is_read_as_its_category_is_told_apart_from_one_that_is_mapped(world: Any) -> None:
    mapping = resolved(mapped({"Waiting": CUSTOMER}), [status("10", "Waiting", "done"), status("11", "Busy", "new")])
    desk = replace(world.desk, mapping=mapping)
    tickets = [world.story(status=value).history().ticket for value in ("10", "11", "11", "12")]
    found = cover(tickets, desk, world.rules())
    assert {value: share.tickets for value, share in found.fallbacks.items()} == {("status", "11"): 2}
    unmapped = {value: share.tickets for (field, value), share in found.unmapped.items() if field == "status"}
    assert unmapped == {"12": 1}


def test_a_clock_that_waits_for_a_meaning_speaks_of_the_status_by_name(world: Any) -> None:
    desk = replace(world.desk, labels={("status", "10"): "Triage"})
    judgement = judge(world.story(status="10").history(), desk, [world.rules(world.policy("gold"))], world.at("18:00"))
    assert {clock.reason for clock in judgement.clocks} == {"status Triage (10) has no meaning in the mapping yet"}


def test_a_value_is_spoken_of_by_its_name() -> None:
    labels = {("status", "10"): "Triage", ("status", "open"): "Open"}
    assert [spoken("status", each, labels) for each in ("10", "open", "x")] == [
        "status Triage (10)",
        "status Open",
        "status x",
    ]
