"""The list of all endpoints; a new module of them is named here."""

from connectors.jira.emulator import site_info
from connectors.jira.emulator.route import Route

__all__ = ["ROUTES"]

ROUTES: tuple[Route, ...] = (*site_info.ROUTES,)
