"""Serves an application in a thread of its own, from a socket that is there before anything else begins."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from starlette.types import ASGIApp

from core.errors import Problem, SettingsError
from slahub.web.address import KEY, Address

__all__ = ["serve"]

log = structlog.get_logger("slahub")

LEAVING: Final = 1
"""Seconds that calls under way have once the server is to end."""

BEGIN: Final = 10.0


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()


@contextmanager
def serve(app: ASGIApp, at: Address) -> Generator[Address]:
    """Serve inside the block; yield the address, with the port that was taken.

    Raises: SettingsError naming the key where the address cannot be listened on.
    """
    with _bound(at) as listener:
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            # Anybody can send what is no request: that is nothing to log.
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=LEAVING,
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
        thread.start()
        try:
            if not server.answering.wait(BEGIN):
                raise SettingsError(Problem(f"nothing answers at {at} yet after {BEGIN:.0f} s", key=KEY))
            bound = Address(at.host, listener.getsockname()[1])
            log.info("listening", http=str(bound))
            yield bound
        finally:
            server.should_exit = True
            thread.join(LEAVING + 1)


@contextmanager
def _bound(at: Address) -> Generator[socket.socket]:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(at.host, at.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(where)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        words = f"cannot listen on {at}: {error.strerror or error}"
        hint = "another process has this port, another hub perhaps: write a free one"
        raise SettingsError(Problem(words, key=KEY, hint=hint)) from error
    with listener:
        yield listener
