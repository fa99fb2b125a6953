"""The signal that ends bounded work: set once, seen by every waiting thread."""

import threading

__all__ = ["StopSignal"]


class StopSignal:
    """Satisfies `core.ports.Stop`; waits end as soon as it is set."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask everything that looks at this signal to end."""
        self._event.set()

    def reached(self) -> bool:
        """Say whether the work should end."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; return true as soon as the signal is set."""
        return self._event.wait(seconds)
