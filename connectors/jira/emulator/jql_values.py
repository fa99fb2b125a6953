"""What the values in a clause stand for: which ids a name means, and the error when it means none."""

from collections.abc import Mapping
from typing import Protocol

from connectors.jira.emulator.access import browses
from connectors.jira.emulator.answers import Refusal, refused
from connectors.jira.emulator.jql_tree import Function, Operand, Word
from connectors.jira.emulator.records import User
from connectors.jira.emulator.site_records import CATEGORIES
from connectors.jira.emulator.world import World

__all__ = ["NOTHING", "Named", "categories", "missing", "named", "option_ids", "people", "projects"]

NOTHING = "\0empty"
"""Stands for EMPTY among the values of a clause."""


class Named(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


def missing(value: str, field: str) -> Refusal:
    return refused(400, f"The value '{value}' does not exist for the field '{field}'.")


def named(things: Mapping[int, Named], field: str, operand: Operand) -> set[object]:
    """Return the ids of things by id or name; several may have one name. Raises: Refusal (400) when none has."""
    word = _word(operand, field)
    if word.empty:
        return {NOTHING}
    if word.text.isdecimal() and int(word.text) in things:
        return {int(word.text)}
    found: set[object] = {one.id for one in things.values() if one.name.lower() == word.text.lower()}
    if not found:
        raise missing(word.text, field)
    return found


def projects(world: World, caller: User | None, operand: Operand) -> set[object]:
    """Return the project of a key, id or name. One that the caller may not browse is as if it were not there."""
    word = _word(operand, "project")
    if word.empty:
        return {NOTHING}
    found = world.project_named(word.text)
    if found is None or not browses(found, caller):
        raise missing(word.text, "project")
    return {found.id}


def categories(operand: Operand) -> set[object]:
    word = _word(operand, "statusCategory")
    for one in CATEGORIES.values():
        if word.text.lower() in (str(one.id), one.key, one.name.lower()):
            return {one.key}
    raise missing(word.text, "statusCategory")


def people(world: World, caller: User | None, field: str, operand: Operand) -> set[object]:
    """Return the person of an account id, key, login or e-mail address."""
    if isinstance(operand, Function):
        if operand.name != "currentuser":
            raise refused(400, f"Unable to find JQL function '{operand.name}()'.")
        return {caller.id if caller is not None else ""}
    if operand.empty:
        return {NOTHING}
    for one in world.users.values():
        known = (one.id, one.email) if world.flavour == "cloud" else (one.id, one.name, one.email)
        if operand.text in known:
            return {one.id}
    raise missing(operand.text, field)


def option_ids(world: World, field_id: str, shown: str, operand: Operand) -> set[object]:
    """Return a select's options of that text or id: the same text has an id in each context."""
    word = _word(operand, shown)
    if word.empty:
        return {NOTHING}
    found: set[object] = {
        one.id
        for one in world.options.values()
        if one.field_id == field_id and word.text.lower() in (one.value.lower(), str(one.id))
    }
    if not found:
        raise refused(400, f"The option '{word.text}' for field '{shown}' does not exist.")
    return found


def _word(operand: Operand, field: str) -> Word:
    if isinstance(operand, Function):
        raise refused(400, f"A function '{operand.name}()' is not supported by the field '{field}'.")
    return operand
