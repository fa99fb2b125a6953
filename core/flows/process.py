"""The name of this process in what it sends, and whether the sender of something else still lives."""

import os
import socket
from functools import cache
from uuid import uuid4

__all__ = ["dead", "name"]


@cache
def name() -> str:
    """Return a name that is this process's alone: host, process id, and a word by chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"


def dead(other: str, mine: str) -> bool:
    """Say whether the process called `other` has surely ended; of another host nobody can say.

    mine: the name of the process that asks.
    """
    if other == mine:
        return False
    host, _, rest = other.partition(":")
    number, _, word = rest.partition(":")
    if not word or not number.isdecimal():
        return True
    if host != socket.gethostname():
        return False
    # A new process may have the number of an old one, the asking one too.
    return int(number) == os.getpid() or not _runs(int(number))


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
