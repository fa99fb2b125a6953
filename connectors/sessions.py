"""Sessions of a source that begins a new one with each call that brings no cookie: each thread goes on with its own."""

import threading
from collections import deque

import httpx

__all__ = ["Sessions"]


class _Session:
    """What a source knows one thread by. free: where it is left when the thread ends, for the next one."""

    def __init__(self, free: deque[httpx.Cookies]) -> None:
        self.free, self.waits = free, False
        try:
            self.cookies = free.pop()
        except IndexError:
            self.cookies = httpx.Cookies()

    def __del__(self) -> None:
        if not self.waits:
            self.free.append(self.cookies)


class Sessions(threading.local):
    """The cookies of one client, in memory alone. Those of one thread no other sends as long as it is there: a session
    works on one call at a time, and a source drops calls that queue for it.

    free: of threads that have ended.
    """

    def __init__(self, free: deque[httpx.Cookies]) -> None:
        # Threads come and go with each lane that is read: what each began would be one more session there.
        self._mine = _Session(free)

    def join(self, request: httpx.Request) -> None:
        """Send a request within this thread's session, if it has one."""
        mine = self._mine
        if mine.waits:
            # The last call got no answer: it may still be worked on, and this one would wait for it.
            mine.cookies.clear()
        mine.waits = True
        request.headers.pop("cookie", None)
        mine.cookies.set_cookie_header(request)

    def heard(self, response: httpx.Response) -> None:
        """Take over what an answer sets. A session may outlive its credentials, or be too busy: then it is left."""
        mine = self._mine
        mine.waits = False
        if response.status_code in {202, 401}:
            mine.cookies.clear()
        else:
            mine.cookies.extract_cookies(response)
