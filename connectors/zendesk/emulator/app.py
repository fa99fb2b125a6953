"""The HTTP side: authenticates, counts and routes."""

from starlette.requests import Request

from connectors.emulation import Answer, CallLog, Fault, Faults, Refusal, Site
from connectors.emulation.site import Staged, base, parsed
from connectors.zendesk.emulator.answers import Call
from connectors.zendesk.emulator.auth import Gate, forbidden, not_authenticated
from connectors.zendesk.emulator.drift import happen
from connectors.zendesk.emulator.limits import Limiter
from connectors.zendesk.emulator.lists import ANONYMOUS
from connectors.zendesk.emulator.routes import find
from connectors.zendesk.emulator.world import World

__all__ = ["Desk"]

_API = "/api/v2/"


class Desk(Site):
    """The ASGI application of one emulated account."""

    def __init__(
        self,
        world: World,
        gate: Gate,
        limiter: Limiter,
        *,
        faults: Faults,
        calls: CallLog,
        stage: Staged,
    ) -> None:
        super().__init__(world, faults=faults, calls=calls, stage=stage)
        self._world, self._gate, self._limiter = world, gate, limiter

    def beside(self, fault: Fault) -> None:
        happen(self._world, fault)

    def served(self, request: Request, raw: bytes) -> Answer:
        path = request.url.path
        body = parsed(raw, request.headers.get("content-type", ""))
        if path == "/oauth/tokens" and request.method == "POST":
            return self._gate.token(body)
        name = path.removeprefix(_API).removesuffix(".json").rstrip("/")
        caller, scope = self._gate.caller(request.headers.get("authorization"))
        if caller is None and name == "users/me" and request.method == "GET":
            return Answer(ANONYMOUS)
        if caller is None:
            raise not_authenticated()
        if name == "oauth/tokens/current" and request.method == "GET":
            headers, shown = self._limiter.take(None), self._gate.shown(request.headers.get("authorization"))
            return Answer(shown.body, shown.status, headers)
        found = find(request.method, name) if path.startswith(_API) else None
        if found is None:
            raise Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})
        route, ids, key = found
        self._gate.check_scope(scope, request.method, route.resource)
        may = caller.role == "admin" or (caller.is_staff and not route.admin) or name == "users/me"
        if not may or route.feature in self._world.lacks:
            raise forbidden()
        single = route.bucket == "tickets-update"
        headers = self._limiter.take(route.bucket, (caller.id, ids[0]) if single else None)
        call = Call(
            request.method, path, request.query_params, body, caller, base(request), ids, key, dict(request.headers)
        )
        try:
            answer = route.answer(self._world, call)
        except Refusal as refused:
            answer = refused.answer
        return Answer(answer.body, answer.status, {**headers, **answer.headers})
