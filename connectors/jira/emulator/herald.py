"""Tells registered webhooks of what happened: events as the site words them, with the site's own marks on them."""

import hashlib
import json
from collections.abc import Mapping
from functools import partial

from starlette.datastructures import QueryParams

from connectors.emulation import Doc, Parcel
from connectors.jira.emulator.answers import Call
from connectors.jira.emulator.courier import bearer, signature
from connectors.jira.emulator.hooks import ended
from connectors.jira.emulator.jql import compiled
from connectors.jira.emulator.jql_match import Asker
from connectors.jira.emulator.office import Hook
from connectors.jira.emulator.records import Issue, User
from connectors.jira.emulator.shapes import issue_doc, wanted
from connectors.jira.emulator.shapes_history import comment_doc, item_doc
from connectors.jira.emulator.shapes_people import user_of
from connectors.jira.emulator.world import Happening, World

__all__ = ["Herald"]

FORGED = "not the secret"

_EVENTS = {
    "created": "jira:issue_created",
    "updated": "jira:issue_updated",
    "deleted": "jira:issue_deleted",
    "commented": "comment_created",
    "comment_changed": "comment_updated",
    "comment_deleted": "comment_deleted",
    "property_set": "issue_property_set",
    "property_deleted": "issue_property_deleted",
}
_TYPES = {"created": "issue_created", "updated": "issue_generic", "deleted": "issue_deleted"}
_FEW = ("summary", "issuetype", "project", "assignee", "priority", "status")


class Herald:
    """Listens to a world. Hold the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, happening: Happening) -> None:
        """Send what happened to every webhook that asked for it."""
        event = _EVENTS.get(happening.kind)
        if event is None:
            return
        for hook in self._world.office.hooks.values():
            if hook.enabled and event in hook.events and not ended(self._world, hook) and self._fits(hook, happening):
                self._send(hook, event, happening)

    def _fits(self, hook: Hook, happening: Happening) -> bool:
        """Return whether the issue is one that the webhook is for, and the change touches one of its fields."""
        changed = [] if happening.history is None else [item.field_id for item in happening.history.items]
        if hook.fields and changed and not set(hook.fields) & set(changed):
            return False
        return not hook.jql or compiled(Asker(self._world, self._admin()), hook.jql).test(happening.issue)

    def _send(self, hook: Hook, event: str, happening: Happening) -> None:
        world = self._world
        call = Call("POST", "/", QueryParams(), None, self._admin(), hook.base, version=2)
        body = self._body(call, event, happening)
        content = b"" if hook.exclude_body else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        number = world.number("delivery")
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Atlassian-Webhook-Identifier": hashlib.sha256(f"{world.seed} {number}".encode()).hexdigest()[:16],
            "X-Atlassian-Webhook-Flow": "Secondary" if world.office.in_bulk else "Primary",
        }
        world.office.courier.send(Parcel(hook.url, content, headers, partial(self._proof, hook, world.now())))

    def _proof(self, hook: Hook, now: int, content: bytes, forged: bool) -> Mapping[str, str]:
        """Return the headers that prove who sends. now: epoch seconds."""
        office = self._world.office
        if hook.app is not None:
            secret = FORGED if forged else office.authority.clients.get(hook.app, "")
            return {"Authorization": f"Bearer {bearer(hook.app, secret, now)}"}
        signed = hook.secret and office.signs_hooks
        return {"X-Hub-Signature": signature(FORGED if forged else hook.secret, content)} if signed else {}

    def _body(self, call: Call, event: str, happening: Happening) -> Doc:
        world, issue = self._world, happening.issue
        doc: Doc = {"timestamp": happening.at, "webhookEvent": event}
        if happening.comment is not None:
            said = comment_doc(world, call, happening.comment)
            return {**doc, "comment": said, "issue": self._issue(call, issue, _FEW), "eventType": "primaryAction"}
        if happening.kind.startswith("property"):
            value = {"key": happening.name, "value": issue.properties.get(happening.name)}
            return {**doc, "property": value, "issue": self._issue(call, issue, _FEW)}
        doc["issue_event_type_name"] = _TYPES[happening.kind]
        author = user_of(world, call, happening.author)
        if author is not None:
            doc["user"] = author
        doc["issue"] = self._issue(call, issue, ("*all",))
        history = happening.history
        if history is not None:
            doc["changelog"] = {
                "id": str(history.id),
                "items": [item_doc(world, history, one) for one in history.items],
            }
        return doc

    def _issue(self, call: Call, issue: Issue, fields: tuple[str, ...]) -> Doc:
        return issue_doc(self._world, call, issue, wanted(self._world, fields))

    def _admin(self) -> User:
        return next(one for one in self._world.users.values() if one.admin)
