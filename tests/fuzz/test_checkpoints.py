"""Any text as the place where a stream goes on: it is refused, or the stream comes to its end from there."""

import json
from collections.abc import Sequence
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from connectors.testing.checks import check_instant
from core.errors import SourceError
from core.ports import Checkpoint
from tests.fuzz.bounds import bounded, looked
from tests.fuzz.garbled import edited, edits, encoded, values
from tests.fuzz.spoilt import Helpdesk

KINDS = ("at:", "cursor:", "list:", "whole:", "whole:0:", "whole:1:", "", "{", "[")
PLACES = st.one_of(
    st.integers().map(str), st.floats().map(str), st.text(max_size=10), st.integers(1, 3000).map("9".__mul__)
)


def cursors(good: Sequence[str]) -> st.SearchStrategy[str]:
    """Return texts among which some are nearly like the good ones."""
    found = [
        st.text(st.characters(exclude_categories=()), max_size=30),
        st.builds(_cut, st.sampled_from(good), st.integers(0, 60), st.integers(0, 60), st.text(max_size=3)),
        st.builds("{}{}".format, st.sampled_from(KINDS), PLACES),
        values.map(lambda value: encoded(value).decode()),
        st.integers(1, 3000).map(lambda depth: "[" * depth),
    ]
    if parts := [json.loads(each) for each in good if each[:1] in {"{", "["}]:
        found.append(st.builds(_garbled, st.sampled_from(parts), edits, edits))
    return st.one_of(found)


def _cut(text: str, first: int, last: int, instead: str) -> str:
    return text[:first] + instead + text[last:]


def _garbled(parts: object, one: object, other: object) -> str:
    return encoded(edited(edited(parts, one), other)).decode()


@looked(100)
@given(data=st.data(), version=st.integers(-1, 3))
def test_a_stream_refuses_a_checkpoint_or_comes_to_its_end_from_there(
    helpdesk: Helpdesk, data: st.DataObject, version: int
) -> None:
    good = helpdesk.checkpoints
    stream = data.draw(st.sampled_from(sorted(good)))
    cursor = data.draw(cursors(good[stream]))
    with bounded(), suppress(SourceError):
        pages = list(helpdesk.connector().pull(stream, Checkpoint(cursor, version)))
        for page in pages:
            check_instant(page.settled_until, "settled_until")
        if pages:
            list(helpdesk.connector().pull(stream, pages[-1].checkpoint))
