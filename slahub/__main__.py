"""The command `slahub`, and `python -m slahub`."""

import sys
from pathlib import Path

from slahub.ownership import collisions

__all__ = ["main"]


def main() -> None:
    """Run the command line, unless another package stands where ours are imported from: status 2."""
    found = collisions(Path(__file__).resolve().parents[1])
    if found:
        sys.stderr.write("".join(f"slahub: {sentence}\n" for sentence in found))
        raise SystemExit(2)
    # Only now: before the check, these imports might have run another package's code.
    from slahub.cli import main as run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
