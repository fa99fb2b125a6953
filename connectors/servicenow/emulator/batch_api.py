"""The Batch API: several calls in one, one after another, as many as 30 seconds allow."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from connectors.emulation import Dice, as_doc, as_docs
from connectors.servicenow.emulator.answers import JSON, Answer, Call, Doc, Refusal, failure
from connectors.servicenow.emulator.world import World

__all__ = ["ITEM_BYTES", "Each", "run_batch"]

ITEM_BYTES = 5 * 1024 * 1024
_SECONDS = 30.0

Each = Callable[[Call, str], Answer]
"""Answers one item: the call, whose path is not split yet, and the path as it was written."""


def run_batch(world: World, call: Call, each: Each) -> Answer:
    """Answer with 200 whatever became of the items; those for which time ran out are listed as not serviced."""
    body = as_doc(call.body)
    items = as_docs(body.get("rest_requests"))
    if not items:
        raise failure(400, "rest_requests is mandatory")
    ids = [str(one.get("id", "")) for one in items]
    if len(set(ids)) != len(ids) or "" in ids:
        raise failure(400, "Each rest request needs an id of its own")
    dice = Dice(f"{world.seed} batch {world.number('batch')}")
    used, serviced, left = 0.0, list[Doc](), list[str]()
    for name, item in zip(ids, items, strict=True):
        took = world.batch_seconds if world.batch_seconds is not None else _took(dice, str(item.get("method")))
        if left or used + took > _SECONDS:
            left.append(name)
            continue
        used += took
        serviced.append(_serve(world, call, name, item, each, int(took * 1000)))
    dice.shuffle(serviced)
    answer = {
        "batch_request_id": str(body.get("batch_request_id", "")),
        "serviced_requests": serviced,
        "unserviced_requests": left,
    }
    return Answer(answer, 200, {"content-type": JSON})


def _took(dice: Dice, method: str) -> float:
    return dice.uniform(0.02, 0.2) if method == "GET" else dice.uniform(0.2, 2.6)


def _serve(world: World, call: Call, name: str, item: Doc, each: Each, took: int) -> Doc:
    try:
        answer = _one(world, call, item, each)
    except Refusal as refused:
        answer = refused.answer
    doc: Doc = {"id": name}
    if answer.body is not None:
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, separators=(",", ":"))
        doc["body"] = base64.b64encode(text.encode()).decode()
    doc["status_code"], doc["status_text"] = answer.status, HTTPStatus(answer.status).phrase
    doc["headers"] = [] if item.get("exclude_response_headers") is True else _pairs(answer.headers)
    doc["execution_time"] = took
    return doc


def _one(world: World, call: Call, item: Doc, each: Each) -> Answer:
    url, method = str(item.get("url", "")), str(item.get("method", "GET")).upper()
    if not url.startswith("/"):
        raise failure(400, f"Invalid URL {url}")
    raw = _decoded(item.get("body"))
    if len(raw) > ITEM_BYTES:
        raise failure(413, "Request entity too large")
    headers = {str(one.get("name", "")).lower(): str(one.get("value", "")) for one in as_docs(item.get("headers"))}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    made = Call(method, (), query, _parsed(raw), call.account, call.base, "", headers)
    return each(made, parts.path)


def _decoded(body: object) -> bytes:
    if not isinstance(body, str):
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise failure(400, "The body of a request is not base64") from None


def _parsed(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return cast("object", json.loads(raw))
    except ValueError:
        raise failure(400, "Exception while reading request") from None


def _pairs(headers: Mapping[str, str]) -> list[Doc]:
    return [{"name": name, "value": value} for name, value in headers.items()]
