"""The signal that ends bounded work: set once, seen by every waiting thread."""

import threading
import weakref

__all__ = ["StopSignal"]


class StopSignal:
    """Satisfies `core.ports.Stop`; waits end as soon as it is set."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._parts = weakref.WeakSet[StopSignal]()

    def set(self) -> None:
        """Ask everything that looks at this signal, or at a part of it, to end."""
        self._event.set()
        for part in list(self._parts):
            part.set()

    def part(self) -> "StopSignal":
        """Return a signal that is set with this one, and may be set before it."""
        made = StopSignal()
        self._parts.add(made)
        if self.reached():
            made.set()
        return made

    def reached(self) -> bool:
        """Say whether the work should end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return true as soon as the signal is set."""
        return self._event.wait(seconds)
