"""Notifications: who is written to about a change, counted and not sent."""

from connectors.jira.emulator.records import Issue
from connectors.jira.emulator.world import World

__all__ = ["notify"]


def notify(world: World, issue: Issue, author: str | None, *, public: bool = True) -> int:
    """Count the e-mails about a change, and return how many: to reporter and assignee, but not to who made it.

    public: else customers get none.
    """
    people = {issue.reporter, issue.assignee, issue.creator} - {author, None}
    readers = [world.users[one] for one in people if one is not None and one in world.users]
    sent = sum(1 for one in readers if one.active and (public or one.is_staff))
    world.office.mail += sent
    return sent
