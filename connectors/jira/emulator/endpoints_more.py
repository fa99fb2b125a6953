"""The endpoints that write, administer, and serve desks; a new module of them is named here."""

from connectors.jira.emulator import (
    bulk,
    comment_writes,
    edits,
    field_contexts,
    fields_admin,
    hooks,
    issue_properties,
    jsm_comments,
    jsm_desks,
    jsm_requests,
    jsm_sla,
    screens,
    transitions,
)

__all__ = ["MORE"]

MORE = (
    *edits.ROUTES,
    *issue_properties.ROUTES,
    *transitions.ROUTES,
    *comment_writes.ROUTES,
    *bulk.ROUTES,
    *screens.ROUTES,
    *fields_admin.ROUTES,
    *field_contexts.ROUTES,
    *hooks.ROUTES,
    *jsm_requests.ROUTES,
    *jsm_sla.ROUTES,
    *jsm_comments.ROUTES,
    *jsm_desks.ROUTES,
)
