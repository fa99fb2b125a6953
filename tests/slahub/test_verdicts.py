"""One ticket's clocks, and all that was held of them: since when it was so, and since when the hub knew."""

from itertools import pairwise


def test_a_ticket_has_its_clocks_alone(loop) -> None:
    said = loop("clocks", "desk:34", "--json")
    assert {(row["connection"], row["key"]) for row in said.rows} == {("desk", "34")}
    assert all("verdicts" not in row for row in said.rows)
    text = loop("clocks", "desk:34")
    assert text.status == 0
    assert text.out.splitlines()[-1].startswith("desk: ")


def test_each_verdict_says_since_when_it_was_so_and_while_it_was_held(loop) -> None:
    for row in loop("clocks", "desk:34", "--history", "--json").rows:
        held = row["verdicts"]
        assert held
        assert (held[-1]["state"], held[-1].get("standing")) == (row["state"], row.get("standing"))
        assert "known_until" not in held[-1]
        assert all(one["known_until"] == other["known_from"] for one, other in pairwise(held))
        assert held[-1]["since"] == row["since"]
        assert all(one["since"] <= one["known_from"] for one in held)


def test_the_verdicts_read_well_under_their_clock(loop) -> None:
    lines = loop("clocks", "desk:34", "--history").out.splitlines()
    titles = [line for line in lines if line.startswith("desk:34  ")]
    assert titles
    assert all("known from (UTC)" in lines[lines.index(title) + 1] for title in titles)


def test_a_ticket_that_does_not_exist_is_told_apart_from_a_wrong_name(loop) -> None:
    said = loop("clocks", "desk:99999")
    assert (said.status, said.err) == (2, "error: connection desk has no ticket 99999\n")
    said = loop("clocks", "desk:")
    assert said.status == 2
    assert said.err == "error: `desk:` does not name a ticket (write CONNECTION:KEY, as in desk:4711)\n"
    assert loop("clocks", "34", "--json").rows == loop("clocks", "desk:34", "--json").rows
