"""What happened to a ticket: the same `Event` out of its audits and out of the export. Pure.

Both list one action with the same id and the same parts, in two spellings: an audit says
`field_name` and `value`, an exported event has the field's name as a key.

Comments keep the publicness with which they were written. A later `CommentPrivacyChange` hides a
reply from the requester's list, but the reply has been sent; the export never rewrites it, while
audits may show the comment as it is now. So the flag before the first such change is taken, in both.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from connectors import (
    Change,
    Comment,
    Event,
    SetAside,
    SourceValue,
    Unreadable,
    fields_of,
    flag,
    perhaps,
    readable,
    rows,
    several,
)
from connectors.zendesk.fields import Layout
from connectors.zendesk.mapping import FIELDS, MERGED, custom, without
from connectors.zendesk.notes import by_mark
from connectors.zendesk.shapes import identifier, instant, number, value

__all__ = ["STREAM", "audits", "exported"]

STREAM = "ticket_events"

SYSTEM = "-1"

COMMENTS = frozenset({"Comment", "VoiceComment"})

CHANGES = frozenset({"Create", "Change"})

FOLLOWED = frozenset(FIELDS)


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


def _events(raw: list[object], layout: Layout, spelling: _Spelling) -> tuple[tuple[Event, ...], tuple[SetAside, ...]]:
    written = _written_as(raw, spelling)
    return readable(STREAM, raw, lambda each: _event(each, layout, spelling, written))


def _event(raw: object, layout: Layout, spelling: _Spelling, written: Mapping[str, bool]) -> Event | None:
    row = fields_of(raw, "event")
    if row.get("event_type", "Audit") != "Audit":
        return None
    parts = [fields_of(part, "part") for part in rows(row, spelling.parts)]
    if len(parts) > 1:
        parts.sort(key=_position)
    actor = None if row.get(spelling.actor) is None else identifier(row, spelling.actor)
    changes = _net(parts, layout, spelling)
    changes = (*changes, *_merged_into(changes, parts))
    comments = tuple([_comment(part, row, actor, written) for part in parts if part.get(spelling.kind) in COMMENTS])
    if notes := {str(part.get("id")) for part in parts if by_mark(part)}:
        comments = tuple(each for each in comments if each.id not in notes or not layout.wrote(each.author))
    if not changes and not comments:
        return None
    order = number(row, "id")
    return Event(
        ticket_id=identifier(row, "ticket_id"),
        stream=STREAM,
        id=str(order),
        at=instant(row, "created_at"),
        order=order,
        actor=actor,
        changes=changes,
        comments=comments,
    )


def _position(part: Mapping[str, object]) -> int:
    found = part.get("id")
    return found if isinstance(found, int) else 0


def _net(parts: Iterable[Mapping[str, object]], layout: Layout, spelling: _Spelling) -> tuple[Change, ...]:
    """Return one change a followed field, from its first value to its last: an event is judged as a whole.

    A trigger's effect stands in the same event as the action that fired it, so a field may move twice.
    The hub's own fields are not followed.
    """
    first: dict[str, tuple[SourceValue, bool]] = {}
    last: dict[str, SourceValue] = {}
    for part in parts:
        kind = part.get(spelling.kind)
        if kind not in CHANGES:
            continue
        initial = kind == "Create"
        for name, before, after in _by_key(part) if spelling.by_key else _by_name(part):
            field = FIELDS.get(name) or (custom(name) if name.isdecimal() and name not in layout.ids else None)
            if field is None:
                continue
            now = value(after)
            if field == "tags":
                now = without(now, layout.tags)
            if field not in first:
                was = None if initial else value(before)
                first[field] = (without(was, layout.tags) if field == "tags" else was, initial)
            last[field] = now
    return tuple(
        [
            Change(field, first[field][0], last[field], first[field][1])
            for field in sorted(first)
            if first[field][0] != last[field]
        ]
    )


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
    for key in FOLLOWED.intersection(part):
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
    kind = spelling.kind
    for row in raw:
        for each in several(perhaps(row).get(spelling.parts)):
            part = perhaps(each)
            if part.get(kind) != "CommentPrivacyChange":
                continue
            try:
                found.setdefault(identifier(part, "comment_id"), not flag(part, "public", default=False))
            except Unreadable:
                break  # it is set aside, with its reason, where it is read for itself
    return found
