"""The fields that a site has on its first day, with their contexts and options."""

from connectors.jira.emulator.site_records import Context, Field, Option, Screen, Tab
from connectors.jira.emulator.world import World

__all__ = [
    "DATETIME",
    "FLOAT",
    "ORGANISATIONS",
    "PARTICIPANTS",
    "REQUEST_TYPE",
    "SATISFACTION",
    "SATISFACTION_DATE",
    "SELECT",
    "SLA_FIELD",
    "TEXT",
    "TYPES",
    "furnish_fields",
]

_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
_DESK = "com.atlassian.servicedesk:"
DATETIME, SELECT, TEXT, FLOAT = f"{_TYPES}datetime", f"{_TYPES}select", f"{_TYPES}textfield", f"{_TYPES}float"
SLA_FIELD = f"{_DESK}sd-sla-field"

TYPES = {
    DATETIME: ("datetime", None),
    f"{_TYPES}datepicker": ("date", None),
    SELECT: ("option", None),
    TEXT: ("string", None),
    f"{_TYPES}textarea": ("string", None),
    f"{_TYPES}readonlyfield": ("string", None),
    FLOAT: ("number", None),
    f"{_DESK}sd-customer-organizations": ("array", "sd-customerorganization"),
    f"{_DESK}vp-origin": ("sd-customerrequesttype", None),
    SLA_FIELD: ("sd-servicelevelagreement", None),
    f"{_DESK}sd-request-feedback": ("sd-feedback", None),
    f"{_DESK}sd-request-feedback-date": ("datetime", None),
    f"{_DESK}sd-request-participants": ("array", "user"),
    "com.pyxis.greenhopper.jira:gh-lexo-rank": ("any", None),
}
"""Key of a custom field's type -> its schema's type and items."""

ORGANISATIONS, REQUEST_TYPE, PARTICIPANTS = "customfield_10002", "customfield_10010", "customfield_10026"
SATISFACTION, SATISFACTION_DATE = "customfield_10024", "customfield_10025"

# id, name, type, items, clauses; a bare id is its own type.
_SYSTEM = (
    ("summary", "Summary", "string", None, ("summary",)),
    ("issuetype", "Issue Type", "issuetype", None, ("issuetype", "type")),
    ("project", "Project", "project", None, ("project",)),
    ("status", "Status", "status", None, ("status",)),
    ("statusCategory", "Status Category", "statusCategory", None, ("statusCategory",)),
    ("statuscategorychangedate", "Status Category Changed", "datetime", None, ("statusCategoryChangedDate",)),
    ("priority", "Priority", "priority", None, ("priority",)),
    ("resolution", "Resolution", "resolution", None, ("resolution",)),
    ("resolutiondate", "Resolved", "datetime", None, ("resolutiondate", "resolved")),
    ("created", "Created", "datetime", None, ("created", "createdDate")),
    ("updated", "Updated", "datetime", None, ("updated", "updatedDate")),
    ("duedate", "Due date", "date", None, ("due", "duedate")),
    ("assignee", "Assignee", "user", None, ("assignee",)),
    ("reporter", "Reporter", "user", None, ("reporter",)),
    ("creator", "Creator", "user", None, ("creator",)),
    ("labels", "Labels", "array", "string", ("labels",)),
    ("components", "Components", "array", "component", ("component",)),
    ("fixVersions", "Fix versions", "array", "version", ("fixVersion",)),
    ("issuelinks", "Linked Issues", "array", "issuelinks", ("issueLink",)),
    ("subtasks", "Sub-tasks", "array", "issuelinks", ("subtasks",)),
    ("watches", "Watchers", "watches", None, ("watchers",)),
    ("votes", "Votes", "votes", None, ("votes",)),
    ("description", "Description", "string", None, ("description",)),
    ("attachment", "Attachment", "array", "attachment", ("attachments",)),
    ("comment", "Comment", "comments-page", None, ("comment",)),
    ("worklog", "Log Work", "array", "worklog", ()),
    ("environment", "Environment", "string", None, ("environment",)),
    ("timespent", "Time Spent", "number", None, ("timespent",)),
    ("lastViewed", "Last Viewed", "datetime", None, ("lastViewed",)),
)
_UNSEARCHED = ("subtasks", "watches", "votes", "timespent", "lastViewed")
_UNNAVIGABLE = ("attachment", "comment", "worklog")

_CUSTOM = (
    (10002, "Organizations", f"{_DESK}sd-customer-organizations", None, True),
    (10010, "Request Type", f"{_DESK}vp-origin", None, True),
    (10019, "Rank", "com.pyxis.greenhopper.jira:gh-lexo-rank", None, True),
    (10020, "Time to resolution", SLA_FIELD, None, True),
    (10021, "Time to first response", SLA_FIELD, None, True),
    (10024, "Satisfaction", f"{_DESK}sd-request-feedback", None, True),
    (10025, "Satisfaction date", f"{_DESK}sd-request-feedback-date", None, True),
    (10026, "Request participants", f"{_DESK}sd-request-participants", None, True),
    (10030, "Severity", SELECT, None, False),
    (10031, "Customer tier", SELECT, None, False),
    (10032, "Root cause", TEXT, None, False),
    (10050, "Impact", SELECT, 10003, False),
    (10051, "Severity", TEXT, None, False),
)
_OPTIONS = {
    10030: ("Sev 1", "Sev 2", "Sev 3"),
    10031: ("Gold", "Silver", "Bronze"),
    10050: ("High", "Low"),
}


def furnish_fields(world: World) -> None:
    """Make the site's fields; two custom ones are called Severity, as happens."""
    for name, shown, kind, items, clauses in _SYSTEM:
        world.fields[name] = Field(
            name,
            shown,
            kind,
            items=items,
            clauses=clauses,
            navigable=name not in _UNNAVIGABLE,
            searchable=name not in _UNSEARCHED,
        )
    for number, shown, custom, project_id, locked in _CUSTOM:
        kind, items = TYPES[custom]
        field = Field(
            f"customfield_{number}",
            shown,
            kind,
            custom,
            items,
            (f"cf[{number}]", shown),
            project_id=project_id,
            locked=locked,
        )
        world.fields[field.id] = field
        context = Context(world.number("context", 10_200), field.id, f"Default for {shown}")
        if project_id is not None:
            context.project_ids = [project_id]
        world.contexts[context.id] = context
        for value in _OPTIONS.get(number, ()):
            option = Option(world.number("option", 10_500), value, field.id, context.id)
            world.options[option.id] = option
    shown_fields = ["summary", "priority", "labels", "description", "customfield_10030", "customfield_10031"]
    for number, name in enumerate(("Default Screen", "HELP: Edit", "FAC: Edit", "ENG: Edit"), 1):
        world.screens[number] = Screen(number, name, [Tab(10_000 + number, "Field Tab", list(shown_fields))])
