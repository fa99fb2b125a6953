"""The compiled automaton against the plain one, bit by bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sla.run import EXCLUDING, INCLUDING, RESTART, trace
from core.sla.run_bulk import run_bulk

masks = st.integers(0, 2**11 - 1) | st.sampled_from([0, 0, 1, 2, 32, 128])
clocks = st.lists(st.lists(st.tuples(st.integers(0, 3), masks), min_size=1, max_size=12), min_size=1, max_size=5)


@settings(max_examples=400)
@given(clocks, st.sampled_from([EXCLUDING, INCLUDING, RESTART]), st.booleans())
def test_many_clocks_at_once_run_as_each_of_them_does(
    given_clocks: list[list[tuple[int, int]]], reopen: int, recurs: bool
) -> None:
    instants = [np.cumsum([step for step, _ in rows], dtype=np.int64) for rows in given_clocks]
    bits = [np.array([mask for _, mask in rows], dtype=np.int64) for rows in given_clocks]
    bounds = np.cumsum([0, *map(len, given_clocks)], dtype=np.int64)
    stretches, cycles = run_bulk(np.concatenate(instants), np.concatenate(bits), bounds, 99, reopen, recurs=recurs)
    expected: tuple[list[list[int]], list[list[int]]] = [], []
    for clock, (at, mask) in enumerate(zip(instants, bits, strict=True)):
        begun = len(expected[0])
        pieces, traced = trace(mask.tolist(), reopen, recurs)
        marks = [*at.tolist(), 99]
        expected[0].extend([clock, marks[row], marks[stop], int(counts), row] for row, stop, counts in pieces)
        for first, last, state, begin, end, maybe in traced:
            expected[1].append([clock, first, last, state, begun + begin, begun + end, maybe])
    assert (stretches.tolist(), cycles.tolist()) == expected
