"""What a site says about promises and words, as a beginning for the hub's configuration.

Jira tells nobody over its API which calendars, goals and conditions its SLAs have. What it shows on tickets is the goal
of each cycle, and whether it stands still, so that is what can be said, as something to look at and not as a promise.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors import (
    Holding,
    Kind,
    Label,
    Phase,
    Priority,
    SourceMapping,
    Status,
    SuggestedPolicy,
    SuggestedWord,
    Suggestion,
    perhaps,
    readable,
    resolved,
    rows,
)
from connectors.jira.client import Api
from connectors.jira.diagnosis import PLAIN
from connectors.jira.fields import Layout
from connectors.jira.mapping import label, status_label
from connectors.jira.promises import Seen, metrics, note
from connectors.jira.scope import Project, Scope
from connectors.jira.shapes import plain, whole
from connectors.jira.streams import CATALOGUE

__all__ = ["suggestion"]

PAGE: Final = 100
SEEN: Final = 300
"""Tickets of each service project that are looked at, those that changed last."""

NOT_SAID: Final = (
    "Jira shows neither the conditions nor the calendars of its SLAs over its API. These are the goals of the {count} "
    "that changed last, by their priority of now. Write hours and holidays by hand, put the calendar in place of "
    "`always`, and let `slahub report parity` compare every due time."
)

NOTHING_SEEN: Final = "No SLA was seen on the {count} of {key} that changed last."

NO_SLAS: Final = (
    "Jira shows this user no field of an SLA: the site has no Service Management, or the account is no agent there."
)


def suggestion(api: Api, scope: Scope, layout: Layout, mapping: SourceMapping) -> Suggestion:
    """Read what there is and translate it. mapping: the connection's words. Raises: SourceError."""
    lists = {"priority": "~/priority", "kind": "~/issuetype"}
    statuses, _ = readable(CATALOGUE, api.array("~/status"), status_label)
    others = [each for name, path in lists.items() for each in readable(CATALOGUE, api.array(path), label(name))[0]]
    known = resolved(mapping, (*statuses, *others))
    desks = [each for each in scope.projects() if each.service_desk]
    remarks = [NO_SLAS] if not layout.slas else []
    policies: list[SuggestedPolicy] = []
    for project in desks if layout.slas else ():
        seen = _seen(api, scope, project, layout, known)
        policy = _policy(project, seen, known, {(each.field, each.value): each.text for each in (*statuses, *others)})
        if policy is None:
            remarks.append(NOTHING_SEEN.format(count=_tickets(seen.count), key=project.key))
        else:
            policies.append(policy)
    return Suggestion(
        "Jira",
        policies=tuple(policies),
        words=tuple(_words(statuses, others, known, mapping)),
        remarks={"policies": tuple(remarks)},
    )


@dataclass
class _Looked:
    """What the tickets of a project tell. unknown: tickets of priorities that have no word, by their ids."""

    count: int = 0
    slas: dict[str, Seen] = field(default_factory=dict[str, Seen])
    unknown: Counter[str] = field(default_factory=Counter[str])


def _seen(api: Api, scope: Scope, project: Project, layout: Layout, known: SourceMapping) -> _Looked:
    looked = _Looked()
    for ticket in _newest(api, scope.where(project), ["priority", "status", *layout.slas]):
        fields = perhaps(perhaps(ticket).get("fields"))
        ident = _id(fields, "priority")
        priority = known.priority.get(ident) if ident else Priority.NONE
        looked.count += 1
        if priority is None:
            looked.unknown[ident] += 1
            continue
        for key in layout.slas:
            note(looked.slas, fields.get(key), priority, _id(fields, "status"))
    return looked


def _newest(api: Api, where: str, fields: list[str]) -> Iterator[object]:
    """Yield at most `SEEN` tickets, those that changed last first."""
    body: dict[str, object] = {"jql": f"{where} ORDER BY updated DESC", "fields": fields, "maxResults": PAGE}
    cloud, start = api.site().cloud, 0
    while start < SEEN:
        answer = perhaps(api.ask("~/search/jql" if cloud else "~/search", body).body)
        found = rows(answer, "issues")
        yield from found
        start += len(found)
        token = answer.get("nextPageToken")
        if cloud and isinstance(token, str):
            body = {**body, "nextPageToken": token}
        elif cloud or not found or start >= whole(answer, "total", 0):
            return
        else:
            body = {**body, "startAt": start}


def _policy(
    project: Project, seen: _Looked, known: SourceMapping, names: Mapping[tuple[str, str], str]
) -> SuggestedPolicy | None:
    meanings = {value: meant for (about, value), meant in known.status.items() if about == "status"}
    called = {value: name for (about, value), name in names.items() if about == "status"}
    found, remarks = metrics(seen.slas.values(), meanings, called)
    if not found and not remarks:
        return None
    left = [_left_out(count, names.get(("priority", each), each)) for each, count in seen.unknown.items()]
    return SuggestedPolicy(
        project.key,
        project.name,
        when=((Holding("project", (project.key,)),),),
        metrics=found,
        withheld=True,
        remarks=(NOT_SAID.format(count=_tickets(seen.count)), *remarks, *left),
    )


def _words(
    statuses: Iterable[Label], others: Iterable[Label], known: SourceMapping, mapping: SourceMapping
) -> Iterator[SuggestedWord]:
    """Yield a word for each name that the hub does not know and that says more than its category."""
    for each in statuses:
        named = ("status", each.value) in mapping.status or each.text.casefold() in PLAIN
        if named or ("status", each.value) not in known.by_category:
            continue
        word = known.status.get(("status", each.value), Status(Phase.OPEN))
        yield SuggestedWord("status", each.value, str(word), label="by its category", name=each.text)
    for each in others:
        if each.field == "priority" and each.value not in known.priority:
            yield SuggestedWord("priority", each.value, Priority.NORMAL, label="not known", name=each.text)
        if each.field == "kind" and each.value not in known.kind:
            kind = Kind.TASK if "task" in each.text.casefold() else Kind.REQUEST
            yield SuggestedWord("kind", each.value, kind, label="not known", name=each.text)


def _left_out(count: int, priority: str) -> str:
    were = "was" if count == 1 else "were"
    return (
        f"{_tickets(count)} of the priority {priority} {were} left out: the hub does not know what it means. Write a "
        f"word for it in `mapping.priority`, and ask again."
    )


def _id(fields: Mapping[str, object], name: str) -> str:
    found = plain(perhaps(fields.get(name)).get("id"))
    return found if isinstance(found, str) else ""


def _tickets(count: int) -> str:
    return "1 ticket" if count == 1 else f"{count} tickets"
