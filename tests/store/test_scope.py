"""What is kept of tickets out of scope, in any order; and what a list of those in scope moves."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from sqlalchemy import update

from core.ports import SCOPE, Checkpoint, LaneKind
from core.store import connections, findings, histories, lanes, listed, lists, scope, tables
from core.tickets import Presence, Rating

OUT = Presence.OUT_OF_SCOPE
TICK = timedelta(microseconds=1)


def lane(desk, stream="events", kind=LaneKind.LIVE, *, start=None, until=None, settled=None, finished=False):
    with desk.store.unit() as tx:
        row = lanes.open_lane(
            tx,
            desk.id,
            stream,
            kind,
            Checkpoint("0"),
            carries_history=stream == "events",
            start_at=None if start is None else desk.at(start),
            until_at=None if until is None else desk.at(until),
        )
        lanes.settle(tx, row.id, None if settled is None else desk.at(settled))
        if finished:
            lanes.finish(tx, row.id, desk.at(settled))
    return row


def whole(desk, ticket="1") -> bool:
    with desk.store.view() as tx:
        (loaded,) = histories.load(tx, desk.id, [desk.row(ticket).id])
    return loaded.history.whole_since is not None


def test_of_a_ticket_that_was_only_seen_outside_nothing_is_kept_but_its_row(desk) -> None:
    desk.add(desk.person("ben", "agent"), desk.ticket("1", presence=OUT, own={"due": "x"}), outside=frozenset("1"))
    added = desk.add(
        desk.event("1", "e1", 5, author="anna"), desk.event("2", "e2", 6), outside=frozenset("1"),
        complete=[desk.covers("1", 50)],
    )  # fmt: skip
    assert (added.events, added.touched) == (1, {desk.row("2").id})
    row = desk.row("1")
    assert (row.presence, row.key, row.created_at, row.source_values, row.version) == (OUT, None, None, {}, None)
    assert row.left_out_until == desk.at(5) + TICK
    assert [each.source_id for each in desk.rows(tables.event)] == ["e2"]
    assert desk.rows(tables.coverage) == desk.rows(tables.field) == []
    assert {each.ticket_id for each in desk.rows(tables.mention)} == {desk.row("2").id}
    with desk.store.view() as tx:
        assert lists.ticket_ids(tx, desk.id) == []


def test_of_a_ticket_that_was_once_inside_everything_is_kept(desk) -> None:
    desk.add(desk.ticket("1", 1, brand="31"), outside=frozenset())
    desk.add(desk.event("1", "e1", 5, brand="32"), outside=frozenset("1"), complete=[desk.covers("1", 50)])
    desk.add(desk.ticket("1", 2, presence=OUT, brand="32"), outside=frozenset("1"))
    row = desk.row("1")
    assert (row.presence, row.left_out_until, row.source_values) == (OUT, None, {"brand": "32"})
    assert len(desk.rows(tables.event)) == len(desk.rows(tables.coverage)) == 1
    with desk.store.view() as tx:
        (listed_row,) = lists.ticket_rows(tx, lists.ticket_ids(tx, desk.id))
    assert listed_row.presence == "out_of_scope"


def test_a_deleted_ticket_that_was_never_inside_is_not_kept_either(desk) -> None:
    desk.add(desk.ticket("1", presence=Presence.TRASHED), outside=frozenset("1"))
    assert (desk.row("1").key, desk.row("1").presence) == (None, OUT)


def test_what_came_before_the_ticket_was_known_to_be_outside_goes_again(desk) -> None:
    desk.add(desk.event("1", "e1", 5, team="3"), desk.event("1", "e2", 7), outside=frozenset())
    assert len(desk.rows(tables.event)) == 2
    desk.add(desk.ticket("1", presence=OUT), outside=frozenset("1"))
    assert desk.rows(tables.event) == desk.rows(tables.mention) == []
    assert desk.row("1").left_out_until == desk.at(7) + TICK


def test_events_are_left_out_where_only_the_row_says_that_the_ticket_is_outside(desk) -> None:
    desk.add(desk.ticket("1", presence=OUT), outside=frozenset("1"))
    desk.add(desk.event("1", "e1", 5), outside=frozenset())
    assert desk.rows(tables.event) == []


def test_a_ticket_that_comes_in_is_whole_only_once_it_was_looked_at(desk) -> None:
    lane(desk, start=-100, settled=100)
    desk.add(desk.event("1", "e1", 0), desk.event("1", "e2", 5), outside=frozenset("1"))
    desk.add(desk.ticket("1", brand="31"), desk.event("1", "e3", 20), outside=frozenset())
    assert not whole(desk)
    told = [desk.event("1", f"e{each}", minute) for each, minute in ((1, 0), (2, 5), (3, 20))]
    desk.add(*told, complete=[desk.covers("1", 60)], outside=frozenset())
    assert whole(desk)
    with desk.store.view() as tx:
        (loaded,) = histories.load(tx, desk.id, [desk.row("1").id])
    assert loaded.history.horizon == desk.at(100)


def test_a_ticket_of_which_nothing_was_left_out_is_whole_by_the_lanes(desk) -> None:
    lane(desk, start=-100, settled=100)
    desk.add(desk.ticket("1", presence=OUT), outside=frozenset("1"))
    desk.add(desk.ticket("1", 2), desk.event("1", "e1", 0), outside=frozenset())
    assert whole(desk)


def test_an_event_from_before_the_creation_is_missed_too(desk) -> None:
    lane(desk, start=-100, settled=100)
    desk.add(desk.event("1", "e1", -3), outside=frozenset("1"))
    desk.add(desk.ticket("1", created=0), outside=frozenset())
    assert not whole(desk)


PAGES = {
    "outside": lambda desk, it: desk.add(desk.ticket(it, 1, presence=OUT, brand="32"), outside={it}),
    "events outside": lambda desk, it: desk.add(*told(desk, it)[:2], outside={it}),
    "inside": lambda desk, it: desk.add(desk.ticket(it, 2, brand="31"), outside=frozenset()),
    "events inside": lambda desk, it: desk.add(told(desk, it)[2], outside=frozenset()),
    "again outside": lambda desk, it: desk.add(desk.ticket(it, 1, presence=OUT, brand="32"), outside={it}),
}


def told(desk, it):
    """Return all that ever happened to a ticket."""
    return [desk.event(it, f"{it}-{minute}", minute, brand="31") for minute in (0, 5, 9)]


def test_in_any_order_a_history_that_passes_for_whole_is_whole_and_a_look_repairs_the_others(desk) -> None:
    lane(desk, start=-100, settled=100)
    orders = list(permutations(PAGES))
    for number, order in enumerate(orders):
        for name in order:
            PAGES[name](desk, str(number))
    kept = {each.source_id for each in desk.rows(tables.event)}
    states = {whole(desk, str(number)): number for number in range(len(orders))}
    assert states.keys() == {True, False}
    for number in range(len(orders)):
        every = {each.id for each in told(desk, str(number))}
        assert not whole(desk, str(number)) or every <= kept
        desk.add(*told(desk, str(number)), complete=[desk.covers(str(number), 60)], outside=frozenset())
        assert whole(desk, str(number))
    rows = [row for row in desk.rows(tables.event) if row.withdrawn_at is None]
    assert len(rows) == 3 * len(orders)
    assert {(row.presence, row.source_values["brand"]) for row in desk.rows(tables.ticket)} == {("present", "31")}


def test_what_is_said_beside_the_events_of_a_ticket_outside_is_not_kept_either(desk) -> None:
    def said(ticket: str) -> Rating:
        return Rating(f"r{ticket}", ticket, "good", desk.at(5))

    desk.add(desk.ticket("1"), desk.ticket("2", presence=OUT), said("4"), outside=frozenset("2"))
    desk.add(*(said(each) for each in "123"), outside=frozenset("13"))
    assert [each.ticket_source_id for each in desk.rows(tables.rating)] == ["4", "1"]
    desk.add(desk.ticket("4", presence=OUT), outside=frozenset("4"))
    assert [each.ticket_source_id for each in desk.rows(tables.rating)] == ["1"]


def test_a_page_without_a_scope_asks_nothing_of_it(desk) -> None:
    desk.add(desk.ticket("1", presence=OUT), desk.event("1", "e1", 5))
    assert (desk.row("1").key, desk.row("1").presence) == ("K-1", OUT)


class Lists:
    """The stream that lists what is in scope, as the daemon stores it."""

    def __init__(self, desk) -> None:
        self.desk = desk
        lane(desk, SCOPE)

    def say(self, *inside: str, minute: float) -> listed.Compared:
        until = self.desk.at(minute)
        with self.desk.store.unit() as tx:
            row, place = connections.get(tx, "desk"), lanes.get(tx, self.desk.id, SCOPE, LaneKind.LIVE)
            assert row is not None
            assert place is not None
            done = listed.compare(tx, row, place, set(inside), until, until)
            settled = until if done.believed else None
            lanes.advance(tx, place.id, Checkpoint(""), settled, 0, len(inside), until)
        return done

    def events(self) -> list[tuple[str, float, float, str, str]]:
        start = self.desk.at(0)
        return [
            (each.ticket_source_id, (each.at - start).seconds / 60, (each.latest_at - start).seconds / 60, *change[1:3])
            for each in self.desk.rows(tables.event)
            if each.stream == SCOPE and each.withdrawn_at is None
            for change in each.changes
        ]

    def presence(self, ticket: str) -> str:
        with self.desk.store.view() as tx:
            (row,) = lists.ticket_rows(tx, [self.desk.row(ticket).id])
        return row.presence


def changed(desk, ticket, version, minute):
    return replace(desk.ticket(ticket, version), updated_at=desk.at(minute))


def test_a_ticket_that_a_list_no_longer_has_left_with_its_last_change_or_since_the_list_before(desk) -> None:
    found = Lists(desk)
    desk.add(*(desk.ticket(each) for each in "1234"), outside=frozenset())
    found.say(*"1234", minute=10)
    desk.add(changed(desk, "1", 2, 17), outside=frozenset())
    desk.judge_all()
    found.say(*"34", minute=25)
    assert desk.waiting() == {"1", "2"}
    assert found.events() == [
        ("1", 17, 25, "present", "out_of_scope"),
        ("2", 10, 25, "present", "out_of_scope"),
    ]
    assert [found.presence(each) for each in "123"] == ["out_of_scope", "out_of_scope", "present"]
    found.say(*"234", minute=40)
    assert found.events()[2:] == [("2", 25, 40, "out_of_scope", "present")]
    assert found.presence("2") == "present"
    found.say(*"234", minute=55)
    assert len(found.events()) == 3


def test_tickets_that_the_index_cannot_know_yet_and_deleted_ones_are_not_moved(desk) -> None:
    found = Lists(desk)
    desk.add(desk.ticket("1"), desk.ticket("2"), desk.ticket("4"), outside=frozenset())
    found.say("1", "2", "4", minute=10)
    desk.add(
        desk.ticket("2", 2, presence=Presence.TRASHED), desk.ticket("3", created=30), outside=frozenset()
    )  # fmt: skip
    found.say("1", "4", minute=25)
    assert found.events() == []
    assert [found.presence(each) for each in "123"] == ["present", "trashed", "present"]


def test_one_list_that_is_empty_or_halved_moves_nobody_and_two_do(desk) -> None:
    found = Lists(desk)
    desk.add(*(desk.ticket(each) for each in "12345"), outside=frozenset())
    assert not found.say(minute=5).believed
    found.say(*"12345", minute=10)
    for first, inside in ((20, ""), (60, "12")):
        assert not found.say(*inside, minute=first).believed
        with desk.store.view() as tx:
            (told,) = [each for each in findings.open_ones(tx, "desk") if each.code == "scope"]
        assert f"found {len(inside)} where it found 5 before" in told.text
        assert [found.presence(each) for each in "12345"] == ["present"] * 5
        assert found.say(*inside, minute=first + 10).believed
        with desk.store.view() as tx:
            assert [each for each in findings.open_ones(tx, "desk") if each.code == "scope"] == []
        assert [found.presence(each) for each in inside] == ["present"] * len(inside)
        assert {found.presence(each) for each in "12345" if each not in inside} == {"out_of_scope"}
        assert found.say(*"12345", minute=first + 20).believed
    leaving = [each for each in found.events() if each[4] == "out_of_scope" and each[1] < 40]
    assert {each[1:3] for each in leaving} == {(10, 30)}


def test_a_ticket_of_which_nothing_is_kept_is_asked_for_when_a_list_has_it(desk) -> None:
    found = Lists(desk)
    desk.add(desk.ticket("1"), desk.ticket("2", presence=OUT), outside=frozenset("12"))
    found.say("8", "9", minute=10)
    assert desk.row("1").confirm_at is None
    found.say("8", "9", "1", minute=25)
    assert (desk.row("1").confirm_at, desk.row("2").confirm_at) == (desk.at(25), None)
    found.say("8", "9", minute=40)
    assert desk.row("1").confirm_at is None
    found.say("8", "1", minute=55)
    desk.add(desk.ticket("1"), desk.event("1", "e1", 3), complete=[desk.covers("1", 60)], outside=frozenset())
    assert (desk.row("1").key, desk.row("1").listed) == ("K-1", None)
    found.say("8", "9", minute=70)
    assert found.events() == [("1", 55, 70, "present", "out_of_scope")]


def test_the_first_list_of_a_scope_says_of_the_others_that_they_never_were_inside(desk) -> None:
    found = Lists(desk)
    desk.add(desk.ticket("1"), desk.ticket("2"), outside=frozenset())
    found.say("1", minute=10)
    assert (found.events(), found.presence("2")) == ([], "out_of_scope")
    with desk.store.view() as tx:
        one, two = (histories.load(tx, desk.id, [desk.row(each).id])[0].history.ticket for each in "12")
    assert (one.presence, one.values) == (Presence.PRESENT, {})
    assert (two.presence, two.values) == (OUT, {"presence": "out_of_scope"})


def test_another_search_forgets_what_the_one_before_it_said(desk) -> None:
    found = Lists(desk)
    desk.add(desk.ticket("1"), desk.ticket("2"), outside=frozenset())
    found.say("1", "2", minute=10)
    found.say("1", minute=25)
    with desk.store.unit() as tx:
        scope.forget(tx, desk.id, desk.at(30))
    assert (found.events(), found.presence("2")) == ([], "present")
    found.say("2", minute=40)
    assert (found.events(), found.presence("1"), found.presence("2")) == ([], "out_of_scope", "present")


def test_a_wider_scope_reads_the_past_again_and_what_was_left_out_counts_once_it_is_read(desk) -> None:
    lane(desk, "events", LaneKind.LIVE, start=50, settled=100)
    past = lane(desk, "events", LaneKind.BACKFILL, until=50, settled=50, finished=True)
    desk.add(desk.ticket("1"), outside=frozenset())
    desk.add(desk.event("2", "e1", 60), desk.event("3", "e2", 61), outside=frozenset("23"))
    with desk.store.unit() as tx:
        scope.widened(tx, desk.id, desk.at(110))
    with desk.store.view() as tx:
        row = lanes.get(tx, desk.id, "events", LaneKind.BACKFILL)
    assert row is not None
    assert (row.finished_at, row.until_at, row.settled_until) == (None, desk.at(110), desk.at(50))
    assert row.checkpoint.cursor == lanes.REOPENED
    desk.add(desk.ticket("2", created=60), desk.ticket("3", 1, created=60, presence=OUT), outside=frozenset("3"))
    desk.add(desk.event("2", "e1", 60), desk.event("3", "e2", 61), outside=frozenset("3"))
    desk.add(desk.ticket("3", 2, created=60), outside=frozenset())
    assert [whole(desk, each) for each in "123"] == [True, False, False]
    with desk.store.unit() as tx:
        lanes.settle(tx, past.id, desk.at(110))
        lanes.finish(tx, past.id, desk.at(120))
        scope.read_again(tx, desk.id)
    assert [whole(desk, each) for each in "123"] == [True, True, False]


def test_how_a_ticket_stands_is_told_by_its_picture_before_any_list(desk) -> None:
    for picture, in_list, wanted in (
        ("present", None, "present"),
        ("present", True, "present"),
        ("present", False, "out_of_scope"),
        ("archived", False, "out_of_scope"),
        ("out_of_scope", True, "out_of_scope"),
        ("merged", False, "merged"),
    ):
        assert scope.presence(picture, in_list) == wanted


def test_tickets_out_of_scope_are_none_to_be_written_first(desk) -> None:
    desk.add(desk.ticket("1"), desk.ticket("2"), desk.ticket("3", presence=OUT))
    with desk.store.unit() as tx:
        tx.execute(update(tables.ticket).values(phase="open"))
        tx.execute(update(tables.ticket).where(tables.ticket.c.source_id == "2").values(listed=False))
        assert lists.unresolved(tx, desk.id) == 1
