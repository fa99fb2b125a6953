"""What an account says about hours, promises and words, as a suggestion to the hub. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from connectors import (
    Kind,
    Priority,
    SourceMapping,
    SuggestedCalendar,
    SuggestedHoliday,
    SuggestedPolicy,
    SuggestedWord,
    Suggestion,
    Unreadable,
    perhaps,
    several,
    text,
)
from connectors.zendesk.filters import CustomField, Terms, sayable
from connectors.zendesk.promises import Hours, group_policies, sla_policies
from connectors.zendesk.survey import Survey
from connectors.zendesk.zones import iana

__all__ = ["suggestion"]

DAY, WEEK = 1440, 7 * 1440
CATEGORIES = ("new", "open", "pending", "hold", "solved", "closed")
REST = "Zendesk promises nothing to any other ticket. Take this entry out if other policies are to take them."


def suggestion(found: Survey, mapping: SourceMapping) -> Suggestion:
    """Translate an account. mapping: the connection's words, in which statuses, priorities and kinds are said."""
    calendars = tuple(_calendar(perhaps(row), found.holidays) for row in found.schedules or ())
    hours = _hours(found, calendars)
    terms = _terms(found, mapping)
    policies = [*sla_policies(found.policies or (), terms, hours)]
    if policies:
        policies.append(SuggestedPolicy("", "No promise", notes=(REST,)))
    policies += group_policies(found.group_policies or (), terms, hours)
    hidden = _hidden({"SLA policies": found.policies, "group SLA policies": found.group_policies})
    return Suggestion(
        "Zendesk",
        calendars,
        tuple(policies),
        tuple(_words(found, terms, mapping)),
        {
            "calendars": _hidden({"schedules": found.schedules}),
            "policies": (*hidden, *_several(calendars, policies)),
            "mapping": _hidden({"ticket statuses": found.statuses}),
        },
    )


def _hidden(lists: Mapping[str, list[object] | None]) -> tuple[str, ...]:
    return tuple(
        f"Zendesk shows this user no {name}: the account's plan does not have them, or the role may not see them."
        for name, rows in lists.items()
        if rows is None
    )


def _hours(found: Survey, calendars: tuple[SuggestedCalendar, ...]) -> Hours:
    """Return what business hours are: Zendesk takes the first schedule unless a trigger sets another."""
    if not calendars:
        why = "shows none to this user" if found.schedules is None else "has none"
        return Hours(None, f"these hours are those of a schedule, and the account {why}.")
    first = calendars[0]
    if first.usable:
        return Hours(first.id)
    return Hours(None, f"these hours are those of the schedule {first.title}, which cannot be used as it stands.")


def _several(calendars: tuple[SuggestedCalendar, ...], policies: Iterable[SuggestedPolicy]) -> Iterator[str]:
    counted = any(target.calendar for policy in policies for metric in policy.metrics for target in metric.targets)
    if counted and len(calendars) > 1:
        others = ", ".join(each.title for each in calendars[1:])
        yield (
            f"Business hours are those of the account's first schedule, {calendars[0].title}. Tickets to which a "
            f"trigger gives another ({others}) are counted in that one by Zendesk. Where a field tells them apart, "
            f"`calendar` can choose by it, with by, map and else."
        )


def _calendar(row: Mapping[str, object], holidays: Mapping[str, list[object] | None]) -> SuggestedCalendar:
    source_id, name = str(row.get("id")), str(row.get("time_zone") or "")
    remarks: list[str] = []
    spans: list[tuple[int, int]] = []
    for each in several(row.get("intervals")):
        start, end = perhaps(each).get("start_time"), perhaps(each).get("end_time")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < WEEK and start < end <= start + WEEK:
            # Zendesk's week begins on Sunday, ours on Monday.
            first = (start - DAY) % WEEK
            spans.append((first, first + end - start))
        else:
            remarks.append(f"Hours that cannot be read: from minute {start} to minute {end} of the week.")
    zone = iana(name)
    if not zone:
        remarks.insert(0, f"Zendesk's time zone '{name}' is not known: fill in its IANA name, as in Europe/Berlin.")
    if not spans:
        remarks.append("This schedule is never open.")
    closed = holidays.get(source_id)
    if closed is None:
        remarks.append("Zendesk shows this user no holidays of this schedule.")
    days: list[SuggestedHoliday] = []
    for each in closed or ():
        holiday = _holiday(perhaps(each))
        if holiday is None:
            remarks.append(f"A holiday that cannot be read: {dict(perhaps(each))}.")
        else:
            days.append(holiday)
    title = str(row.get("name") or f"schedule {source_id}")
    return SuggestedCalendar(source_id, title, zone, tuple(spans), tuple(days), tuple(remarks))


def _holiday(row: Mapping[str, object]) -> SuggestedHoliday | None:
    try:
        first, last = (date.fromisoformat(text(row, key)) for key in ("start_date", "end_date"))
    except (Unreadable, ValueError):
        return None
    return SuggestedHoliday(str(row.get("name") or "holiday"), first, last) if first <= last else None


def _terms(found: Survey, mapping: SourceMapping) -> Terms:
    statuses = {str(perhaps(each).get("id")): perhaps(each) for each in found.statuses or ()}
    categories = {each: str(row.get("status_category")) for each, row in statuses.items()}
    by_category = {
        each: str(mapping.status["status", each]) for each in CATEGORIES if ("status", each) in mapping.status
    }
    named = {
        each: str(mapping.status["custom_status", each])
        if ("custom_status", each) in mapping.status
        else by_category[category]
        for each, category in categories.items()
        if category in by_category
    }
    return Terms(
        names={
            (field, source_id): name
            for field, rows in found.named.items()
            for source_id, name in _names(rows, people=field in ("assignee", "requester")).items()
        },
        words={
            "kind": {"": str(Kind.NONE), **{key: str(word) for key, word in mapping.kind.items()}},
            "priority": {"": str(Priority.NONE), **{key: str(word) for key, word in mapping.priority.items()}},
            "status": {**by_category, **named},
        },
        categories=categories,
        custom=dict(_custom(found.fields)),
    )


def _names(rows: Iterable[object], *, people: bool) -> dict[str, str]:
    """Return names by id; only those that can stand for the id, unless they are people's, which never do."""
    found = {str(perhaps(row).get("id")): str(perhaps(row).get("name") or "") for row in rows}
    if people:
        return {source_id: name for source_id, name in found.items() if name}
    times = Counter(name.casefold() for name in found.values())
    return {
        source_id: name
        for source_id, name in found.items()
        if name and sayable(name) and times[name.casefold()] == 1 and not name.isdecimal()
    }


def _custom(rows: Iterable[object]) -> Iterator[tuple[str, CustomField]]:
    for row in map(perhaps, rows):
        options: dict[str, str] = {}
        for option in map(perhaps, several(row.get("custom_field_options"))):
            value = str(option.get("value"))
            options |= {str(option.get("id")): value, value: value}
        yield str(row.get("id")), CustomField(str(row.get("type")), options)


def _words(found: Survey, terms: Terms, mapping: SourceMapping) -> Iterator[SuggestedWord]:
    """Yield the words of the connection, with those of the account's own statuses."""
    for category in CATEGORIES:
        if category in terms.words["status"]:
            yield SuggestedWord("status", category, terms.words["status"][category])
    for row in map(perhaps, found.statuses or ()):
        source_id = str(row.get("id"))
        if source_id in terms.words["status"]:
            retired = "" if row.get("active") is not False else ", no longer in use"
            label = f"{row.get('agent_label')}, {terms.categories[source_id]}{retired}"
            yield SuggestedWord("status", f"custom_status:{source_id}", terms.words["status"][source_id], label)
    for key, word in mapping.priority.items():
        yield SuggestedWord("priority", key or "none", str(word))
    for key, kind in mapping.kind.items():
        yield SuggestedWord("kind", key or "none", str(kind))
    for role, side in mapping.sides.items():
        yield SuggestedWord("sides", role, str(side))
