"""Jira in small: an HTTP server for tests and the demo, deterministic from a seed; Cloud or Data Center."""

from connectors.emulation import serve
from connectors.jira.emulator.emulator import Emulator
from connectors.jira.emulator.gate import KNOWN
from connectors.jira.emulator.stage import Stage
from connectors.jira.emulator.traps import TRAPS

__all__ = ["KNOWN", "TRAPS", "Emulator", "Stage", "serve"]
