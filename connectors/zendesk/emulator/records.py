"""What the emulated desk keeps. Instants are epoch seconds; documents are made of these only when asked for."""

from dataclasses import dataclass, field

from connectors.emulation import Doc

__all__ = [
    "API",
    "AUDIT_IDS",
    "AUTOMATION",
    "EMAIL",
    "MESSAGING",
    "RATING_IDS",
    "STATUSES",
    "SYSTEM",
    "VOICE",
    "WEB",
    "Audit",
    "Brand",
    "Comment",
    "CustomStatus",
    "Doc",
    "Draft",
    "Event",
    "Form",
    "Group",
    "Job",
    "Option",
    "Organisation",
    "Person",
    "Ticket",
    "TicketField",
    "Via",
    "Wishes",
]

AUDIT_IDS = 512  # distance between two audits' ids; the events of an audit take ids in between
RATING_IDS = 33_000_000_000_000  # and the ticket's: each ticket has one rating, which changes
STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
SYSTEM = -1  # the author of what automations and the system do


@dataclass(frozen=True, slots=True)
class Via:
    """By which channel something came in; `rule` is (id, title) of a trigger or automation."""

    channel: str
    rel: str | None = None
    rule: tuple[int, str] | None = None
    ticket_ids: tuple[int, ...] = ()


WEB, EMAIL, API = Via("web"), Via("email"), Via("api")
VOICE, MESSAGING = Via("voice"), Via("native_messaging")
AUTOMATION = Via("rule", "automation", (26155621683000, "Close ticket 4 days after status is set to solved"))


@dataclass(slots=True)
class Person:
    id: int
    name: str
    email: str
    role: str  # end-user | agent | admin
    created_at: int
    updated_at: int
    organization_id: int | None = None
    default_group_id: int | None = None
    light: bool = False
    active: bool = True
    suspended: bool = False
    time_zone: tuple[str, str] = ("Berlin", "Europe/Berlin")
    external_id: str | None = None
    only_groups: frozenset[int] | None = None  # an agent who may see the tickets in these alone; None: all

    @property
    def is_staff(self) -> bool:
        return self.role != "end-user"

    def sees(self, ticket: "Ticket") -> bool:
        return self.role == "admin" or self.only_groups is None or ticket.group_id in self.only_groups


@dataclass(slots=True)
class Organisation:
    id: int
    name: str
    created_at: int
    updated_at: int
    external_id: str | None = None
    domain_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    tier: str = "bronze"
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    name: str
    default: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Brand:
    id: int
    name: str
    subdomain: str
    default: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Form:
    id: int
    name: str
    default: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class CustomStatus:
    id: int
    category: str
    label: str
    default: bool
    created_at: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    id: int
    name: str
    value: str


@dataclass(slots=True)
class TicketField:
    id: int
    type: str
    title: str
    position: int
    created_at: int
    updated_at: int
    custom: bool = True
    active: bool = True
    tag: str | None = None
    regexp: str | None = None
    options: tuple[Option, ...] = ()
    extra: Doc = field(default_factory=dict[str, object])


@dataclass(slots=True)
class Comment:
    """`public` is as it is now; `was_public` as it was when written, which the event export never rewrites.

    by_staff, is_reply: what its author was then; a reply is public, by staff, and not by the requester himself.
    """

    id: int
    audit_id: int
    author_id: int
    body: str
    public: bool
    was_public: bool
    via: Via
    created_at: int
    by_staff: bool
    is_reply: bool


@dataclass(slots=True)
class Event:
    """One line of an audit. `kind` is the API's type: Create, Change, Comment, Notification, ..."""

    id: int
    kind: str
    field: str = ""
    value: object = None
    previous: object = None
    via: Via | None = None
    comment: Comment | None = None


@dataclass(slots=True)
class Audit:
    id: int
    ticket_id: int
    created_at: int
    author_id: int
    via: Via
    events: list[Event]


@dataclass(slots=True)
class Ticket:
    id: int
    created_at: int
    updated_at: int
    generated: int
    via: Via
    subject: str
    description: str
    requester_id: int | None
    submitter_id: int | None
    brand_id: int
    ticket_form_id: int
    status: str
    custom_status_id: int
    priority: str | None = None
    type: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    due_at: str | None = None
    external_id: str | None = None
    problem_id: int | None = None
    is_public: bool = True
    tags: list[str] = field(default_factory=list[str])
    values: dict[int, object] = field(default_factory=dict[int, object])
    score: str = "unoffered"
    followup_ids: list[int] = field(default_factory=list[int])
    audits: list[Audit] = field(default_factory=list[Audit])
    solved_at: int | None = None
    closed_at: int | None = None
    deleted_at: int | None = None
    deleted_by: int = SYSTEM
    state_before_deletion: str = ""
    scrubbed: bool = False
    archived: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A comment to be written. `public` None: as the ticket's first comment, which is the API's trap."""

    body: str
    public: bool | None = None
    author_id: int | None = None
    via: Via | None = None


@dataclass(slots=True)
class Wishes:
    """What a save asks for, already checked: ticket attributes by name, custom field values by id."""

    attributes: Doc = field(default_factory=dict[str, object])
    values: dict[int, object] = field(default_factory=dict[int, object])
    tags: list[str] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    comment: Draft | None = None


@dataclass(slots=True)
class Job:
    """A bulk update. `results` is None until it is done; `fate` is what becomes of it, as in `faults.FATES`."""

    id: str
    total: int
    queued_at: float
    due: float
    results: list[Doc] | Doc | None = None
    completed_at: int = 0
    fate: str = ""
