"""Clocks that are sealed before what they follow from is removed."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.store import Store, audit, tables

AGE = "retention: {tickets: 1m}\n"


def look(folder: Path, query: Any) -> list[Any]:
    store = Store(f"sqlite:///{folder / 'hub.db'}")
    with store.view() as tx:
        rows = list(tx.execute(query).all())
    store.close()
    return rows


def clocks(folder: Path) -> list[Any]:
    clock, ticket = tables.clock.c, tables.ticket.c
    over = ticket.phase.in_(("resolved", "closed", "cancelled"))
    join = tables.clock.join(tables.ticket)
    with_verdicts = join.join(tables.verdict, tables.verdict.c.clock_id == clock.id)
    return [
        look(folder, select(tables.clock).select_from(join).where(over).order_by(clock.id)),
        look(folder, select(tables.verdict).select_from(with_verdicts).where(over).order_by(tables.verdict.c.id)),
    ]


def sealed(folder: Path) -> dict[str, int]:
    """Row ids of sealed tickets by their key."""
    rows = look(folder, select(tables.ticket.c.key, tables.ticket.c.id).where(tables.ticket.c.aged_at.is_not(None)))
    return dict(map(tuple, rows))


def events(folder: Path, keys: Any) -> int:
    join = tables.event.join(tables.ticket, tables.event.c.ticket_source_id == tables.ticket.c.source_id)
    return look(folder, select(func.count()).select_from(join).where(tables.ticket.c.key.in_(list(keys))))[0][0]


@pytest.fixture
def aged(fresh: Any) -> Any:
    """A hub whose retention is short, and what it said of each ticket before."""
    hub_file = fresh.folder / "hub.yaml"
    hub_file.write_text(hub_file.read_text() + AGE)
    assert fresh("config", "apply", "--note", "short").status == 0
    assert fresh("evaluate").status == 0
    keys = [row[0] for row in look(fresh.folder, select(tables.ticket.c.key).where(tables.ticket.c.key.is_not(None)))]
    over = look(
        fresh.folder,
        select(tables.ticket.c.key).where(tables.ticket.c.phase.in_(("resolved", "closed", "cancelled"))),
    )
    said = {key: (fresh("explain", f"desk:{key}"), fresh("explain", f"desk:{key}", "--json")) for (key,) in over[:12]}
    assert keys
    return fresh, said


def test_a_sealed_clock_says_word_for_word_what_it_said_and_nothing_brings_its_events_back(aged: Any) -> None:
    hub, said = aged
    before = clocks(hub.folder)
    assert "would be sealed" in hub("db", "age", "--dry-run").out
    assert sealed(hub.folder) == {}
    (foreseen,) = hub("db", "age", "--dry-run", "--json").rows
    done = hub("db", "age")
    assert (done.status, "names are not replaced" in done.err) == (0, True)
    gone = sealed(hub.folder)
    assert said.keys() <= gone.keys()
    assert clocks(hub.folder) == before
    assert events(hub.folder, gone) == 0

    def check() -> None:
        for key, (text, lines) in said.items():
            assert hub("explain", f"desk:{key}").out == text.out
            assert hub("explain", f"desk:{key}", "--json").rows == lines.rows
        assert clocks(hub.folder) == before
        assert events(hub.folder, gone) == 0

    check()
    # Everything is read again, as if for the first time.
    store = Store(f"sqlite:///{hub.folder / 'hub.db'}")
    with store.unit() as tx:
        tx.execute(tables.lane.delete())
    store.close()
    assert hub("run", "--once").status == 0
    assert hub("db", "age").status == 0
    check()
    hub_file = hub.folder / "hub.yaml"
    hub_file.write_text(hub_file.read_text().replace("{other: 40h}", "{other: 1h}"))
    assert "are sealed by age" in hub("plan").out
    applied = hub("config", "apply", "--restate")
    assert "are sealed by age" in applied.out
    assert hub("evaluate").status == 0
    check()
    again = hub("db", "rebuild", "--into", f"sqlite:///{hub.folder / 'again.db'}")
    assert "both believe the same" in again.out
    store = Store(f"sqlite:///{hub.folder / 'hub.db'}")
    with store.view() as tx:
        trail = [each for each in audit.every(tx) if each.what == "age"]
    store.close()
    assert [each.about["tickets"] for each in trail] == [len(gone), 0]
    assert trail[0].about["events"] > 10
    assert {name: foreseen[name] for name in trail[0].about} == trail[0].about


def test_on_postgresql_it_is_the_same(aged: Any, postgresql_stores: Any) -> None:
    hub, said = aged
    store: Store = postgresql_stores(empty=True)
    url = store.url.set(drivername="postgresql").render_as_string(hide_password=False)
    assert hub("db", "copy", url).status == 0
    hub_file = hub.folder / "hub.yaml"
    hub_file.write_text(hub_file.read_text().replace("sqlite:///hub.db", url))
    foreseen = hub("db", "age", "--dry-run", "--json").rows
    assert hub("db", "age", "--json").rows == foreseen
    with store.view() as tx:
        gone = set(tx.execute(select(tables.ticket.c.key).where(tables.ticket.c.aged_at.is_not(None))).scalars())
        assert tx.execute(select(func.count()).select_from(tables.ledger)).scalar_one() > 0
    assert said.keys() <= gone
    key, (text, _) = next(iter(said.items()))
    assert hub("explain", f"desk:{key}").out == text.out
    assert hub("run", "--once").status == 0
    assert hub("explain", f"desk:{key}").out == text.out
