"""What goes back to a caller: an answer, or a refusal that ends the call with one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, cast

__all__ = ["Answer", "Doc", "Refusal", "as_doc", "as_docs"]

Doc: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` may name another `content-type`, in small letters, than the one that the body suggests."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Refusal(Exception):
    """The call is answered with an error status and this body."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        self.answer = Answer(body, status, headers or {})
        super().__init__(f"{status}: {body}")


def as_doc(value: object) -> Doc:
    """Return a parsed JSON object as one, or an empty one for anything else."""
    return cast("Doc", value) if isinstance(value, dict) else {}


def as_docs(value: object) -> list[Doc]:
    return [as_doc(item) for item in cast("list[object]", value)] if isinstance(value, list) else []
