"""Sends messages by Apprise, which knows a hundred services by the form of their addresses."""

import logging
import re
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import apprise

from core.flows.alert_words import Message
from core.flows.alerts import Outcome, Recipient
from core.settings import Alerts, Problems, Secrets
from core.telemetry import hide

__all__ = ["recipients"]

LOGGER: Final = "apprise"
PLAIN: Final = "text"
STATUS: Final = re.compile(r"error=(\d{3})\b")
READ_TIMEOUT: Final = "Read timed out"
SHORTEST: Final = 8
"""Shorter parts of an address are words that stand in every log; no service gives out such keys."""


def recipients(alerts: Alerts, secrets: Secrets, problems: Problems) -> list[Recipient]:
    """Return who is told.

    Raises: SettingsError for each address of no service, with its place and the reference, never the address.
    """
    found: list[Recipient] = []
    for index, ref in enumerate(alerts.to):
        address = secrets.resolve(ref, f"alerts.to[{index + 1}]").strip()
        hide(address, *_parts(address))
        found.append(Recipient(ref.text, partial(_send, address)))
        if _service(address) is None:
            text = f"the address behind {ref.text} is none of a service that Apprise knows"
            hint = "it is written as in mailtos://user:password@host?to=admin@example.com"
            problems.add(("alerts", "to", index), text, hint)
    problems.raise_any()
    return found


def _service(address: str) -> apprise.Apprise | None:
    """Return what sends to this one address; None where it is none, or several."""
    # Its own lines hold parts of addresses; why a message is refused is read out of them, and out of them alone.
    own = logging.getLogger(LOGGER)
    own.propagate = False
    own.setLevel(logging.DEBUG)
    found = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    return found if found.add(address) and len(found) == 1 else None


def _send(address: str, message: Message) -> Outcome:
    service = _service(address)
    if service is None:
        return Outcome("its address is none of a service that Apprise knows")
    lines: list[str] = []

    def heard(entry: apprise.NotifyLogEntry, _service: object) -> None:
        lines.append(entry.message)

    arrived = service.notify(
        title=message.title, body=message.body, body_format=PLAIN, log_callback=heard, log_level=logging.DEBUG
    )
    return Outcome() if arrived else _refused("\n".join(lines))


def _refused(lines: str) -> Outcome:
    """Return why, out of what the library logs; nothing else of it is kept, for it names parts of the address."""
    if READ_TIMEOUT in lines:
        return Outcome("the service took the message and said nothing", doubtful=True)
    status = STATUS.findall(lines)
    if status:
        return Outcome(f"the service answered {status[-1]}")
    return Outcome("the service could not be reached, or did not take it")


def _parts(address: str) -> list[str]:
    """Return what of an address may be a key: all but the host and the names of options."""
    try:
        parts = urlsplit(address)
        found = [parts.username or "", parts.password or "", *parts.path.split("/")]
    except ValueError:
        return []
    found += [pair.partition("=")[2] for pair in parts.query.split("&")]
    return [each for one in found for each in {one, unquote(one)} if len(each) >= SHORTEST and "@" not in each]
