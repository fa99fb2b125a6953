"""A helpdesk's whole past read by the hub and by a bare loop, each in a process of its own."""

from collections.abc import Callable, Mapping
from statistics import median

from benchmarks.child import Taken, reading
from benchmarks.databases import KINDS, Databases, migrated
from benchmarks.desk import Desk
from benchmarks.measure import Table

__all__ = ["measure"]

WAYS = ("bare", "hub")
HEAD = (
    "Read into",
    "Tickets",
    "Tickets a second",
    "Bare loop",
    "Of its rate",
    "CPU s a 10,000",
    "Bare loop",
    "Peak memory",
    "With a tenth of the tickets",
    "Times",
)


def measure(desk: Desk, tenth: Desk, databases: Databases, runs: int, *, lasting: bool = False) -> Table:
    """Return how fast the desk is read, and how much memory it takes compared to one with a tenth of the tickets."""
    for each in (desk, tenth):
        _read(each, databases, "SQLite", "bare")  # the helpdesk renders its pages, which nobody counts
    rows: list[tuple[str, ...]] = []
    for kind in KINDS:
        taken: Mapping[str, list[Taken]] = {way: [] for way in WAYS}
        small: list[Taken] = []
        for _ in range(runs):
            for way in WAYS:
                taken[way].append(_read(desk, databases, kind, way))
            small.append(_read(tenth, databases, kind, "hub"))
        bare, hub = (_Medians(taken[way]) for way in WAYS)
        peak, little = hub.of(lambda one: one.peak), _Medians(small).of(lambda one: one.peak)
        rate = {way: desk.tickets / each.of(lambda one: one.wall) for way, each in (("hub", hub), ("bare", bare))}
        cpu = {
            way: each.of(lambda one: one.cpu) * 10_000 / desk.tickets for way, each in (("hub", hub), ("bare", bare))
        }
        rows.append(
            (
                kind,
                f"{desk.tickets:,}",
                f"{rate['hub']:,.0f}",
                f"{rate['bare']:,.0f}",
                # Of neighbours in time: what else the machine does changes from one to the next.
                f"{median(one.wall / other.wall for one, other in zip(*taken.values(), strict=True)):.2f}",
                f"{cpu['hub']:.2f}",
                f"{cpu['bare']:.2f}",
                f"{peak:.0f} MiB",
                f"{little:.0f} MiB",
                f"{peak / little:.2f}",
            )
        )
    return Table("backfill", HEAD, rows, lasting=lasting)


class _Medians:
    def __init__(self, taken: list[Taken]) -> None:
        self._taken = taken

    def of(self, what: Callable[[Taken], float]) -> float:
        return median(what(each) for each in self._taken)


def _read(desk: Desk, databases: Databases, kind: str, way: str) -> Taken:
    url = databases(kind)
    with migrated(url):
        pass
    return reading(way, desk.url, url)
