from datetime import UTC, datetime, timedelta

from core.telemetry import Outage

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_the_first_failure_is_news_and_the_next_are_not() -> None:
    first, news = Outage().down(AT)
    second, again = first.down(AT + MINUTE)
    assert (news, again) == (True, False)
    assert second == Outage(AT)


def test_the_return_is_news_once_and_says_how_long_it_was_down() -> None:
    outage, _ = Outage().down(AT)
    back, lasted = outage.up(AT + 5 * MINUTE)
    _, again = back.up(AT + 6 * MINUTE)
    assert (lasted, again) == (5 * MINUTE, None)


def test_a_source_that_was_never_down_is_no_news() -> None:
    assert Outage().up(AT) == (Outage(), None)


def test_a_clock_set_back_makes_no_negative_outage() -> None:
    outage, _ = Outage().down(AT)
    assert outage.up(AT - MINUTE)[1] == timedelta(0)
