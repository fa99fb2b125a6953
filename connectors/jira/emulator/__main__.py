"""`python -m connectors.jira.emulator`: serves one site until SIGTERM, after one JSON line about it."""

import sys
from collections.abc import Sequence

from connectors.emulation.command import arguments, run, stopped
from connectors.jira.emulator import KNOWN, TRAPS, Emulator
from connectors.jira.emulator.profiles import PROFILES

__all__ = ["main"]


def main(given: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = arguments("jira", "Jira", faults=PROFILES)
    parser.add_argument("--weeks", type=int, default=6, help="how far the past goes back")
    parser.add_argument("--flavour", default="cloud", choices=("cloud", "datacenter"))
    parser.add_argument("--context", default="", help="the path that a Data Center lives below, such as /jira")
    parser.add_argument(
        "--trap", action="append", default=[], choices=("all", *TRAPS), help="a bad habit to begin with"
    )
    parser.add_argument("--no-limits", action="store_true", help="count no calls")
    parser.add_argument("--no-sla-fields", action="store_true", help="begin without the hub's five fields")
    chosen = parser.parse_args(given)
    stop = stopped()
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
    known = {"email": KNOWN.email, "api_token": KNOWN.api_token}
    if chosen.flavour == "datacenter":
        known = {"login": KNOWN.login, "password": KNOWN.password, "pat": KNOWN.pat}
    return run(emulator, chosen, stop, credentials=known, fields=emulator.field_ids(), below=chosen.context)


if __name__ == "__main__":
    sys.exit(main())
