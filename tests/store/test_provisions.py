"""The ids of fields and views, kept for the title that the configuration has for them."""

from datetime import UTC, datetime, timedelta

from core.store import Store, connections, provisions

AT = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


def test_an_id_is_kept_for_a_title_and_replaced_by_another_one(store: Store) -> None:
    with store.unit() as tx:
        desk, other = (connections.ensure(tx, name, "zendesk").id for name in ("desk", "other"))
        assert provisions.newest(tx) is None
        assert provisions.record(tx, desk, "field:due", "SLA due", "11", AT) == ""
        assert provisions.record(tx, desk, "field:due", "SLA end", "12", AT) == ""
        assert provisions.record(tx, other, "field:due", "SLA due", "13", AT) == ""
        assert provisions.record(tx, desk, "field:due", "SLA due", "14", LATER) == "11"
    with store.view() as tx:
        assert provisions.recorded(tx, desk) == {("field:due", "SLA due"): "14", ("field:due", "SLA end"): "12"}
        assert provisions.recorded(tx, other) == {("field:due", "SLA due"): "13"}
        assert provisions.newest(tx) == LATER


def test_the_same_id_again_is_no_news(store: Store) -> None:
    with store.unit() as tx:
        desk = connections.ensure(tx, "desk", "zendesk").id
        provisions.record(tx, desk, "view:breached", "", "11", AT)
        assert provisions.record(tx, desk, "view:breached", "", "11", LATER) == "11"
        assert provisions.newest(tx) == AT
