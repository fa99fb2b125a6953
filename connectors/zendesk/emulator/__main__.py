"""`python -m connectors.zendesk.emulator`: serves one account until SIGTERM, after one JSON line about it."""

import sys
from collections.abc import Sequence

from connectors.emulation.command import arguments, run, stopped
from connectors.zendesk.emulator import FEATURES, KNOWN, PROFILES, Emulator
from connectors.zendesk.emulator.limits import PLANS

__all__ = ["main"]


def main(given: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit status."""
    parser = arguments("zendesk", "Zendesk", faults=PROFILES)
    parser.add_argument("--plan", default="enterprise", choices=PLANS)
    parser.add_argument("--no-limits", action="store_true", help="count no calls")
    parser.add_argument("--no-sla-fields", action="store_true", help="begin without the hub's five fields")
    parser.add_argument("--lacks", action="append", default=[], choices=FEATURES, help="a feature that is not there")
    parser.add_argument("--sandbox", action="store_true", help="a trial or sandbox account")
    chosen = parser.parse_args(given)
    stop = stopped()
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
    credentials = {
        "api_token": {"email": KNOWN.email, "api_token": KNOWN.api_token},
        "oauth_client": {"client_id": KNOWN.client_id, "client_secret": KNOWN.client_secret},
    }
    return run(emulator, chosen, stop, credentials=credentials, fields=emulator.field_ids())


if __name__ == "__main__":
    sys.exit(main())
