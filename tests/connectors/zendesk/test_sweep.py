"""Checkpoints of sweeps, and what the two strategies make of each other's."""

import base64
from dataclasses import replace

import pytest

from connectors import Checkpoint, SourceError
from connectors.zendesk.sweep import Sweep, mark_of


def exported(text: str) -> str:
    return f"cursor:{base64.b64encode(text.encode()).decode()}"


@pytest.mark.parametrize(
    ("cursor", "sweep"),
    [
        ("at:1700", Sweep(1700)),
        (exported("1707271741.0||4045|"), Sweep(1707271741)),
        (exported("something else"), Sweep(0)),
        (exported("inf||4045|"), Sweep(0)),
        (exported("1e12||4045|"), Sweep(0)),
        ("cursor:no base64", Sweep(0)),
        ('{"at":1700,"ids":[7,5],"second":null,"after":""}', Sweep(1700, ids=(7, 5))),
        ('{"at":1700,"ids":[7],"second":1699,"after":"abc"}', Sweep(1699, ids=(7,))),
    ],
)
def test_a_sweep_goes_on_where_an_export_was(cursor: str, sweep: Sweep) -> None:
    assert Sweep.loaded(cursor) == sweep
    assert mark_of(cursor) is None


@pytest.mark.parametrize("part", ["tickets", "deleted", "archived", "done"])
def test_a_sweep_is_kept_whole(part: str) -> None:
    sweep = replace(Sweep(10, 20, after="abc", upto=15, ids=(3, 1), before=12), part=part)
    assert Sweep.loaded(sweep.checkpoint().cursor) == sweep
    assert mark_of(sweep.checkpoint().cursor) == 10


@pytest.mark.parametrize(
    "cursor",
    [
        "", "list:", "at:soon", "{}", '{"mark":1,"part":"mail"}', "[]", '{"mark":',
        pytest.param("at:" + "9" * 5000, id="a number of 5000 digits"),
        "at:999999999999", pytest.param('{"mark":' + "[" * 5000, id="nested"),
        '{"mark":1e999,"asked":0,"part":"tickets","after":"","upto":null,"ids":[],"before":0}',
        '{"mark":1,"asked":0,"part":[],"after":"","upto":null,"ids":[],"before":0}',
        '{"mark":1,"asked":999999999999,"part":"tickets","after":"","upto":null,"ids":[],"before":0}',
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(cursor: str) -> None:
    with pytest.raises(SourceError, match="not a checkpoint"):
        Sweep.loaded(cursor)
    assert mark_of(Checkpoint(cursor).cursor) in {None, 1}
