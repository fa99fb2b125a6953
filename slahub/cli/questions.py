"""Asking a person before something is done that others will see."""

import sys

import typer

from slahub.cli.out import say

__all__ = ["agreed"]


def agreed(question: str, *, yes: bool, as_json: bool = False) -> bool:
    """Say whether a person agrees, or has agreed before by `--yes`; where nobody is to be asked, they do not."""
    if yes:
        return True
    if as_json or not sys.stdin.isatty():
        if not as_json:
            say("Nobody is here to ask; nothing was changed. Use --yes to go on without a question.")
        return False
    if typer.confirm(question):
        return True
    say("Nothing was changed.")
    return False
