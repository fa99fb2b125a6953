"""Whatever people do between two pages of a search, nothing of it is lost."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from connectors.emulation import Answer
from core.settings import Mode
from core.store import Store
from tests.flows.jira_desk import Jira, Opener, differences

PAGE = 3

DEEDS: dict[str, Callable[[Jira, int], object]] = {
    "new": lambda desk, _: desk.emulator.stage.new_ticket(),
    "reply": lambda desk, issue: desk.emulator.stage.reply(issue),
    "priority": lambda desk, issue: desk.emulator.stage.set_priority(issue, 1 + desk.emulator.world.ms() % 5),
    "unsay": lambda desk, issue: desk.emulator.stage.delete_comment(comment_of(desk, issue)),
    "move": lambda desk, issue: desk.emulator.stage.move(issue, "FAC"),
    "hide": lambda desk, issue: desk.emulator.stage.move(issue, "SEC"),
    "bring back": lambda desk, issue: desk.emulator.stage.move(issue, "HELP"),
    "delete": lambda desk, issue: desk.emulator.stage.delete(issue),
    "revoke": lambda desk, _: desk.emulator.stage.revoke_project("FAC"),
    "grant": lambda desk, _: desk.emulator.stage.grant_project("FAC"),
}

deeds = st.lists(
    st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 9), st.sampled_from([0.01, 1, 70])), max_size=3),
    max_size=8,
)
"""What is done ahead of each call of the search: the deed, to which issue, and how many seconds after the last."""


def comment_of(desk: Jira, issue: int) -> int:
    """Return the first comment of an issue that is there. Raises: LookupError."""
    for each in desk.emulator.world.issues[issue].comments:
        if each.deleted is None:
            return each.id
    raise LookupError("nobody has said anything")


@contextmanager
def meanwhile(desk: Jira, lists: Sequence[Sequence[tuple[str, int, float]]]) -> Iterator[None]:
    """Have each list of deeds done ahead of one call of the search."""
    app, left = desk.emulator.app, list(lists)
    answered = app.served

    def served(request: Request, raw: bytes) -> Answer:
        if "search" in request.url.path and left:
            for name, place, seconds in left.pop(0):
                desk.time.wait(seconds)
                issues = sorted(desk.emulator.world.issues)
                with suppress(LookupError, ValueError):
                    DEEDS[name](desk, issues[place % len(issues)])
        return answered(request, raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "served", served)
        yield


@pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "datacenter"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(past=deeds, present=deeds)
def test_what_is_done_between_two_pages_is_read_by_the_next_passes_and_a_census(
    cloud: bool, past: list[list[tuple[str, int, float]]], present: list[list[tuple[str, int, float]]],
    sqlite_template: Path, tmp_path: Path,
) -> None:  # fmt: skip
    place = tmp_path / "pages.db"
    shutil.copyfile(sqlite_template, place)
    with ExitStack() as stack:
        store = Store(f"sqlite:///{place}")
        stack.callback(store.close)
        traps = ["index_lag", "mixed_lag", "index_seconds", "comment_cut"]
        desk = Opener(stack, store)(seed=4, cloud=cloud, tickets=8, traps=traps, mode=Mode.OBSERVE)
        desk.emulator.stage.search_maximum(PAGE)
        for lists in (past, present):
            with meanwhile(desk, lists):
                desk.pull()
            desk.time.wait(61)
        # Longer than the index lags behind, and than a list of projects is believed.
        for _ in range(2):
            desk.time.wait(301)
            desk.pull()
        for _ in range(2):
            desk.census()
        assert differences(desk) == {}
