"""The plainest program that brings home the same rows: httpx, orjson, and the driver's executemany or COPY.

It keeps no checkpoint, knows no repeats beyond the last page's, sets nothing aside and compares nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import orjson

from benchmarks.desk import CREDENTIALS
from core.store import Store, connections

__all__ = ["FOLLOWED", "insert", "pull"]

Row: TypeAlias = tuple[Any, ...]
Doc: TypeAlias = dict[str, Any]

FOLLOWED = {
    "status": "status",
    "custom_status_id": "custom_status",
    "priority": "priority",
    "type": "kind",
    "requester_id": "requester",
    "assignee_id": "assignee",
    "group_id": "team",
    "organization_id": "organisation",
    "brand_id": "brand",
    "ticket_form_id": "form",
    "tags": "tags",
}
NAMED = ("organisation", "team", "brand", "form", "channel")
COLUMNS = {
    "ticket": "id connection_id source_id key url created_at updated_at version source_values presence"
    " input_version evaluated_version writes parked_reason",
    "event": "connection_id ticket_source_id stream source_id at order_key actor changes comments seen_at",
    "mention": "connection_id field value ticket_id",
    "person": "id connection_id source_id name organisation active",
    "person_role": "person_id since role",
}
SECOND = 1_000_000


def pull(store: Store, url: str) -> None:
    """Read people, tickets and ticket events into an empty, migrated database."""
    with store.unit() as tx:
        desk = connections.ensure(tx, "desk", "none").id
    ids: dict[int, int] = {}
    noted: set[Row] = set()
    with httpx.Client(base_url=url, auth=CREDENTIALS, timeout=300) as client:
        for users in _by_cursor(client, "users"):
            people = [
                (number, desk, str(each["id"]), each["name"], _text(each["organization_id"]), each["active"])
                for number, each in enumerate(users, 1)
            ]
            roles = [(number, _us(each["updated_at"]), each["role"]) for number, each in enumerate(users, 1)]
            insert(store, {"person": people, "person_role": roles})
        for tickets in _by_cursor(client, "tickets"):
            rows = [_ticket(desk, number, each, url) for number, each in enumerate(tickets, len(ids) + 1)]
            ids.update((each["id"], number) for number, each in enumerate(tickets, len(ids) + 1))
            found = [(desk, *each) for ticket in tickets for each in _named(ticket, ids[ticket["id"]])]
            noted.update(found)
            insert(store, {"ticket": rows, "mention": found})
        for events in _by_time(client):
            rows = [row for each in events if (row := _event(desk, each)) is not None]
            here = {(desk, *each) for event in events for each in _mentions(event, ids[event["ticket_id"]])} - noted
            noted |= here
            insert(store, {"event": rows, "mention": list(here)})


def insert(store: Store, tables: dict[str, Sequence[Row]], columns: dict[str, str] = COLUMNS) -> None:
    """Store rows in one transaction, each table with one call of the driver."""
    with store.unit() as tx:
        driver: Any = tx.connection.driver_connection
        for table, rows in tables.items():
            names = columns[table].split()
            if store.dialect == "sqlite":
                marks = ", ".join("?" * len(names))
                driver.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
                continue
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def _by_cursor(client: httpx.Client, what: str) -> Iterator[list[Doc]]:
    position: dict[str, Any] = {"start_time": 0}
    while True:
        body = _get(client, f"{what}/cursor", position)
        yield body[what]
        if body["end_of_stream"]:
            return
        position = {"cursor": body["after_cursor"]}


def _by_time(client: httpx.Client) -> Iterator[list[Doc]]:
    position: dict[str, Any] = {"start_time": 0, "include": "comment_events"}
    last: set[int] = set()
    while True:
        body = _get(client, "ticket_events", position)
        events = [each for each in body["ticket_events"] if each["id"] not in last]
        yield events
        if body["end_of_stream"]:
            return
        last = {each["id"] for each in body["ticket_events"]}
        position["start_time"] = body["end_time"]


def _get(client: httpx.Client, what: str, position: dict[str, Any]) -> Doc:
    answer = client.get(f"/api/v2/incremental/{what}.json", params={**position, "per_page": 1000})
    body: Doc = orjson.loads(answer.raise_for_status().content)
    return body


def _ticket(desk: int, number: int, each: Doc, url: str) -> Row:
    values = {name: _text(each[key]) for key, name in FOLLOWED.items()}
    values["channel"] = each["via"]["channel"]
    values |= {f"field:{one['id']}": _text(one["value"]) for one in each["custom_fields"] if one["value"] is not None}
    return (
        number, desk, str(each["id"]), str(each["id"]), f"{url}/agent/tickets/{each['id']}",
        _us(each["created_at"]), _us(each["updated_at"]), each["generated_timestamp"], _json(values), "present",
        1, 0, 0, "",
    )  # fmt: skip


def _event(desk: int, each: Doc) -> Row | None:
    changes: list[Row] = []
    comments: list[Row] = []
    for part in each["child_events"]:
        kind = part["event_type"]
        if kind in {"Create", "Change"}:
            changes += _changes(part, kind == "Create")
        elif kind in {"Comment", "VoiceComment"}:
            automated = part["via"]["channel"] == "rule"
            comments.append((str(part["id"]), _text(part["author_id"]), part["public"], automated))
    if not changes and not comments:
        return None
    return (
        desk, str(each["ticket_id"]), "ticket_events", str(each["id"]), _us(each["created_at"]), each["id"],
        _text(each["updater_id"]), _json(changes), _json(comments), each["timestamp"] * SECOND,
    )  # fmt: skip


def _changes(part: Doc, initial: bool) -> Iterator[Row]:
    before = part.get("previous_value")
    for key, name in FOLLOWED.items():
        if key in part:
            yield (name, _text(before), _text(part[key]), initial)
    for key, value in part.get("custom_ticket_fields", {}).items():
        yield (f"field:{key}", _text(before), _text(value), initial)


def _mentions(event: Doc, ticket: int) -> Iterator[Row]:
    yield ("actor", str(event["updater_id"]), ticket)
    for part in event["child_events"]:
        if part["event_type"] in {"Comment", "VoiceComment"}:
            yield ("actor", str(part["author_id"]), ticket)
        else:
            for key, name in FOLLOWED.items():
                if name in NAMED and key in part:
                    for value in (part.get("previous_value"), part[key]):
                        if value is not None:
                            yield (name, str(value), ticket)


def _named(ticket: Doc, number: int) -> Iterable[Row]:
    for key, name in FOLLOWED.items():
        if name in NAMED and ticket[key] is not None:
            yield (name, str(ticket[key]), number)
    yield ("channel", ticket["via"]["channel"], number)


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str | list) else str(value)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _us(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp()) * SECOND
