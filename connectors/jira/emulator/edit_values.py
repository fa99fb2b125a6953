"""What each kind of field takes in a save, and the words in which the rest is refused."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import cast

from connectors.emulation import Doc, as_doc
from connectors.jira.emulator.adf_text import is_adf, text_of
from connectors.jira.emulator.records import Issue, User, Value
from connectors.jira.emulator.site_records import Context, Field, Option
from connectors.jira.emulator.world import World

__all__ = ["LONGEST", "Wrong", "context_of", "options_of", "taken"]

LONGEST = 255  # characters of a short text
_RICH = ("description", "environment")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}")
_STRING = "Operation value must be a string"
_NUMBER = "Operation value must be a number"
_ADF = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"


class Wrong(ValueError):
    """The value is none of this field; the text is the API's."""


def taken(world: World, issue: Issue, field: Field, value: object, version: int) -> Value:
    """Return a value as it is kept.

    version: of the API; 3 takes documents where 2 takes text.
    Raises: Wrong.
    """
    if value is None:
        return _cleared(field)
    if field.custom.endswith(":textarea") or field.id in _RICH:
        return _rich(value, version)
    plain = _PLAIN.get(field.type)
    if plain is not None:
        return plain(field, value)
    if field.type == "option":
        return _option(world, issue, field, value)
    if field.type == "user":
        return _person(world, value).id
    return _many(world, field, value) if field.type == "array" else _named(world, issue, field, value)


def _cleared(field: Field) -> Value:
    if field.id == "summary":
        raise Wrong("You must specify a summary of the issue.")
    if field.id in ("issuetype", "reporter"):
        raise Wrong(f"{field.name} is required.")
    return [] if field.id == "labels" else None


def _rich(value: object, version: int) -> str | None:
    if version == 3:
        if not is_adf(value):
            raise Wrong(_ADF)
        return text_of(as_doc(value)) or None
    if not isinstance(value, str):
        raise Wrong(_STRING)
    return value or None


def _text(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise Wrong(_STRING)
    if field.id == "summary":
        if not value.strip():
            raise Wrong("You must specify a summary of the issue.")
        if "\n" in value:
            raise Wrong("The summary is invalid because it contains newline characters.")
    if len(value) > LONGEST and not field.custom.endswith(":readonlyfield"):
        raise Wrong(f"The entered text is too long. It exceeds the allowed limit of {LONGEST} characters.")
    return value or None


def _number(_: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(_NUMBER)
    return float(value)


def _instant(_: Field, value: object) -> int:
    """Return an instant that is written in the one form there is: three decimals, offset without colon, no Z."""
    if not isinstance(value, str):
        raise Wrong(_STRING)
    if _STAMP.fullmatch(value) is not None:
        with suppress(ValueError):
            at = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
            return int(at.timestamp()) * 1000 + at.microsecond // 1000
    raise Wrong(f"Error parsing date string: {value}")


def _day(_: Field, value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(_STRING)
    try:
        day = date.fromisoformat(value).isoformat()
    except ValueError:
        day = ""
    # Other ways to write a day, such as 20260511, are none here.
    if day != value:
        raise Wrong(f"Error parsing date string: {value}")
    return day


_PLAIN: Mapping[str, Callable[[Field, object], Value]] = {
    "string": _text,
    "number": _number,
    "datetime": _instant,
    "date": _day,
}
"""Type of a field -> what it takes, whatever the issue."""


def context_of(world: World, field: Field, issue: Issue) -> Context | None:
    """Return the context that gives an issue this field; one made for its project before a global one."""
    found = [one for one in world.contexts.values() if one.field_id == field.id]
    fitting = [
        one
        for one in found
        if (not one.project_ids or issue.project_id in one.project_ids)
        and (not one.type_ids or issue.type_id in one.type_ids)
    ]
    return min(fitting, key=lambda one: not one.project_ids, default=None)


def options_of(world: World, field: Field, issue: Issue) -> list[Option]:
    """Return the options that an issue may have."""
    context = context_of(world, field, issue)
    return [one for one in world.options.values() if context is not None and one.context_id == context.id]


def _option(world: World, issue: Issue, field: Field, value: object) -> int:
    doc, there = as_doc(value), [one for one in options_of(world, field, issue) if not one.disabled]
    if "id" in doc:
        found = [one for one in there if str(one.id) == str(doc["id"])]
        text = f"Option id '{doc['id']}' is not valid"
    elif "value" in doc:
        found = [one for one in there if one.value == doc["value"]]
        text = f"Option value '{doc['value']}' is not valid"
    else:
        found, text = [], f"Specify a valid 'id' or 'name' for {field.name}"
    if not found:
        raise Wrong(text)
    return found[0].id


def _person(world: World, value: object) -> User:
    doc = as_doc(value)
    cloud = world.flavour == "cloud"
    wanted = doc.get("accountId", doc.get("id")) if cloud else doc.get("name")
    for user in world.users.values():
        if user.active and wanted == (user.id if cloud else user.name):
            return user
    raise Wrong("Specify a valid value for user" if cloud else f"User '{wanted}' does not exist.")


def _many(world: World, field: Field, value: object) -> list[str] | list[int]:
    if not isinstance(value, list):
        raise Wrong("data was not an array")
    items = cast("list[object]", value)
    if field.items == "user":
        return [_person(world, one).id for one in items]
    if field.items == "sd-customerorganization":
        numbers = [int(one) if isinstance(one, int | str) and str(one).isdecimal() else 0 for one in items]
        if any(one not in world.organisations for one in numbers):
            raise Wrong("Specify a valid organization id")
        return numbers
    words = [one for one in items if isinstance(one, str)]
    if len(words) != len(items):
        raise Wrong("string expected at index 0")
    spaced = [one for one in words if " " in one]
    if spaced:
        raise Wrong(f"The label '{spaced[0]}' contains spaces which is invalid.")
    return sorted(set(words))


def _named(world: World, issue: Issue, field: Field, value: object) -> int:
    things: dict[int, str] = {}
    if field.id == "priority":
        things = {one.id: one.name for one in world.priorities.values()}
    elif field.id == "issuetype":
        things = {one: world.types[one].name for one in world.project_of(issue).type_ids}
    elif field.id == "resolution":
        things = {one.id: one.name for one in world.resolutions.values()}
    doc: Doc = as_doc(value)
    for number, name in things.items():
        if str(doc.get("id", "")) == str(number) or ("id" not in doc and doc.get("name") == name):
            return number
    raise Wrong(f"Specify a valid 'id' or 'name' for {field.name}")
