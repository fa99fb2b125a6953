"""What a source sends by itself: read only once it is known to be signed."""

import hmac
from collections.abc import Callable, Mapping
from typing import Final

import orjson

from core.errors import Forged, Unreadable
from core.ports import LARGEST_HINT

__all__ = ["check_signature", "header", "signed_content"]

_DEEPEST: Final = 1024
"""The parser itself goes no deeper."""


def header(headers: Mapping[str, str], name: str) -> str:
    """Return a header whatever its case; empty where there is none, or where several say different things."""
    found = {value for key, value in headers.items() if key.lower() == name.lower()}
    return found.pop().strip() if len(found) == 1 else ""


def check_signature(secret: str, message: bytes, given: str, written: Callable[[bytes], str]) -> None:
    """Pass where `given` is the HMAC-SHA256 of the message, compared in constant time.

    written: turns the 32 bytes into what the source sends.
    Raises: Forged. Without a secret nothing is believed: anybody could have signed it.
    """
    if not secret:
        raise Forged("there is no secret that it could be signed with")
    if not given:
        raise Forged("it is not signed")
    # What was no text in the environment was kept as it is.
    wanted = written(hmac.digest(secret.encode(errors="surrogateescape"), message, "sha256"))
    if not hmac.compare_digest(wanted.encode(), given.encode(errors="backslashreplace")):
        raise Forged("it is signed with another secret, or was changed on its way")


def signed_content(body: bytes) -> object:
    """Return the JSON of a body whose signature was found good. Raises: Unreadable, for one that is too large, too."""
    if len(body) > LARGEST_HINT:
        raise Unreadable(f"it has {len(body)} bytes; more than {LARGEST_HINT} are not read")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # Not chained: that exception carries the body.
        raise Unreadable(f"it is not JSON of at most {_DEEPEST} levels: {error}") from None
