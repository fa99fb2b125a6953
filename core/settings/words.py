"""What an admin may have meant: mistakes in words, and the nearest word that is possible."""

import difflib
from collections.abc import Iterable
from functools import cache
from zoneinfo import available_timezones

__all__ = ["LATER", "Mistake", "key_hint", "likeliest", "meant", "nearest", "or_list", "zone"]

FEW = 12
"""A list of valid words longer than this helps nobody."""

LATER = {
    "contracts": "contracts are not available yet",
    "escalations": "escalations are not available yet",
    "kpis": "KPIs are not available yet",
    "warn_at": "warning steps are not available yet; `at_risk` sets the one threshold there is",
    "was": "renaming with `was` is not available yet",
}
"""Keys that the product will have one day: their author made no typing mistake."""

SYNONYMS = {
    "customers": "customer",
    "groups": "team",
    "group": "team",
    "organization": "organisation",
    "role": "agreement",
    "roles": "agreements",
    "schedule": "calendar",
    "solved_in": "stop_in",
    "tag": "tags",
    "type": "kind",
    "tz": "timezone",
    "urgent": "critical",
    "pause_on": "pause_in",
}


class Mistake(ValueError):
    """A value that cannot be meant; `at` leads from the judged value to the part that is wrong."""

    def __init__(self, text: str, hint: str = "", at: tuple[str | int, ...] = ()) -> None:
        self.text, self.hint, self.at = text, hint, at
        super().__init__(text)


def or_list(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return a hint: the valid word that was probably meant, else the valid words when they are few."""
    words = list(dict.fromkeys(valid))
    return meant(word, words) or (f"possible: {', '.join(words)}" if 0 < len(words) <= FEW else "")


def meant(word: str, valid: Iterable[str]) -> str:
    """Return a hint: the valid word that was probably meant; nothing when none is near."""
    found = likeliest(word, valid)
    return f"did you mean `{found}`?" if found else ""


def key_hint(key: str, valid: Iterable[str]) -> tuple[str, str]:
    """Return what is wrong with a key that is not among the valid ones, and the hint."""
    if key in LATER:
        return LATER[key], ""
    return "unknown key", nearest(key, valid)


def likeliest(word: str, valid: Iterable[str]) -> str:
    """Return the valid word that was probably meant; nothing when none is near."""
    words = list(valid)
    lowered = {valid.lower(): valid for valid in reversed(words)}
    asked = word.lower().strip()
    synonym = SYNONYMS.get(asked)
    if asked in lowered:
        return lowered[asked]
    if synonym in words:
        return str(synonym)
    close = difflib.get_close_matches(asked, lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else ""


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones() - {"Factory", "localtime", "posixrules"}))


def zone(name: str) -> str:
    """Return the name of a time zone. Raises: Mistake with the nearest zone, by its city too."""
    if name in _zones():
        return name
    city = name.replace(" ", "_").rsplit("/", 1)[-1].lower()
    here = next((known for known in _zones() if known.rsplit("/", 1)[-1].lower() == city), "")
    hint = f"did you mean `{here}`?" if here else nearest(name, _zones())
    raise Mistake(f"`{name}` is not a time zone", hint or "write it as in Europe/Berlin")
