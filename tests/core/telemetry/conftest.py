import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from core.telemetry import redaction


@pytest.fixture(autouse=True)
def _process_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test an empty register of secrets, and put the process's logging back afterwards."""
    monkeypatch.setattr(redaction, "hidden", redaction.Hidden())
    root = logging.getLogger()
    handlers, level, shown = list(root.handlers), root.level, warnings.showwarning
    levels = {name: logging.getLogger(name).level for name in ("apscheduler", "httpcore", "httpx", "tzlocal")}
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    warnings.showwarning = shown
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
