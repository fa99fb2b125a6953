"""Companies, groups and people of a fresh instance, and the accounts among them."""

from connectors.servicenow.emulator.change import insert
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.phrases import COMPANIES, FAMILY, GIVEN, GROUPS, SERVICES
from connectors.servicenow.emulator.records import Account, Row
from connectors.servicenow.emulator.world import World

__all__ = ["agents_and_callers", "furnish_people"]

_AGENTS, _CALLERS = 14, 60
_ZONES = ("", "Europe/Berlin", "US/Pacific", "Europe/Stockholm", "Canada/Atlantic", "")
_SERVICE = {
    KNOWN.user: (KNOWN.password, ("itil", "audit_viewer"), "SLA Hub"),
    KNOWN.reader: (KNOWN.reader_password, ("sn_incident_read", "sn_change_read", "sn_request_read"), "SLA Reader"),
    KNOWN.nobody: (KNOWN.nobody_password, ("snc_read_only",), "No Rights"),
    KNOWN.import_user: (KNOWN.password, ("itil", "import_transformer"), "Importer"),
}


def furnish_people(world: World) -> None:
    """Put in place who works at the provider, who its customers are, and how they sign in."""
    own = insert(world, "core_company", "admin", _company("Acme IT Services", primary="true"))
    insert(world, "core_company", "admin", _company("Fiberline Telecom", vendor="true"))
    customers = [insert(world, "core_company", "admin", _company(name, customer="true")) for name in COMPANIES]
    groups: list[str] = []
    for name in GROUPS:
        parent = groups[0] if groups else ""
        row = insert(world, "sys_user_group", "admin", {"name": name, "active": "true", "parent": parent})
        groups.append(row.id)
    for name in SERVICES:
        insert(world, "cmdb_ci_service", "admin", {"name": name})
    for number in range(_AGENTS):
        user = _person(world, GIVEN[number], FAMILY[number % len(FAMILY)], own.id, _ZONES[number % 3])
        insert(world, "sys_user_grmember", "admin", {"user": user, "group": groups[number % len(groups)]})
        insert(world, "sys_user_has_role", "admin", {"user": user, "role": "itil"})
    for number in range(_CALLERS):
        given = GIVEN[(number * 5 + 3) % len(GIVEN)]
        family = FAMILY[(number * 7 + number // len(GIVEN) + 2) % len(FAMILY)]
        company = customers[number % len(customers)]
        _person(world, given, family, company.id, _ZONES[number % len(_ZONES)])
    for name, (password, roles, shown) in _SERVICE.items():
        user = _user(world, name, shown, own.id, web_service_access_only="true", internal_integration_user="true")
        world.accounts[name] = Account(user, name, password, set(roles), interactive=False)
    admin = _user(world, KNOWN.admin, "System Administrator", own.id, time_zone="US/Pacific")
    may = {"admin", "snc_basic_auth_api_access"}
    world.accounts[KNOWN.admin] = Account(admin, KNOWN.admin, KNOWN.admin_password, may, zone="US/Pacific")
    agent = world.user_ids[KNOWN.agent]
    world.accounts[KNOWN.agent] = Account(agent, KNOWN.agent, KNOWN.agent_password, {"itil"})


def agents_and_callers(world: World) -> tuple[list[Row], list[Row]]:
    """Return the people in some group, and the others that no integration is."""
    members = {row["user"] for row in world.rows["sys_user_grmember"].values()}
    users = [*world.rows["sys_user"].values()]
    agents = [row for row in users if row.id in members]
    return agents, [row for row in users if row.id not in members and row["user_name"] not in world.accounts]


def _company(name: str, **more: str) -> dict[str, str]:
    given = {"customer": "false", "vendor": "false", "manufacturer": "false", "primary": "false"}
    return {"name": name, **given, **more}


def _person(world: World, given: str, family: str, company: str, zone: str) -> str:
    base = name = f"{given}.{family}".lower()
    number = 1
    while name in world.user_ids:
        number += 1
        name = f"{base}{number}"
    more = {"first_name": given, "last_name": family, "time_zone": zone}
    return _user(world, name, f"{given} {family}", company, **more)


def _user(world: World, name: str, shown: str, company: str, **more: str) -> str:
    given = {
        "user_name": name,
        "name": shown,
        "email": f"{name}@example.test",
        "active": "true",
        "locked_out": "false",
        "company": company,
        "vip": "false",
        "web_service_access_only": "false",
        "internal_integration_user": "false",
        "sys_domain": "global",
    }
    row = insert(world, "sys_user", "admin", {**given, **more})
    world.user_ids[name] = row.id
    return row.id
