"""Call limits: bursts, writes to one issue, points, and a server's buckets."""

from collections.abc import Mapping

import pytest

from connectors.emulation import Refusal
from connectors.jira.emulator.limits import BURST, Limiter


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def limiter(hand: Hand) -> Limiter:
    return Limiter(hand, lambda: 1_772_452_800.0)


def refused(
    limiter: Limiter, method: str, endpoint: str, *, app: bool = False, issue: str | None = None
) -> Mapping[str, str]:
    with pytest.raises(Refusal) as caught:
        limiter.take(method, endpoint, "me", app=app, issue=issue)
    assert caught.value.answer.status == 429
    return caught.value.answer.headers


def test_a_burst_belongs_to_one_method_of_one_endpoint(limiter: Limiter, hand: Hand) -> None:
    for left in range(BURST - 1, -1, -1):
        told = limiter.take("POST", "search/jql", "me", app=False)
        assert told["X-RateLimit-Remaining"] == str(left)
        assert ("X-RateLimit-NearLimit" in told) == (left < 70)
    headers = refused(limiter, "POST", "search/jql")
    assert headers["RateLimit-Reason"] == "jira-burst-based"
    assert headers["Retry-After"] == "1"
    assert headers["X-RateLimit-Reset"] == "2026-03-02T12:00:01Z"
    limiter.take("GET", "search/jql", "me", app=False)
    hand.at += 1.0
    limiter.take("POST", "search/jql", "me", app=False)


def test_who_comes_back_before_the_time_is_up_waits_longer(limiter: Limiter, hand: Hand) -> None:
    limiter.drain("GET", "myself")
    refused(limiter, "GET", "myself")
    hand.at += 0.9
    refused(limiter, "GET", "myself")
    hand.at += 0.5
    refused(limiter, "GET", "myself")
    hand.at += 1.0
    limiter.take("GET", "myself", "me", app=False)


def test_one_issue_takes_twenty_writes_in_two_seconds(limiter: Limiter, hand: Hand) -> None:
    for _ in range(20):
        limiter.take("PUT", "issue/{key}", "me", app=False, issue="1")
    headers = refused(limiter, "PUT", "issue/{key}", issue="1")
    assert headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert headers["Retry-After"] == "2"
    limiter.take("PUT", "issue/{key}", "me", app=False, issue="2")
    hand.at += 2.0
    limiter.take("PUT", "issue/{key}", "me", app=False, issue="1")


def test_one_issue_takes_a_hundred_writes_in_thirty_seconds(limiter: Limiter, hand: Hand) -> None:
    for _ in range(5):
        for _ in range(20):
            limiter.take("PUT", "issue/{key}", "me", app=False, issue="1")
        hand.at += 2.1
    assert refused(limiter, "PUT", "issue/{key}", issue="1")["Retry-After"] == "20"


def test_points_bind_apps_alone(limiter: Limiter, hand: Hand) -> None:
    limiter.spend_points(limiter.points)
    assert "Beta-RateLimit" not in limiter.take("GET", "myself", "me", app=False)
    headers = refused(limiter, "GET", "myself", app=True)
    assert headers["RateLimit-Reason"] == "jira-quota-global-based"
    assert headers["Retry-After"] == "3600"
    assert headers["X-RateLimit-Reset"] == "2026-03-02T13:00Z"
    assert headers["Beta-RateLimit-Policy"] == '"global-app-quota";q=65000;w=3600'
    hand.at += 3600
    assert limiter.take("GET", "myself", "me", app=True)["Beta-RateLimit"] == '"global-app-quota";r=65000;t=3600'


def test_near_exhaustion_the_headers_may_be_off(limiter: Limiter) -> None:
    limiter.told_late = True
    told = limiter.take("GET", "myself", "me", app=True)
    assert told["Beta-RateLimit"].endswith("t=-60")
    assert "Beta-RateLimit-Policy" not in told


def test_a_server_has_a_bucket_for_each_user(hand: Hand) -> None:
    limiter = Limiter(hand, lambda: 0.0, cloud=False)
    for left in range(49, -1, -1):
        told = limiter.take("GET", "search", "me", app=False)
        assert (told["X-RateLimit-Remaining"], told["Retry-After"]) == (str(left), "0")
    headers = refused(limiter, "GET", "myself")
    assert headers["X-RateLimit-Interval-Seconds"] == "5"
    assert headers["X-RateLimit-FillRate"] == "10"
    assert "RateLimit-Reason" not in headers
    limiter.take("GET", "search", "ann", app=False)
    hand.at += 0.5
    limiter.take("GET", "search", "me", app=False)


def test_limits_can_be_off(limiter: Limiter) -> None:
    limiter.on = False
    for _ in range(BURST + 1):
        limiter.take("PUT", "issue/{key}", "me", app=False, issue="1")
