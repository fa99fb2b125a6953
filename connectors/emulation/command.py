"""What the commands do alike that serve an emulator: `python -m connectors.….emulator`."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Collection, Mapping
from datetime import datetime
from types import FrameType

from connectors.emulation.serve import Served, serve

__all__ = ["arguments", "run", "stopped"]


def arguments(helpdesk: str, name: str, *, faults: Collection[str]) -> argparse.ArgumentParser:
    """Return a parser of what every emulator takes. helpdesk: its folder; name: as people say it."""
    parser = argparse.ArgumentParser(prog=f"python -m connectors.{helpdesk}.emulator", description=f"{name} in small.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tickets", type=int, default=300)
    parser.add_argument("--start", type=_instant, help="the helpdesk's time at the start, with its zone")
    parser.add_argument(
        "--fault", action="append", default=[], choices=faults, help="a profile of faults that strikes from the start"
    )
    parser.add_argument("--people-per-minute", type=float, default=0, help="how often people act by themselves")
    return parser


def stopped() -> threading.Event:
    """Return what SIGTERM and SIGINT set from now on."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop


def run(
    emulator: Served,
    chosen: argparse.Namespace,
    stop: threading.Event,
    *,
    credentials: Mapping[str, object],
    fields: Mapping[str, object],
    below: str = "",
) -> int:
    """Serve until `stop`, after one JSON line, and return the exit status. below: the path of the helpdesk."""
    with serve(emulator, chosen.port) as url:
        emulator.stage.people(chosen.people_per_minute)
        about = {
            "url": f"{url}{below}",
            "name": f"emulator-{chosen.seed}",
            "credentials": credentials,
            "fields": fields,
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
