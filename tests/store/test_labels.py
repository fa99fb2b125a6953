"""Which tickets are judged again when the name of a value changes."""

from typing import Any

import pytest

from core.store import names
from core.tickets import Label

ODD = ['50%_"off"', "b\\1", "Zürich", "a'b", "☂"]


@pytest.mark.parametrize("field", ["brand", "form", "channel", "field:7", "custom_status"])
@pytest.mark.parametrize("value", ODD)
def test_a_new_name_reaches_exactly_the_tickets_with_that_value(desk: Any, field: str, value: str) -> None:
    desk.add(desk.ticket("1", **{field: value}), desk.ticket("2", **{field: "other"}), desk.ticket("3", note=value))
    desk.judge_all()
    desk.add(Label(field, value, "A name"))
    assert desk.waiting() == {"1"}


@pytest.mark.parametrize("field", ["brand", "form", "channel"])
def test_a_new_name_reaches_the_tickets_that_once_had_the_value(desk: Any, field: str) -> None:
    desk.add(desk.ticket("1", **{field: "now"}), desk.event("1", "e", 1, **{field: "then"}), desk.ticket("2"))
    desk.judge_all()
    desk.add(Label(field, "then", "A name"))
    assert desk.waiting() == {"1"}


@pytest.mark.parametrize("field", ["status", "priority", "kind"])
@pytest.mark.parametrize("value", ODD)
def test_a_new_name_of_a_word_reaches_the_tickets_that_once_had_it(desk: Any, field: str, value: str) -> None:
    desk.add(
        desk.ticket("1", **{field: "now"}),
        desk.event("1", "a", 1, **{field: value}),
        desk.ticket("2", **{field: "now"}),
        desk.event("2", "b", 1, **{field: "then"}),
        desk.ticket("3", **{field: "now"}),
        desk.event("3", "c", 1, other=value),
    )
    desk.judge_all()
    desk.add(Label(field, value, "A name", "new"))
    assert desk.waiting() == {"1"}
    desk.judge_all()
    desk.add(Label(field, value, "A name", "new"))
    assert desk.waiting() == set()
    for changed in (Label(field, value, "A name", "done"), Label(field, value, "A name", "done", ("Older",))):
        desk.add(changed)
        assert desk.waiting() == {"1"}
        desk.judge_all()


def test_many_words_at_once_reach_the_tickets_that_once_had_one(desk: Any) -> None:
    numbers = [str(number) for number in range(120)]
    for number in numbers:
        desk.add(desk.ticket(number, status="now"), desk.event(number, f"e{number}", 1, status=f"s{number}"))
    desk.judge_all()
    desk.add(*(Label("status", f"s{number}", "A name") for number in numbers))
    assert desk.waiting() == set(numbers)


def test_many_names_at_once_reach_every_ticket(desk: Any) -> None:
    numbers = [str(number) for number in range(120)]
    desk.add(*(desk.ticket(number, custom_status=f"s{number}") for number in numbers))
    desk.judge_all()
    desk.add(*(Label("custom_status", f"s{number}", "A name") for number in numbers))
    assert desk.waiting() == set(numbers)


def test_a_new_title_of_a_field_reaches_the_tickets_in_which_it_is_filled_in(desk: Any) -> None:
    desk.add(desk.ticket("1", **{"field:7": "north"}), desk.ticket("2", **{"field:77": "7"}), desk.ticket("3"))
    desk.judge_all()
    desk.add(Label("field", "7", "Region", "text"))
    assert desk.waiting() == {"1"}


@pytest.mark.parametrize("left", [[Label("field", "7", "Region", "inactive")], []])
def test_a_field_that_is_switched_off_or_gone_has_its_title_no_more(desk: Any, left: list[Label]) -> None:
    new = Label("field", "8", "Region", "text")
    desk.add(desk.ticket("1", **{"field:7": "north"}), Label("field", "7", "Region", "text"))
    desk.judge_all()
    desk.add(new, *left, Label("brand", "1", "Acme"))
    with desk.store.view() as tx:
        titles = {value: text for (field, value), text in names.load(tx, desk.id).items() if field == "field"}
    assert titles == {"8": "Region"}
    assert desk.waiting() == {"1"}
    desk.add(Label("brand", "2", "Lux"))
    with desk.store.view() as tx:
        assert ("field", "8") in names.load(tx, desk.id)


def test_what_a_value_means_takes_no_name_away_and_is_no_name(desk: Any) -> None:
    bare, named = Label("status", "3", "", "task/3"), Label("status", "3", "On Hold", "task/3")
    desk.add(bare)
    with desk.store.view() as tx:
        assert names.load(tx, desk.id) == {}
        assert names.words(tx, desk.id, {"status"}) == (bare,)
    desk.add(named, bare)
    desk.add(bare)
    with desk.store.view() as tx:
        assert names.load(tx, desk.id) == {("status", "3"): "On Hold"}
        assert names.words(tx, desk.id, {"status"}) == (named,)
