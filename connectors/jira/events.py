"""What happened to an issue: its changelog and its comments as events. Pure.

One save is one event, whatever it changed; a comment is an event of its own, since no changelog tells of it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors import Change, Comment, Event, SourceValue, Unreadable, dumped, fields_of, flag, perhaps, several, text
from connectors.jira.fields import CUSTOM, Field, Layout
from connectors.jira.mapping import custom
from connectors.jira.shapes import identifier, instant, person_of
from connectors.jira.values import FIELDS, PEOPLE, SKIPPED, listed, told

__all__ = ["REMOTE_LINK", "STREAM", "Reader", "comment", "linked", "remote"]

STREAM = "tickets"

REMOTE_LINK = "remoteissuelink"

LINK = "link"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the changelog of one issue.

    fields: of the issue as it is shown, which tell apart fields of one name. person: the one id of somebody whom
    changelogs call by several. links: the addresses behind its links as they are now: of remote ones by their ids, of
    those to other issues by their keys. wrote: whether somebody is the user under whom the hub acts.
    """

    ticket_id: str
    layout: Layout
    fields: Mapping[str, object]
    person: Callable[[str], str] = lambda each: each
    links: Mapping[str, str] | None = None
    wrote: Callable[[str | None], bool] = lambda _: False

    def histories(self, raw: Sequence[object]) -> Iterator[Event | Unreadable]:
        """Yield an event for each save in which something changed that is followed; what cannot be read as it is."""
        links = self._links(raw)
        for each in raw:
            try:
                event = self._history(fields_of(each, "history"), links)
            except Unreadable as error:
                yield error
            else:
                if event is not None:
                    yield event

    def _history(self, row: Mapping[str, object], links: Mapping[str, tuple[SourceValue, SourceValue]]) -> Event | None:
        number = identifier(row)
        merged: dict[str, Change] = {}
        for each in several(row.get("items")):
            for change in self._changes(fields_of(each, "item")):
                first = merged.get(change.field)
                merged[change.field] = Change(change.field, (first or change).before, change.after)
        if number in links:
            merged["remote_links"] = Change("remote_links", *links[number])
        if (moved := merged.get("project")) and self.layout.projects_are_teams:
            # Who moves an issue hands it on.
            merged["team"] = Change("team", moved.before, moved.after)
        changes = tuple(each for each in merged.values() if each.before != each.after)
        if not changes:
            return None
        return Event(
            ticket_id=self.ticket_id,
            stream=STREAM,
            id=f"history:{number}:{_mark(changes)}",
            at=instant(row, "created"),
            order=int(number),
            actor=person_of(row.get("author")),
            changes=changes,
        )

    def _changes(self, item: Mapping[str, object]) -> Iterator[Change]:
        """Yield what one item says; nothing of what is not followed, and of the hub's own fields."""
        key = self._field(item)
        known = self.layout.every.get(key)
        for name in self._followed(key):
            if name in {"organisation", "form"}:
                yield from self._listed(name, item)
            elif name == "participants":
                yield Change(name, self._people(item.get("from")), self._people(item.get("to")))
            else:
                before = told(key, item.get("from"), item.get("fromString"), known)
                after = told(key, item.get("to"), item.get("toString"), known)
                if key in PEOPLE:
                    before, after = self._person(before), self._person(after)
                yield Change(name, before, after)

    def _followed(self, key: str) -> Iterator[str]:
        """Yield the names under which a field is followed."""
        if key in self.layout.organisations:
            yield "organisation"
        elif key in self.layout.request_type:
            yield "form"
        elif key in self.layout.participants:
            yield "participants"
        elif key in FIELDS:
            yield FIELDS[key]
        elif key in self.layout.followed:
            yield custom(key)
        if key in self.layout.words:
            yield self.layout.words[key]

    def _person(self, found: SourceValue) -> SourceValue:
        return self.person(found) if isinstance(found, str) else None

    def _people(self, found: object) -> SourceValue:
        """Return the people in a text such as `[5b10a2844c20165700ede21g, qm:cc:cid]`."""
        names = found.strip("[] ").split(",") if isinstance(found, str) else []
        return tuple(sorted({self.person(name.strip()) for name in names if name.strip()})) or None

    def _listed(self, name: str, item: Mapping[str, object]) -> Iterator[Change]:
        """Yield a change among things whose ids are told in one text; none where no ids are told."""
        before, after = (_one(listed(text(item, key))) for key in ("from", "to"))
        wordy = any(text(item, key) for key in ("fromString", "toString"))
        if before is not None or after is not None or not wordy:
            yield Change(name, before, after)

    def _field(self, item: Mapping[str, object]) -> str:
        """Return the id of the field that an item is about; many items tell a name alone."""
        known = item.get("fieldId")
        if isinstance(known, str) and known:
            return known
        name = text(item, "field").strip()
        plain = name.casefold()
        if plain in FIELDS or plain in SKIPPED or text(item, "fieldtype") == "jira":
            return {"reporter": "reporter", "issue type": "issuetype"}.get(plain, plain)
        found = self.layout.named(name)
        if len(found) > 1:
            found = tuple(each for each in found if self._fits(each, item)) or found
        # Of fields of one name that all might be meant, none is: a value of another field would be believed.
        return found[0].id if len(found) == 1 else f"{CUSTOM}?"

    def _fits(self, known: Field, item: Mapping[str, object]) -> bool:
        """Say whether an item may be about a field, by what this issue shows and by the form of the values."""
        chosen = any(isinstance(item.get(key), str) for key in ("from", "to"))
        return known.id in self.fields and self.fields[known.id] is not None and chosen == (known.kind != "textfield")

    def _links(self, raw: Sequence[object]) -> Mapping[str, tuple[SourceValue, SourceValue]]:
        """Return what each save made of the issue's links, by its id, worked out backwards from the present."""
        if self.links is None:
            return {}
        found: dict[str, tuple[SourceValue, SourceValue]] = {}
        saves = [
            (row, [each for each in map(perhaps, several(row.get("items"))) if linked(each)])
            for row in sorted(map(perhaps, raw), key=_numbered, reverse=True)
        ]
        told = {str(item.get(end)) for _, items in saves for item in items for end in ("from", "to") if item.get(end)}
        # Links are numbered in the order in which they are made: one beyond all that the log tells of is younger.
        newest = max((int(each) for each in told if each.isdecimal()), default=0)
        present = {each for each in self.links if each in told or not each.isdecimal() or int(each) < newest}
        for row, items in saves:
            after = self._addresses(present)
            for item in items:
                present.discard(str(item.get("to") or ""))
                if removed := str(item.get("from") or ""):
                    present.add(removed)
            if items:
                found[str(row.get("id"))] = (self._addresses(present), after)
        return found

    def _addresses(self, ids: set[str]) -> SourceValue:
        return tuple(sorted({url for each in ids if (url := (self.links or {}).get(each))})) or None


def linked(item: Mapping[str, object]) -> bool:
    """Say whether an item of a changelog tells of a link."""
    return str(item.get("field") or "").replace(" ", "").casefold() in {LINK, REMOTE_LINK}


def remote(item: Mapping[str, object]) -> bool:
    """Say whether an item of a changelog tells of a link to another site."""
    return linked(item) and str(item.get("field")).replace(" ", "").casefold() == REMOTE_LINK


def comment(ticket_id: str, raw: object) -> Event:
    """Return a comment; its text is not kept.

    `visibility`, which keeps a comment for a role or a group, is another thing than being internal: Jira's own clocks
    of a first response end with such a comment, too.
    """
    row = fields_of(raw, "comment")
    number, author = identifier(row), person_of(row.get("author"))
    public = flag(row, "jsdPublic", default=True) and not _internal(row)
    automated = perhaps(row.get("author")).get("accountType") == "app"
    return Event(
        ticket_id=ticket_id,
        stream=STREAM,
        id=f"comment:{number}",
        at=instant(row, "created"),
        order=int(number),
        actor=author,
        comments=(Comment(number, author, public, automated),),
    )


def _internal(row: Mapping[str, object]) -> bool:
    for each in map(perhaps, several(row.get("properties"))):
        if each.get("key") == "sd.public.comment" and perhaps(each.get("value")).get("internal") in {True, "true"}:
            return True
    return False


def _mark(changes: Sequence[Change]) -> str:
    """Return what tells a save from what an administrator has made of it: its id stays when its lines are rewritten.

    So the log no longer holds what it said before, and holds something new.
    """
    said = dumped([[each.field, each.before, each.after] for each in changes])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _one(ids: tuple[str, ...]) -> SourceValue:
    return ids[0] if len(ids) == 1 else ids or None


def _numbered(row: Mapping[str, object]) -> int:
    try:
        return int(identifier(row))
    except Unreadable:
        return 0
