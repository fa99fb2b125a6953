"""`python -m connectors.jira.emulator`: serves one site until SIGTERM, after one JSON line about it."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from types import FrameType

from connectors.jira.emulator import KNOWN, TRAPS, Emulator, serve
from connectors.jira.emulator.profiles import PROFILES

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m connectors.jira.emulator", description="Jira in small.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=6, help="how far the past goes back")
    parser.add_argument("--start", type=_instant, help="the site's time at the start, with its zone")
    parser.add_argument("--flavour", default="cloud", choices=("cloud", "datacenter"))
    parser.add_argument("--context", default="", help="the path that a Data Center lives below, such as /jira")
    parser.add_argument(
        "--trap", action="append", default=[], choices=("all", *TRAPS), help="a bad habit to begin with"
    )
    parser.add_argument("--no-limits", action="store_true", help="count no calls")
    parser.add_argument("--no-sla-fields", action="store_true", help="begin without the hub's five fields")
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
        flavour=chosen.flavour,
        context=chosen.context,
        traps=chosen.trap,
        limits=not chosen.no_limits,
        sla_fields=not chosen.no_sla_fields,
        profiles=chosen.fault,
    )
    with serve(emulator, chosen.port) as url:
        emulator.stage.people(chosen.people_per_minute)
        known = {"email": KNOWN.email, "api_token": KNOWN.api_token}
        if chosen.flavour == "datacenter":
            known = {"login": KNOWN.login, "password": KNOWN.password, "pat": KNOWN.pat}
        about = {
            "url": f"{url}{chosen.context}",
            "name": f"emulator-{chosen.seed}",
            "credentials": known,
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
