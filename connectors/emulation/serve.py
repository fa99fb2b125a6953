"""Serves an emulator on a real socket, in a thread."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Generator
from typing import Protocol, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.emulation.site import Site

__all__ = ["Served", "serve"]


class Crewed(Protocol):
    """A stage hand, as far as the server sends its people home."""

    def people(self, per_minute: float) -> None: ...


class Served(Protocol):
    """An emulator, as far as it can be served."""

    @property
    def app(self) -> Site: ...

    @property
    def stage(self) -> Crewed: ...


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


def _protocol(open_connections: dict[tuple[str, int], asyncio.Transport]) -> type[asyncio.Protocol]:
    class Protocol(H11Protocol):
        """Keeps its connection where it can be found by the caller's address."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            peer = cast("tuple[str, int]", transport.get_extra_info("peername"))
            self._peer = (peer[0], peer[1])
            stream = cast("asyncio.Transport", transport)
            open_connections[self._peer] = stream
            super().connection_made(stream)

        def connection_lost(self, exc: Exception | None) -> None:
            open_connections.pop(self._peer, None)
            super().connection_lost(exc)

    return Protocol


@contextlib.contextmanager
def serve(emulator: Served, port: int = 0, host: str = "127.0.0.1") -> Generator[str]:
    """Serve inside the block and yield the base URL; port 0 takes a free one."""
    connections: dict[tuple[str, int], asyncio.Transport] = {}

    def hang_up(peer: tuple[str, int]) -> None:
        transport = connections.get(peer)
        if transport is None:
            return
        # Linger 0 makes the kernel send a reset instead of an orderly end.
        opened = cast("socket.socket", transport.get_extra_info("socket"))
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    emulator.app.hang_up = hang_up
    # The protocol is named because asyncio switches Nagle's delay off only for sockets that say TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    config = uvicorn.Config(
        emulator.app,
        http=_protocol(connections),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="emulator", daemon=True)
    thread.start()
    try:
        if not server.listening.wait(30):
            raise RuntimeError("the emulator did not begin to listen within 30 s")
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        emulator.stage.people(0)
        server.should_exit = True
        thread.join(30)
        listener.close()
