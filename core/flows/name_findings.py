"""Names in the folder that no helpdesk knows."""

from collections.abc import Iterator, Mapping, Sequence

from core.flows.finding import Finding, Level, Places
from core.ports import KnownNames
from core.settings import Mention, likeliest, mentions
from core.sla.words import folded
from core.tickets import Label

__all__ = ["Names", "of_names", "to_ask"]

Names = Mapping[str, Mapping[str, KnownNames]]
"""By connection and field."""

NOUNS = {
    "team": "team",
    "organisation": "organisation",
    "brand": "brand",
    "form": "form",
    "field": "ticket field",
    "custom_status": "custom status",
    "role": "role",
}
CUSTOM = f"{Label.FIELD}:"


def of_names(places: Places, names: Names, asked: Sequence[str]) -> Iterator[Finding]:
    """Yield the names that none of the helpdesks they may belong to knows.

    names: of the connections that could be asked. asked: all connections.
    """
    for mention in mentions(places.draft.content):
        whose = [name for name in asked if not mention.connections or name in mention.connections]
        lists = [_of(names.get(name, {}), mention.field) for name in whose]
        # A list that is not there, or not whole, does not say that a name is unknown.
        if mention.field == Label.FIELD:
            yield from _ambiguous(mention, whose, lists, places)
        known = [found for found in lists if found is not None and found.whole]
        if whose and len(known) == len(whose) and not any(knows(found, mention.word) for found in known):
            yield _unknown(mention, known, whose, places)


def _ambiguous(
    mention: Mention, whose: Sequence[str], lists: Sequence[KnownNames | None], places: Places
) -> Iterator[Finding]:
    """Yield that a title is that of several fields: such a field is empty on every ticket."""
    title = mention.word.strip().casefold()
    for name, known in zip(whose, lists, strict=True):
        ids = [one for one, text in known.names.items() if text.strip().casefold() == title] if known else []
        if len(ids) > 1:
            what = f"several ticket fields are called `{mention.word}` in {name}, so none of them is meant"
            do = f"write one of {', '.join(f'{CUSTOM}{one}' for one in sorted(ids))}"
            yield places.finding("ambiguous_name", Level.PROBLEM, what, do, connection=name, path=mention.path)


def to_ask(places: Places, connection: str, names: Mapping[str, KnownNames]) -> dict[str, list[str]]:
    """Return the words that a list which was cut does not hold, by field: they are to be asked for."""
    found: dict[str, list[str]] = {}
    for mention in mentions(places.draft.content):
        known = names.get(mention.field)
        mine = not mention.connections or connection in mention.connections
        if mine and known is not None and not known.whole and not knows(known, mention.word):
            found.setdefault(mention.field, []).append(mention.word)
    return found


def knows(known: KnownNames, word: str) -> bool:
    """Say whether one of them has this id or name."""
    asked = folded(word)
    return word in known.names or any(folded(name) == asked for name in (*known.names.values(), *known.former))


def _of(names: Mapping[str, KnownNames], field: str) -> KnownNames | None:
    """Return the names of a field; a custom field may be called by its title."""
    if field in names or not field.startswith(CUSTOM) or "field" not in names:
        return names.get(field)
    title = field.removeprefix(CUSTOM).casefold()
    ids = [one for one, name in names["field"].names.items() if name.casefold() == title]
    return names.get(f"{CUSTOM}{ids[0]}") if len(ids) == 1 else None


def _unknown(mention: Mention, known: Sequence[KnownNames], whose: Sequence[str], places: Places) -> Finding:
    every: dict[str, str] = {word: word for each in known for pair in each.names.items() for word in pair if word}
    # An id that looks alike is another thing altogether.
    near = "" if mention.word.isdecimal() else likeliest(mention.word, every)
    noun = NOUNS.get(mention.field, "option" if mention.field.startswith(CUSTOM) else mention.field)
    what = f"there is no {noun} `{mention.word}` in {' or '.join(whose)}"
    do = f"did you mean `{near}`?" if near else "write its name as people see it there, or its id"
    return places.finding(
        "unknown_name",
        Level.PROBLEM,
        what,
        do,
        connection=whose[0] if len(whose) == 1 else "",
        path=mention.path,
        field=mention.field,
        nearest=near or None,
    )
