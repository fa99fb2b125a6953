"""Runs tap-zendesk, unchanged, against a helpdesk on loopback; for the interpreter that it is installed for.

`tap.py URL CONFIG STATE`. Its addresses are built in, so each request is turned round; its own pause
between tickets' audits, kept for Zendesk's call limits, is left out.
"""

import json
import sys
from typing import Any

import aiohttp
import requests
import tap_zendesk
from tap_zendesk import streams

HOST = "https://bench.zendesk.com"
WANTED = ("users", "tickets", "ticket_audits")


def main() -> None:
    url, config, state = sys.argv[1:]
    turned_round(url)
    streams.AUDITS_REQUEST_PER_MINUTE = 10**9
    catalog = f"{config}.catalog"
    with open(catalog, "w", encoding="utf-8") as file:
        json.dump({"streams": [described(name) for name in WANTED]}, file)
    sys.argv[1:] = ["--config", config, "--catalog", catalog, "--state", state]
    tap_zendesk.main()


class NoMore:
    """Stands for the account's further custom fields, which are asked for to describe a stream: there are none."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_how: []


def described(name: str) -> dict[str, Any]:
    """Return the stream's entry in the catalog, selected with all its fields."""
    stream = streams.STREAMS[name](NoMore(), {})
    chosen = [{**each, "metadata": {**each["metadata"], "selected": True}} for each in plain(stream.load_metadata())]
    return {"stream": name, "tap_stream_id": name, "schema": resolved(stream.load_schema()), "metadata": chosen}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    from tap_zendesk.discover import load_shared_schema_refs

    return tap_zendesk.singer.resolve_schema_references(schema, load_shared_schema_refs())


def plain(metadata: Any) -> Any:
    return json.loads(json.dumps(metadata))


def turned_round(url: str) -> None:
    send, ask = requests.Session.send, aiohttp.ClientSession._request

    def sent(self: Any, request: Any, **how: Any) -> Any:
        # It writes an instant as a broken number, which the export does not take.
        request.url = request.url.replace(HOST, url).replace(".0&", "&")
        return send(self, request, **how)

    def asked(self: Any, method: str, address: str, **how: Any) -> Any:
        return ask(self, method, address.replace(HOST, url), **how)

    requests.Session.send, aiohttp.ClientSession._request = sent, asked


if __name__ == "__main__":
    main()
