"""People at work: a worker that keeps acting at the desk, for demos."""

import threading
from collections.abc import Callable

__all__ = ["Crew"]


class Crew:
    """Does one thing after another, in a thread of its own once `work` gave it a rate.

    step: does one thing at the desk's present moment; takes the world's lock itself.
    """

    def __init__(self, step: Callable[[], None]) -> None:
        self._step = step
        self._going_home = threading.Event()
        self._thread: threading.Thread | None = None

    def work(self, per_minute: float) -> None:
        """Work at this rate; 0 ends the work, and returns when it has ended."""
        if self._thread is not None:
            self._going_home.set()
            self._thread.join()
            self._thread = None
        if per_minute > 0:
            self._going_home.clear()
            self._thread = threading.Thread(target=self._run, args=(60 / per_minute,), name="people", daemon=True)
            self._thread.start()

    def _run(self, pause: float) -> None:
        while not self._going_home.wait(pause):
            self._step()
