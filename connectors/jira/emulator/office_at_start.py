"""What a site's offices are furnished with: screens and their schemes, the hub's own fields, SLAs, customers' words."""

from connectors.emulation import Doc
from connectors.jira.emulator.fields_at_start import DATETIME, SELECT, TEXT, TYPES
from connectors.jira.emulator.gate import KNOWN, Gate, Token
from connectors.jira.emulator.office import ScreenScheme, TypeScreenScheme
from connectors.jira.emulator.records import SlaMetric, User
from connectors.jira.emulator.scopes import HUB_SCOPES
from connectors.jira.emulator.screens import DEFAULT_SCREEN
from connectors.jira.emulator.site_records import Context, Field, Option, Screen, Tab
from connectors.jira.emulator.world import World

__all__ = ["HUB_FIELDS", "STATES", "furnish_credentials", "furnish_hub_fields", "furnish_office", "new_field"]

HUB_FIELDS = {
    "due": ("SLA due", DATETIME),
    "state": ("SLA state", SELECT),
    "metric": ("SLA metric", TEXT),
    "policy": ("SLA policy", TEXT),
    "breached_at": ("SLA breached at", DATETIME),
}
"""Slot -> name and type of the fields that a hub writes to."""

STATES = ("On track", "At risk", "Breached", "Paused", "Met", "Missed", "None", "Unknown")

_MORE_ON_SCREENS = ("assignee", "reporter", "issuetype", "duedate", "environment", "customfield_10002")
_HOUR = 3_600_000
_WAITING, _PENDING = 10011, 10012
_RESOLUTION = {1: 4 * _HOUR, 2: 8 * _HOUR, 3: 24 * _HOUR, None: 40 * _HOUR}
_RESPONSE = {1: 1 * _HOUR, 2: 2 * _HOUR, 3: 4 * _HOUR, None: 8 * _HOUR}
_OFFICE_HOURS = {"zone": "Europe/Berlin", "days": [0, 1, 2, 3, 4], "opens": 540, "closes": 1080}


def furnish_office(world: World) -> None:
    """Put schemes behind the screens, and give each service project its SLAs."""
    for screen in world.screens.values():
        screen.tabs[0].field_ids += [one for one in _MORE_ON_SCREENS if one not in screen.tabs[0].field_ids]
    by_name = {one.name: one for one in world.screens.values()}
    for project in world.projects.values():
        if project.simplified:
            continue
        edit = by_name.get(f"{project.key}: Edit", world.screens[DEFAULT_SCREEN])
        create = _screen(world, f"{project.key}: Create", edit.tabs[0].field_ids[:4])
        scheme = ScreenScheme(world.number("screen scheme", 10_200), f"{project.key}: Screen Scheme", {})
        scheme.screens = {"default": edit.id, "create": create.id}
        world.office.screen_schemes[scheme.id] = scheme
        number, name = world.number("type scheme", 10_300), f"{project.key}: Issue Type Screen Scheme"
        world.office.type_schemes[number] = TypeScreenScheme(number, name, [project.id], {"default": scheme.id})
    world.office.portal_names = {10013: "In progress", 10014: "Cancelled"}
    _furnish_slas(world)


def furnish_credentials(world: World, gate: Gate) -> None:
    """Let in, beside people with their own tokens: scoped tokens, a service account, and an OAuth app."""
    if world.flavour != "cloud":
        return
    hub = next(one.id for one in world.users.values() if one.email == KNOWN.email)
    service = User("712020:5e41ce00-acc0-4000-8000-000000000001", "service", "SLA hub", KNOWN.service_email, "app")
    world.users[service.id] = service
    scopes = frozenset(HUB_SCOPES.split()) - {"offline_access"}
    gate.tokens[KNOWN.scoped_token] = Token(hub, "scoped", scopes=scopes)
    gate.tokens[KNOWN.service_token] = Token(service.id, "scoped", scopes=scopes)
    authority = world.office.authority
    authority.clients[KNOWN.client_id], authority.account_id = KNOWN.client_secret, hub
    authority.plant(KNOWN.refresh_token, KNOWN.client_id, HUB_SCOPES)


def _furnish_slas(world: World) -> None:
    """Make two metrics for each service project; the less urgent goals count in office hours at Facilities."""
    for project in world.projects.values():
        if project.service_desk_id is None:
            continue
        hours = {"hours": _OFFICE_HOURS, "always": [1, 2]} if project.key == "FAC" else {}
        for name, field_id, goals, answered in (
            ("Time to resolution", "customfield_10020", _RESOLUTION, False),
            ("Time to first response", "customfield_10021", _RESPONSE, True),
        ):
            settings: Doc = {"stop_on_answer": answered, "pause_in": [_WAITING, _PENDING], **hours}
            metric = SlaMetric(world.number("sla metric"), name, field_id, project.id, dict(goals), settings)
            world.sla_metrics[metric.id] = metric


def furnish_hub_fields(world: World, *, on_screens: bool = True) -> dict[str, str]:
    """Make the fields that a hub writes to, and return their ids by slot."""
    found: dict[str, str] = {}
    for slot, (name, custom) in HUB_FIELDS.items():
        field = new_field(world, name, custom)
        found[slot] = field.id
        context = next(one for one in world.contexts.values() if one.field_id == field.id)
        for value in STATES if slot == "state" else ():
            option = Option(world.number("option", 10_500), value, field.id, context.id)
            world.options[option.id] = option
        for screen in world.screens.values() if on_screens else ():
            screen.tabs[0].field_ids.append(field.id)
    return found


def new_field(world: World, name: str, custom: str, description: str = "", searcher: str | None = None) -> Field:
    """Make a custom field; it has one context, for the whole site."""
    number = world.number("custom field", 10_101)
    kind, items = TYPES[custom]
    field = Field(f"customfield_{number}", name, kind, custom, items, (f"cf[{number}]", name), description, searcher)
    field.searchable = searcher is not None
    world.fields[field.id] = field
    named = f"Default Configuration Scheme for {name}"
    context = Context(world.number("context", 10_200), field.id, named)
    world.contexts[context.id] = context
    return field


def _screen(world: World, name: str, field_ids: list[str]) -> Screen:
    number = max(world.screens) + 1
    world.screens[number] = Screen(number, name, [Tab(10_000 + number, "Field Tab", list(field_ids))])
    return world.screens[number]
