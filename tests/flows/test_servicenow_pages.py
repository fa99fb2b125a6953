"""Whatever people do between two pages of a table, nothing of it is lost."""

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from connectors.emulation import Answer
from core.settings import Mode
from core.store import Store
from tests.flows.servicenow_desk import Opener, ServiceNow, differences

PAGE = 2

LIMIT = re.compile(rb"sysparm_limit=[0-9]+")

DEEDS: dict[str, Callable[[ServiceNow, str], object]] = {
    "new": lambda desk, _: desk.emulator.stage.new_ticket(),
    "new, late": lambda desk, _: desk.emulator.stage.new_ticket(lag=80),
    "reply": lambda desk, ticket: desk.emulator.stage.reply(ticket),
    "reply, late": lambda desk, ticket: desk.emulator.stage.reply(ticket, by="caller", lag=80),
    "hold": lambda desk, ticket: desk.emulator.stage.hold(ticket, 4),
    "urgency": lambda desk, ticket: desk.emulator.stage.edit(ticket, {"urgency": "1"}, lag=20),
    "resolve": lambda desk, ticket: desk.emulator.stage.resolve(ticket),
    "move": lambda desk, ticket: desk.emulator.stage.move(ticket, "problem"),
    "all": lambda desk, _: [desk.emulator.stage.edit(each, {"urgency": urgency(desk)}) for each in ids(desk)],
    "delete": lambda desk, ticket: desk.emulator.stage.delete(ticket),
    "archive": lambda desk, ticket: desk.emulator.stage.archive(ticket),
}


def urgency(desk: ServiceNow) -> str:
    """Return another one each second."""
    return "123"[desk.emulator.world.now() % 3]


def ids(desk: ServiceNow) -> list[str]:
    return sorted(each.id for table in desk.tables for each in desk.emulator.world.all(table))


deeds = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 9), st.sampled_from([0, 1, 70])), max_size=3),
    max_size=8,
)
"""What is done ahead of each page of incidents: the deed, to which ticket, and how many seconds after the last."""


@contextmanager
def meanwhile(desk: ServiceNow, lists: Sequence[Sequence[tuple[str, int, int]]]) -> Iterator[None]:
    """Have each list of deeds done ahead of one page of incidents, of which the instance never shows many."""
    app, left = desk.emulator.app, list(lists)
    answered = app.served

    def served(request: Request, raw: bytes) -> Answer:
        asked: bytes = request.scope["query_string"]
        if "table/incident" not in request.url.path or b"ORDERBY" not in asked:
            return answered(request, raw)
        for name, place, seconds in left.pop(0) if left else ():
            desk.time.wait(seconds)
            there = ids(desk)
            with suppress(LookupError, ValueError):
                DEEDS[name](desk, there[place % len(there)])
        return answered(Request({**request.scope, "query_string": LIMIT.sub(b"sysparm_limit=%d" % PAGE, asked)}), raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "served", served)
        yield


@pytest.mark.parametrize("query", ["", "active=true"], ids=["all", "queried"])
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(past=[], present=[[("all", 0, 1)], [("all", 0, 1)]])
@given(past=deeds, present=deeds)
def test_what_is_done_between_two_pages_is_read_by_the_next_passes_and_a_census(
    query: str, past: list[list[tuple[str, int, int]]], present: list[list[tuple[str, int, int]]],
    sqlite_template: Path, tmp_path: Path,
) -> None:  # fmt: skip
    place = tmp_path / "pages.db"
    shutil.copyfile(sqlite_template, place)
    with ExitStack() as stack:
        store = Store(f"sqlite:///{place}")
        stack.callback(store.close)
        tables = {"incident": query, "problem": ""}
        desk = Opener(stack, store)(seed=4, tickets=16, tables=tables, mode=Mode.OBSERVE)
        # At last longer than a commit takes, and than the list of what a query finds is believed.
        for lists, seconds in ((past, 61), (present, 901), ((), 901), ((), 0)):
            with meanwhile(desk, lists):
                desk.pull()
            desk.time.wait(seconds)
        # For what is still there it takes no census.
        assert differences(desk).keys() & desk.seen() == set()
        for _ in range(2):
            desk.census()
        assert differences(desk) == {}
