"""The census: the ids of all issues, project by project."""

from collections.abc import Iterator
from datetime import datetime

from connectors import Census, perhaps
from connectors.jira.client import Api
from connectors.jira.scope import Scope
from connectors.jira.search import Search
from connectors.jira.shapes import epoch, identifier, millis
from connectors.jira.streams import INDEX_LAG

__all__ = ["census"]


def census(api: Api, scope: Scope, since: datetime | None) -> Iterator[Census]:
    """Yield each project in scope with all its issues that changed at or after `since`."""
    search = Search(api)
    for project in scope.parts():
        ids, asked = set[str](), 0
        for found in search.ids(scope.where(project), 0 if since is None else millis(since)):
            asked = asked or millis(found.asked)
            ids |= {identifier(perhaps(each)) for each in found.items}
        # Jira answers strangers too, with nothing: an empty list counts only under good credentials.
        api.me()
        yield Census(project.key, "project", project.id, frozenset(ids), epoch(asked) - INDEX_LAG)
