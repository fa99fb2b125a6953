"""Everything of an account that a suggestion is made of, as Zendesk tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors import SourceRefused, perhaps
from connectors.zendesk.client import Api
from connectors.zendesk.filters import CUSTOM, mentioned

__all__ = ["Survey", "survey"]

AT_ONCE = 100
"""How many ids one question about people or organisations may name."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Rows as they came; None for a list that the account's plan or the user's role does not have.

    holidays: by the schedule's id. named: rows with an id and a name, by our field.
    """

    schedules: list[object] | None = None
    policies: list[object] | None = None
    group_policies: list[object] | None = None
    statuses: list[object] | None = None
    holidays: Mapping[str, list[object] | None] = field(default_factory=dict[str, list[object] | None])
    fields: list[object] = field(default_factory=list[object])
    named: Mapping[str, list[object]] = field(default_factory=dict[str, list[object]])


def survey(api: Api) -> Survey:
    """Ask for the lists, and for the names of what the policies mention.

    Raises: SourceRefused when Zendesk does not know the credentials: it answers strangers too.
    """
    api.me()
    schedules = api.offered("business_hours/schedules", "schedules")
    ids = [str(perhaps(row).get("id")) for row in schedules or ()]
    policies = api.offered("slas/policies", "sla_policies")
    group_policies = api.offered("group_slas/policies", "group_sla_policies")
    wanted = mentioned([*(policies or ()), *(group_policies or ())])
    people = _named(api, "users", wanted.get("assignee_id", set()) | wanted.get("requester_id", set()))
    return Survey(
        schedules=schedules,
        policies=policies,
        group_policies=group_policies,
        statuses=api.offered("custom_statuses", "custom_statuses"),
        holidays={each: api.offered(f"business_hours/schedules/{each}/holidays", "holidays") for each in ids},
        fields=_listed(api, "ticket_fields", any(name.startswith(CUSTOM) for name in wanted)),
        named={
            "team": _listed(api, "groups", "group_id" in wanted),
            "brand": _listed(api, "brands", "brand_id" in wanted),
            "form": _listed(api, "ticket_forms", "ticket_form_id" in wanted),
            "organisation": _named(api, "organizations", wanted.get("organization_id", set())),
            "assignee": people,
            "requester": people,
        },
    )


def _listed(api: Api, resource: str, wanted: bool) -> list[object]:
    return api.everything(resource, optional=True) if wanted else []


def _named(api: Api, resource: str, wanted: set[str]) -> list[object]:
    """Return the records of the ids among some values; none where this user may not see them."""
    ids = sorted(each for each in wanted if each.isdecimal())
    found: list[object] = []
    try:
        for start in range(0, len(ids), AT_ONCE):
            found += api.many(resource, ids[start : start + AT_ONCE]).items
    except SourceRefused:
        return []
    return found
