"""slahub init: the first folder."""

from pathlib import Path

from core.settings import starter
from slahub.cli.out import near, say

__all__ = ["init"]


def init(folder: Path) -> None:
    """Write the starter files, and say what comes next."""
    for path in starter(folder):
        say(f"wrote {near(path)}")
    say(f"Next: put your helpdesk into {near(folder / 'connections.yaml')}, then run 'slahub check'.")
