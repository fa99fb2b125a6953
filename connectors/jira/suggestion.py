"""What a site says about promises and words, as a beginning for the hub's configuration.

Jira tells nobody over its API which calendars, goals and conditions its SLAs have. What it shows on tickets is the goal
of each cycle, so that is what can be said, as something to look at and not as a promise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from connectors import (
    Kind,
    MetricName,
    Phase,
    Priority,
    SourceMapping,
    Status,
    SuggestedMetric,
    SuggestedPolicy,
    SuggestedTarget,
    SuggestedWord,
    Suggestion,
)
from connectors.jira.client import Api
from connectors.jira.diagnosis import PLAIN
from connectors.jira.fields import Layout
from connectors.jira.native_clocks import goals
from connectors.jira.scope import Scope
from connectors.jira.shapes import perhaps, plain, rows

__all__ = ["suggestion"]

SEEN = 100
"""Tickets that are looked at, those that changed last."""

METRICS: Mapping[str, MetricName] = {
    "time to first response": "first_response",
    "time to resolution": "resolution",
    "time to done": "resolution",
}

HIDDEN = "Jira shows no calendars over its API: write the hours and holidays of each SLA by hand."

NOT_SAID = (
    "Jira shows neither the conditions nor the calendars of its SLAs over its API. The targets are the goals of the "
    "{count} tickets that changed last, by their priority of now. `slahub report parity` compares every due time."
)


def suggestion(api: Api, scope: Scope, layout: Layout, mapping: SourceMapping) -> Suggestion:
    """Read what there is and translate it. mapping: the connection's words. Raises: SourceError."""
    statuses, types = api.array("~/status"), api.array("~/issuetype")
    ranks = api.array("~/priority")
    priorities = {ident: name for _, ident, name in _listed(ranks)}
    tickets = _seen(api, scope, layout) if layout.slas else []
    policies, unpaired = _policies(tickets, layout, priorities, mapping)
    return Suggestion(
        "Jira",
        policies=policies,
        words=tuple(_words(statuses, ranks, types, mapping)),
        remarks={"calendars": (HIDDEN,), "policies": unpaired, "mapping": ()},
    )


def _seen(api: Api, scope: Scope, layout: Layout) -> list[object]:
    jql = f"{scope.where() or 'created >= 315532800000'} ORDER BY updated DESC"
    path = "~/search/jql" if api.site().cloud else "~/search"
    body = {"jql": jql, "fields": ["priority", *layout.slas], "maxResults": SEEN}
    return rows(api.ask(path, body).body, "issues")


def _policies(
    tickets: Iterable[object], layout: Layout, priorities: Mapping[str, str], mapping: SourceMapping
) -> tuple[tuple[SuggestedPolicy, ...], tuple[str, ...]]:
    found: dict[str, dict[Priority, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    count = 0
    for ticket in tickets:
        fields = perhaps(perhaps(ticket).get("fields"))
        ident = plain(perhaps(fields.get("priority")).get("id"))
        word = _priority(priorities.get(ident if isinstance(ident, str) else "", ""), ident, mapping)
        told = [pair for key in layout.slas for pair in goals(fields.get(key))]
        count += bool(told)
        for name, seconds in told:
            found[name][word][seconds] += 1
    metrics: list[SuggestedMetric] = []
    unpaired: list[str] = []
    taken = set[MetricName]()
    for name, goals_of in sorted(found.items()):
        metric = METRICS.get(name.strip().casefold())
        if metric is None or metric in taken:
            unpaired.append(f"The SLA '{name}' is none of the hub's usual metrics: write a metric for it by hand.")
            continue
        taken.add(metric)
        targets = tuple(
            SuggestedTarget(priority, seen.most_common(1)[0][0]) for priority, seen in sorted(goals_of.items())
        )
        several_goals = tuple(
            f"tickets of the priority {priority} have had {len(seen)} different goals"
            for priority, seen in sorted(goals_of.items())
            if len(seen) > 1
        )
        metrics.append(SuggestedMetric(metric, targets, notes=(f"Jira calls it '{name}'.",), remarks=several_goals))
    if not metrics:
        return (), tuple(unpaired)
    remark = NOT_SAID.format(count=count)
    policy = SuggestedPolicy("jsm", "Goals seen in Jira", metrics=tuple(metrics), withheld=True, remarks=(remark,))
    return (policy,), tuple(unpaired)


def _words(
    statuses: Iterable[object], priorities: Iterable[object], types: Iterable[object], mapping: SourceMapping
) -> Iterator[SuggestedWord]:
    """Yield a word for each name that the hub does not know and that says more than its category."""
    known = {name for field, name in mapping.status if field == "status"} | PLAIN
    for row, ident, name in _listed(statuses):
        if name.casefold() not in known and ident not in known:
            category = str(perhaps(row.get("statusCategory")).get("key") or "")
            word = mapping.categories.get(category, Status(Phase.OPEN))
            yield SuggestedWord("status", ident, str(word), label=name, name=name)
    for _, ident, name in _listed(priorities):
        if name.casefold() not in mapping.priority and ident not in mapping.priority:
            yield SuggestedWord("priority", ident, Priority.NORMAL, label=name, name=name)
    for _, ident, name in _listed(types):
        if name.casefold() not in mapping.kind and ident not in mapping.kind:
            kind = Kind.TASK if "task" in name.casefold() else Kind.REQUEST
            yield SuggestedWord("kind", ident, kind, label=name, name=name)


def _listed(rows_of: Iterable[object]) -> Iterator[tuple[Mapping[str, object], str, str]]:
    """Yield each thing with its id and its name."""
    for row in map(perhaps, rows_of):
        ident, name = plain(row.get("id")), row.get("name")
        if isinstance(ident, str) and isinstance(name, str) and name.strip():
            yield row, ident, name.strip()


def _priority(name: str, ident: object, mapping: SourceMapping) -> Priority:
    found = mapping.priority.get(str(ident)) or mapping.priority.get(name.casefold())
    return found or Priority.NONE
