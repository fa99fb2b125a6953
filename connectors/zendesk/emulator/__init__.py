"""Zendesk Support in small: an HTTP server for tests and the demo, deterministic from a seed."""

from connectors.emulation import serve
from connectors.zendesk.emulator.account import SLA_FIELDS
from connectors.zendesk.emulator.auth import CODE, FIRST_REFRESH, KNOWN
from connectors.zendesk.emulator.emulator import Emulator
from connectors.zendesk.emulator.profiles import PROFILES
from connectors.zendesk.emulator.stage import Stage
from connectors.zendesk.emulator.world import FEATURES

__all__ = ["CODE", "FEATURES", "FIRST_REFRESH", "KNOWN", "PROFILES", "SLA_FIELDS", "Emulator", "Stage", "serve"]
