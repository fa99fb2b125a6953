"""What ServiceNow's own words mean. Names go first, since an instance may give a number another meaning.

A status that has no name of these, or one in another language, means what its number means where nobody changed it:
that is the category of its label.
"""

from connectors import Kind, Phase, Priority, Side, SourceMapping, Status, WaitOn

__all__ = ["CUSTOMER", "DELETED", "MAPPING", "MEMBER", "PERSON", "RESPONSE", "SERVICE", "SYSTEM", "category"]

PERSON, MEMBER, SERVICE, CUSTOMER, SYSTEM, DELETED = "user", "agent", "service", "customer", "system", "deleted"
"""Roles of people: with no group, in a group, for web services, of a customer, the platform's own, none any more."""

NEW, OPEN = Status(Phase.NEW), Status(Phase.OPEN)
RESOLVED, CLOSED, CANCELLED = Status(Phase.RESOLVED), Status(Phase.CLOSED), Status(Phase.CANCELLED)
CALLER, VENDOR, INTERNAL = (Status(Phase.WAITING, each) for each in (WaitOn.CUSTOMER, WaitOn.VENDOR, WaitOn.INTERNAL))

NAMES = {
    "new": NEW,
    "open": OPEN,
    "in progress": OPEN,
    "work in progress": OPEN,
    "on hold": INTERNAL,
    "pending": INTERNAL,
    "on hold: awaiting caller": CALLER,
    "on hold: awaiting vendor": VENDOR,
    "on hold: awaiting change": INTERNAL,
    "on hold: awaiting problem": INTERNAL,
    "awaiting problem": INTERNAL,
    "awaiting user info": CALLER,
    "awaiting evidence": CALLER,
    "resolved": RESOLVED,
    "closed": CLOSED,
    "closed complete": CLOSED,
    "closed incomplete": CLOSED,
    "closed skipped": CANCELLED,
    "canceled": CANCELLED,
    "cancelled": CANCELLED,
    "assess": OPEN,
    "root cause analysis": OPEN,
    "fix in progress": OPEN,
    "authorize": OPEN,
    "scheduled": OPEN,
    "implement": OPEN,
    "review": RESOLVED,
}

TASK = {"-5": INTERNAL, "1": OPEN, "2": OPEN, "3": CLOSED, "4": CLOSED, "7": CANCELLED}

NUMBERS = {
    "incident": {
        "1": NEW,
        "2": OPEN,
        "3": INTERNAL,
        "3/1": CALLER,
        "3/3": INTERNAL,
        "3/4": VENDOR,
        "3/5": INTERNAL,
        "6": RESOLVED,
        "7": CLOSED,
        "8": CANCELLED,
    },
    "problem": {"101": NEW, "102": OPEN, "103": OPEN, "104": OPEN, "106": RESOLVED, "107": CLOSED},
    "change_request": {
        "-5": NEW,
        "-4": OPEN,
        "-3": OPEN,
        "-2": OPEN,
        "-1": OPEN,
        "0": RESOLVED,
        "3": CLOSED,
        "4": CANCELLED,
        "hold": INTERNAL,
    },
    "task": TASK,
}

TASKS = frozenset({"sc_req_item", "sc_task", "sc_request", "change_task", "problem_task"})

RESPONSE = "response"
"""ServiceNow's word for what times the first answer, and ours for one that ends by conditions."""

NATIVE_METRICS = {
    f"{kind} {target}": tuple(f"{agreement}/{metric}" for metric in metrics)
    for kind, agreement in (("SLA", "sla"), ("OLA", "ola"), ("Underpinning contract", "vendor"))
    for target, metrics in ((RESPONSE, (RESPONSE, "first_response")), ("resolution", ("resolution",)))
}
"""By the word for a definition's type and target, what times the same here."""

MAPPING = SourceMapping(
    status={("status", name): meaning for name, meaning in NAMES.items()},
    priority={
        "1": Priority.CRITICAL,
        "2": Priority.HIGH,
        "3": Priority.NORMAL,
        "4": Priority.LOW,
        "5": Priority.PLANNING,
    },
    kind={
        "incident": Kind.INCIDENT,
        "sc_req_item": Kind.REQUEST,
        "sc_request": Kind.REQUEST,
        "problem": Kind.PROBLEM,
        "change_request": Kind.CHANGE,
        "sc_task": Kind.TASK,
        "change_task": Kind.TASK,
        "problem_task": Kind.TASK,
        "task": Kind.TASK,
    },
    categories={f"{table}/{code}": meaning for table, codes in NUMBERS.items() for code, meaning in codes.items()},
    sides={
        MEMBER: Side.AGENT,
        PERSON: Side.CUSTOMER,
        CUSTOMER: Side.CUSTOMER,
        SERVICE: Side.INTEGRATION,
        SYSTEM: Side.SYSTEM,
    },
    native_metrics=NATIVE_METRICS,
)


def category(table: str, state: str, hold: str = "") -> str:
    """Return the table and number that say what a status means where nobody changed it; empty where none does.

    table: one whose numbers are known, or any other, which then has those of a plain task.
    """
    of = table if table in NUMBERS else "task"
    if hold:
        for told in ("hold", f"{state}/{hold}"):
            if told in NUMBERS[of] and (told != "hold" or hold == told):
                return f"{of}/{told}"
    return f"{of}/{state}" if state in NUMBERS[of] else ""
