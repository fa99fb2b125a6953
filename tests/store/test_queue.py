from typing import Any

from sqlalchemy import event

from core.store import queue, tables


def _set(desk: Any, ticket: str, **values: Any) -> None:
    with desk.store.unit() as tx:
        tx.execute(tables.ticket.update().where(tables.ticket.c.source_id == ticket).values(**values))


def _waiting(desk: Any, minute: float = 0, limit: int = 100) -> list[str]:
    names = {row.id: row.source_id for row in desk.rows(tables.ticket)}
    with desk.store.view() as tx:
        return [names[each] for each in queue.waiting(tx, desk.id, desk.at(minute), limit)]


def test_new_input_and_a_time_that_has_come_make_a_ticket_wait(desk: Any) -> None:
    desk.add(*(desk.ticket(each) for each in "1234"), desk.event("5", "e", 1))
    desk.judge_all()
    assert _waiting(desk) == []
    desk.add(desk.event("2", "e2", 1))
    _set(desk, "3", next_check_at=desk.at(10))
    _set(desk, "4", next_check_at=desk.at(5))
    assert _waiting(desk) == ["2"]
    assert _waiting(desk, 5) == ["4", "2"]
    assert _waiting(desk, 10) == ["4", "3", "2"]
    assert _waiting(desk, 10, limit=2) == ["4", "3"]


def test_a_ticket_that_is_due_and_has_new_input_comes_once(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    _set(desk, "1", next_check_at=desk.at(0))
    assert _waiting(desk) == ["1"]


def test_a_ticket_without_a_picture_does_not_wait(desk: Any) -> None:
    desk.add(desk.event("1", "e1", 1))
    assert _waiting(desk) == []
    desk.add(desk.ticket("1"))
    assert _waiting(desk) == ["1"]


def test_a_parked_ticket_waits_again_once_its_input_has_grown(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    row = desk.row("1")
    _set(desk, "1", next_check_at=desk.at(0))
    with desk.store.unit() as tx:
        queue.park(tx, row.id, row.input_version, "odd history", desk.at(0))
        assert queue.parked(tx, desk.id) == 1
        assert queue.next_due(tx, desk.id) is None
    assert _waiting(desk, 100) == []
    desk.add(desk.event("1", "e1", 1))
    assert _waiting(desk) == ["1"]


def test_input_that_came_while_a_ticket_was_being_parked_is_not_lost(desk: Any) -> None:
    desk.add(desk.ticket("1"))
    row = desk.row("1")
    desk.add(desk.event("1", "e1", 1))
    with desk.store.unit() as tx:
        queue.park(tx, row.id, row.input_version, "odd history", desk.at(0))
    assert _waiting(desk) == ["1"]


def test_tickets_to_be_looked_at_come_longest_waiting_first(desk: Any) -> None:
    desk.add(*(desk.ticket(each) for each in "123"))
    for ticket, minute in (("1", 20), ("2", 10), ("3", 30)):
        _set(desk, ticket, confirm_at=desk.at(minute))
    with desk.store.view() as tx:
        assert [source_id for _, source_id in queue.to_confirm(tx, desk.id, desk.at(20), 10)] == ["2", "1"]
        assert len(queue.to_confirm(tx, desk.id, desk.at(99), 2)) == 2
        assert queue.next_due(tx, desk.id) == desk.at(10)


def test_the_queue_is_found_by_index(sqlite_desk: Any) -> None:
    asked: list[tuple[str, Any]] = []
    with sqlite_desk.store.view() as tx:
        event.listen(tx, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
        queue.waiting(tx, sqlite_desk.id, sqlite_desk.at(0), 10)
        queue.to_confirm(tx, sqlite_desk.id, sqlite_desk.at(0), 10)
        plans = [
            " ".join(str(row[3]) for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given))
            for statement, given in list(asked)
        ]
    assert "ix_ticket_connection_id_next_check_at" in plans[0]
    assert "ix_ticket_waiting" in plans[1]
    assert "ix_ticket_connection_id_confirm_at" in plans[2]
