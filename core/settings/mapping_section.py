"""The key `mapping` of a connection: what its helpdesk's words mean here."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Annotated, TypeAlias, TypeVar

from pydantic import BeforeValidator, Field, PlainValidator

from core.settings.conditions_section import NOTHING
from core.settings.plain import KeyPath
from core.settings.positions import Problems
from core.settings.scalars import Section, Word, as_list
from core.settings.words import Mistake, nearest
from core.sla.policy import Agreement
from core.sla.words import folded
from core.tickets import Kind, Priority, Side, SourceMapping, Status

__all__ = ["MappingSection", "mapping", "mapping_key", "status_word"]

W = TypeVar("W", Priority, Kind)

STATUS = "status"
OF_A_FIELD = re.compile(r"([a-z][a-z_]*):(\S.*)", re.DOTALL)
"""A name may hold a colon, too: `Review: second round`."""


def _metric_name(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    agreement, slash, name = text.rpartition("/")
    if not text or not name:
        raise Mistake("expected the name of a metric of a policy", "write resolution, or ola/resolution")
    if slash and agreement not in set(Agreement):
        raise Mistake(f"`{agreement}` is not an agreement", nearest(agreement, list(Agreement)))
    return text


MetricNames: TypeAlias = Annotated[
    tuple[Annotated[str, PlainValidator(_metric_name, json_schema_input_type=str)], ...],
    BeforeValidator(as_list, json_schema_input_type=tuple[str, ...] | str),
]


class MappingSection(Section):
    status: dict[str, Word] = Field(default_factory=dict)
    priority: dict[str, Priority] = Field(default_factory=dict)
    kind: dict[str, Kind] = Field(default_factory=dict)
    sides: dict[str, Side] = Field(default_factory=dict)
    native_metrics: dict[str, MetricNames] = Field(default_factory=dict)


def status_word(key: str) -> tuple[str, str]:
    """Return the field that a key of `mapping.status` is about, and the status: its id or its name."""
    found = OF_A_FIELD.fullmatch(key)
    return (STATUS, key) if found is None else (found[1], found[2])


def mapping_key(field: str, word: str) -> str:
    """Return the key under which a word of a field is mapped. field: a status field, `priority` or `kind`."""
    plain = field in {"priority", "kind"} or status_word(word) == (field, word)
    return word if plain else f"{field}:{word}"


def mapping(section: MappingSection, defaults: SourceMapping, path: KeyPath, problems: Problems) -> SourceMapping:
    """Return the connector's mapping, overruled key by key; the key `none` is for tickets without a value."""
    status = dict[tuple[str, str], Status]()
    for key, meaning in section.status.items():
        field, word = status_word(key)
        if field not in {STATUS, *defaults.status_fields}:
            text = f"`{field}` is not a status field of this source"
            hints = (nearest(field, defaults.status_fields), f'for a status of that name, write "{STATUS}:{key}"')
            problems.add((*path, "mapping", STATUS, key), text, "; ".join(filter(None, hints)))
        status[field, word] = meaning
    priority, kind = _empty_named(section.priority), _empty_named(section.kind)
    for part, meanings in ((STATUS, section.status), ("priority", section.priority), ("kind", section.kind)):
        for key, other in _twice(meanings):
            text = f"`{key}` and `{other}` are one name, whatever the case, and are to mean different things"
            problems.add((*path, "mapping", part, key), text, "leave one of them out, or write the id in its place")
    return replace(
        defaults,
        status={**defaults.status, **status},
        priority={**defaults.priority, **priority},
        kind={**defaults.kind, **kind},
        sides={**defaults.sides, **section.sides},
        native_metrics={**defaults.native_metrics, **section.native_metrics},
        configured=frozenset({*status, *_of("priority", priority), *_of("kind", kind)}),
    )


def _empty_named(words: Mapping[str, W]) -> dict[str, W]:
    return {"" if key == NOTHING else key: word for key, word in words.items()}


def _of(field: str, words: Iterable[str]) -> Iterator[tuple[str, str]]:
    return ((field, word) for word in words)


def _twice(meanings: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the keys that are one name with an earlier one and mean something else."""
    seen = dict[str, str]()
    for key, meaning in meanings.items():
        first = seen.setdefault(folded(key), key)
        if meanings[first] != meaning:
            yield key, first
