"""Every path of the API that the desk answers, with who may call it and which limit counts."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors.zendesk.emulator import (
    audit_stream,
    exports,
    fields,
    jobs,
    lists,
    metrics,
    policies,
    ratings,
    search,
    settings,
    suspended,
    tickets,
    views,
    writes,
)
from connectors.zendesk.emulator.answers import Answer, Call
from connectors.zendesk.emulator.world import World

__all__ = ["ROUTES", "Route", "find"]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint. `{id}` stands for a number, `{key}` for a job's name."""

    method: str
    template: str
    answer: Callable[[World, Call], Answer]
    bucket: str | None = None
    admin: bool = False
    feature: str | None = None  # what the account must have, of `world.FEATURES`

    @property
    def resource(self) -> str:
        """The word that OAuth scopes use, `tickets` for whatever hangs on a ticket."""
        words = self.template.split("/")
        return words[1] if words[0] == "incremental" else words[0]


_EXPORT, _CURSOR, _UPDATE = "incremental-exports", "incremental-exports-cursor", "tickets-update"

ROUTES = (
    *(
        Route("GET", f"incremental/{name}", answer, bucket, admin=True, feature="exports")
        for name, answer, bucket in (
            ("tickets/cursor", exports.tickets_by_cursor, _EXPORT),
            ("tickets", exports.tickets_by_time, _EXPORT),
            ("ticket_events", exports.ticket_events, _EXPORT),
            ("ticket_metric_events", metrics.exported, _EXPORT),
            ("organizations", exports.organisations, _EXPORT),
            ("users", exports.users_by_time, _EXPORT),
            ("users/cursor", exports.users_by_cursor, _CURSOR),
        )
    ),
    Route("GET", "tickets", tickets.listed, "tickets-index"),
    Route("POST", "tickets", writes.create),
    Route("GET", "tickets/count", tickets.count),
    Route("GET", "tickets/show_many", tickets.show_many),
    Route("PUT", "tickets/update_many", jobs.update_many),
    Route("GET", "tickets/{id}", tickets.show),
    Route("PUT", "tickets/{id}", writes.update, _UPDATE),
    Route("DELETE", "tickets/{id}", writes.delete, "delete-ticket"),
    Route("GET", "tickets/{id}/audits", tickets.audits),
    Route("GET", "tickets/{id}/audits/{id}", tickets.one_audit),
    Route("GET", "tickets/{id}/comments", tickets.comments),
    Route("GET", "tickets/{id}/metric_events", metrics.of_ticket),
    Route("GET", "tickets/{id}/tags", tickets.tags),
    Route("PUT", "tickets/{id}/tags", writes.add_tags),
    Route("POST", "tickets/{id}/tags", writes.replace_tags),
    Route("DELETE", "tickets/{id}/tags", writes.remove_tags),
    Route("GET", "ticket_audits", audit_stream.listed, admin=True),
    Route("GET", "deleted_tickets", tickets.deleted, "deleted-tickets-index"),
    Route("PUT", "deleted_tickets/{id}/restore", writes.restore),
    Route("GET", "suspended_tickets", suspended.listed),
    Route("PUT", "suspended_tickets/{id}/recover", suspended.recover),
    Route("GET", "job_statuses", jobs.listed),
    Route("GET", "job_statuses/show_many", jobs.show_many),
    Route("GET", "job_statuses/{key}", jobs.show),
    Route("GET", "satisfaction_ratings", ratings.listed, admin=True, feature="satisfaction"),
    Route("GET", "slas/policies", policies.policies, admin=True, feature="slas"),
    Route("GET", "slas/policies/{id}", policies.policy, admin=True, feature="slas"),
    Route("GET", "group_slas/policies", policies.group_policies, admin=True, feature="group_slas"),
    Route("GET", "business_hours/schedules", policies.schedules, admin=True, feature="schedules"),
    Route("GET", "business_hours/schedules/{id}", policies.schedule, admin=True, feature="schedules"),
    Route("GET", "business_hours/schedules/{id}/holidays", policies.holidays, admin=True, feature="schedules"),
    Route("GET", "account/settings", settings.show, admin=True),
    Route("GET", "views", views.listed),
    Route("POST", "views", views.create),
    Route("GET", "views/{id}", views.show),
    Route("PUT", "views/{id}", views.update),
    Route("DELETE", "views/{id}", views.delete),
    Route("GET", "views/{id}/tickets", views.tickets),
    Route("GET", "views/{id}/count", views.count),
    Route("GET", "users", lists.users),
    Route("GET", "users/me", lists.me),
    Route("GET", "users/show_many", lists.users_many),
    Route("GET", "users/{id}", lists.user),
    Route("GET", "organizations", lists.organisations),
    Route("GET", "organizations/search", lists.organisations_named, admin=True),
    Route("GET", "organizations/autocomplete", lists.organisations_beginning),
    Route("GET", "organizations/show_many", lists.organisations_many),
    Route("GET", "organizations/{id}", lists.organisation),
    Route("GET", "groups", lists.groups),
    Route("GET", "groups/{id}", lists.group),
    Route("GET", "group_memberships", lists.group_memberships),
    Route("GET", "brands", lists.brands),
    Route("GET", "brands/{id}", lists.brand),
    Route("GET", "custom_statuses", lists.custom_statuses),
    Route("GET", "ticket_forms", lists.ticket_forms),
    Route("GET", "ticket_forms/{id}", lists.ticket_form),
    Route("GET", "ticket_fields", fields.listed),
    Route("POST", "ticket_fields", fields.create, admin=True),
    Route("GET", "ticket_fields/{id}", fields.show),
    Route("PUT", "ticket_fields/{id}", fields.update, admin=True),
    Route("DELETE", "ticket_fields/{id}", fields.delete, admin=True),
    Route("GET", "ticket_fields/{id}/options", fields.options),
    Route("GET", "search", search.search, "search-index"),
    Route("GET", "search/export", search.export, "search-export"),
)


def _compiled(template: str) -> re.Pattern[str]:
    return re.compile(template.replace("{id}", r"(\d+)").replace("{key}", r"([\w-]+)"))


_FIXED = {(route.method, route.template): route for route in ROUTES if "{" not in route.template}
_OPEN = [(route, _compiled(route.template)) for route in ROUTES if "{" in route.template]


def find(method: str, path: str) -> tuple[Route, tuple[int, ...], str] | None:
    """Return the endpoint for a path below `/api/v2/` without its `.json`, the numbers in it, and the name in it."""
    fixed = _FIXED.get((method, path))
    if fixed is not None:
        return fixed, (), ""
    for route, pattern in _OPEN:
        match = pattern.fullmatch(path) if route.method == method else None
        if match is not None:
            if "{key}" in route.template:
                return route, (), match[1]
            return route, tuple(int(one) for one in match.groups()), ""
    return None
