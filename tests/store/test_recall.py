"""What is remembered of stored texts is what they say, however often and in whatever order they are read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.store import recall
from core.store.events import changes_json, comments_json
from core.store.recall import Recall
from core.tickets import Change, Comment, Event

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=4)
VALUES = st.one_of(st.none(), TEXT, st.lists(TEXT, max_size=3).map(tuple))
CHANGES = st.builds(Change, TEXT, VALUES, VALUES, st.booleans())
COMMENTS = st.builds(Comment, TEXT, st.none() | TEXT, st.booleans(), st.booleans())
EVENTS = st.builds(
    Event,
    ticket_id=st.just("1"),
    stream=st.just("events"),
    id=st.just("e"),
    at=st.just(datetime(2026, 5, 4, tzinfo=UTC)),
    order=st.just(0),
    actor=st.none(),
    changes=st.lists(CHANGES, max_size=4).map(tuple),
    comments=st.lists(COMMENTS, max_size=3).map(tuple),
)


@given(st.lists(EVENTS, max_size=8))
def test_what_was_stored_is_read_again(events: list[Event]) -> None:
    known = Recall()
    for event in (*events, *reversed(events)):
        assert known.changes(changes_json(event)) == event.changes
        assert known.comments(comments_json(event)) == event.comments


@given(st.lists(EVENTS, max_size=8))
def test_without_ids_comments_say_the_same_of_their_authors(events: list[Event]) -> None:
    known = Recall(ids=False)
    for event in (*events, *reversed(events)):
        assert known.comments(comments_json(event)) == tuple(replace(each, id="") for each in event.comments)


def test_comments_that_differ_in_their_ids_alone_are_one_without_them() -> None:
    known = Recall(ids=False)
    one, other = '[["1","ann",true,false]]', r'[["a\",2","ann",true,false]]'
    assert known.comments(one) is known.comments('[["2","ann",true,false]]')
    assert known.comments(other) == known.comments(one) == (Comment("", "ann", True, False),)


def test_equal_texts_give_the_same_values() -> None:
    known = Recall()
    text = '[["status","open","pending",false]]'
    other = '[["status","open","pending",false],["team",null,"3",false]]'
    assert known.changes(text) is known.changes(text)
    assert known.changes(other)[0] is known.changes(text)[0]


def test_too_much_is_forgotten_and_read_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "_MOST", 3)
    known = Recall()
    for number in (*range(10), *range(10)):
        assert known.changes(f'[["field",null,"{number}",true]]') == (Change("field", None, str(number), True),)
    assert known.changes("[]") == ()
    bare = Recall(ids=False)
    for number in (*range(10), *range(10)):
        assert bare.comments(f'[["1","{number}",true,false]]') == (Comment("", str(number), True, False),)
