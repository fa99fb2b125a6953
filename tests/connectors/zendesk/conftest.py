"""A small desk behind `httpx.MockTransport`: lists of tickets, audits and people, told as Zendesk tells them."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from connectors import FieldName, Http, Limits, Slot
from connectors.zendesk import ZendeskConnector

URL = "https://lumen.zendesk.com"
NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
DUE, STATE = 7100000000001, 7100000000002
TERM = re.compile(r"(type|created|updated|brand|group)(:|>=|<)(\S+)")
STATES = ("On track", "At risk", "Breached", "Paused", "Met", "Missed", "None", "Unknown")


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


class Desk:
    """The account. `now` is its clock; `rows` the largest page of an export; `before` runs ahead of each answer."""

    def __init__(self) -> None:
        self.now = NOON
        self.rows = 1000
        self.calls: Counter[str] = Counter()
        self.tickets: dict[int, dict[str, Any]] = {}
        self.audits: dict[int, list[dict[str, Any]]] = {}
        self.users: dict[int, dict[str, Any]] = {}
        self.organisations: dict[int, dict[str, Any]] = {}
        self.fields: list[dict[str, Any]] = [
            {"id": DUE, "type": "text", "title": "SLA due", "active": True},
            {
                "id": STATE,
                "type": "tagger",
                "title": "SLA state",
                "active": True,
                "custom_field_options": [
                    {"name": name, "value": f"sla_{name.lower().replace(' ', '_')}"} for name in STATES
                ],
            },
        ]
        self.me: dict[str, Any] = {"id": 501, "name": "Hub", "role": "admin"}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.bodies: list[Any] = []
        self.answers: dict[str, list[httpx.Response]] = {}
        self.before: Callable[[httpx.Request], None] = lambda request: None
        self.down = False
        self.refused: set[int] = set()
        self.trash: list[dict[str, Any]] = []
        self.scope: dict[str, Any] = {}
        self.searched: Callable[[dict[str, Any]], bool] = lambda ticket: ticket["status"] not in {"solved", "closed"}
        self._next = 10_000
        self._lock = threading.Lock()

    def number(self) -> int:
        self._next += 1
        return self._next

    def person(self, user_id: int, role: str = "end-user", **more: Any) -> None:
        self.users[user_id] = {
            "id": user_id, "name": f"User {user_id}", "role": role, "active": True,
            "organization_id": None, "updated_at": stamp(self.now), "_at": seconds(self.now), **more,
        }  # fmt: skip

    def open(self, ticket_id: int, requester: int = 601, **more: Any) -> None:
        """Make a ticket, with its first comment."""
        self.tickets[ticket_id] = {
            "id": ticket_id, "created_at": stamp(self.now), "status": "new", "custom_status_id": 41,
            "priority": None, "type": None, "requester_id": requester, "assignee_id": None, "group_id": None,
            "organization_id": None, "brand_id": 31, "ticket_form_id": 21, "tags": [], "custom_fields": [
                {"id": field["id"], "value": None} for field in self.fields
            ], "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}}, **more,
        }  # fmt: skip
        told = ("status", "custom_status_id", "priority", "requester_id", "brand_id")
        creates = [self.part("Create", name, self.tickets[ticket_id][name]) for name in told]
        self.audit(ticket_id, requester, [self.comment(requester), *creates])

    def change(self, ticket_id: int, author: int, **new: Any) -> None:
        """Change fields of a ticket; the event says what was there before."""
        ticket = self.tickets[ticket_id]
        parts = [self.part("Change", name, value, ticket[name]) for name, value in new.items()]
        ticket.update(new)
        self.audit(ticket_id, author, parts)

    def reply(self, ticket_id: int, author: int, *, public: bool = True) -> None:
        self.audit(ticket_id, author, [self.comment(author, public=public)])

    def show(self, ticket_id: int, field_id: int, value: str | None) -> None:
        """Set a custom field, as an update does: a dropdown's value is a tag besides."""
        ticket = self.tickets[ticket_id]
        pair = next(each for each in ticket["custom_fields"] if each["id"] == field_id)
        if pair["value"] == value:
            return
        parts = [self.part("Change", str(field_id), value, pair["value"])]
        if field_id == STATE:
            tags = [tag for tag in ticket["tags"] if tag != pair["value"]] + ([value] if value else [])
            parts.append(self.part("Change", "tags", tags, ticket["tags"]))
            ticket["tags"] = tags
        pair["value"] = value
        self.audit(ticket_id, self.me["id"], parts)

    def part(self, kind: str, name: str, value: Any, before: Any = None) -> dict[str, Any]:
        return {"id": self.number(), "type": kind, "field_name": name, "value": value, "previous_value": before}

    def comment(self, author: int, *, public: bool = True) -> dict[str, Any]:
        return {"id": self.number(), "type": "Comment", "author_id": author, "public": public, "body": "private words"}

    def audit(self, ticket_id: int, author: int, parts: list[dict[str, Any]]) -> None:
        self.audits.setdefault(ticket_id, []).append({
            "id": self.number(), "ticket_id": ticket_id, "created_at": stamp(self.now), "author_id": author,
            "events": parts, "via": {"channel": "web"}, "_at": seconds(self.now),
        })  # fmt: skip
        self.tickets[ticket_id].update(updated_at=stamp(self.now), _at=seconds(self.now))

    def connector(self, fields: Mapping[Slot, FieldName] | None = None, **limits: Any) -> ZendeskConnector:
        """Return a connector of this desk, without anything remembered."""
        settings = ZendeskConnector.settings.model_validate(
            {
                "url": URL,
                "auth": {"method": "api_token", "email": "hub@lumen.example", "api_token": "${SLAHUB_TOKEN}"},
                "scope": self.scope,
            }
        )
        client = httpx.Client(base_url=URL, transport=httpx.MockTransport(self))
        rate = limits or {"share": None, "rate": (10**9, timedelta(minutes=1))}
        http = Http(client, Limits((), **rate), stop=Never(), now=lambda: self.now, attempts=1)
        names = {Slot.DUE: FieldName("SLA due"), Slot.STATE: FieldName("SLA state")} if fields is None else fields
        return ZendeskConnector(http, settings, names)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.before(request)
            path = request.url.path.removeprefix("/api/v2/").removesuffix(".json")
            self.calls[path] += 1
            if self.down:
                raise httpx.ConnectError("no route", request=request)
            waiting = self.answers.get(path)
            answer = waiting.pop(0) if waiting else self.answer(request, path)
            answer.headers.setdefault("date", format_datetime(self.now, usegmt=True))
            return answer

    def answer(self, request: httpx.Request, path: str) -> httpx.Response:
        params = {name: unquote(value) for name, value in request.url.params.items()}
        ids = [int(each) for each in params.get("ids", "").split(",") if each.isdecimal()]
        match path.split("/"):
            case ["incremental", "tickets", "cursor"]:
                return self.by_cursor("tickets", self.tickets, params)
            case ["incremental", "users", "cursor"]:
                return self.by_cursor("users", self.users, params)
            case ["incremental", "organizations"]:
                return self.by_time("organizations", list(self.organisations.values()), params)
            case ["organizations"]:
                return listed("organizations", [plain(each) for each in self.organisations.values()], params)
            case ["incremental", "ticket_events"]:
                told = [exported(audit) for audits in self.audits.values() for audit in audits]
                return self.by_time("ticket_events", told, params)
            case ["tickets"]:
                rows = sorted(self.tickets.values(), key=lambda row: (-row["_at"], -row["id"]))
                return listed("tickets", [plain(each) for each in rows], params)
            case ["tickets", "show_many"]:
                return good({"tickets": [plain(self.tickets[each]) for each in ids if each in self.tickets]})
            case ["users", "show_many"]:
                return good({"users": [plain(self.users[each]) for each in ids if each in self.users]})
            case ["tickets", "update_many"]:
                return self.update(json.loads(request.content))
            case ["tickets", ticket_id, "audits"]:
                return listed("audits", [plain(each) for each in self.audits.get(int(ticket_id), [])], params)
            case ["search", "export"]:
                found = [plain(each) for each in self.tickets.values() if self.finds(params["query"], each)]
                return listed("results", found, params, most=1000)
            case ["tickets", ticket_id] if int(ticket_id) in self.refused:
                return httpx.Response(403, json={"error": {"title": "Forbidden", "message": "You do not have access"}})
            case ["tickets", ticket_id] if int(ticket_id) in self.tickets:
                return good({"ticket": plain(self.tickets[int(ticket_id)])})
            case ["deleted_tickets"]:
                return listed("deleted_tickets", self.trash, params)
            case ["job_statuses", "show_many"]:
                asked = params["ids"].split(",")
                return good({"job_statuses": [self.jobs[each] for each in asked if each in self.jobs]})
            case ["users", "me"]:
                return good({"user": self.me})
            case ["brands"]:
                return good({"brands": [{"id": 31, "name": "Lumen"}, {"id": 32, "name": "Lux"}], "next_page": None})
            case ["groups"]:
                return listed("groups", [{"id": 11, "name": "First line"}, {"id": 12, "name": "Old", "deleted": True}],
                              params)  # fmt: skip
            case ["custom_statuses"]:
                return good({"custom_statuses": [{"id": 41, "agent_label": "New", "status_category": "new"}]})
            case ["ticket_forms"]:
                return httpx.Response(403, json={"error": {"title": "Forbidden", "message": "no such plan"}})
            case ["ticket_fields"]:
                return good({"ticket_fields": self.fields})
        return httpx.Response(404, json={"error": "InvalidEndpoint", "description": "Not found"})

    def finds(self, query: str, ticket: dict[str, Any]) -> bool:
        """Say whether a search finds a ticket: one that is made of times, brand and group alone, or else `searched`."""
        words = [TERM.fullmatch(each) for each in query.split()]
        return all(met(each, ticket) for each in words if each) if all(words) else self.searched(ticket)

    def by_cursor(self, key: str, rows: dict[int, dict[str, Any]], params: Mapping[str, str]) -> httpx.Response:
        after = tuple(map(int, params["cursor"].split("|"))) if "cursor" in params else (int(params["start_time"]), -1)
        if "cursor" not in params and after[0] > seconds(self.now) - 60:
            return recent()
        held = seconds(self.now) - 60
        due = sorted((row["_at"], row["id"]) for row in rows.values() if after < (row["_at"], row["id"]))
        due = [each for each in due if each[0] < held]
        page = due[: min(self.rows, int(params["per_page"]))]
        found = [plain(rows[row_id]) | {"generated_timestamp": at} for at, row_id in page]
        cursor = "|".join(map(str, page[-1])) if page else params.get("cursor")
        return good({key: found, "after_cursor": cursor, "end_of_stream": len(page) == len(due)})

    def by_time(self, key: str, rows: list[dict[str, Any]], params: Mapping[str, str]) -> httpx.Response:
        start = int(params["start_time"])
        if start > seconds(self.now) - 60:
            return recent()
        due = sorted((row for row in rows if start <= row["_at"] < seconds(self.now) - 60),
                     key=lambda row: (row["_at"], row["id"]))  # fmt: skip
        size = min(self.rows, int(params["per_page"]))
        page = due[:size]
        end_time = page[-1]["_at"] if page else start
        if len(due) > size and page[0]["_at"] == end_time:
            page, end_time = [row for row in due if row["_at"] == end_time], end_time + 1
        return good({
            key: [plain(row) for row in page], "count": len(page), "end_of_stream": page == due, "end_time": end_time,
            "next_page": f"{URL}/api/v2/incremental/{key}.json?start_time={end_time}",
        })  # fmt: skip

    def update(self, body: Any) -> httpx.Response:
        self.bodies.append(body)
        job = f"V3-{self.number():x}"
        results = []
        for index, row in enumerate(body["tickets"]):
            if row["id"] not in self.tickets:
                results.append({"index": index, "id": row["id"], "error": "TicketNotFound", "details": "Not found"})
            elif self.tickets[row["id"]]["status"] == "closed":
                results.append({"index": index, "error": "TicketUpdateFailed", "id": row["id"],
                                "details": "Status: closed prevents ticket update"})  # fmt: skip
            else:
                for pair in row["custom_fields"]:
                    self.show(row["id"], pair["id"], pair["value"])
                results.append({"action": "update", "id": row["id"], "status": "Updated", "success": True})
        results.reverse()
        self.jobs[job] = {"id": job, "status": "completed", "results": results}
        return good({"job_status": {"id": job, "status": "queued", "results": None}})


def exported(audit: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit in the spelling of the export."""
    children = []
    for part in audit["events"]:
        if part["type"] == "Comment":
            children.append(part | {"event_type": "Comment", "via": {"channel": "web"}})
            continue
        child = {"id": part["id"], "via": "Web form", "event_type": part["type"]}
        if part["type"] == "Change":
            child["previous_value"] = part["previous_value"]
        name = part["field_name"]
        child |= {"custom_ticket_fields": {name: part["value"]}} if name.isdecimal() else {name: part["value"]}
        children.append(child)
    return {
        "id": audit["id"], "ticket_id": audit["ticket_id"], "timestamp": audit["_at"], "via": "Web form",
        "created_at": audit["created_at"], "updater_id": audit["author_id"], "event_type": "Audit",
        "child_events": children, "_at": audit["_at"],
    }  # fmt: skip


def met(term: re.Match[str], ticket: Mapping[str, Any]) -> bool:
    name, sign, value = term.groups()
    if name in ("created", "updated"):
        at = str(ticket[f"{name}_at"])
        return at >= value if sign == ">=" else at < value
    return name == "type" or str(ticket[f"{name}_id"]) == value


def listed(key: str, rows: list[Any], params: Mapping[str, str], most: int = 100) -> httpx.Response:
    """Return a page of a list by cursor; as at Zendesk `links.next` is set on the last page too."""
    first, size = int(params.get("page[after]", "0")), min(most, int(params["page[size]"]))
    page, more = rows[first : first + size], len(rows) > first + size
    return good({key: page, "meta": {"has_more": more, "after_cursor": str(first + len(page))},
                 "links": {"next": f"{URL}/next"}})  # fmt: skip


def good(body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


def recent() -> httpx.Response:
    text = "Too recent start_time. Use a start_time older than 1 minute"
    return httpx.Response(400, json={"error": "StartTimeTooRecent", "description": text})


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def seconds(at: datetime) -> int:
    return round(at.timestamp())


@pytest.fixture(scope="session")
def new_desk() -> Callable[[], Desk]:
    return Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def busy_desk(desk: Desk) -> Desk:
    """A desk with five tickets and a history on them, exported in small pages."""
    desk.now = NOON - timedelta(hours=5)
    desk.organisations = {
        71: {"id": 71, "name": "Ost AG", "deleted_at": None, "_at": seconds(desk.now)},
        72: {"id": 72, "name": "West AG", "deleted_at": stamp(desk.now), "_at": seconds(desk.now) + 5},
    }
    for user_id, role in ((501, "admin"), (502, "agent"), (601, "end-user"), (602, "end-user")):
        desk.person(user_id, role)
    for ticket_id in range(1, 6):
        desk.now += timedelta(minutes=7)
        desk.open(ticket_id, 601 + ticket_id % 2)
        desk.now += timedelta(minutes=3)
        desk.change(ticket_id, 502, status="open", assignee_id=502, tags=["vpn", "eu"])
        desk.reply(ticket_id, 502)
        desk.now += timedelta(minutes=1)
        desk.show(ticket_id, DUE, "2026-03-02T18:00:00Z")
    desk.change(2, 502, status="solved")
    desk.change(3, 602, status="closed")
    desk.now, desk.rows = NOON, 3
    return desk


@pytest.fixture
def recording() -> Callable[[str], Any]:
    """Return a reader of the recordings beside the tests."""
    return lambda name: json.loads((Path(__file__).parent / "recordings" / f"{name}.json").read_text("utf-8"))
