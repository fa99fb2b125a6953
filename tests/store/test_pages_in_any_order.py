"""Any order and repetition of pages ends in the same rows."""

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.store import facts
from core.store.types import from_microseconds
from core.tickets import Label, Organisation

MINUTES = st.integers(0, 60)
TICKETS = st.sampled_from("123")
PEOPLE = st.sampled_from(["ann", "ben", "eva"])


@st.composite
def pages(draw: st.DrawFn, desk: Any) -> list[dict[str, Any]]:
    """Pages of one source that never contradicts itself: what has one identity has one content."""
    events = {
        f"e{number}": desk.event(
            draw(TICKETS), f"e{number}", draw(MINUTES), actor=draw(PEOPLE), author=draw(PEOPLE), status=draw(TICKETS)
        )
        for number in range(draw(st.integers(1, 6)))
    }
    found: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(2, 6))):
        records: list[Any] = draw(st.lists(st.sampled_from(sorted(events)).map(events.__getitem__), max_size=4))
        complete = []
        if draw(st.booleans()):
            ticket, until = draw(TICKETS), draw(MINUTES)
            complete.append(desk.covers(ticket, until))
            records += [each for each in events.values() if each.ticket_id == ticket and each.at < desk.at(until)]
        version = draw(st.integers(1, 3))
        records += [
            desk.ticket(ticket, version + 3 * int(ticket), status=str(version), own={"due": f"{version}"})
            for ticket in draw(st.sets(TICKETS, max_size=2))
        ]
        records += [
            desk.person(person, f"role{minute % 2}", minute, name=f"{person}{minute}")
            for person in draw(st.sets(PEOPLE, max_size=2))
            for minute in [draw(MINUTES)]
        ]
        records += [Organisation("o1", "Acme"), Label("brand", "b1", "Brand")][: draw(st.integers(0, 2))]
        found.append({"records": records, "complete": complete})
    return found


def _fill(desk: Any, found: list[dict[str, Any]], pictured: Any) -> Any:
    for index, page in enumerate(found):
        with desk.store.unit() as tx:
            facts.add(tx, desk.id, **page, seen_at=from_microseconds(index))
    with desk.store.view() as tx:
        return pictured(tx, desk.id)


NUMBERS = count()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pages_in_any_order_and_number_end_in_the_same_rows(
    store: Any, open_desk: Any, pictured: Any, data: st.DataObject
) -> None:
    one, other = (open_desk(store, f"desk {next(NUMBERS)}") for _ in range(2))
    first = data.draw(pages(one))
    second = data.draw(st.permutations(first)) + data.draw(st.lists(st.sampled_from(first), max_size=3))
    assert _fill(one, first, pictured) == _fill(other, second, pictured)
