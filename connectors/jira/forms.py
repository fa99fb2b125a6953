"""What agents of a project may edit, by the form of its newest ticket: all that can be seen without being an admin."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors import perhaps, several
from connectors.jira.client import Api
from connectors.jira.options import Offer, offered
from connectors.jira.scope import Project

__all__ = ["Form", "forms"]

MOST = 50
"""Projects that are looked at, two calls each."""

UNKNOWN = frozenset({400, 403, 404})


@dataclass(frozen=True, slots=True)
class Form:
    project: Project
    offer: Offer


def forms(api: Api, projects: Sequence[Project]) -> list[Form]:
    """Return the edit forms of projects, each by its newest ticket; where none can be edited, there is none."""
    found: list[Form] = []
    for project in projects[:MOST]:
        query = {"jql": f"project = {project.id} ORDER BY created DESC", "fields": ["id"], "maxResults": 1}
        reply = api.ask("~/search/jql" if api.site().cloud else "~/search", query, UNKNOWN)
        for issue in several(perhaps(reply.body).get("issues"))[:1]:
            if offer := offered(api, str(perhaps(issue).get("id"))):
                found.append(Form(project, offer))
    return found
