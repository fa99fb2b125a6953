"""What Jira's own words mean. Names are those that Jira and its service desks bring along; ids differ on each site."""

from connectors import Kind, Phase, Priority, Side, SourceMapping, Status, WaitOn

__all__ = ["MAPPING", "ROLES"]

CUSTOMER = Status(Phase.WAITING, WaitOn.CUSTOMER)
VENDOR = Status(Phase.WAITING, WaitOn.VENDOR)
INTERNAL = Status(Phase.WAITING, WaitOn.INTERNAL)

ROLES = {"atlassian": Side.AGENT, "user": Side.AGENT, "customer": Side.CUSTOMER, "app": Side.SYSTEM}
"""Kinds of accounts; Data Center has `user` alone, and whoever is known as a member of an organisation."""

MAPPING = SourceMapping(
    status={
        ("status", "waiting for customer"): CUSTOMER,
        ("status", "waiting for approval"): INTERNAL,
        ("status", "pending"): INTERNAL,
        ("status", "on hold"): INTERNAL,
        ("status", "waiting for vendor"): VENDOR,
        ("status", "resolved"): Status(Phase.RESOLVED),
        ("status", "closed"): Status(Phase.CLOSED),
        ("status", "canceled"): Status(Phase.CANCELLED),
        ("status", "cancelled"): Status(Phase.CANCELLED),
        ("status", "declined"): Status(Phase.CANCELLED),
    },
    priority={
        "highest": Priority.CRITICAL,
        "blocker": Priority.CRITICAL,
        "critical": Priority.CRITICAL,
        "high": Priority.HIGH,
        "major": Priority.HIGH,
        "medium": Priority.NORMAL,
        "normal": Priority.NORMAL,
        "low": Priority.LOW,
        "minor": Priority.LOW,
        "lowest": Priority.LOW,
        "trivial": Priority.LOW,
    },
    kind={
        "incident": Kind.INCIDENT,
        "[system] incident": Kind.INCIDENT,
        "bug": Kind.INCIDENT,
        "request": Kind.REQUEST,
        "service request": Kind.REQUEST,
        "[system] service request": Kind.REQUEST,
        "[system] service request with approvals": Kind.REQUEST,
        "it help": Kind.REQUEST,
        "support": Kind.REQUEST,
        "question": Kind.QUESTION,
        "problem": Kind.PROBLEM,
        "[system] problem": Kind.PROBLEM,
        "change": Kind.CHANGE,
        "[system] change": Kind.CHANGE,
        "task": Kind.TASK,
        "sub-task": Kind.TASK,
    },
    categories={
        "new": Status(Phase.NEW),
        "indeterminate": Status(Phase.OPEN),
        "done": Status(Phase.RESOLVED),
    },
    sides=ROLES,
    native_metrics={
        "Time to first response": ("first_response",),
        "Time to resolution": ("resolution",),
    },
)
