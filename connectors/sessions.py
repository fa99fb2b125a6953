"""Sessions of a source that begins a new one with each call that brings no cookie: each thread goes on with its own."""

import threading

import httpx

__all__ = ["Sessions"]


class Sessions(threading.local):
    """The cookies of one client, in memory alone. What one thread is given no other sends: a session works on one call
    at a time, and a source drops calls that queue for it.
    """

    def __init__(self) -> None:
        self._cookies = httpx.Cookies()
        self._waits = False

    def join(self, request: httpx.Request) -> None:
        """Send a request within this thread's session, if it has one."""
        if self._waits:
            # The last call got no answer: it may still be worked on, and this one would wait for it.
            self._cookies.clear()
        self._waits = True
        request.headers.pop("cookie", None)
        self._cookies.set_cookie_header(request)

    def heard(self, response: httpx.Response) -> None:
        """Take over what an answer sets. A session may outlive its credentials, or be too busy: then it is left."""
        self._waits = False
        if response.status_code in {202, 401}:
            self._cookies.clear()
        else:
            self._cookies.extract_cookies(response)
