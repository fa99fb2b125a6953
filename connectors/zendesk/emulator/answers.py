"""What goes back to the caller: an answer, or a refusal in one of the API's five error shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from connectors.emulation import Answer, Doc, Refusal, as_doc, as_docs
from connectors.zendesk.emulator.records import Person

__all__ = ["Answer", "Call", "Refusal", "as_doc", "as_docs", "as_int", "not_found", "record_invalid", "too_many_values"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request after routing: `ids` are the numbers in the path, `base` is scheme and host for links."""

    method: str
    path: str
    query: QueryParams
    body: Doc
    caller: Person
    base: str
    ids: tuple[int, ...] = ()
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def link(self, path: str) -> str:
        return f"{self.base}/api/v2/{path}"


def not_found() -> Refusal:
    return Refusal(404, {"error": "RecordNotFound", "description": "Not found"})


def record_invalid(name: str, description: str, **more: object) -> Refusal:
    """Return the 422 about one field or about `base`."""
    return Refusal(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {name: [{"description": description, **more}]},
        },
    )


def too_many_values() -> Refusal:
    return Refusal(
        400,
        {
            "error": "TooManyValues",
            "description": "Parameter  cannot specify more than 100 values",
            "max_count": 100,
        },
    )


def as_int(value: object) -> int | None:
    """Return an id as the API takes it: a number, or a string of digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else None
