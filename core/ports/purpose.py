"""What a call to a source is for: whose share of the limits it takes."""

from enum import StrEnum

__all__ = ["Purpose"]


class Purpose(StrEnum):
    """Why a call is made, most urgent first: an agent sees what is written, and a breach waits for a direct look."""

    WRITES = "writes"
    HINTS = "hints"
    LIVE = "live"
    BACKFILL = "backfill"
    CENSUS = "census"
