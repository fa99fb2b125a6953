"""The search index: the issues as search sees them, which may be behind what they are."""

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from dataclasses import replace

from connectors.jira.emulator.records import Issue

__all__ = ["SearchIndex", "snapshot"]


def snapshot(issue: Issue) -> Issue:
    """Return the issue as it is now, which later changes do not touch."""
    return replace(
        issue,
        labels=list(issue.labels),
        values=dict(issue.values),
        properties=dict(issue.properties),
        histories=list(issue.histories),
        comments=list(issue.comments),
        links=list(issue.links),
        remote_links=list(issue.remote_links),
    )


class SearchIndex:
    """Issues as search sees them, also in the order of `updated`. Hold the world's lock.

    lag: milliseconds until a change of this issue is seen; 0: at once.
    """

    def __init__(self, lag: Callable[[Issue], int]) -> None:
        self._lag = lag
        self._seen: dict[int, Issue] = {}
        self._by_updated: list[tuple[int, int]] = []
        self._placed: dict[int, int] = {}  # issue id -> the `updated` that it is placed by
        self._waiting: list[tuple[int, int, int, Issue | None]] = []
        self._number = 0
        self._newest: dict[int, int] = {}  # issue id -> number of its newest change
        self._taken: dict[int, int] = {}  # issue id -> number of the change that search shows

    def before(self, issue: Issue) -> None:
        """Keep what search shows of an issue that is about to change."""
        if self._seen.get(issue.id) is issue and self._lag(issue):
            self._seen[issue.id] = snapshot(issue)

    def after(self, issue: Issue, now: int) -> None:
        """Note a change that was made, or a deletion."""
        self._number += 1
        self._newest[issue.id] = self._number
        lag = self._lag(issue)
        gone = issue.deleted is not None
        if lag <= 0:
            self._take(issue.id, self._number, None if gone else issue)
            return
        state = None if gone else snapshot(issue)
        heapq.heappush(self._waiting, (now + lag, self._number, issue.id, state))

    def settle(self, now: int, present: Callable[[int], Issue | None]) -> None:
        """Let search see what is due; `present` tells an issue as it is."""
        while self._waiting and self._waiting[0][0] <= now:
            _, number, issue_id, state = heapq.heappop(self._waiting)
            newest = number == self._newest[issue_id]
            self._take(issue_id, number, present(issue_id) if newest and state is not None else state)

    def shown(self, issue_id: int) -> Issue | None:
        return self._seen.get(issue_id)

    def all(self) -> Iterator[Issue]:
        return iter(list(self._seen.values()))

    def updated_from(self, start: int) -> Iterator[Issue]:
        """Yield issues by (updated, id) from this `updated` on."""
        place = bisect_left(self._by_updated, (start, 0))
        for updated, issue_id in self._by_updated[place:]:
            issue = self._seen.get(issue_id)
            if issue is not None and self._placed.get(issue_id) == updated:
                yield issue

    def _take(self, issue_id: int, number: int, state: Issue | None) -> None:
        if number < self._taken.get(issue_id, 0):
            return  # an older change that was slower
        self._taken[issue_id] = number
        placed = self._placed.pop(issue_id, None)
        if placed is not None:
            place = bisect_left(self._by_updated, (placed, issue_id))
            del self._by_updated[place]
        if state is None:
            self._seen.pop(issue_id, None)
            return
        self._seen[issue_id] = state
        self._placed[issue_id] = state.updated
        insort(self._by_updated, (state.updated, issue_id))
