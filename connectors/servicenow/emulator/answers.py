"""One call after it was let in, and refusals in the instance's error shapes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.emulation import Answer, Doc, Refusal
from connectors.servicenow.emulator.query import Asker
from connectors.servicenow.emulator.records import Account
from connectors.servicenow.emulator.rights import readable
from connectors.servicenow.emulator.world import World

__all__ = [
    "CANCELLED",
    "HIBERNATION",
    "JSON",
    "LOGIN",
    "Answer",
    "Call",
    "Doc",
    "Refusal",
    "cancelled",
    "failure",
    "forbidden",
    "not_found",
    "too_long",
    "truncated",
    "unauthenticated",
]

JSON = "application/json;charset=UTF-8"
CANCELLED = "Transaction cancelled: maximum execution time exceeded"
_HINT = " Check logs for error trace or enable glide.rest.debug property to verify REST request processing"
HIBERNATION = (
    "<html>\n<head>\n  <title>Instance Hibernating page</title>\n</head>\n<body>\n"
    '  <div class="instance-hibernating-page">\n    <h1>Your instance is hibernating</h1>\n'
    '    <p class="information">Wake the instance from the developer portal.</p>\n  </div>\n</body>\n</html>\n'
)
LOGIN = (
    "<!DOCTYPE html>\n<html>\n<head><title>Log in</title></head>\n"
    '<body><form action="login.do" method="post"><input name="user_name">'
    '<input name="user_password" type="password"></form></body>\n</html>\n'
)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of somebody. path: its parts below `/api/now/`, without the version; base: scheme and host.

    version: as it stands in the path, such as `v2`; empty for the newest. body: the parsed JSON.
    """

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: object
    account: Account
    base: str = ""
    version: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() == "true"

    def number(self, name: str, default: int) -> int:
        """Return a parameter that is a whole number, 0 or more. Raises: Refusal."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isdecimal():
            raise failure(400, f"Invalid value for {name}: {text}")
        return int(text)

    def asker(self, world: World) -> Asker:
        closed = "javascript_closed" in world.traps and not self.account.admin
        return Asker(
            world,
            self.account.user_id,
            self.account.zone,
            lambda table, column: readable(world, self.account, table, column),
            scripts=not closed,
        )


def failure(status: int, message: str, detail: str | None = None, headers: Mapping[str, str] | None = None) -> Refusal:
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return Refusal(status, body, {"content-type": JSON, **(headers or {})})


def not_found() -> Refusal:
    return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def forbidden(detail: str | None = None) -> Refusal:
    return failure(403, "Insufficient rights to query records", detail)


def unauthenticated(message: str = "User Not Authenticated", headers: Mapping[str, str] | None = None) -> Refusal:
    told = {"www-authenticate": 'BASIC realm="Service-now"', **(headers or {})}
    return failure(401, message, "Required to provide Auth information", told)


def cancelled() -> Refusal:
    return failure(500, CANCELLED, CANCELLED + _HINT)


def truncated(whole: str) -> str:
    """Return an answer that broke off in the midst of a record, and that an error was written after."""
    half = whole[: max(20, len(whole) // 2)]
    error = f'{{"message":"{CANCELLED}","detail":"{CANCELLED}{_HINT}"}}'
    return f'{half},"error":{error},"status":"failure"}}'


def too_long() -> Refusal:
    title = "414 Request-URI Too Large"
    page = f"<html>\n<head><title>{title}</title></head>\n<body>\n<center><h1>{title}</h1></center>\n</body>\n</html>\n"
    return Refusal(414, page)
