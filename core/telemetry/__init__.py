"""How the hub tells what it does: its log, its counts, and no secret in either."""

from core.telemetry.logs import LEVELS, logger, start_logging
from core.telemetry.metrics import Metrics
from core.telemetry.outage import Outage
from core.telemetry.redaction import MARK, clean, clean_text, hide

__all__ = ["LEVELS", "MARK", "Metrics", "Outage", "clean", "clean_text", "hide", "logger", "start_logging"]
