"""Configure: make a draft the active revision, and read back what is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from core.errors import SettingsError
from core.flows.active import Active
from core.flows.source import mapping_of
from core.ports import Slot
from core.settings import (
    Configuration,
    Connection,
    Mode,
    Offer,
    Positions,
    canonical,
    configuration,
    describe,
    differences,
    lock,
    parse,
)
from core.settings.plain import entry, is_items, is_keys
from core.sla.policy import Restating
from core.store import Store, Tx, connections, fields, findings, marks, revisions, scope
from core.store.connections import ConnectionRow
from core.store.revisions import RevisionRow

__all__ = ["CODE", "Applied", "Standing", "apply", "compared", "in_force", "note"]

CODE = "draft"
"""Of the finding that the folder is not in force."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A revision that came into force; `number` None: the draft says what is in force already."""

    number: int | None
    diff: str


def apply(
    store: Store,
    content: Mapping[str, object],
    offers: Mapping[str, Offer],
    *,
    author: str,
    note: str,
    now: datetime,
    restates: Restating | None = None,
    positions: Positions | None = None,
) -> Applied:
    """Put `content` into force as a new numbered revision, with its marks, in one transaction.

    restates: which clocks that are over are judged by it too; then also a content that is in force already is one.
    Raises: SettingsError for a content that does not hold together; nothing is changed then.
    """
    with store.view() as tx:
        newest = revisions.newest(tx)
    locked = lock(content, now.year)
    before = parse(newest.content) if newest else None
    diff = describe(differences(before, locked))
    if newest is not None and not diff and restates is None:
        return Applied(None, "")
    number = newest.number + 1 if newest else 1
    checked = configuration(locked, offers, revision=number, applied_at=now, restates=restates, positions=positions)
    with store.unit() as tx:
        made = revisions.apply(
            tx,
            applied_at=now,
            author=author,
            note=note,
            content=canonical(locked),
            diff=diff,
            restates=restates,
        )
        if made != number:
            raise SettingsError("another revision was applied at the same moment; look at 'slahub config diff' again")
        marks.everything(tx)
        for each in checked.connections.values():
            row = connections.ensure(tx, each.name, each.connector)
            fields.renamed(tx, row.id, _renamed(before, locked, each))
            _rescoped(tx, row, _scope(before, each.name), _scope(locked, each.name), now)
            widened = each.mode is Mode.LIVE and _mode(before, each.name) != Mode.LIVE
            if each.mode is Mode.OBSERVE:
                connections.update(tx, row.id, armed_at=None)
            elif row.armed_at is None or widened:
                connections.update(tx, row.id, armed_at=now)
        for row in connections.every(tx):
            if row.name not in checked.connections and row.armed_at is not None:
                connections.update(tx, row.id, armed_at=None)
        findings.end(tx, "", CODE, None, now)
    return Applied(number, diff)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the folder stands to what is in force: same, differs or invalid; `text` says so where it is not the same."""

    state: Literal["same", "differs", "invalid"]
    text: str = ""

    @classmethod
    def invalid(cls, mistakes: int) -> "Standing":
        """Return how a folder with so many mistakes stands."""
        said = "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"
        return cls("invalid", f"the folder has {said} and cannot be put into force: slahub check")


def compared(
    content: Mapping[str, object], newest: RevisionRow, offers: Mapping[str, Offer], now: datetime
) -> Standing:
    """Return how a draft stands to the newest revision."""
    locked = lock(content, now.year)
    try:
        configuration(locked, offers, revision=newest.number + 1, applied_at=now)
    except SettingsError as exc:
        return Standing.invalid(len(exc.problems))
    found = differences(parse(newest.content), locked)
    if not found:
        return Standing("same")
    places = "1 place" if len(found) == 1 else f"{len(found)} places"
    # The admin changed no rule: a newer library or another file names other days.
    what = "what the folder's holidays stand for" if all(each.kind == "holidays" for each in found) else "the folder"
    return Standing("differs", f"{what} differs from revision {newest.number} in {places}: slahub config diff")


def note(store: Store, standing: Standing, now: datetime) -> None:
    """Keep a draft that is not in force as a finding of the hub's own, or end it."""
    with store.view() as tx:
        known = [each.text for each in findings.open_ones(tx, "") if each.code == CODE]
    if known == ([standing.text] if standing.text else []):
        return
    with store.unit() as tx:
        if standing.text:
            findings.note(tx, "", CODE, "", standing.text, now)
        else:
            findings.end(tx, "", CODE, None, now)


def _renamed(before: Mapping[str, object] | None, now: Mapping[str, object], connection: Connection) -> list[Slot]:
    """Return the slots that the last revision did not show in the same field, or not at all."""
    old, new = (entry(entry(entry(each, "connections"), connection.name), "write_back") for each in (before, now))
    return [slot for slot in connection.write_back if entry(old, slot) != entry(new, slot)]


def _rescoped(tx: Tx, row: ConnectionRow, before: "Scope", after: "Scope", now: datetime) -> None:
    """Forget what was said by another search, and read the past again for what was left out before."""
    if before.get("query") != after.get("query"):
        scope.forget(tx, row.id, now)
    if not before or any(key not in after or not after[key] <= wanted for key, wanted in before.items()):
        # Nobody knows here what was left out before there was a scope: it may have had another one once.
        scope.widened(tx, row.id, now + row.skew)


Scope: TypeAlias = Mapping[str, frozenset[str]]


def _scope(content: Mapping[str, object] | None, name: str) -> Scope:
    """Return the values of each key of a connection's scope; nothing where all is read."""
    found = entry(entry(entry(content, "connections"), name), "scope")
    keys = found if is_keys(found) else dict[str, object]()
    return {key: frozenset(str(each) for each in (one if is_items(one) else [one])) for key, one in keys.items() if one}


def _mode(content: Mapping[str, object] | None, name: str) -> object:
    """Return the mode that a connection had in a revision's content; None where it was not in it."""
    here = entry(entry(content, "connections"), name)
    return None if here is None else entry(here, "mode") or Mode.OBSERVE.value


def in_force(store: Store, offers: Mapping[str, Offer]) -> tuple[Configuration, Active] | None:
    """Return the active configuration and every revision's rules, or None before the first revision."""
    with store.view() as tx:
        rows = revisions.every(tx)
    if not rows:
        return None
    read = [
        configuration(parse(row.content), offers, revision=row.number, applied_at=row.applied_at, restates=row.restates)
        for row in rows
    ]
    mappings = {name: mapping_of(each, offers[each.connector].mapping) for name, each in read[-1].connections.items()}
    return read[-1], Active(tuple(each.rules for each in read), mappings)
