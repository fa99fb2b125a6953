"""Rich text as it comes in: a document of blocks, kept as plain text."""

from collections.abc import Iterator
from typing import cast

from connectors.emulation import Doc, as_doc

__all__ = ["is_adf", "text_of"]

_BLOCKS = frozenset({"paragraph", "heading", "listItem", "codeBlock", "blockquote", "rule", "tableRow", "taskItem"})


def is_adf(value: object) -> bool:
    """Return whether a value is a document without empty text nodes, which are refused."""
    doc = as_doc(value)
    if (doc.get("type"), doc.get("version")) != ("doc", 1) or not isinstance(doc.get("content"), list):
        return False
    return all(one.get("type") != "text" or one.get("text") for one in _nodes(doc))


def text_of(doc: Doc) -> str:
    """Return a document's text, a line for each block; unknown nodes are passed over."""
    return "".join(_words(doc)).rstrip("\n")


def _children(node: Doc) -> list[Doc]:
    content = node.get("content")
    return [as_doc(one) for one in cast("list[object]", content)] if isinstance(content, list) else []


def _nodes(node: Doc) -> Iterator[Doc]:
    yield node
    for one in _children(node):
        yield from _nodes(one)


def _words(node: Doc) -> Iterator[str]:
    kind, attrs = node.get("type"), as_doc(node.get("attrs"))
    if kind == "text":
        yield str(node.get("text", ""))
    elif kind == "hardBreak":
        yield "\n"
    elif kind in ("mention", "emoji"):
        yield str(attrs.get("text", ""))
    elif kind == "inlineCard":
        yield str(attrs.get("url", ""))
    for one in _children(node):
        yield from _words(one)
    if kind in _BLOCKS:
        yield "\n"
