"""What an instance keeps: records, those who may sign in, and what was done to a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["OTHER_DOMAIN", "SAVED", "Account", "How", "Row", "Update", "Values"]

Values = Mapping[str, str]
OTHER_DOMAIN = "c90d4b084a362312013398f051272c0d"  # one beside the hub's


@dataclass(slots=True)
class Row:
    """One record of the table that it belongs to; everything is text, and what is empty is not there.

    before: what others still see until `commits` (epoch seconds), None: nothing. An uncommitted change is
    stamped already.
    """

    table: str
    values: dict[str, str]
    before: dict[str, str] | None = None
    commits: float = 0.0

    @property
    def id(self) -> str:
        return self.values["sys_id"]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def seen(self, now: float) -> dict[str, str] | None:
        """Return the record as others see it; None: they do not yet."""
        return self.values if self.commits <= now else self.before


@dataclass(frozen=True, slots=True)
class How:
    """In which way something is written.

    audit, workflow, stamps: False as after `setWorkflow(false)`, `autoSysFields(false)`, or in an import set.
    lag: seconds until the change is committed, after its stamp.
    """

    audit: bool = True
    workflow: bool = True
    stamps: bool = True
    lag: float = 0.0


SAVED = How()


@dataclass(frozen=True, slots=True)
class Update:
    """One save of a record, whole. `kind`: insert, update or delete.

    changes: column -> (old, new). journal: (column, text, sys_id of its entry). count: `sys_mod_count` after it.
    lost: what stood in columns that the ticket's new class has not.
    """

    kind: str
    row: Row
    at: int
    by: str
    count: int
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    journal: tuple[tuple[str, str, str], ...] = ()
    how: How = SAVED
    lost: Values = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Account:
    """Somebody who may sign in. `user_id`: of the user; form: of the date-times that they are shown.

    interactive: may log in to the pages, too. mfa: has a second factor set up.
    """

    user_id: str
    name: str
    password: str
    roles: set[str] = field(default_factory=set[str])
    zone: str = "GMT"
    form: str = "%Y-%m-%d %H:%M:%S"
    language: str = "en"
    domain: str = "global"
    interactive: bool = True
    mfa: bool = False

    @property
    def admin(self) -> bool:
        return "admin" in self.roles
