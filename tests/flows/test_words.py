"""Statuses by id, mapped by name: what is judged once the names are known, and again when they change."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.testing.lists import ListConnector
from core.flows.evaluate import desk_of
from core.flows.source import meanings
from core.store import findings, histories, lists, tables
from core.tickets import Kind, Label, Phase, Priority, SourceMapping, Status, WaitOn

CUSTOMER = Status(Phase.WAITING, WaitOn.CUSTOMER)
WAITING = {("status", "Waiting"): CUSTOMER}
STATUSES = (
    Label("status", "1", "To Do", "new"),
    Label("status", "3", "In Progress", "indeterminate"),
    Label("status", "10010", "Waiting", "indeterminate"),
    Label("status", "5", "Resolved", "done"),
    Label("priority", "2", "Highest"),
    Label("kind", "10005", "[System] Incident"),
)


class IdConnector(ListConnector):
    """A helpdesk that has ids for its statuses, priorities and kinds, and knows some of them by name."""

    mapping = replace(
        ListConnector.mapping,
        status={("status", "done"): Status(Phase.RESOLVED)},
        categories={
            "new": Status(Phase.NEW),
            "indeterminate": Status(Phase.OPEN),
            "done": Status(Phase.RESOLVED),
        },
        priority={"highest": Priority.CRITICAL},
        kind={},
    )


def mapping(status: dict[tuple[str, str], Status], **more: Any) -> SourceMapping:
    configured = frozenset({*status, *((field, word) for field, words in more.items() for word in words)})
    return SourceMapping(status=status, configured=configured, **more)


def bench_of(make_bench: Any, status: dict[tuple[str, str], Status] = WAITING, **more: Any) -> Any:
    bench = make_bench(mapping=mapping(status, **more))
    bench.connector.__class__ = IdConnector
    return bench


def told(bench: Any, code: str) -> dict[str, str]:
    with bench.store.view() as tx:
        return {each.subject: each.text for each in findings.open_ones(tx, "desk") if each.code == code}


def rows(bench: Any) -> dict[str, lists.TicketRow]:
    with bench.store.view() as tx:
        return {row.key: row for row in lists.ticket_rows(tx, lists.ticket_ids(tx, bench.source.id))}


def words(bench: Any) -> dict[str, str]:
    """What the row of each ticket says, for whoever lists or counts tickets."""
    return {key: f"{row.phase}/{row.wait_on} {row.priority} {row.kind}" for key, row in rows(bench).items()}


def waiting(bench: Any) -> set[str]:
    """Which tickets are to be judged again."""
    ticket = tables.ticket.c
    with bench.store.view() as tx:
        found = tx.execute(select(ticket.key).where(ticket.input_version > ticket.evaluated_version))
        return set(found.scalars())


def tell(bench: Any, *labels: Label) -> None:
    bench.connector.add("people", *labels)
    bench.pull()


def paused(bench: Any, key: str) -> int:
    return bench.clocks(key)["resolution"].paused_seconds


def an_hour_of_waiting(bench: Any, key: str, status: str = "10010") -> None:
    """A ticket that has waited for an hour and is resolved."""
    bench.ticket(key, status="1", priority="2", kind="10005")
    bench.act(key, "wait", status=status)
    bench.pass_time(hours=1)
    bench.act(key, "end", status="5", reply=True)
    bench.settle()


def test_words_by_name_are_understood_as_soon_as_the_names_are_known(make_bench: Any) -> None:
    bench = bench_of(make_bench, kind={"[System] Incident": Kind.INCIDENT})
    an_hour_of_waiting(bench, "1")
    bench.ticket("2", status="10010", priority="2", kind="10005")
    bench.ticket("3", status="77")
    bench.cycle()
    assert words(bench)["2"] == "unknown/none none none"
    assert "status=10010" in told(bench, "unmapped")
    tell(bench, *STATUSES)
    assert waiting(bench) == {"1", "2"}
    bench.judge()
    assert words(bench) == {
        "1": "resolved/none critical incident",
        "2": "waiting/customer critical incident",
        "3": "unknown/none none none",
    }
    assert paused(bench, "1") == 3600
    assert told(bench, "unmapped").keys() >= {"status=77"}
    assert not [subject for subject in told(bench, "unmapped") if "10010" in subject or "kind" in subject]


def test_what_is_not_mapped_is_told_by_name_and_id(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, Label("status", "77", "Triage", "undefined"))
    bench.ticket("1", status="77")
    bench.cycle()
    assert told(bench, "unmapped")["status=77"].startswith("the source's status Triage (77) has no normal value; ")


def test_a_renamed_status_goes_on_meaning_what_is_written_until_that_is_changed(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, *STATUSES)
    an_hour_of_waiting(bench, "1")
    bench.ticket("2", status="10010")
    bench.cycle()
    before = words(bench)
    tell(bench, Label("status", "10010", "On hold", "indeterminate"))
    assert waiting(bench) == {"1", "2"}
    bench.judge()
    assert (words(bench), paused(bench, "1")) == (before, 3600)
    assert told(bench, "renamed") == {
        "status=10010": 'the status `Waiting` is called `On hold` at the source now; write "On hold" in '
        "connections.desk.mapping.status; until then it means what `Waiting` means"
    }
    bench.configure(mapping=mapping({("status", "on hold"): Status(Phase.OPEN)}))
    bench.ticket("3", status="10010")
    bench.cycle()
    assert told(bench, "renamed") == {}
    assert words(bench)["3"] == "open/none none none"


def test_a_name_that_another_status_has_by_now_is_told_as_such(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, *STATUSES)
    tell(bench, Label("status", "10010", "On hold", "indeterminate"), Label("status", "10099", "Waiting", "new"))
    bench.ticket("1", status="10010")
    bench.ticket("2", status="10099")
    bench.cycle()
    assert {key: text.split()[0] for key, text in words(bench).items()} == dict.fromkeys("12", "waiting/customer")
    assert "and another one is called `Waiting`" in told(bench, "renamed")["status=10010"]


def test_two_statuses_of_one_name_are_both_meant(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, *STATUSES, Label("status", "10020", "waiting", "new"))
    an_hour_of_waiting(bench, "1")
    an_hour_of_waiting(bench, "2", "10020")
    bench.cycle()
    assert (paused(bench, "1"), paused(bench, "2")) == (3600, 3600)


def test_a_status_that_is_deleted_at_the_source_means_in_the_past_what_it_meant(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, *STATUSES)
    an_hour_of_waiting(bench, "1")
    bench.cycle()
    tell(bench, *(each for each in STATUSES if each.value != "10010"))
    assert waiting(bench) == set()
    an_hour_of_waiting(bench, "2")
    bench.cycle()
    assert (paused(bench, "1"), paused(bench, "2")) == (3600, 3600)


def test_a_status_of_another_category_is_judged_again_wherever_it_ever_was(make_bench: Any) -> None:
    bench = bench_of(make_bench, {})
    tell(bench, *STATUSES)
    an_hour_of_waiting(bench, "1")
    bench.ticket("2", status="10010")
    bench.ticket("3", status="3")
    bench.cycle()
    assert words(bench)["2"].startswith("open/none")
    tell(bench, Label("status", "10010", "Waiting", "done"))
    assert waiting(bench) == {"1", "2"}
    bench.judge()
    assert words(bench)["2"].startswith("resolved/none")
    tell(bench, Label("status", "10010", "Waiting", "done"), Label("priority", "2", "Highest", "any"))
    assert waiting(bench) == {"1"}


@pytest.mark.parametrize("by_id", [True, False])
def test_names_and_ids_lead_to_the_same_rows(make_bench: Any, by_id: bool) -> None:
    by_name: dict[tuple[str, str], Status] = {**WAITING, ("status", "in progress"): Status(Phase.OPEN)}
    ids = {("status", "10010"): CUSTOMER, ("status", "3"): Status(Phase.OPEN)}
    bench = bench_of(make_bench, ids if by_id else by_name)
    tell(bench, *STATUSES)
    an_hour_of_waiting(bench, "1")
    bench.ticket("2", status="3")
    bench.cycle()
    assert words(bench) == {"1": "resolved/none critical none", "2": "open/none none none"}
    assert (paused(bench, "1"), bench.clocks("1")["resolution"].state) == (3600, "completed")


def test_a_desk_is_the_same_as_long_as_no_label_is_another(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    tell(bench, *STATUSES)
    bench.ticket("1", status="3")
    bench.cycle()

    def desks() -> Sequence[object]:
        with bench.store.view() as tx:
            loaded = histories.load(tx, bench.source.id, lists.ticket_ids(tx, bench.source.id))
            return desk_of(tx, bench.source, loaded).mapping, meanings(tx, bench.source.id, bench.source.mapping)

    once, other = desks()
    assert once is other
    tell(bench, *STATUSES)
    assert desks()[0] is once
    tell(bench, Label("status", "4", "New one", "new"))
    assert desks()[0] is not once


def test_former_names_are_kept_the_latest_first_and_none_of_them_twice(make_bench: Any) -> None:
    bench = bench_of(make_bench)
    for text in ("Waiting", "On hold", "waiting", "Parked"):
        tell(bench, Label("status", "10010", text))
    tell(bench, Label("status", "10010", "Parked", "", ("On Hold", "Ancient")))
    with bench.store.view() as tx:
        (label,) = histories.words(tx, bench.source.id, ("status",))
        assert tx.execute(select(func.count()).select_from(tables.label)).scalar_one() == 1
    assert (label.text, label.former) == ("Parked", ("waiting", "On hold", "Ancient"))
