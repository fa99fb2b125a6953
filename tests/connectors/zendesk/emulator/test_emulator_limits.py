import httpx
import pytest

from connectors.zendesk.emulator import Stage
from connectors.zendesk.emulator.answers import Refusal
from connectors.zendesk.emulator.limits import PLANS, Limiter

EXPORT = "incremental-exports"


class Ticking:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def limiter(ticking: Ticking) -> Limiter:
    return Limiter("enterprise", ticking)


def test_ten_exports_a_minute_are_allowed(limiter: Limiter, ticking: Ticking) -> None:
    for left in range(9, -1, -1):
        headers = limiter.take(EXPORT)
        assert headers["zendesk-ratelimit-incremental-exports"] == f"total=10; remaining={left}; resets=60"
    ticking.now += 12.5
    with pytest.raises(Refusal) as refused:
        limiter.take(EXPORT)
    answer = refused.value.answer
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "48"
    assert answer.body == {
        "error": "APIRateLimitExceeded",
        "description": "Number of allowed incremental export API requests per minute exceeded",
    }
    ticking.now += 48
    limiter.take(EXPORT)


@pytest.mark.parametrize("plan", PLANS)
def test_the_plan_gives_the_accounts_limit(ticking: Ticking, plan: str) -> None:
    limiter = Limiter(plan, ticking)
    for _ in range(PLANS[plan]):
        headers = limiter.take(None)
    assert (headers["x-rate-limit"], headers["ratelimit-remaining"]) == (str(PLANS[plan]), "0")
    with pytest.raises(Refusal) as refused:
        limiter.take(None)
    assert "incremental" not in str(refused.value.answer.body)


def test_a_refused_call_uses_nothing_up(limiter: Limiter) -> None:
    limiter.spend(EXPORT, 10)
    with pytest.raises(Refusal):
        limiter.take(EXPORT)
    assert limiter.take(None)["x-rate-limit-remaining"] == "699"


def test_one_person_may_update_one_ticket_thirty_times_in_ten_minutes(limiter: Limiter, ticking: Ticking) -> None:
    for _ in range(30):
        limiter.take("tickets-update", (1, 5))
    ticking.now += 61
    limiter.take("tickets-update", (1, 6))
    with pytest.raises(Refusal):
        limiter.take("tickets-update", (1, 5))
    ticking.now += 540
    limiter.take("tickets-update", (1, 5))


def test_add_on_and_sandbox_change_single_limits(limiter: Limiter) -> None:
    assert limiter.limit("tickets-update") == 100
    limiter.sandbox = True
    assert limiter.limit("tickets-update") == 20
    limiter.high_volume = True
    assert (limiter.limit("tickets-update"), limiter.limit(EXPORT), limiter.limit("account")) == (100, 30, 2500)


def test_switched_off_nothing_is_counted(limiter: Limiter) -> None:
    limiter.on = False
    for _ in range(50):
        headers = limiter.take(EXPORT)
    assert "remaining=9" in headers["zendesk-ratelimit-incremental-exports"]


def test_limits_are_obeyed_over_http_whatever_the_desks_clock_says(http: httpx.Client, stage: Stage) -> None:
    for _ in range(10):
        answer = http.get("incremental/tickets/cursor", params={"start_time": 0})
        assert answer.status_code == 200
    stage.advance(3600)
    answer = http.get("incremental/ticket_events", params={"start_time": 0})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert (
        http.get("incremental/users/cursor", params={"start_time": 0})
        .headers["zendesk-ratelimit-incremental-exports-cursor"]
        .startswith("total=20; remaining=19")
    )
    assert http.get("tickets").headers["zendesk-ratelimit-tickets-index"].startswith("total=20000")


def test_others_use_the_accounts_calls_too(http: httpx.Client, stage: Stage) -> None:
    stage.limits(account=5)
    stage.spend("account", 4)
    assert http.get("tickets/count").headers["x-rate-limit-remaining"] == "0"
    assert http.get("tickets/count").json()["error"] == "APIRateLimitExceeded"
