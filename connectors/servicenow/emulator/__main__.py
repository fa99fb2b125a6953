"""`python -m connectors.servicenow.emulator`: serves one instance until SIGTERM, after one JSON line about it."""

import sys
from collections.abc import Sequence

from connectors.emulation.command import arguments, run, stopped
from connectors.servicenow.emulator import KNOWN, TRAPS, Emulator
from connectors.servicenow.emulator.profiles import PROFILES

__all__ = ["main"]


def main(given: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = arguments("servicenow", "ServiceNow", faults=PROFILES)
    parser.add_argument("--weeks", type=int, default=6, help="how far the past goes back")
    parser.add_argument(
        "--trap", action="append", default=[], choices=("all", *TRAPS), help="a bad habit to begin with"
    )
    parser.add_argument("--hourly", type=int, help="calls an hour that a rate limit rule allows; without it: no rule")
    parser.add_argument("--no-hub-columns", action="store_true", help="begin without the hub's five columns")
    chosen = parser.parse_args(given)
    stop = stopped()
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
    known = {"username": KNOWN.user, "password": KNOWN.password}
    known |= {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret, "api_key": KNOWN.api_key}
    return run(emulator, chosen, stop, credentials=known, fields=emulator.column_names())


if __name__ == "__main__":
    sys.exit(main())
