"""JQL parsed: a tree of clauses, and what to order by."""

from dataclasses import dataclass

from connectors.jira.emulator.answers import refused
from connectors.jira.emulator.jql_tokens import RESERVED, Token, jql_error, tokens

__all__ = ["All", "Clause", "Either", "Function", "Node", "Not", "Operand", "Query", "Term", "Word", "parsed"]

_MOST_TERMS = 7
_OPERATORS = "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    quoted: bool = False

    @property
    def empty(self) -> bool:
        return not self.quoted and self.text.lower() in ("empty", "null")


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    arguments: tuple[str, ...] = ()


Operand = Word | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """`operator` is one of = != < > <= >= ~ !~ in, not in; `is` has become `in` of nothing but EMPTY."""

    field: Word
    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Node"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]


Node = Clause | Not | All | Either


@dataclass(frozen=True, slots=True)
class Term:
    field: Word
    descending: bool | None = None


@dataclass(frozen=True, slots=True)
class Query:
    where: Node | None
    order: tuple[Term, ...]


def parsed(jql: str) -> Query:
    """Raises: Refusal (400) for what is no JQL."""
    return _Parser(tokens(jql)).query()


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def _word(self, *words: str) -> bool:
        """Take the next words, if they are these."""
        ahead = [one.low for one in self._tokens[self._place : self._place + len(words)]]
        if ahead != list(words):
            return False
        self._place += len(words)
        return True

    def _sign(self, sign: str) -> bool:
        if self._next.kind == "sign" and self._next.text == sign:
            self._place += 1
            return True
        return False

    def query(self) -> Query:
        where = None if self._next.kind == "end" or self._next.low == "order" else self._either()
        order = self._order() if self._word("order", "by") else ()
        if self._next.kind != "end":
            said = "Expecting either 'OR' or 'AND' but got" if where is not None and not order else "Unexpected"
            raise jql_error(f"{said} '{self._next.text}'.", self._next.at)
        return Query(where, order)

    def _order(self) -> tuple[Term, ...]:
        terms = list[Term]()
        while True:
            field = self._field()
            way = True if self._word("desc") else False if self._word("asc") else None
            terms.append(Term(field, way))
            if not self._sign(","):
                break
        if len(terms) > _MOST_TERMS:
            raise refused(400, f"JQL can be ordered by at most {_MOST_TERMS} fields.")
        return tuple(terms)

    def _either(self) -> Node:
        parts = [self._all()]
        while self._word("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Node:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _one(self) -> Node:
        if self._word("not"):
            return Not(self._one())
        if self._sign("("):
            inner = self._either()
            self._close()
            return inner
        return self._clause()

    def _close(self) -> None:
        if not self._sign(")"):
            raise jql_error(f"Expecting ')' but got '{self._next.text or 'the end'}'.", self._next.at)

    def _field(self) -> Word:
        mark = self._take()
        if mark.kind == "text" or (mark.kind == "word" and mark.low not in RESERVED):
            return Word(mark.text, mark.kind == "text")
        if mark.kind == "end":
            raise jql_error("Expecting a field name at the end of the query.", mark.at)
        raise jql_error(
            f"Expecting a field name but got '{mark.text}'. You must surround it in quotes to use it as one.", mark.at
        )

    def _clause(self) -> Clause:
        field = self._field()
        if self._word("not", "in"):
            return Clause(field, "not in", self._list())
        if self._word("in"):
            return Clause(field, "in", self._list())
        if self._word("is"):
            operator = "not in" if self._word("not") else "in"
            word = self._operand()
            if not (isinstance(word, Word) and word.empty):
                raise jql_error("The operator 'is' takes EMPTY or NULL alone.", self._next.at)
            return Clause(field, operator, (word,))
        mark = self._next
        if mark.kind == "sign" and mark.text in ("=", "!=", "<", ">", "<=", ">=", "~", "!~"):
            self._take()
            return Clause(field, mark.text, (self._operand(),))
        if mark.kind == "end":
            raise jql_error(f"Expecting operator before the end of the query. {_OPERATORS}", mark.at)
        raise jql_error(f"Expecting operator but got '{mark.text}'. {_OPERATORS}", mark.at)

    def _list(self) -> tuple[Operand, ...]:
        if not self._sign("("):
            operand = self._operand()
            if isinstance(operand, Function):
                return (operand,)
            raise jql_error("Expecting a list of values in parentheses.", self._next.at)
        found = [self._operand()]
        while self._sign(","):
            found.append(self._operand())
        self._close()
        return tuple(found)

    def _operand(self) -> Operand:
        mark = self._take()
        if mark.kind == "text":
            return Word(mark.text, quoted=True)
        if mark.kind == "end":
            raise jql_error("Expecting a value, list or function before the end of the query.", mark.at)
        if mark.kind == "sign":
            raise jql_error(f"Expecting a value, list or function but got '{mark.text}'.", mark.at)
        if self._sign("("):
            return Function(mark.low, self._arguments())
        if mark.low in RESERVED and mark.low not in ("empty", "null"):
            raise jql_error(
                f"'{mark.text}' is a reserved JQL word. You must surround it in quotes to use it in a query.", mark.at
            )
        return Word(mark.text)

    def _arguments(self) -> tuple[str, ...]:
        found = list[str]()
        while not self._sign(")"):
            operand = self._operand()
            if isinstance(operand, Function):
                raise jql_error("A function takes no functions.", self._next.at)
            found.append(operand.text)
            self._sign(",")
        return tuple(found)
