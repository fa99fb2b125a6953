"""How long is looked, and how much time and memory one example may take."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

from hypothesis import HealthCheck, settings

__all__ = ["bounded", "looked"]

TIMES = int(os.environ.get("FUZZ", "1"))
"""So many times as many examples as usual, and other ones each time."""

SLOWEST = 10.0
"""Seconds of work for one example: far more than any takes, on a busy machine too."""

LARGEST = 300 * 1024
"""KiB by which the process may grow for one example."""


def looked(examples: int) -> settings:
    """Return how a test looks at so many examples."""
    return settings(
        max_examples=examples * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when what is done inside takes long, or very much memory."""
    began, before = process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert process_time() - began < SLOWEST
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < LARGEST
