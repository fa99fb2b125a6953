"""What was registered for hints, and with which secret."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.ports import Registration
from core.store import Store, connections, registrations
from core.store.registrations import Kept

AT = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(days=20)
URL = "https://hub.example/hooks/desk"
FIRST = Registration("7", URL, AT + timedelta(days=30), "project:10000")
SECOND = Registration("8", URL, None, "project:10001")


def test_what_was_registered_is_kept_for_its_connection(store: Store) -> None:
    with store.unit() as tx:
        desk, other = (connections.ensure(tx, name, "jira").id for name in ("desk", "other"))
        assert registrations.keep(tx, desk, [SECOND, FIRST], "mark", AT) == 2
        assert registrations.keep(tx, other, [FIRST], "mark", AT) == 1
        assert registrations.keep(tx, desk, [FIRST, SECOND], "mark", LATER) == 0
    with store.view() as tx:
        assert registrations.every(tx, desk) == [Kept(FIRST, AT, "mark"), Kept(SECOND, AT, "mark")]


def test_another_end_begins_anew_and_what_is_gone_is_forgotten(store: Store) -> None:
    longer = replace(FIRST, expires_at=LATER + timedelta(days=30))
    with store.unit() as tx:
        desk, other = (connections.ensure(tx, name, "jira").id for name in ("desk", "other"))
        for each in (desk, other):
            registrations.keep(tx, each, [FIRST, SECOND], "mark", AT)
        assert registrations.keep(tx, desk, [longer], "mark", LATER) == 2
    with store.view() as tx:
        assert registrations.every(tx, desk) == [Kept(longer, LATER, "mark")]
        assert len(registrations.every(tx, other)) == 2
    with store.unit() as tx:
        assert registrations.forget(tx, desk, ["7", "99"]) == 1
        assert registrations.every(tx, desk) == []


def test_a_mark_of_a_secret_is_not_shown() -> None:
    assert "mark" not in repr(Kept(FIRST, AT, "mark"))
