"""A table server in small: rows by table, encoded queries of a few terms, and the silences that matter to a reader."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from connectors import FieldName, Http, Limits, Slot
from connectors.servicenow.client import Api
from connectors.servicenow.connector import ServiceNowConnector
from connectors.servicenow.settings import ServiceNowSettings
from connectors.servicenow.shapes import stamp

NOON = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SITE = "https://acme.service-now.example"

Row = dict[str, Any]

TERM = re.compile(r"([a-z][a-z_.]*)(NOT IN|LIKE|IN|<=|>=|!=|=|<|>|ISEMPTY)(.*)", re.DOTALL)


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


class Desk:
    """One instance. `before` runs ahead of each call; `hidden` are ids that nobody is shown.

    unknown: columns that a filter takes no notice of. closed: tables of which nothing is shown. refused: those that
    answer 403. blanked: a column by which nothing is found where several values are asked for. taken: what a term of a
    query is read as. slow: pages of more rows than that are cancelled.
    """

    def __init__(self) -> None:
        self.now = NOON
        self.tables: dict[str, list[Row]] = {}
        self.hidden = set[str]()
        self.unknown = set[str]()
        self.closed = set[str]()
        self.refused = set[str]()
        self.corrupt = set[str]()
        self.names: dict[str, str] = {}
        self.slow = 10**9
        self.longest = timedelta(days=10**5)
        self.cut = "error"
        self.blanked = ""
        self.taken: Callable[[str], str] = lambda term: term
        self.before: Callable[[], None] = lambda: None
        self.asked: list[tuple[str, str]] = []
        self.at_once = self.busy = 0

    def http(self) -> Http:
        client = httpx.Client(base_url=SITE, transport=httpx.MockTransport(self.answer))
        return Http(client, Limits((), rate=(10**6, SECOND)), stop=Never(), now=lambda: self.now, attempts=1)

    def api(self) -> Api:
        return Api(self.http())

    def connector(self, fields: dict[Slot, FieldName] | None = None, **more: Any) -> ServiceNowConnector:
        auth = {"method": "basic", "username": "svc.slahub", "password": "${SLAHUB_PASSWORD}"}
        settings = ServiceNowSettings.model_validate({"url": SITE, "auth": auth, **more})
        return ServiceNowConnector(self.http(), settings, fields or {})

    def add(self, table: str, **row: Any) -> Row:
        rows = self.tables.setdefault(table, [])
        row.setdefault("sys_id", f"{len(rows) + 1:032x}")
        rows.append(row)
        return row

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.before()
        headers = {"date": format_datetime(self.now, usegmt=True)}
        table, params = request.url.path.rpartition("/")[2], dict(request.url.params)
        query = params.get("sysparm_query", "")
        if len(str(request.url)) > 8192:
            return httpx.Response(414, text="<html>too long</html>")
        self.asked.append((table, query))
        if table in self.refused:
            said = {"message": "Insufficient rights to query records", "detail": None}
            return httpx.Response(403, json={"error": said, "status": "failure"}, headers=headers)
        if table not in self.tables:
            said = {"message": f"Invalid table {table}", "detail": None}
            return httpx.Response(400, json={"error": said, "status": "failure"}, headers=headers)
        rows = list(self.found(table, query))
        if "/stats/" in request.url.path:
            return httpx.Response(200, json={"result": {"stats": {"count": str(len(rows))}}}, headers=headers)
        limit, offset = int(params["sysparm_limit"]), int(params["sysparm_offset"])
        window = rows[offset : offset + limit]
        shown = [] if table in self.closed else [row for row in window if row["sys_id"] not in self.hidden]
        columns = params["sysparm_fields"].split(",")
        heavy = len(columns) > 3
        if (heavy and any(row["sys_id"] in self.corrupt for row in shown)) or self.too_much(query, shown, heavy):
            return self.cancelled(shown, headers)
        if params["sysparm_no_count"] == "false":
            headers["x-total-count"] = str(len(rows))
        if offset + limit < len(rows):
            where = f"{SITE}{request.url.path}?sysparm_fields={','.join(columns)}&sysparm_offset={offset + limit}"
            headers["link"] = f'<{where}>;rel="next",<{SITE}/x?sysparm_offset=0>;rel="first"'
        labels = params["sysparm_display_value"] == "all"
        told = [self.shown(row, columns, labels=labels) for row in shown]
        return httpx.Response(200, json={"result": told}, headers=headers)

    def too_much(self, query: str, rows: list[Row], heavy: bool) -> bool:
        bounds = re.findall(r"sys_updated_on(?:>|<=)(\d{4}-\S+ \d\d:\d\d:\d\d)", query)
        width = datetime.fromisoformat(bounds[1]) - datetime.fromisoformat(bounds[0]) if len(bounds) > 1 else SECOND
        return (heavy and len(rows) > self.slow) or width > self.longest

    def cancelled(self, rows: list[Row], headers: dict[str, str]) -> httpx.Response:
        error = {"message": "Transaction cancelled: maximum execution time exceeded", "detail": None}
        if self.cut == "error":
            return httpx.Response(500, json={"error": error, "status": "failure"}, headers=headers)
        if self.cut == "both":
            return httpx.Response(200, json={"result": rows[:1], "error": error}, headers=headers)
        return httpx.Response(
            200, content=b'{"result":[{"sys_id":"0', headers={**headers, "content-type": "application/json"}
        )

    def shown(self, row: Row, columns: list[str], *, labels: bool) -> Row:
        told = {each: row[each] for each in columns if each in row}
        if not labels:
            return told
        return {each: {"value": value, "display_value": self.names.get(value, value)} for each, value in told.items()}

    def found(self, table: str, query: str) -> Iterator[Row]:
        order = re.findall(r"\^?ORDERBY([a-z_]+)", query)
        plain = re.sub(r"\^?ORDERBY[a-z_]+", "", query)
        rows = [row for row in self.tables[table] if any(self.holds(row, each) for each in plain.split("^NQ"))]
        return iter(sorted(rows, key=lambda row: tuple(row.get(each, "") for each in order)))

    def holds(self, row: Row, group: str) -> bool:
        good = True
        for term in re.split(r"\^(?!OR)", group):
            good = good and any(self.term(row, each) for each in term.split("^OR"))
        return good

    def term(self, row: Row, term: str) -> bool:
        if not term:
            return True
        found = TERM.fullmatch(self.taken(term))
        assert found is not None, term
        name, operator, value = found.groups()
        if name in self.unknown:
            return True
        mine = str(row.get(name, ""))
        if operator == "IN":
            return mine in value.split(",") and (name != self.blanked or "," not in value)
        return {
            "=": mine == value,
            "!=": mine != value,
            ">": mine > value,
            "<": mine < value,
            ">=": mine >= value,
            "<=": mine <= value,
            "LIKE": value in mine,
            "ISEMPTY": not mine,
        }[operator]


def ident(number: int) -> str:
    return f"{number:032x}"


def incident(desk: Desk, number: int, at: datetime, **more: Any) -> Row:
    row = {
        "sys_id": ident(number),
        "number": f"INC{number:07}",
        "sys_class_name": "incident",
        "sys_created_on": stamp(at - timedelta(days=1)),
        "sys_updated_on": stamp(at),
        "sys_mod_count": "1",
        "active": "true",
        "state": "2",
        "hold_reason": "",
        "priority": "3",
        "impact": "2",
        "urgency": "2",
        "caller_id": ident(0xA1),
        "caller_id.company": ident(0xC1),
        "opened_by": ident(0xA1),
        "assigned_to": "",
        "assignment_group": ident(0xB1),
        "company": "",
        "business_service": "",
        "location": "",
    }
    return desk.add("incident", **{**row, **more})


def changed(desk: Desk, ticket: str, count: int, at: datetime, user: str, **columns: tuple[str, str]) -> None:
    """Add the audit's rows of one update."""
    for name, (old, new) in columns.items():
        desk.add(
            "sys_audit",
            sys_id=ident(0x9000 + len(desk.tables.get("sys_audit", []))),
            tablename="incident",
            fieldname=name,
            documentkey=ticket,
            oldvalue=old,
            newvalue=new,
            user=user,
            record_checkpoint=str(count),
            sys_created_on=stamp(at),
        )


def wrote(desk: Desk, ticket: str, at: datetime, user: str, element: str = "comments") -> Row:
    """Add an entry of the journal."""
    return desk.add(
        "sys_journal_field",
        sys_id=ident(0x8000 + len(desk.tables.get("sys_journal_field", []))),
        element=element,
        element_id=ticket,
        sys_created_on=stamp(at),
        sys_created_by=user,
    )


def staffed(desk: Desk) -> Desk:
    """Add the people and the tables that every instance has."""
    people = {0xA1: "mara.lindqvist", 0xA2: "ivo.petrak", 0xA3: "svc.slahub"}
    for number, name in people.items():
        desk.add(
            "sys_user",
            sys_id=ident(number),
            user_name=name,
            name=name.title(),
            active="true",
            company=ident(0xC1),
            web_service_access_only=str(name.startswith("svc")).lower(),
            internal_integration_user="false",
            sys_class_name="sys_user",
            sys_updated_on=stamp(NOON - timedelta(days=30)),
        )
    desk.add("sys_user_grmember", user=ident(0xA2), group=ident(0xB1))
    desk.add("sys_user_group", sys_id=ident(0xB1), name="Service Desk")
    desk.add("core_company", sys_id=ident(0xC1), name="Nordwind")
    for each in ("sys_audit", "sys_journal_field", "sys_audit_delete", "cmdb_ci_service", "cmn_location", "incident"):
        desk.tables.setdefault(each, [])
    desk.tables |= {"task": desk.tables["incident"]}
    return desk
