"""What an answer holds, what it must not tell, and what it means that none came."""

import base64
import binascii
import json as jsonlib
from collections.abc import Iterator

import httpx
import orjson

__all__ = ["causes", "credentials", "decoded", "target"]


def decoded(content: bytes, *, needed: bool) -> object:
    """Return the JSON in `content`; None when it is empty and none is needed. Raises: ValueError."""
    if not content and not needed:
        return None
    try:
        body: object = orjson.loads(content)
    except orjson.JSONDecodeError:
        # Half characters, NaN and other marks of order than UTF-8's are beyond it; sources are seen with all of them.
        body = jsonlib.loads(content)
    return body


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def target(response: httpx.Response) -> str:
    """Return the host that a redirect points to, and nothing else of its URL."""
    try:
        url = response.request.url.join(response.headers.get("location", ""))
    except httpx.InvalidURL:
        return "an address that is none"
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}" if url.host else "nowhere"


def credentials(request: httpx.Request) -> Iterator[str]:
    """Yield what the request proved itself with, so that an echo of it can be masked."""
    for name in ("authorization", "proxy-authorization", "x-api-key", "x-sn-apikey"):
        value = request.headers.get(name, "")
        token = value.rpartition(" ")[2]
        yield token
        if value.lower().startswith("basic "):
            try:
                pair = base64.b64decode(token, validate=True).decode("utf-8", "replace")
            except binascii.Error:
                continue
            yield pair.partition(":")[2]
