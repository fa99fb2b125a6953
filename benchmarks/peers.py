from benchmarks.databases import Databases
from benchmarks.measure import Table


def measure(databases: Databases, runs: int) -> Table:
    return Table("peers", ("a",), [])
