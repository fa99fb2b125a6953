"""Encoded queries as text: `a=1^b=2^ORb=3^NQc=4^ORDERBYd`."""

import re
from dataclasses import dataclass, field

__all__ = ["OPERATORS", "Group", "Parsed", "Term", "parsed"]

OPERATORS = (
    *("NOT IN", "NOT LIKE", "NOTIN", "NOTLIKE", "DOES NOT CONTAIN", "CONTAINS"),
    *("STARTSWITH", "ENDSWITH", "ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "BETWEEN", "INSTANCEOF"),
    *("RELATIVEGT", "RELATIVEGE", "RELATIVELT", "RELATIVELE", "RELATIVEEE"),
    *("NSAMEAS", "SAMEAS", "DYNAMIC", "LIKE", "IN", "ON", "!=", "<=", ">=", "=", "<", ">"),
)
"""Longer ones first where one begins with another."""

_TERM = re.compile(
    r"(?P<field>[a-z0-9_][a-z0-9_.]*)(?P<operator>" + "|".join(map(re.escape, OPERATORS)) + r")(?P<value>.*)", re.S
)
_ORDER = re.compile(r"ORDERBY(DESC)?([a-z0-9_.,]+)")


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    operator: str
    value: str


Group = list[list[Term]]
"""All must hold, of each inner list one: `b=2^ORb=3` is one inner list."""


@dataclass(slots=True)
class Parsed:
    """groups: one of them must hold (`^NQ`). order: (column, descending)."""

    groups: list[Group] = field(default_factory=list[Group])
    order: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])


def parsed(text: str) -> Parsed:
    """Return an encoded query taken apart; what is no condition is left out without a word, as the server does."""
    found = Parsed([[]])
    open_or = False  # whether the condition before this one can be added to
    for written in text.split("^"):
        part = written
        ordered = _ORDER.fullmatch(part)
        if ordered is not None:
            found.order += [(name, ordered[1] is not None) for name in ordered[2].split(",") if name]
            continue
        if part in ("", "EQ", "NQ") or part.startswith("GROUPBY"):
            if part == "NQ":
                found.groups.append([])
            continue
        alternative = part.startswith("OR")
        if part.startswith("NQ"):
            found.groups.append([])
            part = part[2:]
        elif alternative:
            part = part[2:]
        match = _TERM.fullmatch(part)
        term = Term(part, "", "") if match is None else Term(match["field"], match["operator"], match["value"])
        group = found.groups[-1]
        if alternative and group and open_or:
            group[-1].append(term)
        else:
            group.append([term])
        open_or = True
    return found
