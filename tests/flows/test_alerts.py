"""An admin is told of a finding once when it begins and once when it is over, across everything that may go wrong."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from core.flows.alert_kinds import KINDS, patience
from core.flows.alert_words import Message
from core.flows.alerts import GAP, Outcome, Recipient, tell
from core.flows.stop import StopSignal
from core.settings import AlertKind
from core.store import Store, alerts, findings
from core.telemetry import hide

NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Office:
    """Where messages arrive, and the hub's side of it. answers: what becomes of the next ones."""

    store: Store
    now: datetime = NOON
    process: str = f"{socket.gethostname()}:{os.getpid()}:0"
    names: tuple[str, ...] = ("${SLAHUB_ALERTS}",)
    left_out: frozenset[AlertKind] = frozenset()
    arrived: list[tuple[str, Message]] = field(default_factory=list)
    answers: list[Outcome | BaseException] = field(default_factory=list)

    def tell(self) -> list[Message]:
        """Return what arrived by one look."""
        before = len(self.arrived)
        people = [Recipient(name, self.taker(name)) for name in self.names]
        try:
            tell(self.store, people, self.left_out, lambda: self.now, self.process, StopSignal())
        except Killed:
            self.process = f"{socket.gethostname()}:{os.getpid()}:{len(self.arrived)}"
        return [message for _, message in self.arrived[before:]]

    def taker(self, name: str) -> Callable[[Message], Outcome]:
        def take(message: Message) -> Outcome:
            answer = self.answers.pop(0) if self.answers else Outcome()
            if isinstance(answer, BaseException):
                self.arrived.append((name, message))
                raise answer
            if not answer.reason or answer.doubtful:
                self.arrived.append((name, message))
            return answer

        return take

    def begins(self, code: str, subject: str = "", *, connection: str = "desk", text: str = "it is so", step: str = ""):
        with self.store.unit() as tx:
            findings.note(tx, connection, code, subject, text, self.now, step=step)

    def ends(self, code: str, subject: str = "", *, connection: str = "desk") -> None:
        with self.store.unit() as tx:
            findings.end(tx, connection, code, subject, self.now)

    def passes(self, length: timedelta = HOUR) -> None:
        self.now += length

    def rows(self) -> list[alerts.AlertRow]:
        with self.store.view() as tx:
            return alerts.recent(tx, 100)

    def open_codes(self) -> list[str]:
        with self.store.view() as tx:
            return [each.code for each in findings.open_ones(tx, "")]


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


def test_each_word_of_the_configuration_is_one_kind_and_each_code_is_told_as_one() -> None:
    assert [each.kind for each in KINDS] == list(AlertKind)
    codes = [code for each in KINDS for code in each.codes]
    assert len(codes) == len(set(codes))


def test_a_finding_is_told_once_when_it_begins_and_once_when_it_ends(office: Office) -> None:
    office.begins("refused", "desk", text="the token is not valid any more")
    (begun,) = office.tell()
    assert begun.title == "slahub: desk: access refused"
    first, second, *_ = begun.body.splitlines()
    assert first == "desk: access refused, since 2026-05-11 12:00 UTC"
    assert second == "  the token is not valid any more"
    assert "What to do: " in begun.body
    assert "slahub check" in begun.body
    for _ in range(3):
        office.passes()
        assert office.tell() == []
    office.ends("refused", "desk")
    (over,) = office.tell()
    assert over.title == "slahub: desk: access refused, over"
    assert "over since 2026-05-11 15:00 UTC, after 3h 0m" in over.body
    office.passes()
    assert office.tell() == []


def test_what_is_over_before_it_could_be_told_is_told_to_nobody(office: Office) -> None:
    office.begins("failed", "desk")
    assert office.tell() == []
    office.passes(timedelta(minutes=14))
    office.ends("failed", "desk")
    office.passes()
    assert office.tell() == []
    office.begins("failed", "desk")
    office.passes(timedelta(minutes=15))
    assert len(office.tell()) == 1


def test_many_at_once_are_one_message_that_counts_what_it_does_not_name(office: Office) -> None:
    for number in range(40):
        office.begins("write_refused", f"T-{number}", text=f"ticket T-{number} takes no more updates")
    office.begins("unmapped", "status=77")
    (digest,) = office.tell()
    assert digest.title == "slahub: 41 to look at"
    assert digest.body.count("takes no more updates") == 3
    assert "37 more of the same sort: slahub status" in digest.body
    assert "a value without a meaning" in digest.body


def test_what_comes_soon_after_a_message_waits_for_the_next_one_unless_it_is_urgent(office: Office) -> None:
    office.begins("unmapped", "status=1")
    assert len(office.tell()) == 1
    office.passes(timedelta(seconds=10))
    office.begins("unmapped", "status=2")
    office.begins("held", "revision 2")
    assert office.tell() == []
    office.begins("refused", "desk")
    (urgent,) = office.tell()
    assert urgent.body.startswith("desk: access refused")
    assert "changes wait for release" in urgent.body
    office.passes(timedelta(seconds=10))
    office.begins("unmapped", "status=3")
    assert office.tell() == []
    office.passes(GAP)
    assert len(office.tell()) == 1


def test_each_step_before_an_end_is_told_once(office: Office) -> None:
    told = []
    for days in ("30", "30", "14", "7", "7", "1"):
        office.begins("consent_ends", "desk", text=f"the consent ends within {days} days", step=days)
        told += [message.body for message in office.tell()]
        office.passes()
    assert [body.split("within ")[1][:2].strip() for body in told] == ["30", "14", "7", "1"]
    office.ends("consent_ends", "desk")
    (over,) = office.tell()
    assert over.title.endswith("a credential ends, over")


def test_what_is_left_out_is_told_to_nobody_and_findings_that_are_no_alert_neither(office: Office) -> None:
    office.left_out = frozenset({AlertKind.DISK})
    office.begins("disk", "the database", connection="")
    office.begins("draft", connection="")
    office.begins("renamed", "status=1")
    assert office.tell() == []
    office.left_out = frozenset()
    (message,) = office.tell()
    assert message.title == "slahub: the hub: little room on disk"


def test_nobody_to_tell_is_told_nothing_and_a_new_address_hears_of_all_that_is_open(office: Office) -> None:
    office.names = ()
    office.begins("held", "revision 2")
    assert office.tell() == []
    office.names = ("${SLAHUB_ONE}",)
    assert len(office.tell()) == 1
    office.names = ("${SLAHUB_ONE}", "file:two")
    assert [name for name, _ in office.arrived] == ["${SLAHUB_ONE}"]
    assert len(office.tell()) == 1
    assert office.arrived[-1][0] == "file:two"


def test_a_process_that_is_killed_while_it_sends_leaves_a_doubt_and_what_it_sent_is_sent_once_more(
    office: Office,
) -> None:
    office.begins("refused", "desk")
    office.answers = [Killed()]
    assert len(office.tell()) == 1
    assert [(row.state, row.doubts) for row in office.rows()] == [("claimed", 0)]
    (again,) = office.tell()
    assert "You may have been told of this already" in again.body
    assert [(row.state, row.doubts) for row in office.rows()] == [("sent", 1)]
    office.passes()
    assert office.tell() == []
    office.ends("refused", "desk")
    (over,) = office.tell()
    assert "told of this already" not in over.body


def test_who_is_killed_twice_does_not_send_a_third_time(office: Office) -> None:
    office.begins("refused", "desk")
    office.answers = [Killed(), Killed()]
    for _ in range(6):
        office.tell()
        office.passes()
    assert len(office.arrived) == 2
    assert [(row.state, row.doubts) for row in office.rows()] == [("doubtful", 2)]
    office.ends("refused", "desk")
    assert len(office.tell()) == 1


def test_an_answer_that_never_comes_is_a_doubt_too(office: Office) -> None:
    office.begins("refused", "desk")
    office.answers = [Outcome("the service said nothing", doubtful=True)]
    assert len(office.tell()) == 1
    office.passes()
    assert len(office.tell()) == 1
    office.passes()
    assert office.tell() == []


def test_what_another_process_is_sending_is_left_to_it_while_it_lives(office: Office) -> None:
    office.begins("refused", "desk")
    office.process = f"{socket.gethostname()}:{os.getppid()}:other"
    office.answers = [Killed()]
    office.tell()
    office.process = f"{socket.gethostname()}:{os.getpid()}:me"
    assert office.tell() == []
    office.passes(timedelta(minutes=10))
    assert len(office.tell()) == 1


def test_a_service_that_refuses_is_asked_ever_more_rarely_and_others_are_told(office: Office) -> None:
    office.names = ("${SLAHUB_ONE}",)
    office.begins("held", "revision 2")
    office.answers = [Outcome("the service answered 500") for _ in range(100)]
    tries = []
    for _ in range(60 * 12):
        left = len(office.answers)
        assert office.tell() == []
        if len(office.answers) < left:
            tries.append(office.now)
        office.passes(timedelta(minutes=1))
    pauses = [int((after - before).total_seconds()) // 60 for before, after in pairwise(tries)]
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[7:]) == {60}
    assert office.open_codes() == ["alert_fails"]
    office.names = ("${SLAHUB_ONE}", "file:two")
    office.answers = []
    office.passes()
    messages = office.tell()
    assert [name for name, _ in office.arrived] == ["${SLAHUB_ONE}", "file:two"]
    assert "alerts not taken" not in messages[0].body
    assert office.open_codes() == []


def test_a_finding_of_its_own_tells_the_others_that_a_service_refuses(office: Office) -> None:
    office.names = ("file:deaf", "file:two")
    office.begins("held", "revision 2")
    office.answers = [Outcome("the service answered 403"), Outcome()]
    (first,) = office.tell()
    assert "messages to file:deaf do not arrive: the service answered 403" in first.body
    office.names = ("file:two",)
    office.tell()
    assert office.open_codes() == []


def test_a_message_holds_no_secret(office: Office) -> None:
    hide("s3cret-of-the-desk")
    office.begins("refused", "desk", text="answered 401 to token=abc123def and s3cret-of-the-desk")
    (message,) = office.tell()
    assert "s3cret" not in message.body
    assert "abc123def" not in message.body


def test_patience_has_every_code_but_those_left_out() -> None:
    assert "disk" in patience(frozenset())
    assert "disk" not in patience(frozenset({AlertKind.DISK}))
