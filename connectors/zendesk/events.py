"""What happened to a ticket: the same `Event` out of its audits and out of the export. Pure.

Both list one action with the same id and the same parts, in two spellings: an audit says
`field_name` and `value`, an exported event has the field's name as a key.

Comments keep the publicness with which they were written. A later `CommentPrivacyChange` hides a
reply from the requester's list, but the reply has been sent; the export never rewrites it, while
audits may show the comment as it is now. So the flag before the first such change is taken, in both.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from connectors import Change, Comment, Event, SetAside, SourceValue, Unreadable
from connectors.zendesk.fields import Layout
from connectors.zendesk.mapping import FIELDS, MERGED, custom, readable, without
from connectors.zendesk.shapes import fields_of, flag, identifier, instant, number, perhaps, rows, several, value

__all__ = ["STREAM", "audits", "exported"]

STREAM = "ticket_events"

SYSTEM = "-1"

COMMENTS = frozenset({"Comment", "VoiceComment"})

CHANGES = frozenset({"Create", "Change"})


def audits(raw: Iterable[object], layout: Layout) -> tuple[tuple[Event, ...], tuple[SetAside, ...]]:
    """Return the events that audits of one ticket tell, and the audits that cannot be read."""
    return _events(list(raw), layout, _AUDIT)


def exported(raw: Iterable[object], layout: Layout) -> tuple[tuple[Event, ...], tuple[SetAside, ...]]:
    """Return the events of a page of the export, and the rows that cannot be read."""
    return _events(list(raw), layout, _EXPORT)


class _Spelling(NamedTuple):
    """How one of the two sources writes an action and its parts."""

    actor: str
    parts: str
    kind: str
    by_key: bool


_AUDIT = _Spelling("author_id", "events", "type", by_key=False)
_EXPORT = _Spelling("updater_id", "child_events", "event_type", by_key=True)


class _Step(NamedTuple):
    field: str
    before: SourceValue
    after: SourceValue
    initial: bool


def _events(raw: list[object], layout: Layout, spelling: _Spelling) -> tuple[tuple[Event, ...], tuple[SetAside, ...]]:
    written = _written_as(raw, spelling)
    return readable(STREAM, raw, lambda each: _event(each, layout, spelling, written))


def _event(raw: object, layout: Layout, spelling: _Spelling, written: Mapping[str, bool]) -> Event | None:
    row = fields_of(raw, "event")
    if row.get("event_type", "Audit") != "Audit":
        return None
    parts = sorted((fields_of(part, "part") for part in rows(row, spelling.parts)), key=_position)
    actor = None if row.get(spelling.actor) is None else identifier(row, spelling.actor)
    changes = _net(chain.from_iterable(_steps(part, layout, spelling) for part in parts))
    changes = (*changes, *_merged_into(changes, parts))
    comments = tuple(_comment(part, row, actor, written) for part in parts if part.get(spelling.kind) in COMMENTS)
    if not changes and not comments:
        return None
    return Event(
        ticket_id=identifier(row, "ticket_id"),
        stream=STREAM,
        id=identifier(row, "id"),
        at=instant(row, "created_at"),
        order=number(row, "id"),
        actor=actor,
        changes=changes,
        comments=comments,
    )


def _position(part: Mapping[str, object]) -> int:
    found = part.get("id")
    return found if isinstance(found, int) else 0


def _steps(part: Mapping[str, object], layout: Layout, spelling: _Spelling) -> Iterator[_Step]:
    """Yield each followed field that a part changes; the hub's own are not followed."""
    if part.get(spelling.kind) not in CHANGES:
        return
    initial = part.get(spelling.kind) == "Create"
    for name, before, after in _by_key(part) if spelling.by_key else _by_name(part):
        field = FIELDS.get(name) or (custom(name) if name.isdecimal() and name not in layout.ids else None)
        if field is None:
            continue
        was, now = (None if initial else value(before)), value(after)
        if field == "tags":
            was, now = without(was, layout.tags), without(now, layout.tags)
        yield _Step(field, was, now, initial)


def _merged_into(changes: Iterable[Change], parts: Iterable[Mapping[str, object]]) -> Iterator[Change]:
    """Yield into which ticket this one was merged, where the comment about it names a single one.

    The comment on the other ticket looks the same, and names this one: only a merged ticket gets the tag.
    """
    tags = next((change for change in changes if change.field == "tags"), None)
    if tags is None or MERGED not in (tags.after or ()) or MERGED in (tags.before or ()):
        return
    named: set[str] = set()
    for part in parts:
        source = perhaps(perhaps(part.get("via")).get("source"))
        if source.get("rel") == "merge":
            for place in (perhaps(source.get("from")), perhaps(source.get("to"))):
                named |= {str(each) for each in (place.get("ticket_id"), *several(place.get("ticket_ids"))) if each}
    if len(named) == 1:
        yield Change("merged_into", None, named.pop())


def _by_name(part: Mapping[str, object]) -> Iterator[tuple[str, object, object]]:
    # Zendesk's own SLA bookkeeping comes as changes too (`first_reply_time`, …): names nobody follows.
    name = part.get("field_name")
    if not isinstance(name, str | int):
        raise Unreadable("a change without a field name")
    yield str(name), part.get("previous_value"), part.get("value")


def _by_key(part: Mapping[str, object]) -> Iterator[tuple[str, object, object]]:
    before = part.get("previous_value")
    for key in FIELDS:
        if key in part:
            yield key, _tags_before(part) if key == "tags" and "previous_value" not in part else before, part[key]
    if "custom_ticket_fields" in part:
        custom_fields = fields_of(part["custom_ticket_fields"], "custom_ticket_fields")
        each_before = perhaps(before)
        for field_id, after in custom_fields.items():
            yield field_id, (each_before or {field_id: before}).get(field_id), after


def _tags_before(part: Mapping[str, object]) -> list[object]:
    added = rows(part, "added_tags") if part.get("added_tags") else []
    removed = rows(part, "removed_tags") if part.get("removed_tags") else []
    return [tag for tag in rows(part, "tags") if tag not in added] + removed


def _net(steps: Iterable[_Step]) -> tuple[Change, ...]:
    """Return one change a field, from its first value to its last: an event is judged as a whole.

    A trigger's effect stands in the same event as the action that fired it, so a field may move twice.
    """
    first: dict[str, _Step] = {}
    last: dict[str, SourceValue] = {}
    for step in steps:
        first.setdefault(step.field, step)
        last[step.field] = step.after
    return tuple(
        Change(field, step.before, last[field], initial=step.initial)
        for field, step in sorted(first.items())
        if step.before != last[field]
    )


def _comment(
    part: Mapping[str, object], row: Mapping[str, object], actor: str | None, written: Mapping[str, bool]
) -> Comment:
    source_id = identifier(part, "id")
    author = identifier(part, "author_id") if part.get("author_id") is not None else actor
    shown = part.get("public", part.get("comment_public"))
    if not isinstance(shown, bool):
        raise Unreadable(f"comment {source_id} does not say whether it is public")
    return Comment(
        id=source_id,
        author=author,
        public=written.get(source_id, shown),
        automated=author == SYSTEM or _by_rule(part.get("via", row.get("via"))),
    )


def _by_rule(via: object) -> bool:
    channel = via if isinstance(via, str) else perhaps(via).get("channel")
    return isinstance(channel, str) and channel.casefold() == "rule"


def _written_as(raw: list[object], spelling: _Spelling) -> dict[str, bool]:
    """Return the publicness at writing of comments that were made private or public later."""
    found: dict[str, bool] = {}
    for row in raw:
        try:
            for part in map(perhaps, rows(row, spelling.parts)):
                if part.get(spelling.kind) == "CommentPrivacyChange":
                    found.setdefault(identifier(part, "comment_id"), not flag(part, "public", default=False))
        except Unreadable:
            continue  # it is set aside, with its reason, where it is read for itself
    return found
