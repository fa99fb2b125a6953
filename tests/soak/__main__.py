"""`make soak`: everything breaks, over and over; in the end everything has to be equal."""

import argparse
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.run import Soak, soak
from tests.soak.server import database_server


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run one soak and tell what became of it; return 0 when all is equal."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often the daemon is killed")
    parser.add_argument("--changes", type=int, default=10, help="in each helpdesk and round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="on a server that is killed as well; else on SQLite")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="slahub-soak-") as place, ExitStack() as stack:
        say(f"at work in {place}")
        server = stack.enter_context(database_server()) if chosen.postgresql else None
        outcome = soak(Soak(chosen.seed, chosen.rounds, chosen.changes, Path(place), server, say))
        if outcome.differences:
            kept = Path(f"soak-{chosen.seed}")
            shutil.copytree(place, kept, dirs_exist_ok=True)
            say(f"the daemon's log and what else is left is in {kept}")
    say(f"{outcome.kills} kills of the daemon, {outcome.server_kills} of the database server, {dict(outcome.troubles)}")
    say(f"{outcome.unstarted} starts without a database")
    say(f"{outcome.changes} changes, {outcome.calls} calls, {outcome.writes} writes, {outcome.seconds:.0f} s")
    for each in outcome.differences:
        say(f"! {each}")
    say("all is equal" if not outcome.differences else f"{len(outcome.differences)} differences")
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
