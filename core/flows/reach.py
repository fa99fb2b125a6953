"""How a connection stands: noted once when it changes, with the finding that tells of it."""

from datetime import datetime, timedelta

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows.source import Source
from core.ports import Stop
from core.store import Store, Tx, connections, findings

__all__ = ["PAUSE", "broken", "failed", "silent", "state_of", "well"]

NOT_WELL = ("refused", "unreachable", "failed")

PAUSE = timedelta(seconds=30)
"""How long what failed is left alone where the source names no time."""


def state_of(error: SourceError) -> str:
    """Return the state that a connection is in after such an error: refused, unreachable or failed."""
    if isinstance(error, SourceRefused):
        return "refused"
    return "unreachable" if isinstance(error, RetryLater) else "failed"


def broken(store: Store, source: Source, what: str, error: SourceError, stop: Stop) -> str:
    """Let `what` rest after an error, and note it; return the reason, empty where it is no failure.

    None is what the call limits forbid for now, and what breaks off because the work is to end.
    """
    after = error.after if isinstance(error, RetryLater) else None
    source.rest(what, after or PAUSE)
    if stop.reached() or after is not None:
        return ""
    state = state_of(error)
    if state == "failed":
        source.failing[what] = f"{what}: {error}"
    failed(store, source, state, str(error))
    return str(error)


def failed(store: Store, source: Source, state: str, reason: str) -> None:
    """Note that the source gave nothing, and why. A stopped connection stays stopped."""
    now = source.host_now()
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        if row is None or row.state == "stopped":
            return
        if (row.state, row.reason) != (state, reason):
            since = row.state_since if row.state == state else now
            connections.update(tx, source.id, state=state, reason=reason, state_since=since)
        _only(tx, source, state, now)
        findings.note(tx, source.name, state, source.name, reason, now)


def well(tx: Tx, source: Source) -> None:
    """Note in the caller's unit that the source answers. A stopped connection stays stopped."""
    row = connections.get(tx, source.name)
    if row is None or row.state == "stopped":
        return
    now = source.host_now()
    if row.state != "ok":
        connections.update(tx, source.id, state="ok", reason="", state_since=now)
    _only(tx, source, "ok", now)


def _only(tx: Tx, source: Source, state: str, now: datetime) -> None:
    for code in NOT_WELL:
        if code != state:
            findings.end(tx, source.name, code, None, now)


def silent(store: Store, source: Source, error: RetryLater) -> None:
    """Note that the source has put us off for so long that what is known of it is stale."""
    with store.view() as tx:
        row = connections.get(tx, source.name)
    since = row.last_success_at or row.state_since if row is not None else None
    if since is not None and source.host_now() - since > source.settings.stale_after:
        failed(store, source, "unreachable", str(error))
