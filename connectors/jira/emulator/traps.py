"""The site's bad habits, each to be switched by name."""

from collections.abc import Collection
from dataclasses import dataclass, field

__all__ = ["EVENTS", "HABITS", "TRAPS", "Traps"]

HABITS = {
    "bulk_filter_drops": "changelog/bulkfetch with fieldIds leaves out items that have no fieldId",
    "changelog_cut": "the embedded changelog keeps only the newest histories",
    "comment_cut": "comments embedded in a search end after 20",
    "conflicts": "a save now and then meets another one, and is answered with 409",
    "deleted_meanwhile": "an issue may be deleted just after it stood on a page of a search",
    "duplicate_rows": "a page of a search may repeat the last row of the page before",
    "empty_pages": "a page of a search may be empty and not the last",
    "expired_empty": "a bad or expired credential is answered as a visitor, 200 and nothing",
    "foreign_language": "answers come in the language of the caller's profile",
    "index_lag": "search knows of a change only after `lag` seconds",
    "index_seconds": "search compares instants in whole seconds",
    "lowered_maximum": "the server lowers `maxResults` now and then",
    "missing_field_ids": "items of custom fields, and some others, have no fieldId",
    "mixed_lag": "the index takes each change in after a lag of its own, so that they arrive in any order",
    "no_seraph": "a bad credential is not told of in X-Seraph-LoginReason",
    "numeric_created": "changelog/bulkfetch tells `created` in milliseconds",
    "profile_zone": "the caller's profile is in another zone than the site and UTC",
    "short_pages": "a page of a search may be shorter than asked for and not the last",
}
EVENTS = {
    "archived": "issues are archived, and so drop out of search",
    "deleted_comments": "comments are deleted",
    "deleted_issues": "issues are deleted",
    "deleted_statuses": "a status is deleted and its histories are rewritten",
    "dst": "much happens in the hour that clocks repeat or skip",
    "former_users": "people are deleted",
    "lost_projects": "a project is closed to the hub while people work",
    "moves": "issues move to another project, also to one out of reach",
    "no_author": "histories without an author",
    "null_priority": "issues without a priority",
    "renamed_statuses": "a status is renamed, and old histories keep the old name",
    "same_field_twice": "one history holds several items of one field",
    "same_millisecond": "several histories within one millisecond",
}
TRAPS = (*HABITS, *EVENTS)


@dataclass(slots=True)
class Traps:
    """Which are on. HABITS spoil answers; EVENTS happen in the past that is played and among people at work.

    lag: seconds until the index knows of a change; `lags` those of single issues.
    own_zone, language: of the caller's profile. deletions: how many issues may still be deleted meanwhile.
    """

    on: set[str] = field(default_factory=set[str])
    lag: float = 45.0
    lags: dict[int, float] = field(default_factory=dict[int, float])
    own_zone: str = "America/New_York"
    language: str = "de"
    deletions: int = 5

    def __contains__(self, name: str) -> bool:
        return name in self.on

    def switch(self, names: Collection[str], *, on: bool) -> None:
        """Switch by name; `all` names every one. Raises: ValueError for an unknown name."""
        chosen = set(TRAPS) if "all" in names else set(names)
        unknown = chosen - set(TRAPS)
        if unknown:
            raise ValueError(f"traps are all, {', '.join(TRAPS)}, got {', '.join(sorted(unknown))}")
        self.on = self.on | chosen if on else self.on - chosen
