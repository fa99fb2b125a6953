"""One call after routing, and refusals in the site's error shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from starlette.datastructures import QueryParams

from connectors.emulation import Answer, Doc, Refusal, as_doc
from connectors.jira.emulator.records import User

__all__ = [
    "Answer",
    "Call",
    "Doc",
    "Refusal",
    "as_doc",
    "bad_payload",
    "issue_missing",
    "problem",
    "refused",
    "strings",
    "unauthenticated",
    "unknown_path",
]

PROBLEM = "application/problem+json;charset=UTF-8"


def refused(status: int, /, *messages: str, **errors: str) -> Refusal:
    return Refusal(status, {"errorMessages": list(messages), "errors": errors})


def problem(status: int, title: str, detail: str, path: str) -> Refusal:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": path}
    return Refusal(status, body, {"content-type": PROBLEM})


def bad_payload() -> Refusal:
    """Return the 400 for an unknown property or a value of the wrong JSON type."""
    text = "Invalid request payload. Refer to the REST API documentation and try again."
    return Refusal(400, {"errorMessages": [text]})


def issue_missing() -> Refusal:
    return refused(404, "Issue does not exist or you do not have permission to see it.")


def unknown_path(uri: str) -> Refusal:
    return Refusal(404, {"message": f"null for uri: {uri}", "status-code": 404})


def unauthenticated(headers: Mapping[str, str]) -> Refusal:
    body = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
    return Refusal(401, body, headers)


def strings(value: object) -> list[str]:
    """Return a JSON array of strings. Raises: Refusal for anything else."""
    if not isinstance(value, list):
        raise bad_payload()
    items = cast("list[object]", value)
    if not all(isinstance(one, str) for one in items):
        raise bad_payload()
    return cast("list[str]", items)


@dataclass(frozen=True, slots=True)
class Call:
    """`base` is the site's own address with its context path; `args` what stood for the placeholders in the path.

    version: of the API, 2 or 3. user: None for a visitor. language: that the answer is written in.
    scopes: what an OAuth or scoped token allows; None: everything. app: the OAuth app that calls, if one does.
    """

    method: str
    path: str
    query: QueryParams
    body: object
    user: User | None
    base: str
    version: int = 3
    args: tuple[str, ...] = ()
    language: str = "en"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    scopes: frozenset[str] | None = None
    app: str | None = None

    def link(self, path: str) -> str:
        """Return an address of the API, in the version that was called."""
        return f"{self.base}/rest/api/{self.version}/{path}"

    def number(self, name: str, default: int) -> int:
        """Return a number of the query. Raises: Refusal (problem+json) for what is none."""
        text = self.query.get(name)
        if text is None:
            return default
        try:
            return int(text)
        except ValueError:
            raise problem(400, "Bad Request", f"Failed to convert '{name}' with value: '{text}'", self.path) from None

    def words(self, name: str) -> list[str] | None:
        """Return the values of a parameter, repeated or separated by commas; None when it is not there."""
        found = [part.strip() for text in self.query.getlist(name) for part in text.split(",")]
        return [one for one in found if one] if name in self.query else None

    def json(self, **allowed: type | tuple[type, ...]) -> Doc:
        """Return the body, a JSON object. Raises: Refusal for other properties, or values of other types.

        allowed: name -> the types that its value may have; null is always one.
        """
        body = self.body
        if not isinstance(body, dict):
            raise bad_payload()
        doc = cast("Doc", body)
        for name, value in doc.items():
            kinds = allowed.get(name)
            if kinds is None:
                raise bad_payload()
            if value is None:
                continue
            if not isinstance(value, kinds) or (isinstance(value, bool) and not _may_be_bool(kinds)):
                raise bad_payload()
        return doc


def _may_be_bool(kinds: type | tuple[type, ...]) -> bool:
    return kinds in (bool, object) or (isinstance(kinds, tuple) and bool in kinds)
