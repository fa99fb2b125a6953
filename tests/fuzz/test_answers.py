"""Answers that no helpdesk should give: what cannot be read is set aside or refused in the hub's own errors."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors import Checkpoint, FieldUpdate, Slot
from connectors.testing.checks import check_record
from core.errors import SourceError
from core.ports import TakesCensus
from core.tickets import Record
from tests.fuzz.bounds import bounded, looked
from tests.fuzz.garbled import Edit, edits
from tests.fuzz.spoilt import Helpdesk

DEEDS = (
    "fetch", "probe", "diagnose", "suggest", "provisions", "provision", "open_tickets", "named", "census",
    "write_back", "settle", "note",
)  # fmt: skip
SHOWN = {Slot.DUE: "2026-03-05T12:00:00Z", Slot.STATE: "at risk"}


def asked(helpdesk: Helpdesk, connector: Any, what: str) -> Iterator[Record]:
    """Ask a connector for one thing, a stream or another; yield the records that come."""
    tickets = helpdesk.tickets
    match what:
        case "fetch":
            yield from connector.fetch(tickets).records
        case "open_tickets":
            yield from connector.open_tickets(50)
        case "census":
            list(connector.census(None) if isinstance(connector, TakesCensus) else ())
        case "suggest":
            connector.suggest(connector.mapping)
        case "diagnose":
            connector.diagnose(None)
        case "provisions":
            connector.provisions({"due": "1"})
        case "provision":
            list(connector.provision(["due", "state"], {}))
        case "named":
            connector.named("organisation", ("a", "1", "\x00", ""))
        case "write_back":
            list(connector.write_back([FieldUpdate(each, SHOWN) for each in tickets]))
        case "settle":
            list(connector.settle(["1", "x"]))
        case "note":
            connector.noted(tickets[0], "mark")
            connector.note(tickets[0], "word")
        case "probe":
            connector.probe()
        case _:
            for page in connector.pull(what, Checkpoint(helpdesk.checkpoints[what][0])):
                yield from page.records


@looked(150)
@given(data=st.data(), wrong=st.lists(edits, min_size=1, max_size=3), alike=st.booleans())
def test_only_the_hubs_own_errors_leave_a_connector_and_what_it_tells_is_sound(
    helpdesk: Helpdesk, data: st.DataObject, wrong: list[Edit], alike: bool
) -> None:
    what = data.draw(st.sampled_from((*sorted(helpdesk.checkpoints), *DEEDS)))
    with bounded(), suppress(SourceError):
        for record in asked(helpdesk, helpdesk.connector(wrong, alike=alike), what):
            check_record(record)
