"""The instance's bad habits, each to be switched by name."""

from collections.abc import Collection
from dataclasses import dataclass, field

__all__ = ["EVENTS", "HABITS", "TRAPS", "Traps"]

HABITS = {
    "async_rules": "an asynchronous rule changes a ticket again, seconds after it was written over REST",
    "audit_key_blanked": "`documentkeyIN` on sys_audit is blanked out for all but administrators",
    "audit_late": "audit rows are stamped a second after the record",
    "empty_pages": "a good share of rows is hidden by an ACL, so that pages are short or empty and not the last",
    "foreign_language": "the service account's language is German",
    "foreign_zone": "the service account's zone and format are American",
    "javascript_closed": "`javascript:` in a query is not run, and matches nothing",
    "journal_under_task": "journal rows stand under `task` as often as under the class",
    "late_commits": "changes are committed seconds or minutes after the moment that they are stamped with",
    "local_literals": "bare date-times in a query are read in the account's zone",
    "overruled": "a business rule puts the hub's due column back to what it was",
    "reopens_on_update": "a business rule takes a resolved incident into work again after any write over REST",
    "slow_audit": "a read of sys_audit that meets no index is cancelled, and keeps one of four API slots for an hour",
    "slow_pages": "a page of more than `page` rows is cancelled after 60 s, as an error, or as a broken 200",
    "sticky_session": "a session's cookie is worth more than the credentials that come with it",
    "unknown_403": "a query with an unknown field is refused as forbidden",
    "unsorted": "rows without ORDERBY come in another order each time",
}
EVENTS = {
    "archived": "tickets are archived",
    "class_changes": "tickets change their class",
    "deleted": "tickets are deleted",
    "deleted_users": "people are deleted, and references to them dangle",
    "domains": "some tickets lie in a domain that the hub does not see",
    "equal_seconds": "jobs change many tickets within one second",
    "hidden_rows": "tickets are hidden from the hub, and shown again",
    "imports": "an import set changes states without a trace in the audit",
    "journal_split": "comments are missing or doubled in the audit",
    "purged_audit": "the audit of old tickets was purged",
    "quiet_scripts": "scripts change tickets without audit, or without stamps",
    "stale_hold_reason": "`hold_reason` stays when a ticket is no longer on hold",
}
TRAPS = (*HABITS, *EVENTS)


@dataclass(slots=True)
class Traps:
    """Which are on. HABITS spoil answers; EVENTS happen in the past that is played and among people at work.

    page: the most rows that come within 60 s. lag: the longest that a commit may take, seconds.
    """

    on: set[str] = field(default_factory=set[str])
    page: int = 200
    lag: float = 90.0

    def __contains__(self, name: str) -> bool:
        return name in self.on

    def switch(self, names: Collection[str], *, on: bool) -> None:
        """Switch by name; `all` names every one. Raises: ValueError for an unknown name."""
        chosen = set(TRAPS) if "all" in names else set(names)
        unknown = chosen - set(TRAPS)
        if unknown:
            raise ValueError(f"traps are all, {', '.join(TRAPS)}, got {', '.join(sorted(unknown))}")
        self.on = self.on | chosen if on else self.on - chosen
