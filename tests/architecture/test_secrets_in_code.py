"""A secret is never in a log line, an error, a page, a repr: what can be seen of that in the code."""

import ast
import re
from collections.abc import Iterator
from typing import Protocol


class Module(Protocol):
    name: str
    place: str
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr) -> str: ...


SECRET = re.compile(r"(^|_)(secret|secrets|token|password|api_key|authorization|credential|bearer)$")
TOLD = {"debug", "info", "warning", "error", "exception", "critical", "echo", "print", "write"}


def test_certificates_are_always_verified_and_redirects_never_followed(modules: list[Module]) -> None:
    loose = [
        module.at(keyword.value)
        for module in modules
        for keyword in _keywords(module.tree)
        if (keyword.arg == "verify" and _is(keyword.value, value=False))
        or (keyword.arg == "follow_redirects" and not _is(keyword.value, value=False))
    ]
    assert loose == []


def test_no_error_and_no_line_is_made_of_a_secret(modules: list[Module]) -> None:
    told = [
        f"{module.at(name)}: {name.id if isinstance(name, ast.Name) else name.attr}"
        for module in modules
        for words in _said(module.tree)
        for name in ast.walk(words)
        if isinstance(name, ast.Name | ast.Attribute) and _names_a_secret(name)
    ]
    assert told == []


def test_values_that_hold_a_secret_do_not_show_it(modules: list[Module]) -> None:
    # What opens an emulator is made up and public.
    shown = [
        f"{module.at(field)}: {field.target.id}"
        for module in modules
        if ".emulator" not in module.name
        for value in ast.walk(module.tree)
        if isinstance(value, ast.ClassDef) and any("dataclass" in ast.unparse(mark) for mark in value.decorator_list)
        for field in value.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and SECRET.search(field.target.id)
        and ast.unparse(field.annotation) in {"str", "bytes", "str | None", "bytes | None"}
        and "repr=False" not in ast.unparse(field)
    ]
    assert shown == []


def _said(tree: ast.Module) -> Iterator[ast.AST]:
    """Give the expressions that make up raised errors, and the arguments of calls that print or log."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from node.exc.args
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if called in TOLD:
                yield from node.args
                yield from (keyword.value for keyword in node.keywords)


def _names_a_secret(node: ast.Name | ast.Attribute) -> bool:
    return SECRET.search(node.id if isinstance(node, ast.Name) else node.attr) is not None


def _keywords(tree: ast.Module) -> Iterator[ast.keyword]:
    return (keyword for node in ast.walk(tree) if isinstance(node, ast.Call) for keyword in node.keywords)


def _is(node: ast.expr, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value
