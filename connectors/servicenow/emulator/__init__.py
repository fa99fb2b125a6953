"""ServiceNow in small: an HTTP server for tests and the demo, deterministic from a seed."""

from connectors.emulation import serve
from connectors.servicenow.emulator.emulator import Emulator
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.stage import Stage
from connectors.servicenow.emulator.traps import TRAPS

__all__ = ["KNOWN", "TRAPS", "Emulator", "Stage", "serve"]
