"""What of a site belongs to its rights, its editing and its administration."""

from dataclasses import dataclass, field

from connectors.emulation import Courier
from connectors.jira.emulator.courier import courier
from connectors.jira.emulator.limits import Limiter
from connectors.jira.emulator.oauth import Authority

__all__ = ["BulkTask", "Hook", "Office", "ScreenScheme", "TypeScreenScheme"]


@dataclass(slots=True)
class ScreenScheme:
    """`screens` are ids by operation: default, create, edit, view."""

    id: int
    name: str
    screens: dict[str, int]


@dataclass(slots=True)
class TypeScreenScheme:
    """Which screen scheme an issue type has in these projects; `default` stands for the types not named."""

    id: int
    name: str
    project_ids: list[int]
    schemes: dict[str, int]


@dataclass(slots=True)
class BulkTask:
    """One bulk edit. Instants are epoch ms; `fate` is what a fault made of it."""

    id: int
    user_id: str
    total: int
    created: int
    status: str = "ENQUEUED"
    progress: int = 0
    started: int | None = None
    updated: int = 0
    edited: list[int] = field(default_factory=list[int])
    failed: dict[int, list[str]] = field(default_factory=dict[int, list[str]])
    unknown: int = 0
    fate: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in ("ENQUEUED", "RUNNING")


@dataclass(slots=True)
class Hook:
    """One registered webhook. `app`: by whom, for a dynamic one, else None. `expires`: epoch ms.

    base: the address that the site was called by, for links.
    """

    id: int
    url: str
    events: list[str]
    jql: str = ""
    name: str = ""
    secret: str = ""
    app: str | None = None
    expires: int | None = None
    fields: list[str] = field(default_factory=list[str])
    exclude_body: bool = False
    base: str = ""
    enabled: bool = True


@dataclass(slots=True)
class Office:
    """Hold the world's lock.

    authority: of OAuth; limiter: counts calls. context: the path that a Data Center lives below.

    checks_screens: whether an edit refuses what is on no edit screen.
    quiet_edits: what `notifyUsers=false` without the right brings: `refuse`, or `ignore` as the documents say.
    locked_statuses: in which no issue can be edited, as a property of the workflow says.
    conflicts: so many of the next edits are answered with 409.
    portal_names: what customers read instead of a status's name, by its id.
    courier: brings webhooks; signs_hooks: whether they are signed, as older servers do not.
    in_bulk: whether a bulk task is just being done.
    deletions: when fields were asked to be deleted, epoch ms by task.
    mail: notifications sent; bulk_delay: seconds from queueing to running, and again until a bulk task is done.
    """

    authority: Authority
    limiter: Limiter
    context: str = ""
    checks_screens: bool = True
    quiet_edits: str = "refuse"
    locked_statuses: set[int] = field(default_factory=set[int])
    conflicts: int = 0
    portal_names: dict[int, str] = field(default_factory=dict[int, str])
    mail: int = 0
    bulk_delay: float = 0.2
    most_tasks: int = 5
    fates: list[str] = field(default_factory=list[str])
    deletions: dict[int, int] = field(default_factory=dict[int, int])
    tasks: dict[int, BulkTask] = field(default_factory=dict[int, BulkTask])
    screen_schemes: dict[int, ScreenScheme] = field(default_factory=dict[int, ScreenScheme])
    type_schemes: dict[int, TypeScreenScheme] = field(default_factory=dict[int, TypeScreenScheme])
    courier: Courier = field(default_factory=courier)
    signs_hooks: bool = True
    in_bulk: bool = False
    hooks: dict[int, Hook] = field(default_factory=dict[int, Hook])
    most_rows: int = 50
