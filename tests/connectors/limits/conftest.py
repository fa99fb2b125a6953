"""A clock that tests move."""

from datetime import UTC, datetime

import pytest

START = datetime(2026, 5, 11, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.passed = 1000.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def clock() -> Clock:
    return Clock()
