"""How long the command line takes to answer, against importing the libraries that it is made of."""

import resource
import subprocess
import sys
from statistics import median

from benchmarks.measure import Table

__all__ = ["measure"]

HEAD = ("What", "CPU ms", "Against the import")
IMPORT = [sys.executable, "-c", "import typer, rich"]
HELP = [sys.executable, "-m", "slahub", "--help"]


def measure(runs: int) -> Table:
    """Return the median CPU time of `slahub --help`, taken in turns with the import."""
    imported, helped = list[float](), list[float]()
    for _ in range(runs):
        imported.append(_seconds(IMPORT))
        helped.append(_seconds(HELP))
    bound, ours = median(imported), median(helped)
    return Table(
        "starting",
        HEAD,
        [
            ("importing typer and rich", f"{bound * 1000:.0f}", "1"),
            ("slahub --help", f"{ours * 1000:.0f}", f"{ours / bound:.2f}"),
        ],
    )


def _seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
