"""Checkpoints of a site's tickets: each is kept whole, and what is none is refused."""

import json

import pytest

from connectors import SourceError
from connectors.jira.streams import Pass

GOOD = Pass(10, 20, 15, {"7": 12}, 5, ("10000",), {"10001": 9})


def test_a_pass_is_kept_whole() -> None:
    assert Pass.loaded(GOOD.checkpoint().cursor) == GOOD


@pytest.mark.parametrize("name", ["mark", "asked", "here"])
@pytest.mark.parametrize(
    "odd", ["1e999", str(10**17), str(-(10**17)), "null", '"soon"', "[]", pytest.param("[" * 5000, id="nested")]
)
def test_a_pass_at_no_instant_is_no_checkpoint(name: str, odd: str) -> None:
    parts = json.loads(GOOD.checkpoint().cursor)
    with pytest.raises(SourceError, match="not a checkpoint of this stream"):
        Pass.loaded(json.dumps({**parts, name: "?"}).replace('"?"', odd))


@pytest.mark.parametrize("cursor", ["", "at:0", "[]", "7", "\ud800", '{"mark":1,"asked":0,"here":0,"recent":[1]}'])
def test_what_is_no_checkpoint_is_refused(cursor: str) -> None:
    with pytest.raises(SourceError, match="not a checkpoint of this stream"):
        Pass.loaded(cursor)
