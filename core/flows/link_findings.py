"""Links that join nothing."""

from collections.abc import Iterator, Sequence

from core.flows.finding import Finding, Level, Places
from core.ports import Connector, TellsLinks
from core.settings import Connection
from core.sla.policy import Link
from core.tickets import REMOTE_LINKS

__all__ = ["of_links"]


def of_links(connector: Connector, mine: Connection, links: Sequence[Link], places: Places) -> Iterator[Finding]:
    """Yield the links by what this connection's helpdesk keeps itself, where the hub is not told of it.

    links: all of the folder, in its order.
    """
    for index, link in enumerate(links):
        if (link.source, link.field) != (mine.name, REMOTE_LINKS):
            continue
        if not isinstance(connector, TellsLinks):
            what = f"the hub reads no remote links of {mine.connector}, so this joins nothing"
            do = "write by: {field: …} with a field that holds the other ticket's key or address"
        elif not connector.tells_links():
            what = f"the remote links of {mine.name} are not read, so this joins nothing"
            do = f"have them read: connections.{mine.name}"
        else:
            continue
        path = ("links", index, "by")
        yield places.finding("no_remote_links", Level.PROBLEM, what, do, connection=mine.name, path=path)
