"""What comes through from answers that no helpdesk should give, in a real database and judged."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from core.flows.evaluate import evaluate
from core.flows.source import Source
from core.flows.sync import sync
from core.ports import LaneKind
from core.settings import Backfill, Connection
from core.store import Store, connections, lists
from tests.flows.proof import rules
from tests.fuzz.bounds import bounded, looked
from tests.fuzz.garbled import Edit, edits
from tests.fuzz.spoilt import START, Helpdesk, Never

_numbers = count()


@looked(5)
@given(wrong=st.lists(edits, min_size=1, max_size=3), alike=st.booleans())
def test_whatever_is_read_both_databases_take_it_and_it_can_be_judged(
    helpdesk: Helpdesk, store: Store, wrong: list[Edit], alike: bool
) -> None:
    connector, http = helpdesk.opened(wrong, alike=alike)
    name = f"desk{next(_numbers)}"
    settings = Connection(name, connector.name, None, backfill=Backfill(None))
    with store.unit() as tx:
        row = connections.ensure(tx, name, connector.name)
    source = Source(settings, row.id, connector, connector, http, lambda: START)
    with bounded():
        done = sync(store, source, frozenset(LaneKind), Never(), forced=True)
        evaluate(store, source, rules(START), Never())
    with store.view() as tx:
        tickets = lists.ticket_ids(tx, row.id)
    assert tickets or done.reason
