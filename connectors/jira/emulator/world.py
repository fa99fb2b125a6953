"""The emulated site's state and its indexes. Everything that reads or changes it holds `lock`."""

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors.emulation import Dice, WorldClock
from connectors.jira.emulator.index import SearchIndex
from connectors.jira.emulator.limits import Limiter
from connectors.jira.emulator.oauth import Authority
from connectors.jira.emulator.office import Office
from connectors.jira.emulator.records import (
    Comment,
    Flavour,
    History,
    Issue,
    Link,
    LinkType,
    Organisation,
    RequestType,
    SlaMetric,
    User,
)
from connectors.jira.emulator.site_records import (
    Context,
    Field,
    IssueType,
    Option,
    Priority,
    Project,
    Resolution,
    Screen,
    Status,
)
from connectors.jira.emulator.traps import Traps

__all__ = ["Happening", "World"]


@dataclass(frozen=True, slots=True)
class Happening:
    """What listeners are told of, after it was done.

    kind: created, updated, deleted, commented, comment_changed, comment_deleted, property_set, property_deleted,
        linked, rated.
    """

    kind: str
    issue: Issue
    at: int
    author: str | None
    history: History | None = None
    comment: Comment | None = None
    name: str = ""  # of the property


class World:
    """Issues, people and settings of one site, and what falls due by itself."""

    def __init__(self, clock: WorldClock, seed: int, flavour: Flavour) -> None:
        self.clock = clock
        self.seed = seed
        self.flavour: Flavour = flavour
        self.lock = threading.RLock()
        self.dice = Dice(seed)
        self.traps = Traps()
        self.site_zone = "America/Los_Angeles" if flavour == "cloud" else "Australia/Sydney"
        self.epoch_literals = True  # whether a Data Center takes milliseconds in JQL
        self.denied: set[str] = set()  # permissions that nobody has
        self.search_maximum = 1000  # `jira.search.views.default.max` of a Data Center; Cloud lowers its own as it likes
        self.sla_as_text = False  # as some Data Center versions give SLA fields
        self.users: dict[str, User] = {}
        self.projects: dict[int, Project] = {}
        self.statuses: dict[int, Status] = {}
        self.priorities: dict[int, Priority] = {}
        self.resolutions: dict[int, Resolution] = {}
        self.types: dict[int, IssueType] = {}
        self.fields: dict[str, Field] = {}
        self.contexts: dict[int, Context] = {}
        self.options: dict[int, Option] = {}
        self.screens: dict[int, Screen] = {}
        self.link_types: dict[int, LinkType] = {}
        self.organisations: dict[int, Organisation] = {}
        self.request_types: dict[int, RequestType] = {}
        self.sla_metrics: dict[int, SlaMetric] = {}
        self.issues: dict[int, Issue] = {}  # deleted ones too
        self.keys: dict[str, int] = {}  # of now and before -> issue id
        self.comments: dict[int, Comment] = {}
        self.links: dict[int, Link] = {}
        self.office = Office(
            Authority(clock.exact, seed), Limiter(time.monotonic, clock.exact, cloud=flavour == "cloud")
        )
        self.index = SearchIndex(self._lag)
        self.listeners: list[Callable[[Happening], None]] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers: dict[str, int] = {}

    def now(self) -> int:
        """Return the site's time in seconds."""
        return self.clock.now()

    def ms(self) -> int:
        """Return the site's time in milliseconds."""
        return int(self.clock.exact() * 1000)

    def number(self, of: str = "", first: int = 1) -> int:
        """Return the next number of a sequence: `issue`, `history`, `comment`, ..."""
        self._numbers[of] = self._numbers.get(of, first - 1) + 1
        return self._numbers[of]

    def next_key(self, project: Project) -> str:
        project.last_number += 1
        return f"{project.key}-{project.last_number}"

    def tell(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)

    def later(self, due: float, act: Callable[[], None]) -> None:
        """Let `act` happen at `due`, in seconds. It runs inside the next `settle` after that."""
        heapq.heappush(self._due, (due, self.number("due"), act))

    def settle(self) -> None:
        """Let everything happen that fell due since the last look, each at its own time."""
        now = self.clock.exact()
        while self._due and self._due[0][0] <= now:
            due, _, act = heapq.heappop(self._due)
            with self.clock.at(due):
                act()
        self.index.settle(int(now * 1000), self.find)

    def find(self, issue_id: int) -> Issue | None:
        """Return an issue that is not deleted."""
        issue = self.issues.get(issue_id)
        return None if issue is None or issue.deleted is not None else issue

    def named(self, id_or_key: str) -> Issue | None:
        """Return the issue of this id or key, be the key an old one, unless it is deleted."""
        issue_id = int(id_or_key) if id_or_key.isdecimal() else self.keys.get(id_or_key.upper())
        return None if issue_id is None else self.find(issue_id)

    def project_of(self, issue: Issue) -> Project:
        return self.projects[issue.project_id]

    def project_named(self, name: str) -> Project | None:
        """Return the project of this id, key, earlier key or name."""
        wanted = name.lower()
        for one in self.projects.values():
            if wanted in (str(one.id), one.key.lower(), one.name.lower(), *(old.lower() for old in one.old_keys)):
                return one
        return None

    def field_of(self, custom: str) -> Field | None:
        """Return the first field of a type, by its key or what follows the colon: `vp-origin`."""
        for one in self.fields.values():
            if one.custom and (one.custom == custom or one.custom.endswith(f":{custom}")):
                return one
        return None

    def _lag(self, issue: Issue) -> int:
        own = self.traps.lags.get(issue.id)
        if own is not None:
            return int(own * 1000)
        if "index_lag" not in self.traps:
            return 0
        share = self.dice.uniform(0.1, 3.0) if "mixed_lag" in self.traps else 1.0
        return int(self.traps.lag * share * 1000)
