"""A service that an admin is told by, on a socket: it keeps what it was told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Service", "service"]


class Service:
    """texts: what was told, in the order in which it came. url: as Apprise takes it."""

    def __init__(self, port: int, texts: list[str]) -> None:
        self.url, self.texts = f"json://127.0.0.1:{port}/admin?rto=5", texts


@contextmanager
def service() -> Iterator[Service]:
    """Take messages inside the block."""
    texts: list[str] = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            texts.append(f"{told['title']}\n{told['message']}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield Service(server.server_port, texts)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
