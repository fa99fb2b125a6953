"""What the emulated site keeps of an issue. Instants are epoch milliseconds; documents are made only when asked for."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from connectors.emulation import Doc

__all__ = [
    "Comment",
    "Flavour",
    "History",
    "Issue",
    "Item",
    "Link",
    "LinkType",
    "Organisation",
    "Rating",
    "RemoteLink",
    "RequestType",
    "SlaMetric",
    "User",
    "Value",
]

Flavour: TypeAlias = Literal["cloud", "datacenter"]

Value: TypeAlias = "str | int | float | list[str] | list[int] | None"
"""A field's value as it is kept: ids as numbers (people as text), instants in milliseconds, dates as text."""


@dataclass(slots=True)
class User:
    """`id` is what the changelog names: the accountId on Cloud, the user key on Data Center."""

    id: str
    name: str  # the login on Data Center
    display_name: str
    email: str
    kind: str = "atlassian"  # atlassian | app | customer
    zone: str = "UTC"
    locale: str = "en_US"
    active: bool = True
    shows_email: bool = True
    deleted: bool = False
    admin: bool = False

    @property
    def is_staff(self) -> bool:
        return self.kind != "customer"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a history; texts are those of that time."""

    field: str
    kind: str  # jira | custom
    field_id: str | None
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(slots=True)
class History:
    id: int
    issue_id: int
    created: int
    author: str | None
    items: list[Item]


@dataclass(slots=True)
class Comment:
    """`public` is the service desk's; `visibility` is (role or group, name), which is another thing."""

    id: int
    issue_id: int
    author: str | None
    body: str
    created: int
    updated: int
    update_author: str | None
    public: bool = True
    visibility: tuple[str, str] | None = None
    properties: dict[str, object] = field(default_factory=dict[str, object])
    deleted: int | None = None


@dataclass(frozen=True, slots=True)
class LinkType:
    id: int
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class Link:
    """`source` does to `target` what the type's outward word says."""

    id: int
    type_id: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class RemoteLink:
    id: int
    global_id: str
    url: str
    title: str
    relationship: str = ""
    resolved: bool = False


@dataclass(slots=True)
class Organisation:
    id: int
    name: str
    members: list[str] = field(default_factory=list[str])
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class RequestType:
    id: int
    name: str
    project_id: int
    issue_type_id: int
    hidden: bool = False
    description: str = ""


@dataclass(slots=True)
class SlaMetric:
    """`goals` are milliseconds by priority id; None stands for every other priority."""

    id: int
    name: str
    field_id: str
    project_id: int
    goals: dict[int | None, int] = field(default_factory=dict[int | None, int])
    settings: Doc = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Rating:
    score: int
    comment: str
    at: int


@dataclass(slots=True)
class Issue:
    """`values` are the custom fields' by field id; the system's fields are attributes."""

    id: int
    key: str
    project_id: int
    type_id: int
    summary: str
    status_id: int
    reporter: str | None
    creator: str | None
    created: int
    updated: int
    category_changed: int
    description: str | None = None
    environment: str | None = None
    priority_id: int | None = None
    resolution_id: int | None = None
    resolved: int | None = None
    assignee: str | None = None
    due_date: str | None = None
    labels: list[str] = field(default_factory=list[str])
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    properties: dict[str, object] = field(default_factory=dict[str, object])
    histories: list[History] = field(default_factory=list[History])
    comments: list[Comment] = field(default_factory=list[Comment])
    links: list[Link] = field(default_factory=list[Link])
    remote_links: list[RemoteLink] = field(default_factory=list[RemoteLink])
    rating: Rating | None = None
    old_keys: list[str] = field(default_factory=list[str])
    first_status_id: int = 0
    archived: bool = False
    deleted: int | None = None
