"""Runs dlt's REST source against a helpdesk on loopback; for the interpreter that it is installed for.

`rest.py URL USER PASSWORD FOLDER`. People, tickets and ticket events go into files of JSON lines.
"""

import sys
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.helpers.rest_client.paginators import BasePaginator
from dlt.sources.rest_api import rest_api_source


class Export(BasePaginator):
    """Goes on where an incremental export says, to its end."""

    def __init__(self, said: str, asked: str) -> None:
        super().__init__()
        self._said, self._asked = said, asked
        self._next: Any = None

    def update_state(self, response: Any, data: Any = None) -> None:
        body = response.json()
        self._next = body[self._said]
        self._has_next_page = not body["end_of_stream"]

    def update_request(self, request: Any) -> None:
        if request.params is None:
            request.params = {}
        if self._asked != "start_time":
            request.params.pop("start_time", None)
        request.params[self._asked] = self._next


def main() -> None:
    url, user, password, folder = sys.argv[1:]
    place = Path(folder)
    source = rest_api_source(
        {
            "client": {
                "base_url": f"{url}/api/v2/incremental/",
                "auth": {"type": "http_basic", "username": user, "password": password},
            },
            "resources": [
                resource("users", "users/cursor.json", "updated_at", seconds),
                resource("tickets", "tickets/cursor.json", "generated_timestamp", None),
                resource("ticket_events", "ticket_events.json", "timestamp", None, include="comment_events"),
            ],
        }
    )
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(place / "pipelines"),
        destination=dlt.destinations.filesystem(bucket_url=f"file://{place / 'lines'}"),
        dataset_name="desk",
    )
    pipeline.run(source, loader_file_format="jsonl")


def resource(name: str, path: str, cursor: str, convert: Any, **params: str) -> dict[str, Any]:
    by_time = name == "ticket_events"
    begin: dict[str, Any] = {"type": "incremental", "cursor_path": cursor, "initial_value": 0}
    if convert is not None:
        begin |= {"initial_value": "1970-01-01T00:00:00Z", "convert": convert}
    return {
        "name": name,
        "write_disposition": "append",
        "max_table_nesting": 0,
        "endpoint": {
            "path": path,
            "params": {"start_time": begin, "per_page": 1000, **params},
            "data_selector": name,
            "paginator": Export("end_time", "start_time") if by_time else Export("after_cursor", "cursor"),
        },
    }


def seconds(at: Any) -> int:
    return int(dlt.common.pendulum.parse(str(at)).timestamp())


if __name__ == "__main__":
    main()
