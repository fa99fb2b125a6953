"""`python -m connectors.zendesk.emulator`: serves one account until SIGTERM, after one JSON line about it."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

from connectors.zendesk.emulator import FEATURES, KNOWN, PROFILES, Emulator, serve
from connectors.zendesk.emulator.limits import PLANS

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m connectors.zendesk.emulator", description="Zendesk in small.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--start", type=_instant, help="the desk's time at the start, with its zone")
    parser.add_argument("--plan", default="enterprise", choices=PLANS)
    parser.add_argument("--no-limits", action="store_true", help="count no calls")
    parser.add_argument("--no-sla-fields", action="store_true", help="begin without the hub's five fields")
    parser.add_argument("--lacks", action="append", default=[], choices=FEATURES, help="a feature that is not there")
    parser.add_argument("--sandbox", action="store_true", help="a trial or sandbox account")
    parser.add_argument(
        "--fault", action="append", default=[], choices=PROFILES, help="a profile of faults that strikes from the start"
    )
    parser.add_argument("--people-per-minute", type=float, default=0, help="how often people act by themselves")
    chosen = parser.parse_args(arguments)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    emulator = Emulator(
        chosen.seed,
        chosen.tickets,
        chosen.start,
        plan=chosen.plan,
        limits=not chosen.no_limits,
        sla_fields=not chosen.no_sla_fields,
        lacks=chosen.lacks,
        sandbox=chosen.sandbox,
        profiles=chosen.fault,
    )
    with serve(emulator, chosen.port) as url:
        emulator.stage.people(chosen.people_per_minute)
        about = {
            "url": url,
            "name": f"emulator-{chosen.seed}",
            "credentials": {
                "api_token": {"email": KNOWN.email, "api_token": KNOWN.api_token},
                "oauth_client": {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret},
            },
            "fields": emulator.field_ids(),
        }
        sys.stdout.write(json.dumps(about) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _instant(text: str) -> datetime:
    """Raises: ValueError, also for a time without a zone: it would mean another one on each host."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} says no zone")
    return found


if __name__ == "__main__":
    sys.exit(main())
