"""Conditions of SLA definitions, which are encoded queries, in the hub's words: exactly, or not at all. Pure.

What asks about the status or the priority alone is tried on each value there is, so that any way of putting it is
understood, and said in words only if these words mean no other value.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import TypeAlias, TypeVar

from connectors import Clause, Holding
from connectors.servicenow.encoded import Group, Term, UnsaidError, parsed, true, values, written

__all__ = ["Said", "Status", "Terms", "said", "start", "stops", "worded"]

T = TypeVar("T")

ALSO_STATE = {"incident": "incident_state", "problem": "problem_state"}
HOLD = {"incident": "hold_reason", "change_request": "on_hold"}

OVER = frozenset({"closed", "cancelled"})
"""Words of the statuses in which a record is not active."""

BOTH = frozenset({"true", "false"})

ASSIGNED = ("assigned_to", "ISNOTEMPTY")

MOST = 24
"""Clauses that groups joined by `or` may become."""

Status: TypeAlias = tuple[str, str]
"""The number of a state, and what is waited for."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the conditions on records of one table are read with.

    statuses: the hub's words, by state and what is waited for. priorities: the same, by number.
    fields: the hub's fields, by column. names: what people see, by column and value; such as stand for one value only.
    roughly: columns of which the hub's field may hold more, and why. unused: states that the instance has not.
    """

    table: str
    statuses: Mapping[Status, str]
    priorities: Mapping[str, str]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    names: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    roughly: Mapping[str, str] = field(default_factory=dict[str, str])
    unused: frozenset[str] = frozenset()

    @property
    def of_status(self) -> frozenset[str]:
        """Return the columns that a status is made of."""
        return frozenset({"state", "active", ALSO_STATE.get(self.table, "state"), HOLD.get(self.table, "state")})

    def active(self, status: Status) -> bool:
        return self.statuses[status] not in OVER

    def column(self, status: Status, name: str) -> str:
        """Return what stands in a column of a record in a status."""
        if name == "active":
            return str(self.active(status)).lower()
        if name == "on_hold":
            return str(bool(status[1])).lower()
        return status[1] if name == HOLD.get(self.table) else status[0]


@dataclass(frozen=True, slots=True)
class Said:
    """What could be said of a condition.

    clauses: all of them hold for the records that it means, and if nothing is `left_out` for no others.
    priorities, statuses: the only ones that it means; None: that is in the clauses, or it means all.
    """

    clauses: tuple[Clause, ...] = ()
    priorities: frozenset[str] | None = None
    statuses: frozenset[Status] | None = None
    left_out: tuple[str, ...] = ()


def start(query: str, terms: Terms) -> Said:
    """Return which records a definition is for."""
    groups = parsed(query)
    if not groups:
        return Said()
    if len(groups) == 1:
        return _single(groups[0], terms)
    several = [_single(group, terms, joined=True) for group in groups]
    clauses = [tuple(dict.fromkeys(one for part in parts for one in part)) for parts in product(*_clauses(several))]
    left_out = tuple(each for one in several for each in one.left_out)
    if len(clauses) > MOST:
        return Said(left_out=(*left_out, f"{len(groups)} groups joined by or"))
    return Said(tuple(dict.fromkeys(clauses)), left_out=left_out)


def said(query: str, terms: Terms) -> frozenset[Status] | None:
    """Return the statuses in which a condition holds; None where it asks about anything else. Empty: it never does."""
    groups = parsed(query)
    if not all(term.column in terms.of_status for group in groups for clause in group for term in clause):
        return None
    try:
        return _statuses(groups, terms)
    except UnsaidError:
        return None


def stops(query: str, terms: Terms) -> tuple[bool, frozenset[Status]] | None:
    """Return whether being assigned ends a response, and in which statuses it ends; None where that is not all."""
    assigned = False
    rest: list[str] = []
    for group in parsed(query):
        # What is joined by `and` asks for several things at once, unless all of it is the status.
        for clause in group if len(group) == 1 else ():
            if any((term.column, term.operator) == ASSIGNED for term in clause):
                assigned = True
        kept = [[term for term in clause if (term.column, term.operator) != ASSIGNED] for clause in group]
        if len(group) > 1 and any(len(left) < len(clause) for left, clause in zip(kept, group, strict=True)):
            return None
        if any(kept):
            rest.append("^".join("^OR".join(written(term) for term in clause) for clause in kept))
    statuses = said("^NQ".join(rest), terms) if rest else frozenset[Status]()
    return None if statuses is None else (assigned, statuses)


def worded(chosen: Iterable[T], words: Mapping[T, str]) -> tuple[str, ...] | None:
    """Return the words of some values, if they mean no other value; None else."""
    picked = set(chosen)
    meant = {word for value, word in words.items() if value in picked}
    # `waiting` alone means every wait.
    others = (word for value, word in words.items() if value not in picked)
    if not meant or any(not meant.isdisjoint((word, word.partition("/")[0])) for word in others):
        return None
    return tuple(dict.fromkeys(word for value, word in words.items() if value in picked))


def _single(group: Group, terms: Terms, *, joined: bool = False) -> Said:
    """Return what one group says. joined: others stand beside it, so that all it says has to be in its clauses."""
    clauses: list[Clause] = []
    left_out: list[str] = []
    priorities: frozenset[str] | None = None
    statuses: frozenset[Status] | None = None
    for clause in group:
        columns = {term.column for term in clause}
        try:
            if columns <= terms.of_status and not joined:
                there = _statuses([(clause,)], terms)
                statuses = there if statuses is None else statuses & there
            elif columns == {"priority"} and not joined:
                those = _priorities(clause, terms)
                priorities = those if priorities is None else priorities & those
            else:
                holdings, rough = _holdings(clause, terms)
                clauses.append(holdings)
                left_out += rough
        except UnsaidError as error:
            left_out.append(str(error) or " or ".join(map(str, clause)))
    return Said(tuple(clauses), priorities, statuses, tuple(left_out))


def _clauses(several: Sequence[Said]) -> list[Sequence[Clause]]:
    """Return the clauses of each group; none at all where one of the groups has none, as it means every record."""
    return [one.clauses for one in several] if all(one.clauses for one in several) else [()]


def _holdings(clause: Sequence[Term], terms: Terms) -> tuple[Clause, list[str]]:
    """Return a clause in the hub's words, and what is not exactly the same. Raises: UnsaidError."""
    empty = {term.column for term in clause if term.operator == "ISEMPTY"}
    found: list[Holding] = []
    rough: list[str] = []
    for term in clause:
        if term.column == "priority":
            words = worded(_priorities([term], terms), terms.priorities)
            if words is None:
                raise UnsaidError(str(term))
            found.append(Holding("priority", words))
            continue
        name = terms.fields.get(term.column)
        if name is None:
            raise UnsaidError(str(term))
        found.append(_holding(name, term, terms, told=term.column in empty))
        rough += [f"{term} ({terms.roughly[term.column]})"] if term.column in terms.roughly else []
    return tuple(dict.fromkeys(found)), rough


def _holding(name: str, term: Term, terms: Terms, *, told: bool) -> Holding:
    """Return one term. told: the condition says itself that it also holds for the empty field."""
    if term.operator in ("ISEMPTY", "ISNOTEMPTY"):
        return Holding(name, (None,), negated=term.operator == "ISNOTEMPTY")
    chosen = values(term)
    negated = term.operator in ("!=", "NOT IN")
    if (not negated and term.operator not in ("=", "IN")) or not chosen:
        raise UnsaidError(str(term))
    if negated and not told:
        raise UnsaidError(f"{term}, which leaves open what holds for an empty field")
    words = [terms.names.get((term.column, each), each) for each in chosen]
    if not all(map(_sayable, words)):
        raise UnsaidError(str(term))
    return Holding(name, tuple(dict.fromkeys(words)), negated=negated)


def _holds(group: Group, status: Status, terms: Terms) -> bool:
    return all(any(true(term, terms.column(status, term.column)) for term in clause) for clause in group)


def _statuses(groups: Iterable[Group], terms: Terms) -> frozenset[Status]:
    """Return the statuses in which one of these holds. Raises: UnsaidError."""
    several = list(groups)
    for term in (term for group in several for clause in group for term in clause):
        _known(term, {terms.column(each, term.column) for each in terms.statuses} | terms.unused | BOTH)
    return frozenset(each for each in terms.statuses if any(_holds(group, each, terms) for group in several))


def _priorities(clause: Iterable[Term], terms: Terms) -> frozenset[str]:
    terms_of = list(clause)
    for term in terms_of:
        _known(term, set(terms.priorities))
    return frozenset(each for each in terms.priorities if any(true(term, each) for term in terms_of))


def _known(term: Term, there: set[str]) -> None:
    """Refuse a value that nobody knows: what it means would be guessing."""
    if term.operator in ("=", "!=", "IN", "NOT IN") and not set(values(term)) <= there:
        raise UnsaidError(f"{term}, which is not among the values that are known")


def _sayable(word: str) -> bool:
    """Tell whether a value can stand in the configuration: not as nothing, nor as a reference to a secret."""
    return word.isprintable() and word.casefold() != "none" and "${" not in word and not word.startswith("file:")
