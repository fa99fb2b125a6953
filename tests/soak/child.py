"""The daemon as its users start it, on a host whose clock can be moved: `python child.py SHIFT FOLDER`.

SHIFT: a file with the seconds by which this host's clock is ahead of the real one.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slahub.cli import ended, work


def main() -> int:
    shift, folder = Path(sys.argv[1]), Path(sys.argv[2])

    def now() -> datetime:
        # Whoever moves the clock may be writing the file just now.
        ahead = float(shift.read_text("ascii") or "0")
        return datetime.now(UTC) + timedelta(seconds=ahead)

    return ended(lambda: work.run(folder, quiet=False, now=now))


if __name__ == "__main__":
    sys.exit(main())
