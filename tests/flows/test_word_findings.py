"""What `check` says of mapped words: those that nothing is called, now or before, and those whose name is another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from connectors.testing.lists import ListConnector
from core.flows.diagnose import Met, look, of_the_folder
from core.flows.finding import Finding, Level, Places
from core.ports import Diagnosis, KnownNames
from core.settings import Offer, configuration, read_folder
from core.tickets import Label, Phase, Status, Ticket

NOW = datetime(2026, 5, 11, tzinfo=UTC)
NAMES = {"1": "To Do", "3": "In Progress", "10010": "On hold", "10020": "To do", "10030": "re:open"}
CATEGORIES = {"1": "new", "3": "indeterminate", "10010": "indeterminate", "10020": "new", "10030": "indeterminate"}
MET = (
    Label("status", "10010", "Waiting", "indeterminate", ("Parked",)),
    Label("status", "10040", "Gone", "done", ("Ancient",)),
)


class Options(BaseModel):
    """A helpdesk that needs no keys of its own."""


class Telling(ListConnector):
    """A helpdesk that has ids for its statuses, and tells how they are called."""

    mapping = replace(
        ListConnector.mapping,
        status={("status", "in progress"): Status(Phase.OPEN)},
        categories={"new": Status(Phase.NEW), "indeterminate": Status(Phase.OPEN)},
    )
    statuses: Sequence[str] = ()

    def diagnose(self, since: datetime | None) -> Diagnosis:
        names = {"status": KnownNames(NAMES, categories=CATEGORIES)}
        return Diagnosis("acme", "lists.test", "Hub", "a token", names=names)

    def open_tickets(self, most: int) -> Iterator[Ticket]:
        for at, status in enumerate(self.statuses, 1):
            yield Ticket(str(at), f"T-{at}", "", NOW, NOW, 1, {"status": status})

    def named(self, field: str, words: Sequence[str]) -> Mapping[str, str] | None:
        return None


Check = Callable[..., dict[str, Finding]]


@pytest.fixture
def check(make_bench: Any, tmp_path: Path) -> Check:
    """Looks at a helpdesk with this mapping in the folder; gives what is found by its text."""

    def check(mapping: str, *statuses: str, met: Sequence[Label] = MET) -> dict[str, Finding]:
        (tmp_path / "hub.yaml").write_text(f"connections:\n  desk:\n    connector: lists\n    mapping: {mapping}\n")
        draft = read_folder(tmp_path)
        read = configuration(
            draft.content,
            {"lists": Offer(Options, Telling.mapping)},
            revision=1,
            applied_at=NOW,
            positions=draft.positions,
        )
        bench = make_bench()
        bench.connector.__class__ = Telling
        bench.connector.statuses = statuses
        source = replace(bench.source, settings=read.connections["desk"])
        places = Places(draft)
        seen = look(source, read, places, Met("lists.test", tuple(met)))
        found = [*seen.findings, *of_the_folder(read, {"desk": seen}, places, NOW)]
        wanted = {"unknown_name", "renamed", "unmapped", "status_by_category"}
        return {each.what: each for each in found if each.code in wanted}

    return check


def test_a_word_that_nothing_is_called_is_told_with_the_nearest_name(check: Check) -> None:
    found = check('{status: {"In Progres": open, "99": closed}}')
    near, none = found["there is no status `In Progres` in desk"], found["there is no status `99` in desk"]
    assert (near.do, near.line) == ("did you mean `In Progress`?", 4)
    assert near.key == "connections.desk.mapping.status.In Progres"
    assert none.do == "write its name as people see it there, or its id"


KNOWN = ("10010", "status:10010", "on HOLD", "Waiting", "parked", "Gone", "ancient", "10040", "To do", "status:re:open")


@pytest.mark.parametrize("word", KNOWN)
def test_a_word_that_is_or_was_an_id_or_a_name_is_known(check: Check, word: str) -> None:
    found = check(f'{{status: {{"{word}": open}}}}')
    assert "unknown_name" not in {each.code for each in found.values()}


def test_a_name_of_old_is_unknown_to_who_has_never_met_it(check: Check) -> None:
    assert "there is no status `Parked` in desk" in check("{status: {Parked: open}}", met=())


def test_a_word_whose_name_is_another_by_now_is_told_and_understood(check: Check) -> None:
    found = check("{status: {Waiting: waiting/customer}}", "10010")
    (told,) = found.values()
    assert (told.code, told.level, told.key) == ("renamed", Level.NOTE, "connections.desk.mapping.status")
    assert told.what == "the status `Waiting` is called `On hold` at the source now"
    assert told.do.startswith('write "On hold" in connections.desk.mapping.status; ')
    assert check('{status: {"On hold": waiting/customer}}', "10010") == {}


def test_a_status_that_is_read_as_its_category_is_told_with_what_to_write(check: Check) -> None:
    found = check("{}", "1", "3", "10010", "10020", "10030", "10030", "77")
    read = "is read as the category it belongs to"
    unless, do = "if it means something else", "write mapping: {status:"
    assert {each.what: each.do for each in found.values()} == {
        f"the status `On hold` {read}: 1 open ticket, such as T-3": f'{do} {{"On hold": …}}}} {unless}',
        f"the status `To Do` {read}: 1 open ticket, such as T-1": f'{do} {{"1": …}}}} {unless}',
        f"the status `To do` {read}: 1 open ticket, such as T-4": f'{do} {{"10020": …}}}} {unless}',
        f"the status `re:open` {read}: 2 open tickets, such as T-5, T-6": f'{do} {{"status:re:open": …}}}} {unless}',
        "the status `77` is not mapped: 1 open ticket, such as T-7": f'{do} {{"77": …}}}} in the connection',
    }
