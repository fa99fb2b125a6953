"""Encoded queries taken apart, and their terms tried on a value. Pure.

Groups joined by `^NQ` hold clauses joined by `^`, and these terms joined by `^OR`; there are no brackets.
"""

import re
from typing import NamedTuple, TypeAlias

__all__ = ["Group", "Term", "UnsaidError", "parsed", "true", "values", "written"]

OPERATORS = (
    "NOT IN", "NOT LIKE", "NOTLIKE", "ISNOTEMPTY", "ISEMPTY", "EMPTYSTRING", "ANYTHING", "STARTSWITH", "ENDSWITH",
    "INSTANCEOF", "NSAMEAS", "SAMEAS", "BETWEEN", "DYNAMIC", "RELATIVE", "VALCHANGES", "CHANGESFROM", "CHANGESTO",
    "LIKE", "IN", "ON", "!=", ">=", "<=", "=", ">", "<",
)  # fmt: skip

TERM = re.compile(rf"([a-z][a-z0-9_.]*)({'|'.join(map(re.escape, OPERATORS))})(.*)", re.DOTALL)


class Term(NamedTuple):
    """One comparison; without an operator it is text that is not understood."""

    column: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {self.value}".strip()


Group: TypeAlias = tuple[tuple[Term, ...], ...]
"""Every clause of it holds, of a clause at least one term."""


class UnsaidError(Exception):
    """Raised where it cannot be told whether a term holds for a value."""


def parsed(query: str) -> tuple[Group, ...]:
    """Return the groups of an encoded query, of which one has to hold; without any, every record matches."""
    return tuple(found for each in query.split("^NQ") if (found := _group(each)))


def true(term: Term, value: str) -> bool:
    """Tell whether a term holds for a value. Raises: UnsaidError."""
    match term.operator:
        case "=" | "IN":
            return value in values(term) or (term.operator == "=" and not term.value and not value)
        case "!=" | "NOT IN":
            if not value and term.value:
                raise UnsaidError(f"{term}, which leaves open what holds for an empty field")
            return value not in (values(term) or [""])
        case "ISEMPTY" | "ISNOTEMPTY":
            return (not value) is (term.operator == "ISEMPTY")
        case "ANYTHING":
            return True
        case "<" | "<=" | ">" | ">=":
            return _compared(term, value)
        case _:
            raise UnsaidError(str(term))


def _compared(term: Term, value: str) -> bool:
    try:
        left, right = int(value), int(term.value)
    except ValueError as error:
        raise UnsaidError(str(term)) from error
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[term.operator]


def values(term: Term) -> list[str]:
    found = term.value.split(",") if term.operator in ("IN", "NOT IN") else [term.value]
    return [each.strip() for each in found if each.strip()]


def _group(raw: str) -> Group:
    clauses: list[list[Term]] = []
    for token in raw.split("^"):
        text = token.strip()
        if not text or text == "EQ" or text.startswith("ORDERBY"):
            continue
        joined = text.startswith("OR")
        found = TERM.fullmatch(text.removeprefix("OR") if joined else text)
        term = Term(found[1], found[2], found[3].strip()) if found else Term(text, "", "")
        if joined and clauses:
            clauses[-1].append(term)
        else:
            clauses.append([term])
    return tuple(tuple(clause) for clause in clauses)


def written(term: Term) -> str:
    return f"{term.column}{term.operator}{term.value}"
