"""In whose name a connection works, and when somebody has to consent again."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.flows.finding import Finding, Level, Places
from core.ports import Consent
from core.settings import Connection

__all__ = ["ending", "of_consent", "step"]

SOON = timedelta(days=30)

STEPS = (1, 7, 14, 30)
"""Days before the end at which somebody is told."""


def ending(consent: Consent, name: str, now: datetime) -> str:
    """Say that a consent ends soon and what to do; nothing where it does not."""
    if consent.ends_at - now > SOON:
        return ""
    return f"{_of(consent)} ends at {_day(consent.ends_at)}; before that: slahub connections authorise {name}"


def step(consent: Consent, now: datetime) -> str:
    """Return which of the steps before its end has come: the number of days; empty where none has."""
    return next((str(days) for days in STEPS if consent.ends_at - now <= timedelta(days=days)), "")


def of_consent(consent: Consent, mine: Connection, places: Places, now: datetime) -> Iterator[Finding]:
    """Yield until when it holds, and what it does not hold."""
    path, again = ("connections", mine.name, "auth"), f"slahub connections authorise {mine.name}"
    if consent.lacks:
        what = f"{_of(consent)} does not hold '{' '.join(consent.lacks)}', which auth.scope asks for by now"
        yield places.finding("consent_lacks", Level.PROBLEM, what, again, connection=mine.name, path=path)
    if ending(consent, mine.name, now):
        what = f"{_of(consent)} ends at {_day(consent.ends_at)}"
        yield places.finding("consent_ends", Level.PROBLEM, what, again, connection=mine.name, path=path)
        return
    what = (
        f"{_of(consent)} of {_day(consent.given_at)} holds until {_day(consent.ends_at)}; "
        f"it ends earlier where it is not used for {consent.unused.days} days"
    )
    yield places.finding("consent", Level.GOOD, what, connection=mine.name)


def _of(consent: Consent) -> str:
    return f"the consent of {consent.who}" if consent.who else "the consent"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
