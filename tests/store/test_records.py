"""Connections, revisions, findings and runs."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.sla.policy import Restating
from core.store import Store, connections, findings, revisions, runs
from core.store.findings import Finding


def test_a_connection_is_made_once(store: Store) -> None:
    with store.unit() as tx:
        first = connections.ensure(tx, "b", "zendesk")
        assert connections.ensure(tx, "b", "jira") == first
        connections.ensure(tx, "a", "zendesk")
        assert connections.get(tx, "c") is None
        assert [row.name for row in connections.every(tx)] == ["a", "b"]
    assert (first.state, first.skew, first.held, first.armed_at) == ("new", timedelta(0), 0, None)


def test_only_the_given_columns_of_a_connection_change(desk: Any) -> None:
    with desk.store.unit() as tx:
        connections.update(tx, desk.id, skew=timedelta(seconds=-1.5), armed_at=desk.at(1), state="ok")
        connections.update(tx, desk.id, reason="because")
        connections.update(tx, desk.id)
        row = connections.get(tx, "desk")
    assert row is not None
    assert (row.skew, row.armed_at, row.state, row.reason) == (timedelta(seconds=-1.5), desk.at(1), "ok", "because")


@pytest.mark.parametrize(
    "restates",
    [
        None,
        Restating(),
        Restating(since=datetime(2026, 5, 4, 8, tzinfo=UTC)),
        Restating(policies=frozenset({"gold", "ärger"}), calendars=frozenset({"office"}), customers=frozenset({"a"})),
    ],
)
def test_a_revision_keeps_what_it_restates(desk: Any, restates: Restating | None) -> None:
    with desk.store.unit() as tx:
        revisions.apply(tx, applied_at=desk.at(0), author="me", content="{}", restates=restates)
        row = revisions.newest(tx)
    assert row is not None
    assert row.restates == restates


def test_revisions_are_numbered_without_gaps_from_many_threads(desk: Any) -> None:
    def apply() -> None:
        for _ in range(5):
            with desk.store.unit() as tx:
                revisions.apply(tx, applied_at=desk.at(0), author="me", note="n", content="{}", restates=Restating())

    with desk.store.view() as tx:
        assert revisions.newest(tx) is None
    threads = [threading.Thread(target=apply) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.store.view() as tx:
        rows = revisions.every(tx)
        assert revisions.newest(tx) == rows[-1]
    assert [row.number for row in rows] == list(range(1, 21))
    assert (rows[0].applied_at, rows[0].author, rows[0].restates) == (desk.at(0), "me", Restating())


def test_a_finding_stays_one_until_it_ends(desk: Any) -> None:
    with desk.store.unit() as tx:
        assert findings.note(tx, "desk", "unmapped", "status=9", "first", desk.at(0))
        assert not findings.note(tx, "desk", "unmapped", "status=9", "second", desk.at(1))
        assert findings.note(tx, "desk", "unmapped", "status=8", "other", desk.at(2))
        assert findings.note(tx, "", "draft", "", "differs", desk.at(3))
        assert findings.open_ones(tx, "desk") == [
            Finding("desk", "unmapped", "status=9", "second", desk.at(0)),
            Finding("desk", "unmapped", "status=8", "other", desk.at(2)),
        ]
        assert len(findings.open_ones(tx, None)) == 3
        assert findings.end(tx, "desk", "unmapped", "status=9", desk.at(4)) == 1
        assert findings.end(tx, "desk", "unmapped", "status=9", desk.at(5)) == 0
        assert findings.note(tx, "desk", "unmapped", "status=9", "again", desk.at(6))
        assert findings.end(tx, "desk", "unmapped", None, desk.at(7)) == 2
        assert findings.open_ones(tx, "desk") == []


def test_a_finding_noted_by_many_threads_is_one(desk: Any) -> None:
    def note() -> None:
        for _ in range(5):
            with desk.store.unit() as tx:
                findings.note(tx, "desk", "code", "s" * 400, "text", desk.at(0))

    threads = [threading.Thread(target=note) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with desk.store.view() as tx:
        assert len(findings.open_ones(tx, "desk")) == 1


def test_runs_are_logged_newest_first(desk: Any) -> None:
    with desk.store.unit() as tx:
        first = runs.begin(tx, "sync", desk.id, "events/live", desk.at(0))
        runs.begin(tx, "evaluate", None, "", desk.at(1))
        runs.end(tx, first, desk.at(2), "done", {"read": 5}, "")
        newest, oldest = runs.recent(tx, 5)
        assert runs.recent(tx, 1) == [newest]
    assert (newest.flow, newest.connection, newest.outcome, newest.ended_at) == ("evaluate", None, "running", None)
    assert (oldest.connection, oldest.lane, oldest.counts, oldest.outcome) == (
        "desk",
        "events/live",
        {"read": 5},
        "done",
    )
