"""What the emulated site is furnished with: projects, statuses, fields, screens and the words for them."""

from dataclasses import dataclass, field

__all__ = [
    "CATEGORIES",
    "Category",
    "Context",
    "Field",
    "IssueType",
    "Option",
    "Priority",
    "Project",
    "Resolution",
    "Screen",
    "Status",
    "Tab",
]


@dataclass(frozen=True, slots=True)
class Category:
    id: int
    key: str
    colour: str
    name: str


CATEGORIES = {
    "undefined": Category(1, "undefined", "medium-gray", "No Category"),
    "new": Category(2, "new", "blue-gray", "To Do"),
    "done": Category(3, "done", "green", "Done"),
    "indeterminate": Category(4, "indeterminate", "yellow", "In Progress"),
}


@dataclass(slots=True)
class Status:
    """`project_id` is set for those of a team-managed project. A deleted one is kept for what the index still shows."""

    id: int
    name: str
    category: str
    project_id: int | None = None
    old_names: list[str] = field(default_factory=list[str])
    deleted: bool = False


@dataclass(slots=True)
class Priority:
    id: int
    name: str
    icon: str


@dataclass(slots=True)
class Resolution:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class IssueType:
    id: int
    name: str
    project_id: int | None = None
    subtask: bool = False


@dataclass(slots=True)
class Project:
    """`style` is classic (company-managed) or next-gen (team-managed); `kind` is the projectTypeKey.

    closed_to: who lost the permission to browse it. admins: who administers it, beside the site's administrators.
    service_desk_id: None for what is no service project.
    """

    id: int
    key: str
    name: str
    kind: str  # service_desk | software | business
    style: str
    type_ids: tuple[int, ...]
    status_ids: list[int]
    lead: str
    service_desk_id: int | None = None
    archived: bool = False
    closed_to: set[str] = field(default_factory=set[str])
    admins: set[str] = field(default_factory=set[str])
    old_keys: list[str] = field(default_factory=list[str])
    last_number: int = 0

    @property
    def simplified(self) -> bool:
        return self.style == "next-gen"


@dataclass(slots=True)
class Field:
    """One field of the site. `custom` is the key of its type, empty for the system's own.

    clauses: its names in JQL. project_id: the only project that has it, for team-managed ones.
    """

    id: str
    name: str
    type: str
    custom: str = ""
    items: str | None = None
    clauses: tuple[str, ...] = ()
    description: str = ""
    searcher: str | None = None
    project_id: int | None = None
    orderable: bool = True
    navigable: bool = True
    searchable: bool = True
    locked: bool = False
    trashed: bool = False

    @property
    def number(self) -> int:
        """Return the number of a custom field: 10010 of customfield_10010."""
        return int(self.id.removeprefix("customfield_"))


@dataclass(slots=True)
class Context:
    """No projects: a global one. No issue types: any of them."""

    id: int
    field_id: str
    name: str
    project_ids: list[int] = field(default_factory=list[int])
    type_ids: list[int] = field(default_factory=list[int])


@dataclass(slots=True)
class Option:
    id: int
    value: str
    field_id: str
    context_id: int
    disabled: bool = False


@dataclass(slots=True)
class Tab:
    id: int
    name: str
    field_ids: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Screen:
    id: int
    name: str
    tabs: list[Tab] = field(default_factory=list[Tab])
