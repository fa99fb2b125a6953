"""Encoded queries in the hub's words: what is said means the same records, and what cannot be said is left out."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Holding
from connectors.servicenow.conditions import Said, Terms, said, start, stops, worded
from connectors.servicenow.encoded import Term, parsed

STATUSES = {
    ("1", ""): "new", ("2", ""): "open", ("3", ""): "waiting/internal", ("3", "1"): "waiting/customer",
    ("3", "3"): "waiting/internal", ("3", "4"): "waiting/vendor", ("6", ""): "resolved", ("7", ""): "closed",
    ("8", ""): "cancelled",
}  # fmt: skip
PRIORITIES = {"1": "critical", "2": "high", "3": "normal", "4": "low", "5": "low"}
TERMS = Terms(
    "incident",
    STATUSES,
    PRIORITIES,
    {"assignment_group": "team", "company": "organisation", "u_tier": "field:u_tier"},
    {("assignment_group", "g1"): "First line", ("assignment_group", "g9"): "none"},
    {"company": "it may be that of its requester"},
)


def states(query: str) -> set[str] | None:
    found = said(query, TERMS)
    return None if found is None else {"/".join(each).strip("/") for each in found}


# Reading.


def test_or_belongs_to_the_condition_before_it_and_groups_are_joined_by_nq() -> None:
    assert parsed("a=1^b=2^ORb=3^EQ^NQcISEMPTY^ORDERBYd^EQ") == (
        ((Term("a", "=", "1"),), (Term("b", "=", "2"), Term("b", "=", "3"))),
        ((Term("c", "ISEMPTY", ""),),),
    )
    assert parsed("^EQ") == parsed("") == ()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("stateNOT IN6,7", Term("state", "NOT IN", "6,7")),
        ("state!=6", Term("state", "!=", "6")),
        ("priority<=2", Term("priority", "<=", "2")),
        ("caller_id.vip=true", Term("caller_id.vip", "=", "true")),
        ("short_descriptionLIKEVPN=down", Term("short_description", "LIKE", "VPN=down")),
        ("assigned_toISNOTEMPTY", Term("assigned_to", "ISNOTEMPTY", "")),
        ("stateCHANGESTO6", Term("state", "CHANGESTO", "6")),
        ("GOTO123", Term("GOTO123", "", "")),
    ],
)
def test_each_term_has_its_column_operator_and_value(text: str, term: Term) -> None:
    assert parsed(text) == (((term,),),)


# Statuses.


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=6^ORstate=7^EQ", {"6", "7"}),
        ("stateIN6,7", {"6", "7"}),
        ("state=6^NQstate=7", {"6", "7"}),
        ("incident_state>5^active=true", {"6"}),
        ("active=false", {"7", "8"}),
        ("state=3", {"3", "3/1", "3/3", "3/4"}),
        ("state=3^hold_reason=1", {"3/1"}),
        ("state=3^hold_reasonISEMPTY", {"3"}),
        ("state!=1^stateNOT IN2,3", {"6", "7", "8"}),
        ("stateANYTHING^state=8", {"8"}),
        ("state=6^state=7", set[str]()),
    ],
)
def test_a_condition_on_the_status_is_tried_on_each_of_them(query: str, expected: set[str]) -> None:
    assert states(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        "state=18",  # nobody knows what it means
        "stateIN6,18",
        "state=6^assigned_toISNOTEMPTY",
        "stateCHANGESTO6",
        "state=6^sys_updated_onRELATIVEGT@hour@ago@2",
        "stateLIKE6",
        "state>high",
        "hold_reason!=1",  # whether an empty one is meant as well
        "GOTO123",
    ],
)
def test_a_condition_that_asks_about_anything_else_is_not_guessed(query: str) -> None:
    assert said(query, TERMS) is None


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([("6", ""), ("7", "")], ("resolved", "closed")),
        ([("3", ""), ("3", "3")], ("waiting/internal",)),
        ([("3", "")], None),
        ([], None),
    ],
)
def test_words_that_mean_another_status_as_well_are_no_words_for_it(
    chosen: list[tuple[str, str]], words: tuple[str, ...] | None
) -> None:
    assert worded(chosen, STATUSES) == words
    assert worded([("1", "")], {("1", ""): "waiting", ("2", ""): "waiting/vendor"}) is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("assigned_toISNOTEMPTY^EQ", (True, set[str]())),
        ("assigned_toISNOTEMPTY^ORstate=6", (True, {"6"})),
        ("assigned_toISNOTEMPTY^NQstate=6^NQstate=7", (True, {"6", "7"})),
        ("state=2", (False, {"2"})),
        ("assigned_toISNOTEMPTY^state=2", None),
        ("assigned_toISNOTEMPTY^state=2^NQstate=6", None),
        ("assigned_toISEMPTY", None),
        ("commentsVALCHANGES", None),
        ("", (False, set[str]())),
    ],
)
def test_a_response_ends_by_being_assigned_or_by_a_status(query: str, expected: tuple[bool, set[str]] | None) -> None:
    found = stops(query, TERMS)
    assert (found and (found[0], {each[0] for each in found[1]})) == expected


# Which records.


def test_the_parts_of_a_start_condition_are_told_apart() -> None:
    assert start("active=true^priority=3^assignment_group=g1^EQ", TERMS) == Said(
        ((Holding("team", ("First line",)),),),
        frozenset({"3"}),
        frozenset(each for each in STATUSES if STATUSES[each] not in ("closed", "cancelled")),
    )
    assert start("", TERMS) == Said()


@pytest.mark.parametrize(
    ("query", "clauses"),
    [
        ("assignment_groupINg1,g2", ((Holding("team", ("First line", "g2")),),)),
        (
            "assignment_group=g1^ORu_tier=gold",
            ((Holding("team", ("First line",)), Holding("field:u_tier", ("gold",))),),
        ),
        ("assignment_groupISEMPTY", ((Holding("team", (None,)),),)),
        ("u_tierISNOTEMPTY", ((Holding("field:u_tier", (None,), negated=True),),)),
        (
            "u_tier!=gold^ORu_tierISEMPTY",
            ((Holding("field:u_tier", ("gold",), negated=True), Holding("field:u_tier", (None,))),),
        ),
        ("priority=1^ORu_tier=gold", ((Holding("priority", ("critical",)), Holding("field:u_tier", ("gold",))),)),
        (
            "u_tier=a^u_tier=b^NQu_tier=c",
            (
                (Holding("field:u_tier", ("a",)), Holding("field:u_tier", ("c",))),
                (Holding("field:u_tier", ("b",)), Holding("field:u_tier", ("c",))),
            ),
        ),
        ("priority=1^NQu_tier=gold", ((Holding("priority", ("critical",)), Holding("field:u_tier", ("gold",))),)),
    ],
)
def test_what_is_asked_of_other_columns_becomes_clauses(query: str, clauses: object) -> None:
    found = start(query, TERMS)
    assert (found.clauses, found.priorities, found.statuses, found.left_out) == (clauses, None, None, ())


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("caller_id.vip=true", "caller_id.vip = true"),
        ("u_tierLIKEgold", "u_tier LIKE gold"),
        ("u_tier!=gold", "u_tier != gold, which leaves open what holds for an empty field"),
        ("assignment_group=g9", "assignment_group = g9"),
        ("u_tier=file:secret", "u_tier = file:secret"),
        ("priority=9", "priority = 9, which is not among the values that are known"),
        ("priority=4^ORu_tier=x", "priority = 4"),
        ("state=2^ORu_tier=gold", "state = 2"),
        ("state=2^NQu_tier=gold", "state = 2"),
        ("assignment_groupDYNAMICd6435e", "assignment_group DYNAMIC d6435e"),
    ],
)
def test_what_cannot_be_said_exactly_is_left_out_and_told(query: str, told: str) -> None:
    found = start(query, TERMS)
    assert found.left_out == (told,)
    assert found.clauses == ()


def test_a_field_of_which_the_hub_holds_more_is_said_and_told() -> None:
    found = start("company=c1", TERMS)
    assert found.clauses == ((Holding("organisation", ("c1",)),),)
    assert found.left_out == ("company = c1 (it may be that of its requester)",)


def test_too_many_ways_to_be_meant_are_left_out() -> None:
    query = "^NQ".join(f"u_tier={each}^assignment_group={each}" for each in "abcde")
    assert start(query, TERMS) == Said(left_out=("5 groups joined by or",))


COLUMNS = {"priority": tuple(PRIORITIES), "u_tier": ("a", "b"), "assignment_group": ("g1", "g2"), "state": ("2", "6")}
TERM = st.sampled_from(sorted(COLUMNS)).flatmap(
    lambda column: st.builds(
        lambda operator, value: f"{column}{operator}{value}",
        st.sampled_from(("=", "IN")),
        st.sampled_from(COLUMNS[column]),
    )
)
QUERY = st.lists(
    st.lists(st.lists(TERM, min_size=1, max_size=2).map("^OR".join), min_size=1, max_size=3).map("^".join),
    min_size=1,
    max_size=2,
).map("^NQ".join)


@settings(deadline=None, max_examples=200)
@given(QUERY)
def test_what_is_said_means_the_records_that_the_query_means_or_more_where_something_is_left_out(query: str) -> None:
    found = start(query, TERMS)
    for priority, tier, group, state in product(*COLUMNS.values()):
        record = {"priority": priority, "u_tier": tier, "assignment_group": group, "state": state}
        groups = [each.replace("^OR", "|").split("^") for each in query.split("^NQ")]
        meant = any(all(any(meets(term, record) for term in one.split("|")) for one in group) for group in groups)
        values = {
            "priority": PRIORITIES[priority],
            "field:u_tier": tier,
            "team": TERMS.names.get(("assignment_group", group), group),
        }
        shown = (
            (found.priorities is None or priority in found.priorities)
            and (found.statuses is None or (state, "") in found.statuses)
            and all(
                any((values[one.field] in one.values) is not one.negated for one in clause) for clause in found.clauses
            )
        )
        assert shown is meant or (shown and found.left_out), record


def meets(term: str, record: dict[str, str]) -> bool:
    column, _, value = term.replace("IN", "=").partition("=")
    return record[column] == value
