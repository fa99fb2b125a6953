from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import StoreError
from core.store import connections, facts
from core.store.types import from_microseconds, to_microseconds

MICROSECONDS = st.integers(-60_000_000_000_000_000, 250_000_000_000_000_000)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.builds(lambda value, zone: from_microseconds(value).astimezone(zone), MICROSECONDS, ZONES)


def test_a_naive_instant_is_refused(desk: Any) -> None:
    naive = desk.at(0).replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a zone"):
        to_microseconds(naive)
    with pytest.raises(StoreError), desk.store.unit() as tx:
        connections.update(tx, desk.id, last_success_at=naive)
    with pytest.raises(ValueError, match="without a zone"), desk.store.unit() as tx:
        facts.add(tx, desk.id, records=[desk.event("1", "e1", 0)], seen_at=naive)


@given(INSTANTS)
def test_an_instant_keeps_its_microseconds(instant: datetime) -> None:
    assert from_microseconds(to_microseconds(instant)) == instant


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instant=INSTANTS)
def test_the_database_gives_back_the_instant_it_was_given(desk: Any, instant: datetime) -> None:
    with desk.store.unit() as tx:
        connections.update(tx, desk.id, last_success_at=instant)
    with desk.store.view() as tx:
        row = connections.get(tx, "desk")
    assert row is not None
    assert row.last_success_at == instant
    assert row.last_success_at.tzinfo is UTC
