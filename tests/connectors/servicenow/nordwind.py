"""A small instance behind `httpx.MockTransport`: tables with columns, rights and rules, as silent as the real one."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from connectors import FieldName, Http, Limits, Slot
from connectors.servicenow.client import Api

URL = "https://nordwind.service-now.com"
NOON = datetime(2026, 3, 9, 12, 0, 0, tzinfo=UTC)

NAMES = {
    Slot.DUE: FieldName("SLA due"),
    Slot.STATE: FieldName("SLA state"),
    Slot.METRIC: FieldName("SLA metric"),
    Slot.POLICY: FieldName("u_sla_policy"),
}

STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

KINDS = {"u_sla_due": "glide_date_time", "u_sla_state": "choice", "u_sla_metric": "string", "u_sla_policy": "string"}

Row = dict[str, Any]


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


def error(status: int, message: str, detail: str | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, "detail": detail}, "status": "failure"})


NOT_FOUND = error(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
NO_TABLE_RIGHT = error(403, "Insufficient rights to query records")
ACL = error(403, "Operation Failed", "ACL Exception Update Failed due to security constraints")


class Nordwind:
    """rows: by table and sys_id. unreadable: tables whose rows are left out, or `table.column`. shut: tables with 403.

    frozen: columns that keep their value whatever is sent. longest: characters of a column. choices: values of one.
    answers: what is answered instead, in turn, by method and end of the path. seconds: that each change takes;
    timed: whether batches tell it.
    patches: what was sent, by ticket. calls: method and path of every call.
    """

    def __init__(self, *, admin: bool = False) -> None:
        self.rows: dict[str, dict[str, Row]] = {"incident": {}, "sc_task": {}}
        self.unreadable: set[str] = set()
        self.shut: set[str] = {"sys_db_object"}
        self.frozen: set[str] = set()
        self.longest: dict[str, int] = {}
        self.choices: dict[str, list[str]] = {"u_sla_state": [each.replace(" ", "_") for each in STATES]}
        self.answers: dict[str, list[httpx.Response]] = {}
        self.seconds = 0.5
        self.patches: list[tuple[str, str, Row]] = []
        self.calls: list[str] = []
        self.queries: list[str] = []
        self.before: Callable[[httpx.Request], None] = lambda request: None
        self.no_batch = False
        self.timed = True
        if admin:
            self.shut = set()
            self.rows["sys_db_object"] = {
                "t1": {"sys_id": "t1", "name": "incident", "super_class.name": "task"},
                "t2": {"sys_id": "t2", "name": "sc_task", "super_class.name": "task"},
            }
            self.rows["sys_dictionary"] = {}
            self.rows["sys_choice"] = {}
            for name, kind in KINDS.items():
                self.column(name, kind, name[2:].replace("_", " ").capitalize().replace("Sla", "SLA"))
            for value in self.choices["u_sla_state"]:
                self.choice("u_sla_state", value, value.replace("_", " ").capitalize())

    def column(self, name: str, kind: str, label: str, table: str = "task", longest: int = 100) -> None:
        ident = f"d-{table}-{name}"
        self.rows["sys_dictionary"][ident] = {
            "sys_id": ident,
            "name": table,
            "element": name,
            "internal_type": kind,
            "column_label": label,
            "max_length": str(longest),
            "attributes": "",
            "active": "true",
        }

    def choice(self, column: str, value: str, label: str, table: str = "task") -> None:
        ident = f"c-{table}-{column}-{value}"
        self.rows["sys_choice"][ident] = {
            "sys_id": ident,
            "name": table,
            "element": column,
            "value": value,
            "label": label,
            "language": "en",
            "inactive": "false",
        }

    def ticket(self, sys_id: str, table: str = "incident", **more: str) -> Row:
        row = {
            "sys_id": sys_id,
            "number": f"INC{len(self.rows[table]):07}",
            "sys_class_name": table,
            "sys_created_on": "2026-03-09 07:58:12",
            "sys_updated_on": "2026-03-09 08:00:00",
            "sys_updated_by": "anna.berg",
            "sys_mod_count": "3",
            "state": "2",
            "active": "true",
            **dict.fromkeys(KINDS, ""),
            **more,
        }
        self.rows[table][sys_id] = row
        return row

    def api(self) -> Api:
        client = httpx.Client(base_url=URL, transport=httpx.MockTransport(self))
        return Api(Http(client, Limits((), share=None), stop=Never(), now=lambda: NOON, attempts=1))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        self.calls.append(f"{request.method} {request.url.path}")
        answer = self._answer(request.method, str(request.url), request.content)
        answer.headers["date"] = format_datetime(NOON, usegmt=True)
        return answer

    def _answer(self, method: str, url: str, content: bytes) -> httpx.Response:
        path, params = urlsplit(url).path, {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()}
        for end, answers in self.answers.items():
            if answers and f"{method} {path}".endswith(end):
                return answers.pop(0)
        match path.split("/")[3:]:
            case ["v1", "batch"]:
                return self._batch(json.loads(content))
            case ["stats", table]:
                return self._count(table, params)
            case ["v2", "table", table] if table in self.shut:
                return NO_TABLE_RIGHT
            case ["v2", "table", table] if method == "POST":
                return self._made(table, json.loads(content))
            case ["v2", "table", table]:
                return self._page(table, params)
            case ["v2", "table", table, sys_id]:
                return self._one(method, table, sys_id, params, content)
            case other:
                raise AssertionError(other)

    def _batch(self, body: Row) -> httpx.Response:
        if self.no_batch:
            return error(403, "Operation Failed", "Batch API is not allowed by policy")
        served: list[Row] = []
        undone: list[str] = []
        left = 30.0
        for item in body["rest_requests"]:
            left -= self.seconds
            if left < 0:
                undone.append(item["id"])
                continue
            assert {each["name"] for each in item["headers"]} == {"Accept", "Content-Type"}
            reply = self._answer(item["method"], f"{URL}{item['url']}", base64.b64decode(item["body"]))
            packed = base64.b64encode(reply.content).decode()
            took = {"execution_time": int(self.seconds * 1000)} if self.timed else {}
            served.append({"id": item["id"], "status_code": reply.status_code, "body": packed, **took})
        return httpx.Response(200, json={"serviced_requests": served[::-1], "unserviced_requests": undone})

    def _page(self, table: str, params: Mapping[str, str]) -> httpx.Response:
        if table not in self.rows:
            return httpx.Response(200, json={"result": []})
        self.queries.append(f"{table}: {params.get('sysparm_query', '')}")
        found = matching(list(self.rows[table].values()), params.get("sysparm_query", ""))
        start, limit = int(params.get("sysparm_offset", 0)), int(params["sysparm_limit"])
        shown = [] if table in self.unreadable else found[start : start + limit]
        headers = {"x-total-count": str(len(found))} if params.get("sysparm_no_count") != "true" else {}
        if start + limit < len(found):
            headers["link"] = f'<{URL}/x?sysparm_offset={start + limit}>;rel="next"'
        rows = [self._told(table, row, params) for row in shown]
        return httpx.Response(200, json={"result": rows}, headers=headers)

    def _told(self, table: str, row: Row, params: Mapping[str, str]) -> Row:
        names = params["sysparm_fields"].split(",") if "sysparm_fields" in params else list(row)
        told = {name: row[name] for name in names if name in row and f"{table}.{name}" not in self.unreadable}
        if params.get("sysparm_display_value") != "all":
            return told
        return {name: {"value": value, "display_value": label(name, value)} for name, value in told.items()}

    def _count(self, table: str, params: Mapping[str, str]) -> httpx.Response:
        if table in self.shut:
            return NO_TABLE_RIGHT
        found = matching(list(self.rows.get(table, {}).values()), params.get("sysparm_query", ""))
        return httpx.Response(200, json={"result": {"stats": {"count": str(len(found))}}})

    def _one(self, method: str, table: str, sys_id: str, params: Mapping[str, str], content: bytes) -> httpx.Response:
        row = self.rows.get(table, {}).get(sys_id)
        if row is None:
            return NOT_FOUND
        if method == "PATCH":
            sent: Row = json.loads(content)
            self.patches.append((table, sys_id, sent))
            for name, value in sent.items():
                if name in row and name not in self.frozen:
                    kept = value[: self.longest.get(name, 1000)]
                    row[name] = kept if name not in self.choices or value in self.choices[name] else ""
            row["sys_mod_count"] = str(int(row["sys_mod_count"]) + 1)
            row["sys_updated_on"] = f"{NOON:%Y-%m-%d %H:%M:%S}"
        return httpx.Response(200, json={"result": self._told(table, row, params)})

    def _made(self, table: str, body: Row) -> httpx.Response:
        ident = f"new-{len(self.rows.setdefault(table, {}))}"
        row = {"sys_id": ident, "active": "true", "inactive": "false", "attributes": "", **body}
        if table == "sys_dictionary":
            for each in [body["name"]] if body["name"] != "task" else ["incident", "sc_task"]:
                for ticket in self.rows[each].values():
                    ticket[body["element"]] = ""
        self.rows[table][ident] = row
        return httpx.Response(201, json={"result": row})


LABELS = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed"}


def label(name: str, value: str) -> str:
    if name in {"sys_created_on", "sys_updated_on"}:
        return f"{datetime.fromisoformat(value) + timedelta(hours=1):%d.%m.%Y %H:%M:%S}"
    return LABELS.get(value, value) if name == "state" else value


def matching(rows: list[Row], query: str) -> list[Row]:
    """Return the rows that match an encoded query; of a term with a column that there is not, no notice is taken."""
    order: list[tuple[str, bool]] = []
    known = {name for row in rows for name in row}
    for term in [each for each in query.split("^") if each]:
        if term.startswith("ORDERBY"):
            down = term.startswith("ORDERBYDESC")
            order.append((term.removeprefix("ORDERBYDESC" if down else "ORDERBY"), down))
            continue
        name, test = clause(term)
        if name in known:
            rows = [row for row in rows if test(str(row.get(name, "")))]
    for name, down in reversed(order):
        rows = sorted(rows, key=lambda row: str(row.get(name, "")), reverse=down)
    return rows


def clause(term: str) -> tuple[str, Callable[[str], bool]]:
    if term.endswith("ISNOTEMPTY"):
        return term.removesuffix("ISNOTEMPTY"), lambda value: value != ""
    if term.endswith("ISEMPTY"):
        return term.removesuffix("ISEMPTY"), lambda value: value == ""
    for sign, test in SIGNS.items():
        name, found, wanted = term.partition(sign)
        if found:
            return name, partial(test, wanted)
    raise AssertionError(term)


SIGNS: dict[str, Callable[[str, str], bool]] = {
    "!=": lambda wanted, value: value != wanted,
    ">=": lambda wanted, value: value >= wanted,
    "<=": lambda wanted, value: value <= wanted,
    ">": lambda wanted, value: value > wanted,
    "<": lambda wanted, value: value < wanted,
    "=": lambda wanted, value: value == wanted,
    "IN": lambda wanted, value: value in wanted.split(","),
}
