"""The words that a source suggests, as the key `mapping` of its connection."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.ports import SuggestedWord
from core.settings.conditions_section import NOTHING
from core.settings.mapping_section import mapping_key, status_word
from core.settings.secrets import looks_like_reference
from core.settings.yaml_text import lines_of, plain
from core.sla.words import folded

__all__ = ["mapping_lines"]

LONGEST = 100
"""Characters of a name that is still written as a key."""


def mapping_lines(words: Sequence[SuggestedWord], indent: int) -> list[str]:
    """Return the key `mapping` of a connection, with what people see at the source behind each of its words.

    A word that has a name is written by it; by its id where things of that name mean different things.
    """
    lines = [" " * indent + "mapping:"]
    for part in dict.fromkeys(word.part for word in words):
        lines.append(" " * (indent + 2) + f"{part}:")
        for key, said in _keys([word for word in words if word.part == part]).items():
            (line,) = lines_of({key: said[0].word}, indent + 4)
            label = ", ".join(dict.fromkeys(label for each in said if (label := plain(_label(key, each)))))
            lines.append(f"{line}  # {label}" if label else line)
    return lines


def _keys(words: Sequence[SuggestedWord]) -> Mapping[str, Sequence[SuggestedWord]]:
    """Return the words of one part by the key that they are written under."""
    meant = defaultdict[tuple[str, str], set[str]](set)
    for each in words:
        meant[_named(each)].add(each.word)
    sources = {each.source for each in words}
    found = defaultdict[str, list[SuggestedWord]](list)
    first = dict[tuple[str, str], str]()
    for each in words:
        field, _ = named = _named(each)
        key = first.setdefault(named, mapping_key(field, each.name))
        by_name = each.name and len(meant[named]) == 1 and _writable(each.name) and key not in sources
        found[key if by_name else each.source].append(each)
    return found


def _named(word: SuggestedWord) -> tuple[str, str]:
    field = status_word(word.source)[0] if word.part == "status" else word.part
    return field, folded(word.name)


def _writable(name: str) -> bool:
    """Say whether a name can stand in the folder as it is, and means itself there."""
    return plain(name) == name and len(name) <= LONGEST and name != NOTHING and not looks_like_reference(name)


def _label(key: str, word: SuggestedWord) -> str:
    """Return what is said behind a key of what it leads to: the name where the key is the id."""
    parts = (word.name, word.label) if key == word.source else (word.label,)
    return ", ".join(filter(None, parts))
