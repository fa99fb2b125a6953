"""Probe: whose account a connection reaches, and what is missing there."""

from core.errors import RetryLater, SourceError, SourceRefused
from core.flows import reach, word_findings
from core.flows.consent_findings import ending, step
from core.flows.noting import REFUSED
from core.flows.source import Source
from core.store import Store, connections, findings

__all__ = ["probe"]


def probe(store: Store, source: Source) -> str:
    """Ask the source who it is; return the connection's state: ok, refused, unreachable or stopped.

    What the call limits forbid for now is no failure: then nothing is noted, and `waiting` returned.
    An instance other than the one first met (a cloned sandbox, a changed host) stops the connection.
    """
    now = source.host_now()
    try:
        found = source.connector.probe()
    except SourceError as error:
        if isinstance(error, RetryLater) and error.after is not None:
            reach.silent(store, source, error)
            return "waiting"
        state = "refused" if isinstance(error, SourceRefused) else "unreachable"
        reach.failed(store, source, state, str(error))
        return state
    consent = source.consent()
    ends = ending(consent, source.name, now) if consent else ""
    with store.unit() as tx:
        row = connections.get(tx, source.name)
        if row is not None and row.instance not in {None, found.instance}:
            reason = (
                f"this is {found.instance}, but the connection was made with {row.instance}; "
                "give the other instance a connection of its own"
            )
            since = row.state_since if row.state == "stopped" else now
            connections.update(tx, source.id, state="stopped", reason=reason, state_since=since)
            findings.note(tx, source.name, "instance", source.name, reason, now)
            return "stopped"
        connections.update(
            tx,
            source.id,
            instance=found.instance,
            account=found.account,
            actor=found.actor,
            skew=source.meter.skew(),
        )
        if row is not None and row.state == "stopped":
            connections.update(tx, source.id, state="new", reason="", state_since=now)
        findings.end(tx, source.name, "instance", None, now)
        findings.end(tx, source.name, REFUSED, None, now)
        if not source.failing:
            reach.well(tx, source)
        word_findings.note(tx, source)
        missing = set(found.problems)
        for old in findings.open_ones(tx, source.name):
            if old.code == "probe" and old.text not in missing:
                findings.end(tx, source.name, "probe", old.subject, now)
        for text in found.problems:
            findings.note(tx, source.name, "probe", text[:300], text, now)
        if consent and ends:
            findings.note(tx, source.name, "consent_ends", source.name, ends, now, step=step(consent, now))
        else:
            findings.end(tx, source.name, "consent_ends", None, now)
    return "ok"
