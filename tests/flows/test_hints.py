"""A source is asked for hints once, asked again before that ends or when it has lost it, and else left alone."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from connectors.testing import HintedLists
from core.errors import RetryLater, SourceRefused
from core.flows.hints import FLOW, keep_registered
from core.flows.source import Done
from core.settings import Mode
from core.store import findings

URL = "https://hub.example/hooks/desk"


class Hub:
    """A bench whose helpdesk sends hints."""

    def __init__(self, bench: Any, **options: Any) -> None:
        self.bench = bench
        self.desk = HintedLists(now=lambda: bench.now, **options)
        bench.source = replace(bench.source, connector=self.desk)

    def look(self, url: str = URL, secret: str = "long and random", after: float = 0) -> tuple[Done, Counter[str]]:
        """Return what one look did, and the calls it made."""
        self.bench.pass_time(days=after)
        before = Counter(self.desk.asked)
        done = keep_registered(self.bench.store, self.bench.source, url, secret, self.bench.source.now())
        return done, Counter(self.desk.asked) - before

    def there(self) -> dict[str, str]:
        return {each.what: each.id for each in self.desk.registrations.values()}

    def found(self) -> dict[str, str]:
        with self.bench.store.view() as tx:
            return {each.subject: each.text for each in findings.open_ones(tx, "desk") if each.code == "hints"}


@pytest.fixture
def hub(make_bench: Any) -> Hub:
    return Hub(make_bench())


def test_it_is_registered_once_and_the_second_look_makes_one_call_that_reads(hub: Hub) -> None:
    done, calls = hub.look()
    assert (done.changed, done.reason) == (1, "")
    assert calls == {"registrations": 1, "register": 1}
    assert hub.desk.secrets == {"hook-1": "long and random"}
    for day in (0, 1, 10):
        done, calls = hub.look(after=day)
        assert (done.changed, calls) == (0, {"registrations": 1})
    assert hub.there() == {"tickets": "hook-1"}


def test_it_is_renewed_when_less_than_a_third_of_its_life_is_left(hub: Hub) -> None:
    hub.look()
    assert hub.look(after=20)[1] == {"registrations": 1}
    done, calls = hub.look(after=0.01)
    assert (done.changed, calls) == (1, {"registrations": 1, "renew": 1})
    (one,) = hub.desk.registrations.values()
    assert (one.id, one.expires_at) == ("hook-1", hub.bench.now + timedelta(days=30))
    assert hub.look(after=19.9)[1] == {"registrations": 1}
    assert hub.look(after=0.2)[1] == {"registrations": 1, "renew": 1}


def test_a_short_one_is_renewed_with_each_look_and_an_endless_one_never(make_bench: Any) -> None:
    short = Hub(make_bench(), lasts=timedelta(days=3))
    short.look()
    ended = []
    for _ in range(8):
        done, calls = short.look(after=1)
        ended.append(calls["register"])
        assert done.reason == ""
    assert ended == [0] * 8
    endless = Hub(make_bench(name="other"), lasts=None)
    endless.look()
    assert endless.look(after=4000)[1] == {"registrations": 1}


def test_what_the_source_has_lost_is_registered_again(hub: Hub) -> None:
    hub.desk.reads = ["project:1", "project:2"]
    hub.look()
    hub.desk.registrations.pop("hook-1")
    done, calls = hub.look(after=1)
    # The one that is gone, and the one that has come.
    assert (done.changed, calls) == (2, {"registrations": 1, "register": 1})
    assert hub.there() == {"project:1": "hook-3", "project:2": "hook-2"}
    assert hub.look(after=40)[1] == {"registrations": 1, "register": 2}


def test_another_scope_is_registered_anew_where_it_differs(hub: Hub) -> None:
    hub.desk.reads = ["project:1", "project:2"]
    hub.look()
    hub.desk.reads = ["project:2", "project:3"]
    assert hub.look()[1] == {"registrations": 1, "register": 1, "unregister": 1}
    assert hub.there() == {"project:2": "hook-2", "project:3": "hook-3"}


@pytest.mark.parametrize("other", [{"url": "https://hub.example/hooks/new"}, {"secret": "another"}])
def test_another_address_or_secret_takes_the_old_one_back_first(hub: Hub, other: dict[str, str]) -> None:
    hub.look()
    done, calls = hub.look(**other)
    assert (done.reason, calls) == ("", {"unregister": 1, "registrations": 1, "register": 1})
    (one,) = hub.desk.registrations.values()
    assert (one.id, one.url) == ("hook-2", other.get("url", URL))
    assert hub.desk.secrets["hook-2"] == other.get("secret", "long and random")
    assert hub.look(**other)[1] == {"registrations": 1}


def test_without_an_address_what_was_registered_is_taken_back_and_nothing_else_is_asked(hub: Hub) -> None:
    assert hub.look(url="", secret="")[1] == {}
    hub.look()
    assert hub.look(url="", secret="")[1] == {"unregister": 1}
    assert hub.there() == {}
    assert hub.look(url="", secret="")[1] == {}


def test_registrations_of_others_are_left_alone(hub: Hub) -> None:
    hub.desk.register("https://elsewhere.example", "theirs", ())
    hub.look()
    hub.look(url="", secret="")
    assert [each.url for each in hub.desk.registrations.values()] == ["https://elsewhere.example"]


def test_what_was_made_before_a_crash_and_is_not_known_gets_the_secret_that_is_known(hub: Hub) -> None:
    hub.desk.register(URL, "of before the crash", ())
    hub.look()
    assert hub.there() == {"tickets": "hook-2"}
    assert hub.desk.secrets["hook-2"] == "long and random"


def test_what_the_source_does_not_take_is_a_finding_until_it_does(hub: Hub) -> None:
    hub.desk.reads = ["project:1", "project:2"]
    hub.desk.untaken = {"project:2": "The JQL filter is not supported."}
    done, _ = hub.look()
    assert (done.changed, done.reason) == (1, "")
    told = "the helpdesk sends no hints for project:2: The JQL filter is not supported."
    assert hub.found() == {"project:2": told}
    hub.look(after=1)
    assert hub.found() == {"project:2": told}
    hub.desk.untaken.clear()
    hub.look(after=1)
    assert hub.found() == {}


def test_a_refusal_is_a_finding_that_stops_nothing_and_is_looked_at_again_within_the_hour(hub: Hub) -> None:
    hub.desk.break_at("registrations", SourceRefused("the user may not make webhooks"))
    done, _ = hub.look()
    assert done.reason == "the user may not make webhooks"
    assert "may not make webhooks" in hub.found()[""]
    assert hub.bench.pull().reason == ""
    assert hub.bench.source.resting(FLOW)
    hub.bench.pass_time(hours=1)
    assert not hub.bench.source.resting(FLOW)
    done, _ = hub.look()
    assert (done.reason, hub.found()) == ("", {})
    hub.bench.pass_time(hours=23)
    assert hub.bench.source.resting(FLOW)


def test_what_the_call_limits_forbid_for_now_is_no_failure(hub: Hub) -> None:
    hub.desk.break_at("registrations", RetryLater("full", after=timedelta(hours=3)))
    done, _ = hub.look()
    assert (done.reason, hub.found()) == ("", {})
    hub.bench.pass_time(hours=2)
    assert hub.bench.source.resting(FLOW)


def test_what_was_registered_before_a_renewal_failed_is_kept(hub: Hub) -> None:
    hub.look()
    hub.desk.reads.append("project:9")
    hub.desk.break_at("renew", RetryLater("busy"))
    done, _ = hub.look(after=25)
    assert done.reason == "busy"
    assert hub.look(after=0.05)[1] == {"registrations": 1, "renew": 1}
    assert hub.there() == {"tickets": "hook-1", "project:9": "hook-2"}


def test_observing_writes_nothing(make_bench: Any) -> None:
    hub = Hub(make_bench(mode=Mode.OBSERVE))
    assert hub.look()[1] == {}


def test_a_helpdesk_that_cannot_be_asked_is_left_alone(make_bench: Any) -> None:
    bench = make_bench()
    assert keep_registered(bench.store, bench.source, URL, "s", bench.now) == Done(FLOW, "desk")


def test_no_row_holds_the_secret(hub: Hub) -> None:
    hub.look(secret="S3cr3t")
    with hub.bench.store.view() as tx:
        rows = [str(row) for row in tx.execute(text("SELECT * FROM registration"))]
    assert len(rows) == 1
    assert "S3cr3t" not in rows[0]
