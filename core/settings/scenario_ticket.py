"""The ticket of a scenario as a helpdesk would tell it: a snapshot, and its events in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.settings.conditions_section import FIELDS, is_field
from core.settings.plain import KeyPath, entry, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scenario_policy import ATTACHED, CALENDAR
from core.settings.scenario_sections import (
    EVENTS,
    AnyEvent,
    AssignEvent,
    CalendarEvent,
    CommentEvent,
    EventSection,
    FieldEvent,
    PriorityEvent,
    StatusEvent,
    TicketSection,
)
from core.settings.translation import keys_of, validated
from core.settings.words import key_hint, likeliest, nearest
from core.sla.history import Desk, History, RoleSpan
from core.tickets import (
    Change,
    Comment,
    Event,
    Kind,
    Phase,
    Priority,
    Side,
    SourceMapping,
    SourceValue,
    Status,
    Ticket,
    WaitOn,
)

__all__ = ["Teller", "desk_of", "instant", "priority_words"]

AUTHORS = {"agent": "an agent", "customer": "the customer"}
STATUSES = {
    ("status", str(status)): status
    for status in (
        *(Status(phase) for phase in Phase if phase is not Phase.UNKNOWN),
        *(Status(Phase.WAITING, on) for on in WaitOn),
    )
}
NOT_VALUES = ("connection", "customer")
"""Fields of a ticket that follow from where it is and whose it is."""


def instant(at: datetime, zone: ZoneInfo | None, place: KeyPath, problems: Problems) -> datetime:
    """Return the instant in UTC. zone: of a time that says none; without one that is a problem."""
    if at.tzinfo is None and zone is None:
        hint = "write 2026-05-04T09:00:00Z, or `timezone: Europe/Berlin` beside `cases` for all times that say none"
        problems.add(place, f"`{at}` does not say in which zone", hint)
    return (at if at.tzinfo else at.replace(tzinfo=zone or UTC)).astimezone(UTC)


def priority_words(raw: object) -> Iterator[tuple[KeyPath, str]]:
    """Yield each word for a priority that a ticket has at some time, with its place in the ticket."""
    events = entry(raw, "events")
    found: list[tuple[KeyPath, object]] = [(("priority",), entry(raw, "priority"))]
    for index, event in enumerate(events if is_items(events) else ()):
        if entry(event, "type") == "priority":
            found.append((("events", index, "to"), entry(event, "to")))
    yield from ((path, str(word)) for path, word in found if isinstance(word, str | int) and not isinstance(word, bool))


def desk_of(connection: str, words: Mapping[str, Priority]) -> Desk:
    """Return a helpdesk that speaks in normal words. words: those that it has for priorities."""
    mapping = SourceMapping(
        status=STATUSES,
        priority=words,
        kind={str(kind): kind for kind in Kind},
        sides={author: Side(author) for author in AUTHORS},
    )
    people = {person: (RoleSpan(None, author),) for author, person in AUTHORS.items()}
    return Desk(connection, mapping, people)


@dataclass(slots=True)
class Teller:
    """Reads one ticket. What is wrong with it goes to `problems`.

    now: the moment that the scenario asks for; None: that is a mistake.
    calendars: values of the field that holds the calendar, by the names that an event may name; None: the scenario
        names no calendar, so that nothing can change it. calendar: the value at the beginning.
    attaches: whether an event may attach the agreement.
    """

    place: KeyPath
    now: datetime | None
    zone: ZoneInfo | None
    calendars: Mapping[str, str] | None
    calendar: str | None
    attaches: bool
    problems: Problems
    _values: dict[str, SourceValue] = field(default_factory=dict[str, SourceValue])
    _events: list[Event] = field(default_factory=list[Event])

    def history(self, raw: object) -> History | None:
        """Return the ticket's whole history; None when there is no ticket to be made out."""
        if not is_keys(raw):
            self.problems.add(self.place, "expected a ticket", "as in {created_at: …, status: open, events: […]}")
            return None
        keys = keys_of(TicketSection)
        for key, part in raw.items():
            if key not in keys:
                self._begin(key, part)
        known = {key: part for key, part in raw.items() if key in keys}
        section = validated(TicketSection, known, self.place, self.problems)
        if section is None:
            return None
        created = instant(section.created_at, self.zone, (*self.place, "created_at"), self.problems)
        self._values |= {"status": str(section.status), "priority": section.priority}
        if self.calendar is not None:
            self._values[CALENDAR] = self.calendar
        for index, event in enumerate(section.events):
            self._event(index, event, created)
        ticket = Ticket(
            id="1",
            key="1",
            url="",
            created_at=created,
            updated_at=max([created, *(event.at for event in self._events)]),
            version=len(self._events),
            values=self._values,
        )
        return History(ticket, tuple(self._events), horizon=self.now, whole_since=created)

    def _begin(self, key: str, part: object) -> None:
        """Take note of a field that the ticket has from the beginning."""
        place = (*self.place, key)
        if key != "tags" and not is_field(key):
            self.problems.add(place, *key_hint(key, (*keys_of(TicketSection), *FIELDS, "tags")))
        elif key not in NOT_VALUES:
            self._values[key] = self._value(key, part, place)

    def _event(self, index: int, raw: object, created: datetime) -> None:
        place: KeyPath = (*self.place, "events", index)
        if not is_keys(raw):
            self.problems.add(place, "expected an event", "as in {at: …, type: status, to: open}")
            return
        event = validated(self._form(raw, place), raw, place, self.problems)
        if event is None:
            return
        at = instant(event.at, self.zone, (*place, "at"), self.problems)
        before = self._events[-1].at if self._events else created
        if at < before:
            than = "the event above it" if self._events else "the ticket's creation"
            self.problems.add((*place, "at"), f"`{raw['at']}` is earlier than {than}", "write events in their order")
        if self.now is not None and at > self.now:
            self.problems.add((*place, "at"), f"`{raw['at']}` is later than `now`, so nobody would see it")
        number = len(self._events) + 1
        comments: tuple[Comment, ...] = ()
        if isinstance(event, CommentEvent):
            comments = (Comment(f"comment {number}", AUTHORS[event.author], event.public),)
        changes = tuple(self._changes(event, number, place))
        self._events.append(Event("1", "scenario", f"event {number}", at, number, None, changes, comments))

    def _form(self, raw: Mapping[str, object], place: KeyPath) -> type[EventSection]:
        """Return the keys of an event by its `type`, which may be any field of a ticket."""
        kind = raw.get("type")
        if not isinstance(kind, str) or kind in EVENTS:
            return EVENTS.get(str(kind), AnyEvent)
        if kind == "tags" or (is_field(kind) and kind not in NOT_VALUES):
            return FieldEvent
        self.problems.add((*place, "type"), f"`{kind}` is nothing that happens to a ticket", _meant(kind))
        return AnyEvent

    def _changes(self, event: EventSection, number: int, place: KeyPath) -> Iterator[Change]:
        match event:
            case StatusEvent(to=status):
                yield self._change("status", str(status))
            case PriorityEvent(to=priority):
                yield self._change("priority", priority)
            case AssignEvent(to=agent):
                yield self._change("assignee", agent or f"agent {number}")
            case CalendarEvent(to=calendar):
                yield from self._switch(calendar, place)
            case FieldEvent(type=name, to=to):
                yield self._change(name, self._value(name, to, (*place, "to")))
            case CommentEvent() | AnyEvent():
                pass
            case _ if event.type == "attach" and not self.attaches:
                text = "the folder's policies attach by themselves, to the tickets that they are for"
                self.problems.add((*place, "type"), text, "take this event out, or name one `policy`")
            case _:
                tags = self._values.get("tags") or ()
                yield self._change("tags", (*tags, ATTACHED))

    def _switch(self, calendar: str, place: KeyPath) -> Iterator[Change]:
        if self.calendars is None:
            text = "nothing says which calendar counts before this"
            self.problems.add((*place, "to"), text, "write `calendar:` beside `ticket`")
        elif calendar not in self.calendars:
            self.problems.add((*place, "to"), f"there is no calendar `{calendar}`", nearest(calendar, self.calendars))
        else:
            yield self._change(CALENDAR, self.calendars[calendar])

    def _value(self, name: str, value: object, place: KeyPath) -> SourceValue:
        given = value if is_items(value) else () if value is None else (value,)
        words = tuple(str(word) for word in given)
        if any(isinstance(word, bool) or not isinstance(word, str | int) for word in given):
            self.problems.add(place, "expected a word, or a list of words")
        elif name == "kind" and not {*words} <= {*Kind}:
            self.problems.add(place, f"`{words[0]}` is not a kind", nearest(words[0], Kind))
        if name != "tags" and len(words) < 2:
            return words[0] if words else None
        return words

    def _change(self, name: str, after: SourceValue) -> Change:
        before, self._values[name] = self._values.get(name), after
        return Change(name, before, after)


def _meant(kind: str) -> str:
    near = likeliest(kind, (*EVENTS, *FIELDS, "tags"))
    return f"did you mean `{near}`?" if near else f"possible: {', '.join(EVENTS)}, or a field of the ticket"
