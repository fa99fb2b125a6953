"""Text as version 3 of the API has it: a document of paragraphs."""

from connectors.emulation import Doc

__all__ = ["adf", "rich"]


def adf(text: str) -> Doc:
    """Return a text as a document: empty lines part paragraphs, other line ends are hard breaks."""
    paragraphs = list[Doc]()
    for block in text.split("\n\n"):
        content = list[Doc]()
        for line in block.split("\n"):
            if content:
                content.append({"type": "hardBreak"})
            if line:
                content.append({"type": "text", "text": line})
        paragraphs.append({"type": "paragraph", "content": content})
    return {"version": 1, "type": "doc", "content": paragraphs}


def rich(text: str | None, version: int) -> object:
    """Return a text field's value in a version of the API; None where there is no text."""
    if text is None:
        return None
    return adf(text) if version == 3 else text
