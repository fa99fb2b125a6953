"""Putting a connection into another mode: one word in the folder, and that alone into force."""

import getpass
from pathlib import Path

from core.errors import HubError, Problem, SettingsError
from core.flows.configure import apply
from core.hub import Hub
from core.settings import Edit, Mode, differences, parse, with_mode
from core.store import revisions
from slahub.bootstrap import Opening, host_now

__all__ = ["edit_of", "switch"]


def edit_of(hub: Hub, opening: Opening, name: str, mode: Mode) -> Edit:
    """Return what another mode changes in the folder. All of it is put into force: nothing else may slip in.

    Raises: SettingsError where the folder says more that is not in force, or would with the edit.
    """
    draft = opening.draft()
    with hub.store.view() as tx:
        newest = revisions.newest(tx)
    before = parse(newest.content) if newest else None
    others = [each.path for each in differences(before, draft.content) if each.path != f"connections.{name}.mode"]
    if others:
        raise SettingsError(
            Problem(
                f"the folder differs from what is in force in more than this: {', '.join(others)}",
                hint="look with 'slahub config diff', then run 'slahub config apply' first",
            )
        )
    return with_mode(draft, name, mode)


def switch(hub: Hub, opening: Opening, name: str, mode: Mode, *, note: str) -> tuple[Path, int]:
    """Set the mode in the folder and put it into force; return the file that says so, and the revision.

    Raises: SettingsError, StoreError; the folder is as it was then.
    """
    # The folder may have changed while somebody was asked.
    edit = edit_of(hub, opening, name, mode)
    edit.write()
    try:
        done = apply(hub.store, edit.draft.content, hub.offers, author=getpass.getuser(), note=note, now=host_now())
    except HubError:
        edit.undo()
        raise
    with hub.store.view() as tx:
        return edit.path, done.number or revisions.last(tx)
