"""Jira's rich text, in which Cloud keeps long texts: a plain text in, and out again. Pure."""

from connectors import perhaps, several

__all__ = ["document", "prose"]

BREAKS = frozenset({"hardBreak"})

BLOCKS = frozenset({"paragraph", "heading", "listItem", "codeBlock", "blockquote", "rule"})


def document(words: str) -> dict[str, object]:
    """Return a text as a document, a paragraph for each line."""
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in words.splitlines() if line]
    return {"version": 1, "type": "doc", "content": lines}


def prose(raw: object) -> str:
    """Return what a document says, a line for each block; a text as it is."""
    return raw if isinstance(raw, str) else _said(raw).strip("\n")


def _said(raw: object) -> str:
    node = perhaps(raw)
    kind, attributes = node.get("type"), perhaps(node.get("attrs"))
    if kind in BREAKS:
        return "\n"
    own = next((each for each in (node.get("text"), attributes.get("text"), attributes.get("url")) if each), "")
    inner = "".join(_said(each) for each in several(node.get("content")))
    return (own if isinstance(own, str) else "") + inner + ("\n" if kind in BLOCKS and not inner.endswith("\n") else "")
