"""slahub alerts: whether messages arrive, and what was told to whom."""

import socket
from collections.abc import Sequence
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.alert_kinds import kind_of
from core.flows.alert_words import trial
from core.flows.stop import StopSignal
from core.settings import likeliest
from core.store import alerts
from core.store.alerts import AlertRow
from slahub.bootstrap import Opening
from slahub.cli.out import complain, draw, emit, say, short, table
from slahub.cli.view import view

__all__ = ["every", "test"]

NOBODY = "nobody is told: write alerts: {to: …} into the folder"


def test(folder: Path, names: Sequence[str], *, as_json: bool) -> int:
    """Send a test message to each recipient of the folder, or to these; return 1 where one did not take it.

    Raises: SettingsError for a folder with mistakes, or a reference that is not among the recipients.
    """
    opening = Opening(folder, StopSignal())
    there = {each.name: each for each in opening.recipients(opening.draft())}
    for name in names:
        if name not in there:
            near = likeliest(name, there)
            hint = f"did you mean {near}?" if near else f"there is {', '.join(there)}" if there else NOBODY
            raise SettingsError(Problem(f"{name} is not among those who are told", key="alerts.to", hint=hint))
    if not there:
        raise SettingsError(Problem(NOBODY))
    status, message = 0, trial(socket.gethostname(), opening.now())
    for name in names or there:
        outcome = there[name].send(message)
        status = 1 if outcome.reason else status
        if as_json:
            emit({"recipient": name, "sent": not outcome.reason, "reason": outcome.reason or None})
        elif outcome.reason:
            complain(f"{name}: {outcome.reason}")
        else:
            say(f"{name}: taken; see whether it arrives")
    return status


def every(folder: Path, limit: int, *, as_json: bool) -> None:
    """Print what was told, newest first. Raises: SettingsError where nothing is in force; StoreError."""
    found = view(Opening(folder, StopSignal()))
    with found.store.view() as tx:
        rows = alerts.recent(tx, limit)
    if as_json:
        for row in rows:
            emit(_row(row))
    elif rows:
        cells = [
            (short(row.at), row.recipient, row.connection or "the hub", kind_of(row.code).title, row.says, _state(row))
            for row in rows
        ]
        draw(table(["at (UTC)", "to", "where", "what", "says", "state"], cells, spare=("to",), folding="state"))
    else:
        say("nobody was told anything yet" if found.configuration.alerts.to else NOBODY)


def _state(row: AlertRow) -> str:
    if row.state == alerts.FAILED:
        return f"not taken: {row.reason}"
    if row.doubts:
        return "in doubt" if row.state == alerts.DOUBTFUL else "sent, perhaps twice"
    return "sent" if row.state == alerts.SENT else "is being sent"


def _row(row: AlertRow) -> dict[str, object]:
    return {
        "recipient": row.recipient,
        "connection": row.connection or None,
        "kind": str(kind_of(row.code).kind),
        "code": row.code,
        "subject": row.subject or None,
        "text": row.text,
        "says": row.says,
        "step": row.step or None,
        "state": row.state,
        "at": row.at,
        "doubts": row.doubts,
        "reason": row.reason or None,
    }
