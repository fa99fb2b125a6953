"""One reading in a process of its own: `python -m benchmarks.child hub|bare URL DATABASE` prints what it took."""

import json
import re
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import bare, hub
from core.store import Store

__all__ = ["Taken", "peak", "reading"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reading took, without the start of its process. wall, cpu: seconds; cpu of this process alone.

    peak: the most memory it ever had, with its interpreter, in MiB.
    """

    wall: float
    cpu: float
    peak: float


def reading(way: str, url: str, database: str) -> Taken:
    """Read the helpdesk into an empty, migrated database in a child process; way: `hub` or `bare`."""
    command = [sys.executable, "-m", "benchmarks.child", way, url, database]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Taken(**json.loads(done.stdout))


def _main() -> None:
    way, url, database = sys.argv[1:]
    store = Store(database)
    work: Any = _hub if way == "hub" else bare.pull
    wall, cpu = time.perf_counter(), time.process_time()
    work(store, url)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    store.close()
    print(json.dumps(asdict(Taken(wall, cpu, peak()))))


def peak() -> float:
    """Return the most memory that this process ever had, in MiB."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # What `getrusage` tells on Linux counts the process in which this one was started too.
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text("ascii"))
    return int(found[1]) / 1024 if found else 0.0


def _hub(store: Store, url: str) -> None:
    with hub.open_source(store, url) as source:
        done = hub.pull(store, source, forced=True)
    if done.reason:
        raise RuntimeError(f"the reading broke off: {done.reason}")


if __name__ == "__main__":
    _main()
