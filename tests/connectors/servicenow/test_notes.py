"""The hub's own work notes, known again by who wrote them and by their mark."""

from datetime import UTC, datetime

from connectors.servicenow.notes import Notes
from core.ports import marker
from tests.connectors.servicenow.desk import Desk, ident, wrote

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
MARK = marker("0123456789abcdef")
MYSELF = "javascript:gs.getUserID()"


def entries(desk: Desk) -> list[dict[str, str]]:
    """One note of the hub's, one in which somebody quotes it, and one of somebody's own."""
    ours = wrote(desk, ident(1), NOON, "slahub", "work_notes") | {"value": f"SLA breached. {MARK}"}
    quoted = wrote(desk, ident(1), NOON, "beth", "work_notes") | {"value": f"What is {MARK}?"}
    other = wrote(desk, ident(1), NOON, "beth", "work_notes") | {"value": "I am on it."}
    desk.tables["sys_journal_field"] = [ours, quoted, other]
    return [ours, quoted, other]


def test_a_note_is_ours_by_its_writer_and_its_mark() -> None:
    desk = Desk()
    rows = entries(desk)
    assert Notes(desk.api(), "slahub").ours(rows) == {rows[0]["sys_id"]}


def test_while_the_instance_does_not_say_who_we_are_the_mark_alone_tells_and_it_is_asked_again() -> None:
    desk = Desk()
    rows = entries(desk)
    desk.tables["sys_user"] = []
    notes = Notes(desk.api())
    assert notes.ours(rows) == {rows[0]["sys_id"], rows[1]["sys_id"]}
    desk.add("sys_user", sys_id=MYSELF, user_name="slahub")
    assert notes.ours(rows) == {rows[0]["sys_id"]}
