"""Probe: whose account a connection reaches, and what is missing there."""

from core.errors import SourceError, SourceRefused
from core.flows.source import Source
from core.store import Store, connections, findings

__all__ = ["probe"]


def probe(store: Store, source: Source) -> str:
    """Ask the source who it is; return the connection's state: ok, refused, unreachable or stopped.

    An instance other than the one first met (a cloned sandbox, a changed host) stops the connection.
    """
    now = source.host_now()
    try:
        found = source.connector.probe()
    except SourceError as error:
        state = "refused" if isinstance(error, SourceRefused) else "unreachable"
        with store.unit() as tx:
            row = connections.get(tx, source.name)
            since = now if row is None or row.state != state else row.state_since
            connections.update(tx, source.id, state=state, reason=str(error), state_since=since)
            findings.note(tx, source.name, state, source.name, str(error), now)
        return state
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        if row is not None and row.instance not in {None, found.instance}:
            reason = (
                f"this is {found.instance}, but the connection was made with {row.instance}; "
                "give the other instance a connection of its own"
            )
            connections.update(tx, source.id, state="stopped", reason=reason, state_since=now)
            findings.note(tx, source.name, "instance", source.name, reason, now)
            return "stopped"
        connections.update(
            tx,
            source.id,
            instance=found.instance,
            account=found.account,
            actor=found.actor,
            state="ok",
            reason="",
            skew=source.meter.skew(),
            state_since=now if row is None or row.state != "ok" else row.state_since,
        )
        for code in ("refused", "unreachable", "instance"):
            findings.end(tx, source.name, code, None, now)
        missing = set(found.problems)
        for old in findings.open_ones(tx, source.name):
            if old.code == "probe" and old.text not in missing:
                findings.end(tx, source.name, "probe", old.subject, now)
        for text in found.problems:
            findings.note(tx, source.name, "probe", text[:300], text, now)
    return "ok"
