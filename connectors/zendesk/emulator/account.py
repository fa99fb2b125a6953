"""The account as it stands before its first ticket: people, organisations, groups, statuses, fields."""

import time

from connectors.zendesk.emulator import suspended, views
from connectors.zendesk.emulator.agreements import agree
from connectors.zendesk.emulator.auth import KNOWN
from connectors.zendesk.emulator.records import (
    Brand,
    CustomStatus,
    Form,
    Group,
    Option,
    Organisation,
    Person,
    TicketField,
)
from connectors.zendesk.emulator.world import World

__all__ = ["SLA_FIELDS", "SLA_STATES", "furnish"]

SLA_FIELDS = {
    "due": "SLA due",
    "state": "SLA state",
    "metric": "SLA metric",
    "policy": "SLA policy",
    "breached_at": "SLA breached at",
}
SLA_STATES = ("on track", "at risk", "breached", "paused", "met", "missed", "none", "unknown")

_GROUPS = ("Support", "Tier 2", "Billing", "Field Service", "VIP Desk", "Escalations")
_STATUSES = (
    ("new", "New", True),
    ("open", "Open", True),
    ("pending", "Pending", True),
    ("hold", "On-hold", True),
    ("solved", "Solved", True),
    ("open", "In progress", False),
    ("pending", "Waiting for customer info", False),
    ("hold", "Waiting on vendor", False),
    ("open", "Waiting for approval", False),
)
_SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
    ("custom_status", "Ticket status"),
)
_PRODUCTS = ("Router", "Laptop", "Erp", "Mail", "Mobile")
_REGIONS = ("North", "South", "East", "West")
_FIRST = ("Ada", "Béla", "Chidi", "Dana", "Elif", "Fumi", "Gita", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mai", "Nils")
_LAST = (
    "Berg",
    "Đỗ",
    "Eze",
    "Fischer",
    "Haddad",
    "Ito",
    "Jansen",
    "Kaya",
    "Lopez",
    "Moreau",
    "Müller",
    "Novák",
    "Zhou",
)
_ZONES = (("Berlin", "Europe/Berlin"), ("Eastern Time (US & Canada)", "America/New_York"))
_AGENTS, _CUSTOMERS, _ORGANISATIONS = 14, 60, 12


def furnish(world: World, opened: int, weeks: int, *, sla_fields: bool) -> None:
    """Fill an empty world with everything but tickets.

    opened: when the desk opens to callers, in epoch seconds; the account is a year and `weeks` older.
    """
    since = opened - (weeks + 52) * 7 * 86400
    for index, name in enumerate(_GROUPS):
        group = Group(26155600000000 + 127 * index, name, index == 0, since)
        world.groups[group.id] = group
    for index, (category, label, default) in enumerate(_STATUSES):
        status = CustomStatus(26155621620000 + 113 * index, category, label, default, since)
        world.statuses[status.id] = status
    for index, (name, subdomain) in enumerate((("Acme", "acme"), ("Acme Outlet", "acme-outlet"))):
        brand = Brand(26155621580000 + 11 * index, name, subdomain, index == 0, since)
        world.brands[brand.id] = brand
    for index, name in enumerate(("Default form", "Incident form")):
        form = Form(26155621470000 + 11 * index, name, index == 0, since)
        world.forms[form.id] = form
    _add_fields(world, since, sla_fields=sla_fields)
    _add_organisations(world, since)
    _add_people(world, since)
    organisations = list(world.organisations)
    agree(
        world.agreements,
        since,
        time.gmtime(opened).tm_year,
        vips=(organisations[0], organisations[1]),
        groups=(next(one.id for one in world.groups.values() if one.name == "Tier 2"),),
    )
    world.views = {one.id: one for one in views.seeded(since)}
    brand_id = next(iter(world.brands))
    world.suspended = {one.id: one for one in suspended.seeded(brand_id, opened)}


def _add_fields(world: World, since: int, *, sla_fields: bool) -> None:
    def add(kind: str, title: str, options: tuple[tuple[str, str], ...] = (), **more: str) -> None:
        number = 26155630650000 + 109 * len(world.fields)
        made = tuple(Option(number * 10 + index, name, value) for index, (name, value) in enumerate(options))
        field = TicketField(number, kind, title, len(world.fields), since, since, options=made)
        field.custom = (kind, title) not in _SYSTEM_FIELDS
        field.tag, field.regexp = more.get("tag"), more.get("regexp")
        world.fields[number] = field

    for kind, title in _SYSTEM_FIELDS:
        add(kind, title)
    add("tagger", "Product", tuple((one, f"prod_{one.lower()}") for one in _PRODUCTS))
    add("tagger", "Region", tuple((one, f"region_{one.lower()}") for one in _REGIONS))
    add("text", "Order reference")
    add("checkbox", "VIP customer", tag="vip_customer")
    add("date", "Delivery date")
    add("integer", "Seats")
    add("decimal", "Cost")
    add("regexp", "Asset tag", regexp=r"A-\d{4}")
    if sla_fields:
        for slot, title in SLA_FIELDS.items():
            states = tuple((one, "sla_" + one.replace(" ", "_")) for one in SLA_STATES)
            add("tagger" if slot == "state" else "text", title, states if slot == "state" else ())


def _add_organisations(world: World, since: int) -> None:
    for index in range(_ORGANISATIONS):
        made = since + index * 86400
        organisation = Organisation(
            26155621600000 + 131 * index,
            f"Customer {index:04} {'GmbH' if index % 2 else 'Ltd'}",
            made,
            made,
            external_id=f"org-{index}",
            domain_names=(f"customer{index}.example",),
            tags=("vip",) if index < 2 else (),
            tier=("gold", "silver", "bronze")[index % 3],
        )
        world.organisations[organisation.id] = organisation


def _add_people(world: World, since: int) -> None:
    groups, organisations = list(world.groups), list(world.organisations)

    def add(name: str, email: str, role: str) -> Person:
        number = 26155588900000 + 137 * len(world.people)
        person = Person(number, name, email, role, since + len(world.people), since + len(world.people))
        person.time_zone = _ZONES[number % 2]
        if person.is_staff:
            person.default_group_id = groups[len(world.people) % len(groups)]
        world.people[number] = person
        return person

    add("SLA Hub", KNOWN.email, "admin")
    add("Tier One", KNOWN.agent[0], "agent")
    add("Otto Boss", "boss@example.test", "admin")
    add("Lia Light", "light@example.test", "agent").light = True
    for index in range(_AGENTS):
        add(f"{_FIRST[index]} {_LAST[index % len(_LAST)]}", f"agent{index}@example.test", "agent")
    for index in range(_CUSTOMERS):
        name = f"{_FIRST[(3 * index) % len(_FIRST)]} {_LAST[(5 * index + index // 7) % len(_LAST)]}"
        email = KNOWN.customer[0] if index == 0 else f"user{index}@customer{index % _ORGANISATIONS}.example"
        customer = add(name, email, "end-user")
        # A few customers belong to no organisation.
        customer.organization_id = None if index % 11 == 10 else organisations[index % _ORGANISATIONS]
        customer.external_id = f"crm-{100 + index}"
