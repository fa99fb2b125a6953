"""The hub keeps to the rate limit rules of an instance, which answers tell by the hour, and never what is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx

from connectors import Http, Limits, RetryLater, open_client
from connectors.servicenow.client import Api, Item
from connectors.servicenow.emulator import KNOWN, Emulator, serve

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


@contextmanager
def opened(emulator: Emulator, share: float) -> Iterator[tuple[Api, Limits, str]]:
    kept = Limits((), share=share)
    auth = httpx.BasicAuth(KNOWN.user, KNOWN.password)
    with serve(emulator) as url, open_client(url, auth=auth, sessions=True) as client:
        yield Api(Http(client, kept, stop=Never(), now=lambda: datetime.now(UTC))), kept, url


def until_refused(ask: Callable[[], object]) -> tuple[int, str]:
    """Return how many calls were made, and why no more."""
    for made in range(1000):
        try:
            ask()
        except RetryLater as error:
            return made, str(error)
    return 1000, ""


def test_the_hub_uses_its_share_of_a_rule_and_is_never_refused() -> None:
    emulator = Emulator(seed=1, tickets=5, start=START, hourly=40)
    with opened(emulator, share=0.25) as (api, limits, _):
        made, why = until_refused(lambda: api.page("incident", "", ("sys_id",), 1))
        assert (made, "the call limits leave no call" in why) == (10, True)
        assert sum(emulator.calls.doc()["calls"].values()) == 10
        (rule,) = limits.told()
        assert (rule.allowed, rule.per) == (40, timedelta(hours=1))


def test_what_is_in_a_batch_counts_like_calls_of_its_own() -> None:
    emulator = Emulator(seed=1, tickets=20, start=START)
    with opened(emulator, share=0.25) as (api, limits, _):
        ids = [str(row["sys_id"]) for row in api.page("incident", "active=true", ("sys_id",), 5).items]
        before = limits.usage()[0]
        api.batch([Item(each, "incident", each, {"u_sla_state": "met"}) for each in ids], ("sys_id",))
        assert limits.usage()[0] - before == 1 + len(ids)
        assert api.calls() == 2


def test_a_rule_that_others_have_used_up_is_waited_for() -> None:
    emulator = Emulator(seed=1, tickets=5, start=START)
    emulator.stage.limit(12)
    with opened(emulator, share=1.0) as (api, limits, url):
        auth, path = httpx.BasicAuth(KNOWN.user, KNOWN.password), "/api/now/v2/table/incident"
        api.page("incident", "", ("sys_id",), 1)
        assert all(httpx.get(f"{url}{path}", auth=auth).status_code == 200 for _ in range(11))
        made, why = until_refused(lambda: api.page("incident", "", ("sys_id",), 1))
        assert (made, "answered 429" in why) == (0, True)
        assert 3000 < limits.closed("GET", path) < 4000
