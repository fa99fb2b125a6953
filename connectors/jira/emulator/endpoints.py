"""The list of all endpoints; a new module of them is named here."""

from connectors.jira.emulator import (
    changelogs,
    comments,
    issues,
    lists,
    projects,
    search_cloud,
    search_datacenter,
    site_info,
    users,
)
from connectors.jira.emulator.endpoints_more import MORE
from connectors.jira.emulator.route import Route

__all__ = ["ROUTES"]

ROUTES: tuple[Route, ...] = (
    *site_info.ROUTES,
    *search_cloud.ROUTES,
    *search_datacenter.ROUTES,
    *issues.ROUTES,
    *changelogs.ROUTES,
    *comments.ROUTES,
    *projects.ROUTES,
    *lists.ROUTES,
    *users.ROUTES,
    *MORE,
)
