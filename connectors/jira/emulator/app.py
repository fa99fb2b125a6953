"""The HTTP side: authenticates, checks the envelope of a call, and routes."""

import json
from collections.abc import Callable, Mapping
from typing import cast

from starlette.requests import Request

from connectors.emulation import Answer, CallLog, Doc, Fault, Faults, Refusal, Site, as_doc
from connectors.emulation.site import Staged, base, parsed
from connectors.jira.emulator.answers import Call, problem, refused, unauthenticated, unknown_path
from connectors.jira.emulator.gate import Gate, Visit
from connectors.jira.emulator.gateway import outside, through_gateway
from connectors.jira.emulator.languages import said
from connectors.jira.emulator.route import Route
from connectors.jira.emulator.routes import Found, find
from connectors.jira.emulator.world import World

__all__ = ["After", "Before", "JiraSite"]

Before = Callable[[Route, Call], Mapping[str, str]]
"""Looks at a call before it is answered: returns headers for the answer, or raises Refusal (rate limits, scopes)."""

After = Callable[[Route, Call, Answer], None]

_JSON = "application/json;charset=UTF-8"
_ERRORS = 400


class JiraSite(Site):
    """The ASGI application of one emulated site.

    context: the path that a Data Center lives below, such as `/jira`.
    before: what looks at every call, in order; after: what is told of each that was answered.
    """

    def __init__(
        self, world: World, gate: Gate, *, faults: Faults, calls: CallLog, stage: Staged, context: str = ""
    ) -> None:
        super().__init__(world, faults=faults, calls=calls, stage=stage)
        self._world, self._gate, self._context = world, gate, context.rstrip("/")
        self.before: list[Before] = []
        self.after: list[After] = []
        self.drift: Callable[[Fault], None] = lambda _: None  # what a quiet fault does beside a call

    def beside(self, fault: Fault) -> None:
        self.drift(fault)

    def served(self, request: Request, raw: bytes) -> Answer:
        path, prefix = request.url.path, self._context
        authorization = request.headers.get("authorization", "")
        if self._world.flavour == "cloud":
            answer = self._beside_the_site(request, raw, authorization)
            if answer is not None:
                return answer
            path, prefix = through_gateway(path, self._world.seed) or (path, prefix)
        elif not path.startswith(f"{prefix}/"):
            raise Refusal(404, "<html><body>Not found</body></html>")
        found = find(self._world.flavour, request.method, path.removeprefix(self._context))
        visit = self._gate.enter(authorization or None, gateway=prefix != self._context)
        headers = {"content-type": _JSON, **self._about(visit)}
        try:
            answer = self._entered(request, raw, found, visit, f"{base(request)}{prefix}")
        except Refusal as refusal:
            answer = refusal.answer
        body = _translated(answer.body, self._language(request, visit)) if answer.status >= _ERRORS else answer.body
        return Answer(body, answer.status, {**headers, **answer.headers})

    def _beside_the_site(self, request: Request, raw: bytes, authorization: str) -> Answer | None:
        given: Doc = parsed(raw, request.headers.get("content-type", "")) if raw else {**request.query_params}
        authority, seed = self._world.office.authority, self._world.seed
        return outside(authority, seed, request.method, request.url.path, given, authorization, base(request))

    def _entered(self, request: Request, raw: bytes, found: Found | None, visit: Visit, here: str) -> Answer:
        if visit.denied:
            raise refused(403, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED")
        if visit.misplaced is not None:
            return visit.misplaced
        if found is None:
            raise unknown_path(str(request.url))
        route = found.route
        self._check_envelope(request, raw)
        turned_away = visit.failed and ("expired_empty" not in self._world.traps or not route.anonymous)
        if turned_away or (visit.user is None and not route.anonymous):
            realm = f'OAuth realm="{base(request)}"'
            raise unauthenticated({"www-authenticate": realm})
        if route.admin and (visit.user is None or not visit.user.admin):
            raise refused(403, "Only Jira administrators can access this resource.")
        call = Call(
            request.method,
            request.url.path,
            request.query_params,
            _body(raw),
            visit.user,
            here,
            found.version,
            found.args,
            self._language(request, visit),
            dict(request.headers),
            visit.scopes,
            visit.app,
        )
        more: dict[str, str] = {}
        for look in self.before:
            more |= look(route, call)
        answer = route.answer(self._world, call)
        for tell in self.after:
            tell(route, call, answer)
        return Answer(answer.body, answer.status, {**more, **answer.headers})

    def _about(self, visit: Visit) -> dict[str, str]:
        """Return the headers that tell who was recognised."""
        cloud = self._world.flavour == "cloud"
        if visit.user is not None:
            name = visit.user.id if cloud else visit.user.name
            return {"x-aaccountid": name} if cloud else {"x-ausername": name, "x-seraph-loginreason": "OK"}
        if visit.denied:
            return {"x-seraph-loginreason": "AUTHENTICATION_DENIED"}
        if visit.failed and "no_seraph" not in self._world.traps:
            return {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}
        return {}

    def _check_envelope(self, request: Request, raw: bytes) -> None:
        headers = request.headers
        if request.method == "GET":
            return
        if "Mozilla/" in headers.get("user-agent", "") and headers.get("x-atlassian-token") != "no-check":
            raise Refusal(403, {"message": "XSRF check failed", "status-code": 403})
        kind = headers.get("content-type")
        if raw and (kind is None or kind.partition(";")[0].strip().lower() != "application/json"):
            named = "null" if kind is None else kind.partition(";")[0].strip()
            text = f"Content-Type '{named}' is not supported."
            raise problem(415, "Unsupported Media Type", text, request.url.path)

    def _language(self, request: Request, visit: Visit) -> str:
        if request.headers.get("x-force-accept-language", "").lower() == "true":
            return request.headers.get("accept-language", "en")[:2].lower()
        if "foreign_language" in self._world.traps and visit.user is not None:
            return self._world.traps.language
        return "en"


def _translated(body: object, language: str) -> object:
    """Return an error with its texts in a language."""
    doc = as_doc(body)
    messages = doc.get("errorMessages")
    if language == "en" or not isinstance(messages, list):
        return body
    return {**doc, "errorMessages": [said(str(one), language) for one in cast("list[object]", messages)]}


def _body(raw: bytes) -> object:
    """Raises: Refusal for what is no JSON."""
    if not raw:
        return None
    try:
        found: object = json.loads(raw)
    except ValueError:
        text = "There was an error parsing JSON. Check that your request body is valid."
        raise Refusal(400, {"errorMessages": [text]}) from None
    return found
