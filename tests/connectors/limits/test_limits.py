"""A connection's part of the source's limits: never exceeded, never lost to the backfill."""

from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors import Bucket, Limits, Purpose
from tests.connectors.limits.conftest import START, Clock

MINUTE = timedelta(minutes=1)
EXPORT = Bucket("export", 10, MINUTE, path=r"/incremental/", header="zendesk-ratelimit-incremental-exports")
UPDATE = Bucket("update", 100, MINUTE, methods=frozenset({"PUT"}), path=r"/tickets/\d+$")
ACCOUNT = Bucket("account", 200, MINUTE)
BUCKETS = (ACCOUNT, EXPORT, UPDATE)
TICKETS = "/api/v2/incremental/tickets/cursor"


def take_all(limits: Limits, path: str = "/x", *, method: str = "GET", part: float = 1.0) -> int:
    """Return how many calls may be made at this instant."""
    taken = 0
    while limits.take(method, path, purpose(part), part=part) == 0:
        taken += 1
        assert taken <= 10_000
    return taken


def purpose(part: float) -> Purpose:
    return Purpose.LIVE if part == 1 else Purpose.BACKFILL


def most_in_any(span: float, times: Sequence[float]) -> int:
    """Return the most calls in any half-open stretch of `span` seconds."""
    return max((sum(1 for other in times if at <= other < at + span) for at in times), default=0)


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [("GET", "/x", 50), ("GET", TICKETS, 2), ("PUT", "/tickets/7", 25), ("PUT", "/tickets/7/tags", 50)],
)
def test_a_quarter_of_each_bucket_that_matches_is_ours(clock: Clock, method: str, path: str, taken: int) -> None:
    assert take_all(Limits(BUCKETS, now=clock), path, method=method) == taken


def test_a_call_takes_from_every_bucket_it_matches(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock)
    assert take_all(limits, TICKETS) == 2
    assert take_all(limits) == 48
    assert limits.take("GET", TICKETS) == 60.0


def test_one_call_in_a_window_is_always_ours(clock: Clock) -> None:
    assert take_all(Limits([Bucket("tiny", 2, MINUTE)], share=0.01, now=clock)) == 1


def test_without_a_share_all_of_it_is_ours(clock: Clock) -> None:
    assert take_all(Limits(BUCKETS, share=None, now=clock)) == 200


def test_an_absolute_rate_bounds_all_calls_together_besides(clock: Clock) -> None:
    limits = Limits(BUCKETS, share=None, rate=(30, timedelta(hours=1)), now=clock)
    assert take_all(limits, TICKETS) == 10
    assert take_all(limits) == 20
    clock.passed += 60
    assert take_all(limits) == 0


def test_where_no_limit_is_published_six_hundred_calls_an_hour_are(clock: Clock) -> None:
    assert take_all(Limits([], now=clock)) == 600
    limits = Limits([EXPORT], share=None, now=clock)
    assert take_all(limits, TICKETS) == 10
    assert take_all(limits) == 590


def test_the_wait_named_is_long_enough_and_no_longer(clock: Clock) -> None:
    limits = Limits([Bucket("account", 2, MINUTE)], share=None, now=clock)
    limits.take("GET", "/x")
    clock.passed += 13.7
    limits.take("GET", "/x")
    clock.passed += 2.2
    wait = limits.take("GET", "/x")
    assert wait == pytest.approx(44.1)
    clock.passed += wait - 0.01
    assert limits.take("GET", "/x") > 0
    clock.passed += 0.011
    assert limits.take("GET", "/x") == 0


gaps = st.lists(st.tuples(st.floats(0, 40), st.sampled_from([1.0, 0.5, 0.2])), min_size=1, max_size=120)


@given(gaps, st.integers(1, 60), st.sampled_from([0.05, 0.25, 0.5, 1.0]))
def test_no_stretch_holds_more_than_our_share_and_the_backfill_no_more_than_its_part(
    gaps: list[tuple[float, float]], calls: int, share: float
) -> None:
    clock = Clock()
    limits = Limits([Bucket("account", calls, MINUTE)], share=share, now=clock)
    every, fills = list[float](), dict[float, list[float]]()
    parts = {part for _, part in gaps if part < 1}
    for gap, part in gaps:
        clock.passed += gap
        if limits.take("GET", "/x", purpose(part), part=part) == 0:
            every.append(clock.passed)
            if part < 1:
                fills.setdefault(part, []).append(clock.passed)
    ours = max(1, int(calls * share))
    assert most_in_any(60, every) <= ours
    if len(parts) == 1:
        (part,) = parts
        span = max(60, 60 / (ours * part))  # a part of less than one call: one call in a longer stretch
        assert most_in_any(span - 0.001, fills.get(part, [])) <= max(1, int(ours * part))


@given(st.integers(2, 60), st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.lists(st.floats(0, 5), max_size=200))
def test_live_work_always_finds_what_the_backfill_may_not_use(calls: int, part: float, gaps: list[float]) -> None:
    clock = Clock()
    limits = Limits([Bucket("account", calls, MINUTE)], share=None, now=clock)
    for gap in gaps:  # a backfill that takes whatever it can get
        clock.passed += gap
        take_all(limits, part=part)
    assert take_all(limits) >= calls - max(1, int(calls * part)) >= 1


def test_a_backfill_whose_part_is_less_than_a_call_gets_one_in_a_longer_stretch(clock: Clock) -> None:
    limits = Limits([EXPORT], now=clock)
    assert limits.take("GET", TICKETS, Purpose.BACKFILL, part=0.2) == 0  # 0.4 calls a minute
    assert limits.take("GET", TICKETS, Purpose.BACKFILL, part=0.2) == pytest.approx(150)
    clock.passed += 100
    assert limits.take("GET", TICKETS) == 0
    assert limits.take("GET", TICKETS, Purpose.BACKFILL, part=0.2) == pytest.approx(50)
    clock.passed += 50
    assert limits.take("GET", TICKETS, Purpose.BACKFILL, part=0.2) == 0


@pytest.mark.parametrize("part", [0.0, -1.0, 1.1])
def test_a_part_is_a_part(clock: Clock, part: float) -> None:
    with pytest.raises(ValueError, match="part must be"):
        Limits(BUCKETS, now=clock).take("GET", "/x", part=part)


@pytest.mark.parametrize(
    "headers",
    [
        {"x-rate-limit": "700"},
        {"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"},
        {"ratelimit-limit": "700", "ratelimit-remaining": "699", "ratelimit-reset": "12"},
        {"X-RateLimit-Limit": "700", "X-RateLimit-Remaining": "699", "X-RateLimit-Reset": "1778500800"},
        {"rate-limit": "700"},
        {"RateLimit-Limit": "700, 700;w=60"},
        {"RateLimit": "limit=700, remaining=600, reset=30"},
    ],
)
def test_the_total_that_the_source_tells_replaces_the_default(clock: Clock, headers: dict[str, str]) -> None:
    limits = Limits(BUCKETS, now=clock)
    limits.heard("GET", "/x", headers, 200)
    assert take_all(limits) == 175


@pytest.mark.parametrize(
    "name",
    [
        "zendesk-ratelimit-incremental-exports",
        "Zendesk-RateLimit-Incremental-Exports",
        "zendesk-rate-limit-incremental-exports",
    ],
)
def test_a_buckets_own_header_counts_for_it_alone(clock: Clock, name: str) -> None:
    limits = Limits(BUCKETS, now=clock)
    limits.heard("GET", TICKETS, {name: "total=40; remaining=39; resets=6"}, 200)
    assert take_all(limits, TICKETS) == 10
    assert take_all(limits) == 40


@pytest.mark.parametrize("value", ["", "many", "-5", "total=x", "0", "12abc", "=", "9" * 400])
def test_headers_that_say_nothing_change_nothing(clock: Clock, value: str) -> None:
    limits = Limits(BUCKETS, now=clock)
    names = ("x-rate-limit", "ratelimit-reset", "zendesk-ratelimit-incremental-exports")
    limits.heard("GET", TICKETS, dict.fromkeys(names, value), 200)
    assert take_all(limits, TICKETS) == 2


@pytest.mark.parametrize("part", ["a", " ", "a ", "a=", "1"])
def test_a_long_header_of_any_kind_is_read_at_once(clock: Clock, part: str) -> None:
    limits, began = Limits(BUCKETS, now=clock), process_time()
    limits.heard(
        "GET", TICKETS, {EXPORT.header: f"{60_000 // len(part) * part}; total=10; remaining=1; resets=17"}, 200
    )
    assert process_time() - began < 2
    assert limits.take("GET", TICKETS) == 17


def test_when_others_have_used_nearly_all_we_step_back_until_the_reset(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock)
    limits.heard("GET", TICKETS, {EXPORT.header: "total=10; remaining=1; resets=17"}, 200)
    assert limits.take("GET", TICKETS) == 17
    assert limits.take("GET", "/x") == 0
    clock.passed += 17
    assert limits.take("GET", TICKETS) == 0


def test_when_it_is_not_said_when_a_limit_resets_a_window_is_waited(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock)
    limits.heard("GET", "/x", {"x-rate-limit": "200", "x-rate-limit-remaining": "5"}, 200)
    assert limits.take("GET", "/x") == 60


def test_what_we_use_up_ourselves_is_used_to_the_end(clock: Clock) -> None:
    limits = Limits([EXPORT, ACCOUNT], share=None, now=clock)
    limits.heard("GET", TICKETS, {EXPORT.header: "total=10; remaining=1; resets=17"}, 200)
    assert limits.take("GET", TICKETS) == 0
    limits.heard("GET", TICKETS, {EXPORT.header: "total=10; remaining=0; resets=17"}, 200)
    assert limits.take("GET", TICKETS) == 17


def test_a_429_closes_the_bucket_that_is_used_up_and_leaves_the_others_open(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    headers = {"retry-after": "33", "x-rate-limit": "200", EXPORT.header: "total=10; remaining=0; resets=20"}
    limits.heard("GET", TICKETS, headers, 429)
    assert limits.take("GET", TICKETS) == limits.closed("GET", TICKETS) == 33
    assert limits.take("GET", "/x") == limits.closed("GET", "/x") == 0


def test_a_429_that_leaves_only_one_bucket_in_doubt_closes_that_one(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    limits.heard("GET", TICKETS, {"retry-after": "33", "x-rate-limit": "200", "x-rate-limit-remaining": "150"}, 429)
    assert limits.take("GET", TICKETS) == 33
    assert limits.take("GET", "/x") == 0


def test_a_429_that_leaves_no_bucket_in_doubt_closes_none_unasked(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    limits.heard("GET", "/x", {"x-rate-limit": "200", "x-rate-limit-remaining": "150"}, 429)
    assert limits.take("GET", "/x") == 0
    limits.heard("GET", "/x", {"x-rate-limit": "200", "x-rate-limit-remaining": "150", "retry-after": "7"}, 429)
    assert limits.take("GET", "/x") == 7


@pytest.mark.parametrize(("headers", "wait"), [({"retry-after": "33"}, 33), ({}, 10), ({"Retry-After": "soon"}, 10)])
def test_a_429_that_names_no_bucket_closes_all_that_it_may_mean(
    clock: Clock, headers: dict[str, str], wait: float
) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    limits.heard("GET", TICKETS, headers, 429)
    assert limits.take("GET", "/x") == limits.take("GET", TICKETS) == wait


def test_maintenance_closes_the_whole_source(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    headers = {"retry-after": "33", "x-rate-limit-remaining": "150", EXPORT.header: "total=10; remaining=0; resets=20"}
    limits.heard("GET", TICKETS, headers, 503)
    assert limits.take("GET", "/x") == 33


def test_trouble_without_a_time_closes_nothing(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock)
    limits.heard("GET", "/x", {}, 503)
    assert limits.take("GET", "/x") == 0


def test_a_source_without_published_limits_is_obeyed_too(clock: Clock) -> None:
    limits = Limits([], now=clock, chance=lambda: 0.0)
    limits.heard("GET", "/x", {"retry-after": "7"}, 429)
    assert limits.take("GET", "/x") == 7


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", 1),
        ("0.0", 1),
        ("2.5", 2.5),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(START - timedelta(seconds=90), usegmt=True), 1),
        ("99999999", 86_400),
    ],
)
def test_retry_after_comes_as_seconds_or_as_a_date_by_the_sources_clock(clock: Clock, value: str, wait: float) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    limits.heard("GET", "/x", {"retry-after": value, "date": format_datetime(START, usegmt=True)}, 429)
    assert limits.take("GET", "/x") == wait


@given(st.text("Mon, 0123456789 JanFebGMT:+-;()/", max_size=32))
@example("Wed, 31 Dec 9999 23:59:59 -1200")
@example("Mon, 01 Jan 0001 00:00:00 +1400")
@example("Mon, 1 Jan 2024 00:00:00 +99999999")
def test_no_header_breaks_a_call(value: str) -> None:
    limits = Limits(BUCKETS, now=Clock(), chance=lambda: 0.0)
    limits.heard("GET", "/x", {"retry-after": value, "date": value}, 429)
    assert limits.take("GET", "/x") >= 0


@given(st.floats(0, 1, exclude_max=True))
def test_those_who_were_closed_together_come_back_a_little_apart_and_never_early(chance: float) -> None:
    limits = Limits(BUCKETS, now=Clock(), chance=lambda: chance)
    limits.heard("GET", "/x", {"retry-after": "30"}, 429)
    assert 30 <= limits.take("GET", "/x") <= 33


def test_a_shorter_word_never_opens_what_a_longer_one_closed(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock, chance=lambda: 0.0)
    limits.heard("GET", "/x", {"retry-after": "60"}, 429)
    limits.heard("GET", "/x", {"retry-after": "5"}, 429)
    assert limits.take("GET", "/x") == 60


def test_usage_shows_the_bucket_nearest_to_its_end(clock: Clock) -> None:
    limits = Limits(BUCKETS, now=clock)
    assert limits.usage() == (0, 2)
    for _ in range(5):
        limits.take("GET", "/x")
    assert limits.usage() == (5, 50)
    limits.take("GET", TICKETS)
    assert limits.usage() == (1, 2)
    clock.passed += 60
    assert limits.usage() == (0, 2)


def ruled(rule: str, total: int) -> dict[str, str]:
    return {"X-RateLimit-Rule": rule, "X-RateLimit-Limit": str(total), "X-RateLimit-Reset": "1778504400"}


def taken(limits: Limits, path: str, most: int = 5000) -> int:
    """Return how many calls there are room for now."""
    return next((count for count in range(most) if limits.take("GET", path) > 0), most)


INCIDENT, BATCH = "/api/now/v2/table/incident", "/api/now/v1/batch"


def test_a_limit_that_answers_name_holds_for_calls_like_those(clock: Clock) -> None:
    limits = Limits((), share=0.25, now=clock)
    limits.heard("GET", f"{INCIDENT}/a1", ruled("one", 4000), 200)
    assert taken(limits, f"{INCIDENT}/b2") == 999, "a quarter of it, one of which was made"
    assert taken(limits, BATCH) == 600, "what nothing was said of has what may be asked for everywhere"
    limits.heard("GET", BATCH, ruled("one", 4000), 200)
    assert taken(limits, BATCH) == 0
    clock.passed += 3601
    assert taken(limits, BATCH) + taken(limits, INCIDENT) == 1000
    assert [(each.name, each.allowed) for each in limits.told()] == [("rule one", 4000)]


def test_of_several_limits_each_has_its_own_calls_and_a_new_total_counts(clock: Clock) -> None:
    limits = Limits((), share=0.5, now=clock)
    limits.heard("GET", INCIDENT, ruled("one", 100), 200)
    limits.heard("GET", BATCH, ruled("two", 10), 200)
    assert (taken(limits, INCIDENT), taken(limits, BATCH)) == (49, 4)
    limits.heard("GET", BATCH, ruled("two", 20), 200)
    assert taken(limits, BATCH) == 5
    assert limits.usage() == (10, 10)


def test_a_limit_that_is_named_no_more_holds_no_more(clock: Clock) -> None:
    limits = Limits((), share=0.5, now=clock)
    limits.heard("GET", INCIDENT, ruled("one", 2), 200)
    assert taken(limits, INCIDENT) == 0
    limits.heard("GET", INCIDENT, {}, 502)
    assert taken(limits, INCIDENT) == 0, "a gateway knows nothing of it"
    limits.heard("GET", INCIDENT, {}, 200)
    assert taken(limits, INCIDENT) == 600


def test_a_named_limit_that_is_used_up_closes_itself_alone_and_one_without_a_name_closes_all(clock: Clock) -> None:
    limits = Limits((), share=1.0, now=clock, chance=lambda: 0.0)
    limits.heard("GET", INCIDENT, ruled("one", 100), 200)
    limits.heard("GET", BATCH, ruled("two", 100), 200)
    limits.heard("GET", INCIDENT, {**ruled("one", 100), "Retry-After": "60"}, 429)
    assert (limits.closed("GET", INCIDENT), limits.closed("GET", BATCH), limits.closed("GET", "/x")) == (60.0, 0.0, 0.0)
    limits.heard("GET", INCIDENT, {}, 429)
    assert [limits.closed("GET", path) for path in (INCIDENT, BATCH, "/x")] == [10.0, 10.0, 10.0]


def test_a_rate_that_was_given_bounds_all_calls_whatever_is_named(clock: Clock) -> None:
    limits = Limits((), rate=(10, timedelta(hours=1)), now=clock)
    limits.heard("GET", INCIDENT, ruled("one", 4000), 200)
    assert taken(limits, INCIDENT) == 10
