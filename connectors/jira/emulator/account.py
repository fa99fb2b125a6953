"""What a site is furnished with before anything happens: people, projects, workflows, fields."""

from connectors.jira.emulator.fields_at_start import furnish_fields
from connectors.jira.emulator.gate import KNOWN, Gate, Token
from connectors.jira.emulator.phrases import FAMILY, GIVEN, ORGANISATIONS
from connectors.jira.emulator.records import LinkType, Organisation, RequestType, User
from connectors.jira.emulator.site_records import IssueType, Priority, Project, Resolution, Status
from connectors.jira.emulator.world import World

__all__ = ["AGENTS", "CUSTOMERS", "furnish"]

AGENTS, CUSTOMERS = 14, 60

_STATUSES = (
    (1, "Open", "new", None),
    (3, "In Progress", "indeterminate", None),
    (4, "Reopened", "new", None),
    (5, "Resolved", "done", None),
    (6, "Closed", "done", None),
    (10010, "Waiting for support", "new", None),
    (10011, "Waiting for customer", "indeterminate", None),
    (10012, "Pending", "indeterminate", None),
    (10013, "Escalated", "indeterminate", None),
    (10014, "Canceled", "done", None),
    (10020, "In Review", "indeterminate", None),
    (10030, "To Do", "new", 10003),
    (10031, "In Progress", "indeterminate", 10003),
    (10032, "Done", "done", 10003),
)
_SERVICE = [10010, 3, 10011, 10012, 10013, 4, 5, 6, 10014]
_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
_TYPES = (
    (10001, "[System] Service request", None),
    (10002, "[System] Incident", None),
    (10003, "Bug", None),
    (10004, "Task", None),
    (10011, "Request", 10003),
)
_REQUEST_TYPES = (
    (25, "Report a problem", 10000, 10002),
    (26, "Ask a question", 10000, 10001),
    (27, "Get access", 10000, 10001),
    (35, "Report a broken thing", 10001, 10002),
    (36, "Order something", 10001, 10001),
    (45, "Ask the studio", 10003, 10011),
)


def furnish(world: World, gate: Gate) -> None:
    """Put in place what a site has on its first day."""
    _people(world, gate)
    for number, name, category, project in _STATUSES:
        world.statuses[number] = Status(number, name, category, project)
    for number, name in enumerate(_PRIORITIES, 1):
        world.priorities[number] = Priority(number, name, name.lower())
    for number, name in enumerate(("Done", "Won't Do", "Duplicate"), 10000):
        world.resolutions[number] = Resolution(number, name)
    for number, name, project in _TYPES:
        world.types[number] = IssueType(number, name, project)
    _projects(world)
    for number, name, project_id, type_id in _REQUEST_TYPES:
        world.request_types[number] = RequestType(number, name, project_id, type_id)
    for number, (name, inward, outward) in enumerate(
        (
            ("Blocks", "is blocked by", "blocks"),
            ("Duplicate", "is duplicated by", "duplicates"),
            ("Relates", "relates to", "relates to"),
        ),
        10000,
    ):
        world.link_types[number] = LinkType(number, name, inward, outward)
    furnish_fields(world)


def _projects(world: World) -> None:
    lead = next(one.id for one in world.users.values() if one.admin)
    hub = next(one.id for one in world.users.values() if one.email == KNOWN.email)
    for project in (
        Project(10000, "HELP", "Help Center", "service_desk", "classic", (10001, 10002), list(_SERVICE), lead, 1),
        Project(10001, "FAC", "Facilities", "service_desk", "classic", (10001, 10002), list(_SERVICE), lead, 2),
        Project(10002, "ENG", "Engineering", "software", "classic", (10003, 10004), [1, 3, 10020, 4, 5, 6], lead),
        Project(10003, "TEAM", "Studio Desk", "service_desk", "next-gen", (10011,), [10030, 10031, 10032], lead, 3),
        Project(10004, "SEC", "Secret Desk", "business", "classic", (10004,), [1, 3, 4, 5, 6], lead, closed_to={hub}),
    ):
        world.projects[project.id] = project


def _people(world: World, gate: Gate) -> None:
    cloud = world.flavour == "cloud"
    dice = world.dice

    def add(name: str, shown: str, email: str, kind: str = "atlassian", **more: object) -> User:
        number = 10000 + len(world.users)
        hexed = f"{dice.getrandbits(88):022x}"
        account = f"5b{hexed}" if kind != "customer" else f"qm:{hexed[:8]}-{hexed[8:12]}:{hexed[2:]}"
        user = User(account if cloud else f"JIRAUSER{number}", name, shown, email, kind)
        for key, value in more.items():
            setattr(user, key, value)
        world.users[user.id] = user
        return user

    admin = add("admin", "Robin Keller", KNOWN.admin_email, zone="Europe/Berlin", admin=True)
    hub = add(KNOWN.login, "Hub Sync", KNOWN.email)
    add("automation", "Automation for Jira", "automation@example.test", "app", shows_email=False)
    zones = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata")
    for number in range(AGENTS):
        add(f"agent{number}", _name(world), f"agent{number}@example.test", zone=zones[number % 4])
    for number in range(CUSTOMERS):
        shows = dice.random() < 0.7 or number == 0
        add(f"customer{number}", _name(world), f"customer{number}@customer.test", "customer", shows_email=shows)
    customers = [one for one in world.users.values() if one.kind == "customer"]
    customers[0].email = KNOWN.customer
    for number, name in enumerate(ORGANISATIONS, 1):
        members = [one.id for one in customers if dice.random() < 0.12]
        world.organisations[number] = Organisation(number, name, members, f"{dice.getrandbits(128):032x}")
    if cloud:
        gate.tokens[KNOWN.api_token] = Token(hub.id, "api")
        gate.tokens[KNOWN.admin_token] = Token(admin.id, "api")
    else:
        gate.tokens[KNOWN.pat] = Token(hub.id, "pat")
        gate.tokens[KNOWN.password] = Token(hub.id, "password")
        gate.tokens[KNOWN.admin_token] = Token(admin.id, "pat")


def _name(world: World) -> str:
    return f"{world.dice.choice(GIVEN)} {world.dice.choice(FAMILY)}"
