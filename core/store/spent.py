"""What all processes on this machine have called of a source lately: counts by stretches of a sixtieth of each limit.

With them goes what the source says of its limits, so that a process knows it before its first answer.

Counted by a clock that nobody sets, which all processes have in common until the machine is started anew.
"""

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from core.ports import Bound
from core.store import tables
from core.store.database import Store, exclusive

__all__ = ["Spent", "boot"]

PARTS = 60
MICROSECONDS = 1_000_000
BOOT = Path("/proc/sys/kernel/random/boot_id")
LONG_AGO = timedelta(days=2)
"""No limit reaches further back: what another machine has counted is nobody's after that."""


def boot() -> str:
    """Return what names this machine since it was started last."""
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:
        return platform.node()


class Spent:
    """Satisfies `core.ports.Spending` for one connection. host_now: only to know what is old.

    boot: names what the ticks of one clock have in common. ticks: seconds by that clock.
    """

    def __init__(
        self,
        store: Store,
        connection_id: int,
        host_now: Callable[[], datetime],
        *,
        boot: str,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._id, self._host_now = store, connection_id, host_now
        self._boot, self._ticks = boot, ticks

    def take(self, bounds: Sequence[Bound]) -> float:
        """Count one call against all bounds and return 0.0; or count nothing, and return the seconds to wait."""
        with self._store.unit() as tx:
            exclusive(tx, f"spent {self._id}")
            now = self._ticks()
            wait = max((self._wait(tx, each, now) for each in bounds), default=0.0)
            if wait <= 0:
                self._count(tx, bounds, now)
            return wait

    def note(self, bounds: Sequence[Bound]) -> None:
        """Count one call that was made without asking."""
        with self._store.unit() as tx:
            exclusive(tx, f"spent {self._id}")
            self._count(tx, bounds, self._ticks())

    def totals(self) -> Mapping[str, int]:
        """Return how many calls the source has said that each of its limits allows, where it has."""
        limit = tables.call_limit.c
        with self._store.view() as tx:
            rows = tx.execute(select(limit.name, limit.calls).where(limit.connection_id == self._id))
            return {row.name: row.calls for row in rows}

    def told(self, name: str, calls: int) -> None:
        """Keep that the source has said so of a limit."""
        limit = tables.call_limit
        with self._store.unit() as tx:
            exclusive(tx, f"spent {self._id}")
            tx.execute(delete(limit).where(limit.c.connection_id == self._id, limit.c.name == name))
            tx.execute(insert(limit).values(connection_id=self._id, name=name, calls=calls))

    def _wait(self, tx: Connection, bound: Bound, now: float) -> float:
        spent, grain = tables.spent.c, _grain(bound)
        rows = tx.execute(
            select(spent.part, spent.calls)
            .where(self._of(bound), spent.part >= _part(now - bound.span, grain))
            .order_by(spent.part)
        ).all()
        over = sum(row.calls for row in rows) - bound.calls + 1
        for row in rows if over > 0 else ():
            over -= row.calls
            if over <= 0:
                return float((row.part + 1) * grain / MICROSECONDS + bound.span - now)
        return 0.0

    def _count(self, tx: Connection, bounds: Sequence[Bound], now: float) -> None:
        spent = tables.spent
        for each in bounds:
            part = _part(now, _grain(each))
            more = update(spent).where(self._of(each), spent.c.part == part).values(calls=spent.c.calls + 1)
            if tx.execute(more).rowcount:
                continue
            self._forget(tx, each, now)
            row = {"connection_id": self._id, "bound": each.name, "boot": self._boot, "part": part}
            tx.execute(insert(spent).values(**row, calls=1, at=self._host_now()))

    def _forget(self, tx: Connection, bound: Bound, now: float) -> None:
        """Remove what counts no more."""
        spent = tables.spent.c
        over = and_(self._of(bound), spent.part < _part(now - bound.span, _grain(bound)))
        old = spent.at < self._host_now() - LONG_AGO
        elsewhere = and_(spent.connection_id == self._id, spent.boot != self._boot, old)
        tx.execute(delete(tables.spent).where(or_(over, elsewhere)))

    def _of(self, bound: Bound) -> ColumnElement[bool]:
        spent = tables.spent.c
        return and_(spent.connection_id == self._id, spent.bound == bound.name, spent.boot == self._boot)


def _grain(bound: Bound) -> int:
    """Return how long a part is, in microseconds."""
    return max(1, round(bound.span * MICROSECONDS / PARTS))


def _part(at: float, grain: int) -> int:
    return int(at * MICROSECONDS) // grain
