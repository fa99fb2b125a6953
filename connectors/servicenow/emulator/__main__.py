"""`python -m connectors.servicenow.emulator`: serves one instance until SIGTERM, after one JSON line about it."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

from connectors.servicenow.emulator import KNOWN, TRAPS, Emulator, serve
from connectors.servicenow.emulator.profiles import PROFILES

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m connectors.servicenow.emulator", description="ServiceNow in small."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=6, help="how far the past goes back")
    parser.add_argument("--start", type=_instant, help="the instance's time at the start, with its zone")
    parser.add_argument(
        "--trap", action="append", default=[], choices=("all", *TRAPS), help="a bad habit to begin with"
    )
    parser.add_argument("--hourly", type=int, help="calls an hour that a rate limit rule allows; without it: no rule")
    parser.add_argument("--no-hub-columns", action="store_true", help="begin without the hub's five columns")
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
        weeks=chosen.weeks,
        hub_columns=not chosen.no_hub_columns,
        hourly=chosen.hourly,
        traps=chosen.trap,
        profiles=chosen.fault,
    )
    with serve(emulator, chosen.port) as url:
        emulator.stage.people(chosen.people_per_minute)
        known = {"username": KNOWN.user, "password": KNOWN.password}
        known |= {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret, "api_key": KNOWN.api_key}
        about = {"url": url, "name": f"emulator-{chosen.seed}", "credentials": known, "fields": emulator.column_names()}
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
