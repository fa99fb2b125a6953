"""Jobs that break, kept as findings from the first time until one succeeds, across restarts."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from core.errors import StoreError
from core.flows.alert_kinds import JOB
from core.ports import Now
from core.store import Store, findings

__all__ = ["BrokenJobs"]


@dataclass(slots=True)
class BrokenJobs:
    """Which jobs are known to break. Where the database is what is broken, the log alone tells of it."""

    names: set[str] = field(default_factory=set[str])

    def take_over(self, store: Store, planned: Collection[str], now: Now) -> None:
        """Take over what an earlier process has noted, and end what is said of jobs that are no more."""
        with suppress(StoreError):
            with store.view() as tx:
                self.names |= {each.subject for each in findings.open_ones(tx, "") if each.code == JOB}
            self._end(store, self.names - set(planned), now)

    def broke(self, store: Store, name: str, text: str, now: Now) -> None:
        """Note that a job broke."""
        with suppress(StoreError):
            with store.unit() as tx:
                findings.note(tx, "", JOB, name, f"the job `{name}` breaks: {text}", now())
            self.names.add(name)

    def well(self, store: Store, name: str, now: Now) -> None:
        """Note that a job came to its end; nothing is done for one that did before."""
        if name in self.names:
            with suppress(StoreError):
                self._end(store, {name}, now)

    def _end(self, store: Store, names: Iterable[str], now: Now) -> None:
        over = list(names)
        if over:
            with store.unit() as tx:
                for name in over:
                    findings.end(tx, "", JOB, name, now())
            self.names.difference_update(over)
