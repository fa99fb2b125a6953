"""A person who is taken out of all that is stored, and does not come back."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from core.errors import StoreError
from core.store import audit, findings, forgetting, mentions, tables, transfer
from core.store.veiled import Veil
from core.tickets import Event, Label, Rating

VEIL = Veil("desk", b"a key of the tests")
NAME, MAIL = "Eva Müller-Öz", "eva.mueller@acme.test"


def fill(desk: Any, **more: Any) -> None:
    changes = {"requester": "777", "status": "open", "owner": NAME.upper(), "cc": ("x", MAIL), "size": "777"}
    desk.add(
        desk.person("777", "end-user", name=NAME),
        desk.person("12345678", "agent", name="Ben"),
        desk.ticket("1", requester="777", assignee="12345678", cc=("x", MAIL), size="777"),
        desk.ticket("2", requester="12345678"),
        desk.event("1", "e1", 1, actor="777", author="12345678", **changes),
        desk.event("1", "e2", 2, actor="12345678", author="777", status="solved"),
        desk.event("2", "e3", 3, actor="12345678", status="open"),
        Rating("9", "1", "good", desk.at(3), "777", "12345678"),
        Label("owner", "o1", NAME),
        **more,
    )


@pytest.fixture
def known(desk: Any) -> Any:
    fill(desk)
    desk.add(desk.person(MAIL, "end-user", name=MAIL))
    desk.judge_all()
    with desk.store.unit() as tx:
        findings.note(tx, "desk", "x", NAME, f"what {NAME} wrote is odd", desk.at(0))
        ticket = desk.row("1").id
        numbers = dict.fromkeys(("elapsed_seconds", "paused_seconds", "paused_wall_seconds"), 1)
        words = {"policy": "p", "metric": "m", "started_by": "e1", "agreement": "sla", "calendar": "always"}
        more = {"cycle": 1, "revision": 1, "state": "completed", "confirmed": True, "breached": False}
        clock = {**numbers, **words, **more, "ticket_id": ticket, "judged_at": desk.at(0)}
        tx.execute(insert(tables.clock).values(clock))
    return desk


def forget(desk: Any, who: str) -> None:
    with desk.store.view() as tx:
        found = forgetting.find(tx, who)
    for each in found:
        with desk.store.unit() as tx:
            forgetting.mark(tx, each, VEIL, desk.at(5))
        forgetting.finish(desk.store, desk.id, VEIL)


def everything(desk: Any) -> str:
    return "\n".join(str(tuple(row)) for table in tables.metadata.tables.values() for row in desk.rows(table))


def clocks(desk: Any) -> str:
    return hashlib.sha256(repr(desk.rows(tables.clock) + desk.rows(tables.verdict)).encode()).hexdigest()


@pytest.mark.parametrize("who", [NAME, f" {NAME.lower()} ", "777", "desk:777"])
def test_a_person_is_found_by_id_and_by_name(known: Any, who: str) -> None:
    with known.store.view() as tx:
        assert [(each.source_id, each.name, each.tickets) for each in forgetting.find(tx, who)] == [("777", NAME, 1)]
        assert forgetting.find(tx, "Eva") == forgetting.find(tx, "other:777") == []


def test_nothing_that_is_stored_names_a_forgotten_person_and_clocks_are_what_they_were(known: Any) -> None:
    before = clocks(known)
    forget(known, NAME)
    forget(known, MAIL)
    said = everything(known).casefold()
    for word in (NAME, "müller", MAIL, "mueller"):
        assert word.casefold() not in said, word
    stands = VEIL.stands("777")
    events = {row.source_id: row for row in known.rows(tables.event)}
    assert events["e1"].actor == events["e2"].comments[0][1] == stands
    changed = {name: after for name, _, after, _ in events["e1"].changes}
    # A number means a person only where people stand.
    assert changed == {
        "requester": stands,
        "status": "open",
        "owner": stands,
        "cc": ["x", VEIL.stands(MAIL)],
        "size": "777",
    }
    assert known.row("1").source_values["requester"] == stands
    assert known.row("1").source_values["assignee"] == "12345678"
    assert clocks(known) == before
    with known.store.view() as tx:
        assert mentions.tickets(tx, known.id, mentions.ACTOR, [stands]) == {known.row("1").id}
        assert mentions.tickets(tx, known.id, mentions.ACTOR, ["777"]) == set()
        roles = tx.execute(
            select(tables.person.c.source_id, tables.person_role.c.role).join_from(tables.person, tables.person_role)
        ).all()
    assert (stands, "end-user") in [tuple(each) for each in roles]
    assert "777" not in [each[0] for each in roles]


def test_what_comes_again_does_not_bring_the_name_back_and_is_no_news(known: Any) -> None:
    forget(known, NAME)
    forget(known, MAIL)
    known.judge_all()
    before = everything(known)
    fill(known, veil=VEIL)
    assert everything(known) == before
    known.add(Event("2", "events", "e9", known.at(9), 0, "777"), known.person("777", "agent", 9, NAME), veil=VEIL)
    assert NAME not in everything(known)
    assert next(row for row in known.rows(tables.event) if row.source_id == "e9").actor == VEIL.stands("777")


@pytest.mark.parametrize("written", [NAME, NAME.upper(), NAME.lower()])
def test_a_name_is_found_where_another_was_taken_out_before_and_in_any_case(desk: Any, written: str) -> None:
    desk.add(
        desk.person("777", "agent", name=NAME),
        desk.person("jürgen", "agent", name="Jürgen Groß"),
        desk.person("888888", "agent", name="Ben Ohm"),
        desk.ticket("1", owner=written, second="Ben Ohm", third="jürgen"),
        desk.event("1", "e1", 1, actor="nobody", author="jürgen", owner=written, second="Ben Ohm", third="jürgen"),
    )
    with desk.store.unit() as tx:
        findings.note(tx, "desk", "x", "1", f"what {written} wrote is odd", desk.at(0))
    for who in ("888888", "777", "jürgen"):
        forget(desk, who)
    said = everything(desk).casefold()
    assert [
        each for each in (NAME, "Ben Ohm", "jürgen", "m\\u00fcller", "j\\u00fcrgen") if each.casefold() in said
    ] == []


@pytest.mark.parametrize("key", [None, b"another key"])
def test_nothing_is_stored_while_the_key_is_another_than_that_under_which_somebody_was_forgotten(
    known: Any, key: bytes | None
) -> None:
    forget(known, NAME)
    with pytest.raises(StoreError, match="another key than the present one"):
        fill(known, veil=Veil("desk", key))


def test_what_was_broken_off_is_ended_by_the_next_one(known: Any) -> None:
    with known.store.view() as tx:
        found = forgetting.find(tx, NAME)[0]

    def broken(rows: int) -> None:
        raise KeyboardInterrupt

    with known.store.unit() as tx:
        forgetting.mark(tx, found, VEIL, known.at(5))
    with pytest.raises(KeyboardInterrupt):
        forgetting.finish(known.store, known.id, VEIL, broken)
    fill(known, veil=VEIL)
    with known.store.view() as tx:
        assert forgetting.pending(tx, known.id, VEIL) == ["777"]
    forgetting.finish(known.store, known.id, VEIL)
    assert NAME.casefold() not in everything(known).casefold()
    with known.store.view() as tx:
        assert forgetting.pending(tx, known.id, VEIL) == []


def test_a_forgotten_name_is_not_left_in_the_free_places_of_the_file(sqlite_desk: Any) -> None:
    fill(sqlite_desk)
    forget(sqlite_desk, NAME)
    path = sqlite_desk.store.path
    found = [each.name for each in path.parent.glob(f"{path.name}*") if NAME.encode() in each.read_bytes()]
    assert found == []


def test_the_trail_is_added_to_and_never_changed(desk: Any) -> None:
    entry = audit.Entry(desk.at(0), "me", "forget", {"digest": "abc"})
    with desk.store.unit() as tx:
        audit.add(tx, entry)
    for statement in ("UPDATE audit SET author = 'x'", "DELETE FROM audit"):
        with pytest.raises(StoreError, match="never changed"), desk.store.unit() as tx:
            tx.execute(text(statement))
    with desk.store.view() as tx:
        assert audit.every(tx) == [entry]


def test_with_pseudonyms_no_name_is_stored_and_one_person_stays_one(desk: Any) -> None:
    veil = Veil("desk", b"k", names=True)
    desk.add(desk.person("1", "agent", 1, NAME), desk.person("2", "agent", 1, NAME), veil=veil)
    names = {row.source_id: row.name for row in desk.rows(tables.person)}
    desk.add(desk.person("1", "agent", 2, "Eva Neu"), veil=veil)
    assert {row.source_id: row.name for row in desk.rows(tables.person)} == names
    assert len(set(names.values())) == 2
    assert all(each.startswith("person-") for each in names.values())


def test_an_older_state_put_back_still_keeps_the_person_forgotten(known: Any, stores: Any) -> None:
    older = stores()
    transfer.whole(known.store, older)
    with known.store.unit() as tx:
        audit.add(tx, audit.Entry(known.at(0), "me", "forget", {}))
    forget(known, NAME)
    transfer.whole(older, known.store, replace=True)
    assert NAME in everything(known)
    with known.store.view() as tx:
        assert len(audit.every(tx)) == 1
        assert forgetting.pending(tx, known.id, VEIL) == ["777"]
    forgetting.finish(known.store, known.id, VEIL)
    assert NAME.casefold() not in everything(known).casefold()
