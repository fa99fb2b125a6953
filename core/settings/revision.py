"""A revision's text, and what one revision changes against another."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from core.settings.plain import Json

__all__ = ["Absent", "Difference", "Side", "canonical", "describe", "differences", "parse"]

RESOLVED = "resolved"
SHOWN = 160
"""Longer values are cut in the readable text; the values themselves stay whole."""


class Absent(Enum):
    """What stands for a key that is not there; `null` is a value."""

    ABSENT = "absent"


Side: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that two contents say differently.

    kind: `holidays` when the admin changed nothing and the same rule stands for other dates now.
    """

    path: str
    before: Side
    after: Side
    kind: Literal["setting", "holidays"] = "setting"

    def __str__(self) -> str:
        if self.before is Absent.ABSENT:
            return f"{self.path}: new, {_shown(self.after)}"
        if self.after is Absent.ABSENT:
            return f"{self.path}: removed, was {_shown(self.before)}"
        lead = "holidays differ, " if self.kind == "holidays" else ""
        return f"{self.path}: {lead}{_shown(self.before)} -> {_shown(self.after)}"


def canonical(content: Mapping[str, object]) -> str:
    """Return the one text that stands for `content`: what a revision keeps."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def parse(text: str) -> dict[str, Json]:
    """Return the content behind a revision's text."""
    content: dict[str, Json] = json.loads(text)
    return content


def differences(old: Mapping[str, object] | None, new: Mapping[str, object]) -> tuple[Difference, ...]:
    """Return what `new` changes, in the order of the sections; old None: there was nothing before.

    Locked holiday dates count only where the same rule now stands for other dates in years that both
    have, or where the old dates end two years or more before the new ones.
    """
    found: list[Difference] = []
    was = parse(canonical(old or {}))
    now = parse(canonical(new))
    for section in dict.fromkeys((*was, *now)):
        before, after = _named(was.get(section)), _named(now.get(section))
        found += _compared(section, before, after, top=True)
        if section == "policies":
            found += _order(list(before), list(after))
    return tuple(found)


def describe(changes: Iterable[Difference]) -> str:
    """Return one line for each difference."""
    return "\n".join(str(change) for change in changes)


def _named(section: Json) -> dict[str, Json]:
    """Return a section as entries by name; a list's entries carry their name."""
    if isinstance(section, dict):
        return section
    if not isinstance(section, list):
        return {} if section is None else {"": section}
    return {
        str(entry.get("name", at)) if isinstance(entry, dict) else str(at): entry for at, entry in enumerate(section)
    }


def _compared(path: str, before: dict[str, Json], after: dict[str, Json], *, top: bool = False) -> list[Difference]:
    found: list[Difference] = []
    for key in sorted({*before, *after}):
        here, old, new = f"{path}.{key}" if key else path, before.get(key, Absent.ABSENT), after.get(key, Absent.ABSENT)
        if key == RESOLVED and not top:
            found += _holidays(here, before, after)
        elif isinstance(old, dict) and isinstance(new, dict):
            found += _compared(here, old, new)
        elif old != new:
            found.append(Difference(here, _plain(old), _plain(new)))
    return found


def _plain(value: Side) -> Side:
    """Return an entry without its locked dates: they follow from the rule."""
    return {key: part for key, part in value.items() if key != RESOLVED} if isinstance(value, dict) else value


def _holidays(path: str, before: dict[str, Json], after: dict[str, Json]) -> list[Difference]:
    old, new = _dates(before.get(RESOLVED)), _dates(after.get(RESOLVED))
    if not old or not new or before.get("holidays") != after.get("holidays"):
        return []
    years = {on[:4] for on in old} & {on[:4] for on in new}
    late = int(max(new)[:4]) - int(max(old)[:4]) >= 2
    changed = [on for on in sorted({*old, *new}) if old.get(on) != new.get(on) and (late or on[:4] in years)]
    gone: list[Json] = [f"{on} {old[on]}" for on in changed if on in old and (on[:4] in years)]
    come: list[Json] = [f"{on} {new[on]}" for on in changed if on in new]
    return [Difference(path, gone, come, "holidays")] if gone or come else []


def _dates(resolved: Json) -> dict[str, str]:
    days = resolved if isinstance(resolved, list) else []
    return {str(day["date"]): str(day.get("name", "")) for day in days if isinstance(day, dict)}


def _order(before: list[str], after: list[str]) -> list[Difference]:
    kept = [name for name in before if name in after]
    if kept == [name for name in after if name in before]:
        return []
    return [Difference("policies (order)", [*before], [*after])]


def _shown(value: Side) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False).replace('"', "")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
