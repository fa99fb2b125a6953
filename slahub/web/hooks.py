"""Hints as they come in: bounded, checked, noted, answered. Whatever is looked at because of them comes later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from core.errors import Forged, SourceError, StoreError
from core.flows.source import Source
from core.hub import Hub
from core.ports import Hint, TakesHints
from core.store import hints

__all__ = ["ACCEPTED", "FORGED", "LATER", "UNKNOWN", "Hook", "hook", "note", "read"]

log = structlog.get_logger("slahub")

ACCEPTED, FORGED, UNKNOWN, LATER = 202, 401, 404, 503
"""What a delivery is answered with; LATER: helpdesks send it again."""

PATIENCE = 3.0
"""Seconds that another process may keep the database; helpdesks wait for ten at most."""

TOLD_EVERY = timedelta(hours=1)
"""Anybody can send what is not signed, as often as they like: the log tells of it now and then."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A connection that takes hints, and what reads them."""

    source: Source
    takes: TakesHints


def hook(hub: Hub, name: str) -> Hook | None:
    """Return the connection of that name, if there is one and it takes hints."""
    source = hub.sources.get(name)
    if source is None or not source.hint_secret or not isinstance(source.connector, TakesHints):
        return None
    return Hook(source, source.connector)


def read(at: Hook, headers: Mapping[str, str], body: bytes) -> Sequence[Hint] | None:
    """Return what a delivery says; None for one that is not taken, which is counted and now and then logged."""
    source = at.source
    try:
        return at.takes.hints(headers, body, source.hint_secret, source.now())
    except SourceError as error:
        outcome = "forged" if isinstance(error, Forged) else "unreadable"
        source.metrics.hinted(source.name, outcome)
        if not source.resting(outcome):
            source.rest(outcome, TOLD_EVERY)
            log.warning("a hint was not taken", connection=source.name, reason=str(error))
        return None


def note(hub: Hub, source: Source, told: Sequence[Hint]) -> int:
    """Note where to look, and return the status to answer with. What was noted before costs a look into an index."""
    if not told:
        source.metrics.hinted(source.name, "none")
        return ACCEPTED
    try:
        with hub.store.view() as tx:
            known = hints.known(tx, source.id, told)
        new = [each for each in told if each.delivery not in known]
        noted = 0
        if new:
            with hub.store.unit(patience=PATIENCE) as tx:
                noted = hints.note(tx, source.id, new, source.now(), source.host_now())
    except StoreError as error:
        source.metrics.hinted(source.name, "later")
        if not source.resting("later"):
            source.rest("later", TOLD_EVERY)
            log.warning("a hint could not be kept", connection=source.name, reason=str(error))
        return LATER
    source.metrics.hinted(source.name, "noted", noted)
    source.metrics.hinted(source.name, "again", len(told) - noted)
    return ACCEPTED
