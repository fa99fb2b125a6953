"""Everything one emulated instance is made of, and its clock, its dice and its numbers."""

import hashlib
import heapq
import threading
from collections.abc import Callable, Iterator
from typing import Literal

from connectors.emulation import Dice, WorldClock
from connectors.servicenow.emulator.choices import Choices
from connectors.servicenow.emulator.records import Account, Row, Update
from connectors.servicenow.emulator.schema import Schema
from connectors.servicenow.emulator.stamps import stamp
from connectors.servicenow.emulator.traps import Traps

__all__ = ["INDEXED", "Sight", "World"]

Sight = Literal["rows", "empty", "forbidden"]
INDEXED = {"sys_audit": "documentkey", "sys_journal_field": "element_id", "task_sla": "task"}
"""Table -> the column that its rows can be found by quickly; it never changes."""

Draft = dict[str, str]
Before = Callable[["World", Row, Draft, str], None]
"""Looks at a save before it is made (the row as it was, what shall be written, by whom), and may add to the draft."""


class World:
    """One instance. Hold `lock` around everything.

    rows: table -> sys_id -> record, of the class itself. updates: sys_id of a ticket -> its saves, in order.
    hidden: tickets that an ACL hides from all but administrators. corrupt: records that break each page.
    """

    def __init__(self, clock: WorldClock, seed: int, schema: Schema) -> None:
        self.lock = threading.RLock()
        self.clock, self.seed, self.schema = clock, seed, schema
        self.dice = Dice(f"{seed} play")
        self.traps = Traps()
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in schema.tables}
        self.indexes: dict[str, dict[str, list[Row]]] = {name: {} for name in INDEXED}
        self.accounts: dict[str, Account] = {}
        self.user_ids: dict[str, str] = {}  # user_name -> sys_id
        self.properties: dict[str, str] = {}
        self.updates: dict[str, list[Update]] = {}
        self.gone: dict[str, tuple[Row, str]] = {}  # deleted or archived tickets, and which of the two
        self.hidden: set[str] = set()
        self.corrupt: set[str] = set()
        self.locked: set[str] = set()  # tickets that nobody but administrators may write
        self.acls: dict[tuple[str, str], Sight] = {}  # (table, user name, empty for all) -> instead of the usual
        self.unreadable: set[tuple[str, str]] = set()  # (table, column)
        self.unwritable: set[tuple[str, str]] = set()
        self.aborted: set[str] = set()  # tickets whose saves over REST a business rule aborts
        self.overruled: set[str] = set()  # columns that a business rule puts back
        self.page = ""  # what every call gets instead: hibernation or login
        self.fate = ""  # of the next page: error, truncated or both
        self.batch_seconds: float | None = None  # that each item of a batch takes; None: as the dice say
        self.slots: list[float] = []  # until when slow transactions keep the node's API slots
        self.before: list[Before] = []
        self.choices = Choices(self)
        self.listeners: list[Callable[[Update], None]] = [self.choices]
        self.jobs: list[Callable[[int], None]] = []
        self.opened = False  # the past is over: from here on people and clients look
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers: dict[str, int] = {}

    def now(self) -> int:
        return self.clock.now()

    def stamp(self) -> str:
        return stamp(self.clock.now())

    def number(self, of: str = "", first: int = 1) -> int:
        """Return the next number of a sequence."""
        self._numbers[of] = self._numbers.get(of, first - 1) + 1
        return self._numbers[of]

    def new_id(self) -> str:
        """Return a sys_id that no record has."""
        count = self._numbers["sys_id"] = self._numbers.get("sys_id", 0) + 1
        return hashlib.blake2b(b"%d %d" % (self.seed, count), digest_size=16).hexdigest()

    def keep(self, row: Row) -> None:
        """Put a record into its table."""
        self.rows[row.table][row.values["sys_id"]] = row
        key = INDEXED.get(row.table)
        if key is not None:
            self.indexes[row.table].setdefault(row[key], []).append(row)

    def drop(self, row: Row) -> None:
        self.rows[row.table].pop(row.id, None)
        key = INDEXED.get(row.table)
        if key is not None:
            self.indexes[row.table][row[key]].remove(row)

    def find(self, table: str, sys_id: str) -> Row | None:
        """Return a record of a table, or of one that extends it."""
        for name in self.schema.below(table):
            found = self.rows[name].get(sys_id)
            if found is not None:
                return found
        return None

    def all(self, table: str) -> Iterator[Row]:
        """Yield every record of a table and those that extend it, committed or not."""
        for name in self.schema.below(table):
            yield from self.rows[name].values()

    def first(self, table: str, **values: str) -> Row | None:
        """Return the first record that has these values."""
        for row in self.all(table):
            if all(row[name] == value for name, value in values.items()):
                return row
        return None

    def related(self, table: str, key: str) -> list[Row]:
        """Return the rows of an indexed table that belong to a record."""
        return self.indexes[table].get(key, [])

    def later(self, due: float, act: Callable[[], object]) -> None:
        """Let `act` happen at `due`, in seconds. It runs inside the next `settle` after that."""
        heapq.heappush(self._due, (due, self.number("due"), act))

    def settle(self) -> None:
        """Let everything happen that fell due since the last look, each at its own time, then the jobs."""
        now = self.clock.exact()
        while self._due and self._due[0][0] <= now:
            due, _, act = heapq.heappop(self._due)
            with self.clock.at(due):
                act()
        if self.opened:
            for job in self.jobs:
                job(int(now))
