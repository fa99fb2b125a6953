"""Alerts: an admin is told of a finding when it begins and when it is over, once each.

What is sent is noted before, and what became of it after. Whoever dies in between leaves it in doubt: then it is sent
once more, and says so. A service that refuses is tried again ever more rarely, which is a finding of its own.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.flows.alert_kinds import ALERT_FAILS, kind_of, patience
from core.flows.alert_words import Message, message
from core.flows.process import dead
from core.ports import Now, Stop
from core.settings import AlertKind
from core.store import Store, alerts, findings
from core.store.alerts import Due

__all__ = ["GAP", "Outcome", "Recipient", "tell"]

GAP = timedelta(minutes=5)
"""Between two messages to one recipient, unless something is urgent: what comes meanwhile is told together."""

FIRST_PAUSE, LONGEST_PAUSE, DOUBLINGS = timedelta(minutes=1), timedelta(hours=1), 6

SILENT = timedelta(minutes=10)
"""After so long nobody is sending any more, whichever host it was on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. reason: why it was not taken, empty where it was. doubtful: it may have arrived."""

    reason: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell. name: the reference to the address, which is shown; the address never is."""

    name: str
    send: Callable[[Message], Outcome]


def tell(
    store: Store,
    recipients: Sequence[Recipient],
    left_out: Collection[AlertKind],
    now: Now,
    process: str,
    stop: Stop,
) -> int:
    """Tell each recipient what it has not been told yet, all in one message; return how many were sent.

    One at a time in a process, and one process at a time: what this one is said to be sending, it is not.
    """
    _give_up(store, now(), process)
    _forget(store, {each.name for each in recipients}, now())
    sent = 0
    for each in recipients:
        if not stop.reached():
            sent += _tell(store, each, patience(left_out), now, process)
    return sent


def _tell(store: Store, recipient: Recipient, waits: dict[str, timedelta], now: Now, process: str) -> int:
    name, at = recipient.name, now()
    with store.view() as tx:
        chosen = [each for each in alerts.due(tx, name, waits, at) if (each.code, each.subject) != (ALERT_FAILS, name)]
        before = alerts.told(tx, name)
    if not chosen or (before.not_before is not None and at < before.not_before <= at + LONGEST_PAUSE):
        return 0
    last = before.last_sent_at
    if last is not None and last <= at < last + GAP and not any(_urgent(each) for each in chosen):
        return 0
    with store.unit() as tx:
        alerts.claim(tx, name, chosen, at, process)
    outcome = recipient.send(message(chosen))
    at = now()
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(before.failures, DOUBLINGS))
    with store.unit() as tx:
        if outcome.doubtful:
            mine = [row for row, by, _ in alerts.under_way(tx) if by == process]
            alerts.lost(tx, mine, at, outcome.reason)
        else:
            after = at + pause if outcome.reason else None
            alerts.settle(tx, name, chosen, at, reason=outcome.reason, after=after)
        if outcome.reason:
            text = f"messages to {name} do not arrive: {outcome.reason}; they are tried again ever more rarely"
            findings.note(tx, "", ALERT_FAILS, name, text, at)
        else:
            findings.end(tx, "", ALERT_FAILS, name, at)
    return 0 if outcome.reason else 1


def _urgent(each: Due) -> bool:
    return kind_of(each.code).urgent


def _give_up(store: Store, now: datetime, process: str) -> None:
    """Note as in doubt what a process was sending that has ended since."""
    with store.view() as tx:
        rows = alerts.under_way(tx)
    left = [row for row, by, since in rows if by == process or dead(by, process) or since + SILENT <= now]
    if left:
        with store.unit() as tx:
            alerts.lost(tx, left, now, "the process that sent it ended before it could say whether it had arrived")


def _forget(store: Store, names: Collection[str], now: datetime) -> None:
    """End what is said of recipients that are told nothing any more."""
    with store.view() as tx:
        gone = [each for each in findings.open_ones(tx, "") if each.code == ALERT_FAILS and each.subject not in names]
    if gone:
        with store.unit() as tx:
            for each in gone:
                findings.end(tx, "", ALERT_FAILS, each.subject, now)
