"""As whom the hub works on an instance, and what that account lacks for the configured work."""

from collections.abc import Iterator
from typing import Final

from connectors import perhaps
from connectors.servicenow.client import Api, Closed
from connectors.servicenow.people import USERS, People
from connectors.servicenow.scope import Scope
from connectors.servicenow.settings import Basic, OAuthClient, ServiceNowSettings
from connectors.servicenow.shapes import stored, sys_id
from connectors.servicenow.tickets import Tickets

__all__ = ["Identity"]

MYSELF: Final = "sys_id=javascript:gs.getUserID()"


class Identity:
    """Asks as whom, and with what rights."""

    def __init__(self, api: Api, settings: ServiceNowSettings, scope: Scope, people: People, tickets: Tickets) -> None:
        self._api, self._settings, self._scope, self._people = api, settings, scope, people
        self._tickets = tickets

    def actor(self) -> str | None:
        """Return the user under whom the hub acts; None where the instance does not tell."""
        match self._settings.auth:
            case Basic(username=name):
                asked = name
            case OAuthClient(username=name):
                asked = name
            case _:
                asked = ""
        if asked:
            self._people.learn((), (asked,))
            found = self._people.one(asked)
            return found if found != asked else None
        try:
            # Two rows would mean that ServiceNow takes no notice of the term.
            rows = self._api.page(USERS, MYSELF, ("sys_id", "user_name"), 2).items
        except Closed:
            return None
        return sys_id(perhaps(rows[0])) if len(rows) == 1 and stored(perhaps(rows[0]), "user_name") else None

    def problems(self) -> Iterator[str]:
        """Yield what is missing, one sentence each."""
        yield from self._scope.problems()
        if not self._people.members():
            yield (
                "sys_user_grmember shows nobody in any group, so that no author counts as an agent; let the hub's user "
                "read it"
            )

    def notes(self) -> Iterator[str]:
        """Yield what is worth knowing, one sentence each."""
        yield from self._scope.notes()
        for table in self._scope.tables:
            audited, heard = self._tickets.shows(table)
            if not audited:
                yield (
                    f"sys_audit shows nothing of {table}: the hub's user may not read it (role audit_viewer), or the "
                    "table is not audited; what its tickets were like before they were first looked at stays unknown"
                )
            if not heard:
                yield (
                    "sys_journal_field shows nothing: the hub's user may not read it (role audit_viewer); responses "
                    f"to tickets of {table} stay unknown"
                )
