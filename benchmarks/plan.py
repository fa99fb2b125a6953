"""A draft tried on a whole past: `python -m benchmarks.plan URL` prints what a filled database took."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from benchmarks.child import peak
from benchmarks.databases import KINDS, Databases, migrated
from benchmarks.measure import Table
from benchmarks.past import EVENTS, NOW, draft, fill, in_force
from benchmarks.tickets import desk
from core.flows.plan import Asked, Part, Trial
from core.flows.plan_parts import compare, lots
from core.flows.stop import StopSignal
from core.store import Store

__all__ = ["Tried", "measure", "tried"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a plan took. seconds: by the wall; read, replay, compare: the same, over all processes.

    cpu: seconds of processor time of the hub's processes, their start included; a database server's is not in it.

    peak: the most memory that all processes can have had together, in MiB.
    """

    tickets: int
    changes: int
    seconds: float
    cpu: float
    read: float
    replay: float
    compare: float
    peak: float


def measure(databases: Databases, tickets: int, *, lasting: bool) -> Table:
    """Return how long a draft is tried on so many tickets, on both databases."""
    return Table("plan", _HEAD, list(_rows(databases, tickets)), lasting)


_HEAD = (
    "Stored in",
    "Tickets",
    "Events",
    "Seconds",
    "CPU s a 10,000 tickets",
    "Read",
    "Replay",
    "Compare",
    "Peak memory",
)


def _rows(databases: Databases, tickets: int) -> Iterator[Sequence[str]]:
    for kind in KINDS:
        url = databases(kind)
        with migrated(url) as store:
            fill(store, tickets)
        command = [sys.executable, "-m", "benchmarks.plan", url]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = Tried(**json.loads(done.stdout))
        whole = found.read + found.replay + found.compare
        shares = (f"{100 * each / whole:.0f} %" for each in (found.read, found.replay, found.compare))
        cost = f"{found.cpu / found.tickets * 10_000:.2f}"
        events = f"{tickets * EVENTS:,}"
        yield kind, f"{found.tickets:,}", events, f"{found.seconds:.1f}", cost, *shares, f"{found.peak:,.0f} MiB"


def tried(url: str, processes: int) -> Tried:
    """Try the benchmark's draft on a filled database."""
    mapping = desk().mapping
    trial = Trial(url, (in_force(),), draft(), (Asked(1, "desk", NOW, mapping, mapping),))
    store, whole, began = Store(url), Part(), time.perf_counter()
    for part in compare(trial, store, lots(store, trial), processes, StopSignal()):
        whole.absorb(part)
    seconds = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 * (processes if processes > 1 else 0)
    return Tried(
        tickets=whole.tickets,
        changes=whole.tallies.total.changes(),
        seconds=seconds,
        cpu=sum(each.ru_utime + each.ru_stime for each in used),
        **asdict(whole.seconds),
        peak=peak() + children,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(tried(sys.argv[1], os.cpu_count() or 1))))
