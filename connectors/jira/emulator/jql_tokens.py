"""JQL's words: what they are made of, what has to stand in quotes, and which are reserved."""

from dataclasses import dataclass

from connectors.jira.emulator.answers import Refusal, refused

__all__ = ["RESERVED", "Token", "jql_error", "tokens"]

_RESERVED = """
abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte
catch cf char character check checkpoint collate collation column commit connect continue count create current
date decimal declare decrement default defaults define delete delimiter desc difference distinct divide do double
drop else empty encoding end equals escape exclusive exec execute exists explain false fetch file field first
float for from function go goto grant greater group having identified if immediate in increment index initial
inner inout input insert int integer intersect intersection into is isempty isnull join last left less like limit
lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null number object of on
option or order outer output power previous prior privileges public raise raw remainder rename resource return
returns revoke right row rowid rownum rows select session set share size sqrt start strict string subtract sum
synonym table then to trans transaction trigger true uid union unique update user validate values view when
whenever where while with
"""
RESERVED = frozenset(_RESERVED.split())
_FORBIDDEN = "+.;?|*/%^$#@[]{}`"
_SIGNS = ("!=", "!~", "<=", ">=", "=", "~", "<", ">", "(", ")", ",")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: word, text (in quotes), sign, end. `at` counts from 1."""

    kind: str
    text: str
    at: int

    @property
    def low(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def jql_error(text: str, at: int | None = None) -> Refusal:
    """Return the 400 about what cannot be parsed."""
    place = "" if at is None else f" (line 1, character {at})"
    return refused(400, f"Error in the JQL Query: {text}{place}")


def tokens(jql: str) -> list[Token]:
    """Return a query's tokens, the last of kind `end`. Raises: Refusal for what is no JQL."""
    found = list[Token]()
    at = 0
    while at < len(jql):
        if jql[at].isspace():
            at += 1
        elif jql[at] in "\"'":
            text, after = _quoted(jql, at)
            found.append(Token("text", text, at + 1))
            at = after
        else:
            token = _bare(jql, at)
            found.append(token)
            at += len(token.text)
    found.append(Token("end", "", len(jql) + 1))
    return found


def _quoted(jql: str, start: int) -> tuple[str, int]:
    """Return the text in quotes that begin at `start`, and where it is over."""
    text, at = "", start + 1
    while at < len(jql):
        if jql[at] == "\\" and at + 1 < len(jql):
            text += jql[at + 1]
            at += 2
        elif jql[at] == jql[start]:
            return text, at + 1
        else:
            text += jql[at]
            at += 1
    raise jql_error(f"The quoted string '{text}' has not been completed.", start + 1)


def _bare(jql: str, start: int) -> Token:
    sign = next((one for one in _SIGNS if jql.startswith(one, start)), None)
    if sign is not None:
        return Token("sign", sign, start + 1)
    at = start
    while at < len(jql) and not jql[at].isspace() and jql[at] not in "\"'=~<>(),!":
        if jql[at] == "[" and jql[start:at].lower() == "cf":
            end = jql.find("]", at)
            if end > at and jql[at + 1 : end].isdecimal():
                at = end + 1
                continue
        if jql[at] in _FORBIDDEN:
            code = f"\\u{ord(jql[at]):04x}"
            raise jql_error(
                f"The character '{jql[at]}' is a reserved JQL character. You must enclose it in a string or use the "
                f"escape '{code}' instead.",
                at + 1,
            )
        at += 1
    if at == start:
        raise jql_error(f"The character '{jql[at]}' is a reserved JQL character.", at + 1)
    return Token("word", jql[start:at], start + 1)
