"""Hints: sources are asked to tell by themselves that a ticket has changed, and asked again before that ends."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.errors import RetryLater, SourceError
from core.flows.source import Done, Source
from core.ports import Registered, RegistersHints, Registration, Untaken
from core.settings import Mode
from core.store import Store, connections, findings, registrations
from core.store.registrations import Kept

__all__ = ["EVERY", "FLOW", "keep_registered"]

FLOW: Final = "hints"

CODE: Final = "hints"
"""Of the findings: about one thing that the source sends no hints for, or about all of them."""

EVERY: Final = timedelta(days=1)
AGAIN: Final = timedelta(hours=1)
"""After an error; polling goes on meanwhile as if there were no hints."""

LEAST: Final = 2 * EVERY
"""What has less left is renewed, however long it lasts in all: the next look may come late."""


def keep_registered(store: Store, source: Source, url: str, secret: str, now: datetime) -> Done:
    """Have the source send hints to `url`, signed with `secret`; nothing is asked where all is as it was.

    url: empty: what was registered is taken back. now: the source's time.
    What fails is told as a finding and stops nothing: hints only make the hub look sooner.
    """
    done, connector = Done(FLOW, source.name), source.connector
    if not isinstance(connector, RegistersHints) or source.settings.mode is Mode.OBSERVE:
        return done
    mark = _mark(source, url, secret) if url else ""
    before = source.meter.calls()
    try:
        changed = _Keeping(store, source, connector, now).keep(url, secret, mark)
    except SourceError as error:
        after = error.after if isinstance(error, RetryLater) else None
        source.rest(FLOW, max(AGAIN, after or AGAIN))
        done = replace(done, calls=source.meter.calls() - before)
        if after is not None:
            # What the call limits forbid for now is no failure.
            return done
        with store.unit() as tx:
            text = f"the helpdesk could not be asked for hints: {error}"
            findings.note(tx, source.name, CODE, "", text, source.host_now())
        return replace(done, reason=str(error))
    source.rest(FLOW, EVERY)
    return replace(done, changed=changed, calls=source.meter.calls() - before)


class _Keeping:
    """One look at what is registered, and what follows from it."""

    def __init__(self, store: Store, source: Source, connector: RegistersHints, now: datetime) -> None:
        self._store, self._source, self._connector, self._now = store, source, connector, now

    def keep(self, url: str, secret: str, mark: str) -> int:
        """Return how many registrations are other than before."""
        with self._store.view() as tx:
            known = registrations.every(tx, self._source.id)
        right = [each for each in known if (each.registration.url, each.signed_with) == (url, mark)]
        wrong = [each.registration for each in known if each not in right]
        changed = self._take_back(wrong) if wrong else 0
        if not url:
            self._told(())
            return changed
        found = self._connector.register(url, secret, [each.registration for each in right])
        changed += self._keep(found.there, mark)
        due = self._due(found.there)
        if due:
            renewed = self._connector.renew(due, self._now)
            ends = {each.id: each for each in renewed.there}
            self._keep([ends.get(each.id, each) for each in found.there], mark)
            changed += len(ends)
            found = Registered(found.there, (*found.untaken, *renewed.untaken))
        self._told(found.untaken)
        return changed

    def _take_back(self, wrong: Sequence[Registration]) -> int:
        """Take back what leads elsewhere or is signed with another secret, before it is asked for anew."""
        self._connector.unregister(wrong)
        with self._store.unit() as tx:
            connections.hold(tx, self._source.id)
            return registrations.forget(tx, self._source.id, [each.id for each in wrong])

    def _keep(self, there: Sequence[Registration], mark: str) -> int:
        with self._store.unit() as tx:
            connections.hold(tx, self._source.id)
            return registrations.keep(tx, self._source.id, there, mark, self._now)

    def _due(self, there: Iterable[Registration]) -> list[Registration]:
        """Return those of which less than a third is left."""
        with self._store.view() as tx:
            since = {each.registration.id: each for each in registrations.every(tx, self._source.id)}
        return [each for each in there if each.id in since and _ends_soon(since[each.id], self._now)]

    def _told(self, untaken: Sequence[Untaken]) -> None:
        """Have the findings be about these, and end all others."""
        reasons = {each.what: f"the helpdesk sends no hints for {each.what}: {each.reason}" for each in untaken}
        name, at = self._source.name, self._source.host_now()
        with self._store.view() as tx:
            open_ones = [each for each in findings.open_ones(tx, name) if each.code == CODE]
        if {each.subject: each.text for each in open_ones} == reasons:
            return
        with self._store.unit() as tx:
            for each in open_ones:
                if each.subject not in reasons:
                    findings.end(tx, name, CODE, each.subject, at)
            for what, text in reasons.items():
                findings.note(tx, name, CODE, what, text, at)


def _ends_soon(kept: Kept, now: datetime) -> bool:
    end = kept.registration.expires_at
    return end is not None and end - now < max((end - kept.since) / 3, LEAST)


def _mark(source: Source, url: str, secret: str) -> str:
    """Return what is another with another secret, and too slow to be tried out for many."""
    salt = f"{source.name}\0{url}".encode()
    return hashlib.scrypt(secret.encode(errors="surrogateescape"), salt=salt, n=2**14, r=8, p=1, dklen=16).hex()
