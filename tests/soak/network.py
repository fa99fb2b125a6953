"""A network between the hub and a helpdesk, which can be cut: a relay of bytes in threads."""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Network", "network"]

CHUNK = 65_536
LOOK = 0.1


class Network:
    """Relays connections to one port. `cut` ends all that are open and refuses new ones, or lets them hang."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(LOOK)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._over = threading.Event()
        self._cut = threading.Event()
        self._silent = threading.Event()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def cut(self, *, silent: bool) -> None:
        """Cut the network. silent: nothing comes through, and nobody is told."""
        (self._silent if silent else self._cut).set()

    def mend(self) -> None:
        """Let everything through again."""
        self._cut.clear()
        self._silent.clear()

    def close(self) -> None:
        """End all connections, and take no new ones."""
        self._over.set()
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                here, _ = self._listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=self._relay, args=(here,), daemon=True).start()

    def _relay(self, here: socket.socket) -> None:
        with contextlib.suppress(OSError), here:
            if self._cut.is_set():
                _reset(here)
                return
            with socket.create_connection(("127.0.0.1", self._port)) as there:
                other = {here: there, there: here}
                while not self._over.is_set():
                    if self._cut.is_set():
                        _reset(here)
                        return
                    ready, _, _ = select.select([*other], [], [], LOOK)
                    for one in () if self._silent.is_set() else ready:
                        part = one.recv(CHUNK)
                        if not part:
                            return
                        other[one].sendall(part)


def _reset(here: socket.socket) -> None:
    """Have the other side see a reset, as of a cable that is pulled."""
    here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def network(port: int) -> Iterator[Network]:
    """Relay to a port inside the block."""
    made = Network(port)
    try:
        yield made
    finally:
        made.close()
