"""What is to be said of mapped words: those whose name at the source is another by now."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from core.flows.finding import Finding, Level, Places
from core.flows.source import Source, meanings
from core.ports import KnownNames
from core.settings import Connection, mapping_key
from core.sla import words
from core.sla.words import Renamed, folded
from core.store import Tx, findings, histories
from core.tickets import Label, SourceMapping

__all__ = ["known_words", "note", "of_renamed", "with_former"]

CODE = "renamed"


def note(tx: Tx, source: Source) -> None:
    """Tell of words that are configured by a name which they have no more; end what is true no more."""
    now = source.host_now()
    told = histories.words(tx, source.id, words.fields(source.mapping))
    moved = {f"{each.field}={each.value}": each for each in words.renamed(source.mapping, told)}
    for old in findings.open_ones(tx, source.name):
        if old.code == CODE and old.subject not in moved:
            findings.end(tx, source.name, CODE, old.subject, now)
    for subject, each in moved.items():
        findings.note(tx, source.name, CODE, subject, f"{_what(each)}; {_do(each, source.settings)}", now)
    _end_mapped(tx, source)


def _end_mapped(tx: Tx, source: Source) -> None:
    """End the findings about values that the mapping knows by now."""
    mapping = meanings(tx, source.id, source.mapping)
    known = {f"{field}={value}" for field, value in mapping.status}
    known |= {f"priority={value}" for value in mapping.priority} | {f"kind={value}" for value in mapping.kind}
    known |= {f"role={value}" for value in mapping.sides}
    for each in findings.open_ones(tx, source.name):
        if each.code == "unmapped" and each.subject in known:
            findings.end(tx, source.name, "unmapped", each.subject, source.host_now())


def of_renamed(told: Sequence[Label], mine: Connection, mapping: SourceMapping, places: Places) -> Iterator[Finding]:
    """Yield the words that are configured by a name which they have no more. mapping: not resolved yet."""
    for each in words.renamed(mapping, told):
        path = ("connections", mine.name, "mapping", _part(each, mine))
        details = {"field": each.field, "value": each.value, "called": each.text}
        yield places.finding(CODE, Level.NOTE, _what(each), _do(each, mine), connection=mine.name, path=path, **details)


def known_words(names: Mapping[str, KnownNames], stored: Sequence[Label], mapping: SourceMapping) -> tuple[Label, ...]:
    """Return the labels of a helpdesk's words as it tells of them now, with those that it tells of no more.

    names: as the helpdesk has just been asked. stored: what earlier runs have met.
    """
    before = {(label.field, label.value): label for label in stored}
    found = dict(before)
    for field in words.fields(mapping):
        known = names.get(field)
        for value, text in known.names.items() if known is not None else ():
            old = before.get((field, value))
            former = () if old is None else (old.text, *old.former)
            category = known.categories.get(value, "" if old is None else old.category) if known is not None else ""
            others = tuple(one for one in former if folded(one) != folded(text))
            found[field, value] = Label(field, value, text, category, others)
    return tuple(found[key] for key in sorted(found))


def with_former(names: Mapping[str, KnownNames], told: Collection[Label]) -> dict[str, KnownNames]:
    """Return the names with those that were in use before: who writes one of them means something that was there."""
    before: dict[str, set[str]] = {field: set() for field in names}
    for each in told:
        if each.field in before:
            before[each.field] |= {each.value, each.text, *each.former}
    return {field: replace(known, former=known.former | before[field]) for field, known in names.items()}


def _part(each: Renamed, mine: Connection) -> str:
    return "status" if each.field in mine.mapping.status_fields else each.field


def _what(each: Renamed) -> str:
    noun = each.field.replace("_", " ")
    now = f"the {noun} `{each.word}` is called `{each.text}` at the source now"
    return f"{now}, and another one is called `{each.word}`" if each.taken else now


def _do(each: Renamed, mine: Connection) -> str:
    part = _part(each, mine)
    key = mapping_key(each.field, each.text)
    return f'write "{key}" in connections.{mine.name}.mapping.{part}; until then it means what `{each.word}` means'
