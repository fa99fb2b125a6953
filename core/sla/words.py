"""Statuses, priorities and kinds that are mapped by the names people see: found for the values behind the names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from core.tickets import Kind, Label, Priority, SourceMapping, Status

__all__ = ["Renamed", "fields", "folded", "renamed", "resolved", "spoken"]

_REMEMBERED: Final = 64

_W = TypeVar("_W", Status, Priority, Kind)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A value that goes on meaning what is configured for a name that it had before.

    word: that name, as it is configured. text: what it is called now. taken: something else is called `word` now.
    """

    field: str
    value: str
    word: str
    text: str
    taken: bool


@dataclass(frozen=True, slots=True)
class _Found(Generic[_W]):
    """What a label's value means, and by which word. former: by a name that it has no more."""

    label: Label
    meaning: _W
    word: str
    former: bool


def fields(mapping: SourceMapping) -> tuple[str, ...]:
    """Return the fields of which words are mapped."""
    return (*mapping.status_fields, "priority", "kind")


def folded(name: str) -> str:
    """Return a name as it is compared: case and surrounding space are nothing."""
    return name.strip().casefold()


def spoken(field: str, value: str, labels: Mapping[tuple[str, str], str]) -> str:
    """Return a value for people: by its name, with the value behind it where that is another."""
    name = labels.get((field, value), value)
    return f"{field} {name}" if folded(name) == folded(value) else f"{field} {name} ({value})"


_resolved: dict[tuple[int, tuple[Label, ...]], tuple[SourceMapping, SourceMapping]] = {}


def resolved(mapping: SourceMapping, labels: Sequence[Label]) -> SourceMapping:
    """Return the mapping with a meaning for each value that has one by its name, a former name or its category.

    An administrator's word goes before the connector's, of those a value before a name, and a present name before
    former ones. Several values may have one name; each means the same. What none of them says, the category does.

    mapping: not resolved yet. labels: as they are stored, in any order; those of other fields are left out.
    Returns: the same object for the same mapping and equal labels, so that what is worked out from it is remembered.
    """
    if not labels:
        return mapping
    # Mappings have no hash: they are told apart by identity, and kept by what is remembered.
    key = (id(mapping), tuple(labels))
    known = _resolved.get(key)
    if known is None:
        if len(_resolved) >= _REMEMBERED:
            _resolved.clear()
        known = _resolved[key] = (mapping, _resolve(mapping, labels))
    return known[1]


def renamed(mapping: SourceMapping, labels: Sequence[Label]) -> tuple[Renamed, ...]:
    """Return the values whose meaning is configured under a name that they have no more.

    mapping: not resolved yet.
    """
    return tuple(
        Renamed(field, each.label.value, each.word, each.label.text, _taken(each, labels))
        for field in fields(mapping)
        for each in _of_field(mapping, field, labels)
        if each.former and (field, each.word) in mapping.configured
    )


def _resolve(mapping: SourceMapping, labels: Sequence[Label]) -> SourceMapping:
    status, alone = dict(mapping.status), set[tuple[str, str]]()
    for field in mapping.status_fields:
        status |= {(field, each.label.value): each.meaning for each in _statuses(mapping, field, labels)}
        for label in labels:
            meant = mapping.categories.get(label.category)
            if label.field == field and meant is not None and (field, label.value) not in status:
                status[field, label.value] = meant
                alone.add((field, label.value))
    return replace(
        mapping,
        status=status,
        priority={**mapping.priority, **{each.label.value: each.meaning for each in _priorities(mapping, labels)}},
        kind={**mapping.kind, **{each.label.value: each.meaning for each in _kinds(mapping, labels)}},
        by_category=frozenset(alone),
    )


def _of_field(
    mapping: SourceMapping, field: str, labels: Sequence[Label]
) -> Iterator[_Found[Status] | _Found[Priority] | _Found[Kind]]:
    if field in mapping.status_fields:
        yield from _statuses(mapping, field, labels)
    elif field == "priority":
        yield from _priorities(mapping, labels)
    else:
        yield from _kinds(mapping, labels)


def _statuses(mapping: SourceMapping, field: str, labels: Sequence[Label]) -> Iterator[_Found[Status]]:
    words = {word: meaning for (of, word), meaning in mapping.status.items() if of == field}
    return _meanings(field, words, mapping.configured, labels)


def _priorities(mapping: SourceMapping, labels: Sequence[Label]) -> Iterator[_Found[Priority]]:
    return _meanings("priority", mapping.priority, mapping.configured, labels)


def _kinds(mapping: SourceMapping, labels: Sequence[Label]) -> Iterator[_Found[Kind]]:
    return _meanings("kind", mapping.kind, mapping.configured, labels)


def _meanings(
    field: str, words: Mapping[str, _W], configured: Collection[tuple[str, str]], labels: Sequence[Label]
) -> Iterator[_Found[_W]]:
    """Yield what the values of one field mean that have a word."""
    mine = [label for label in labels if label.field == field]
    values = {label.value for label in mine}
    layers = [{word for word in words if ((field, word) in configured) is own} for own in (True, False)]
    # What is a value is no name; without a word are the tickets that have no value.
    by_name = [{folded(word): word for word in words if word and word in layer - values} for layer in layers]
    for label in mine:
        for layer, names in zip(layers, by_name, strict=True):
            present = label.value if label.value in layer else names.get(folded(label.text))
            word = present or next((names[folded(one)] for one in label.former if folded(one) in names), None)
            if word is not None:
                yield _Found(label, words[word], word, former=present is None)
                break


def _taken(found: _Found[Status] | _Found[Priority] | _Found[Kind], labels: Sequence[Label]) -> bool:
    one = found.label
    return any(
        each.field == one.field and each.value != one.value and folded(each.text) == folded(found.word)
        for each in labels
    )
