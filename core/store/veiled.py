"""What is stored in the place of names: pseudonyms under a key that is not in the database."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from sqlalchemy import Connection, select

from core.errors import StoreError
from core.store import tables
from core.tickets import Absence, Event, Label, Person, Rating, Record, SourceValue, Ticket

__all__ = ["CLEAR", "NAMED", "PEOPLE", "STANDS", "Hidden", "Veil", "hidden", "own", "records", "telling"]

STANDS: Final = "forgotten-"
NAMED: Final = "person-"
PEOPLE: Final = frozenset({"requester", "assignee"})
"""Fields that hold people's ids, which may be numbers that mean something else elsewhere."""

LONG: Final = 6
"""From how many characters on an id that is no number means nobody else."""


@dataclass(frozen=True, slots=True)
class Veil:
    """How one connection's people are stored. key: what pseudonyms are made with. names: none is stored in clear."""

    connection: str = ""
    key: bytes | None = field(default=None, repr=False)
    names: bool = False

    def digest(self, kind: str, text: str) -> str:
        """Return the digest of a text, the same at all times, which nobody makes or reads without the key."""
        if self.key is None:
            raise StoreError("no key is set; people are hidden under SLAHUB_KEY, or what `hub.key` refers to")
        return _digest(self.key, f"{kind}\0{self.connection}\0{text}")

    def check(self) -> str:
        """Return by what the key is known again."""
        return "" if self.key is None else _digest(self.key, "check")[:32]

    def name(self, source_id: str) -> str:
        """Return what a person is called where names are not stored."""
        return f"{NAMED}{self.digest('name', source_id)[:12]}"

    def stands(self, source_id: str) -> str:
        """Return what stands for a person who was forgotten, as id and as name."""
        return f"{STANDS}{self.digest('id', source_id)[:16]}"


CLEAR: Final = Veil()
"""Names are stored as they are."""


@lru_cache(100_000)
def _digest(key: bytes, text: str) -> str:
    sealing = hashlib.sha256(b"slahub person\0" + key).digest()
    return hmac.new(sealing, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Hidden:
    """Who was forgotten at one connection. stands: by digest, what is stored instead."""

    veil: Veil
    stands: Mapping[str, str]

    def person(self, source_id: str) -> str:
        """Return a person's id as it is stored."""
        return self.stands.get(self.veil.digest("id", source_id), source_id)

    def optional(self, source_id: str | None) -> str | None:
        """Return the id of somebody, or of nobody, as it is stored."""
        return None if source_id is None else self.person(source_id)

    def value(self, name: str, value: SourceValue) -> SourceValue:
        """Return a field's value as it is stored."""
        if value is None:
            return None
        return self.text(name, value) if isinstance(value, str) else tuple([self.text(name, each) for each in value])

    def text(self, name: str, text: str) -> str:
        """Return a text in a field: a forgotten person's id where it can mean nobody else, or their name."""
        found = None
        if name in PEOPLE or own(text):
            found = self.stands.get(self.veil.digest("id", text))
        if found is None and telling(text):
            found = self.stands.get(self.veil.digest("text", text.casefold()))
        return text if found is None else found


def own(source_id: str) -> bool:
    """Say whether an id means a person wherever it stands."""
    return len(source_id) >= LONG and not source_id.isdecimal()


def telling(text: str) -> bool:
    """Say whether a text may be the name or mail of one person rather than a word: it has two parts."""
    return " " in text.strip() or "@" in text


def hidden(tx: Connection, connection_id: int, veil: Veil) -> Hidden | None:
    """Return who was forgotten, or None where nobody was.

    Raises: StoreError where the key is not the one under which they were: they could not be told from others.
    """
    forgotten = tables.forgotten.c
    query = select(forgotten.digest, forgotten.stands, forgotten.sealed_with)
    rows = tx.execute(query.where(forgotten.connection_id == connection_id)).all()
    if not rows:
        return None
    if any(row.sealed_with != veil.check() for row in rows):
        raise StoreError(
            f"people of {veil.connection or 'this connection'} were forgotten under another key than the present one, "
            "and their names would come back; set SLAHUB_KEY, or what `hub.key` refers to, to what it was"
        )
    return Hidden(veil, {row.digest: row.stands for row in rows})


def records(tx: Connection, connection_id: int, veil: Veil, given: Sequence[Record]) -> Sequence[Record]:
    """Return the records as they may be stored."""
    gone = hidden(tx, connection_id, veil)
    if gone is not None:
        given = [_without(each, gone) for each in given]
    if not veil.names:
        return given
    return [_nameless(each, veil) if isinstance(each, Person) else each for each in given]


def _nameless(person: Person, veil: Veil) -> Person:
    return person if person.name.startswith(STANDS) else replace(person, name=veil.name(person.id))


def _without(record: Record, gone: Hidden) -> Record:
    match record:
        case Person():
            stands = gone.person(record.id)
            return record if stands == record.id else replace(record, id=stands, name=stands)
        case Event():
            return event(record, gone)
        case Ticket() | Absence():
            return replace(record, values={name: gone.value(name, each) for name, each in record.values.items()})
        case Rating():
            requester, assignee = gone.optional(record.requester), gone.optional(record.assignee)
            return replace(record, requester=requester, assignee=assignee)
        case Label():
            return replace(record, value=gone.text(record.field, record.value), text=gone.text("", record.text))
        case _:
            return record


def event(one: Event, gone: Hidden) -> Event:
    """Return an event in which a forgotten person is somebody else."""
    return replace(
        one,
        actor=gone.optional(one.actor),
        changes=tuple(
            replace(each, before=gone.value(each.field, each.before), after=gone.value(each.field, each.after))
            for each in one.changes
        ),
        comments=tuple(replace(each, author=gone.optional(each.author)) for each in one.comments),
    )
