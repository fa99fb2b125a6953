"""People, organisations and the small lists around tickets, as the API's JSON documents."""

from dataclasses import dataclass

from connectors.emulation import iso
from connectors.zendesk.emulator.records import Brand, CustomStatus, Doc, Form, Group, Organisation, Person
from connectors.zendesk.emulator.world import World

__all__ = [
    "Membership",
    "brand_doc",
    "form_doc",
    "group_doc",
    "membership_doc",
    "memberships",
    "organisation_doc",
    "status_doc",
    "user_doc",
]


@dataclass(frozen=True, slots=True)
class Membership:
    id: int
    user_id: int
    group_id: int
    default: bool
    created_at: int


def memberships(world: World) -> list[Membership]:
    """Return who works in which group: everybody in the default one, every third agent in the next one too."""
    groups = list(world.groups)
    found = list[Membership]()
    for person in (one for one in world.people.values() if one.is_staff and one.active):
        number = 26155600005000 + 4 * (person.id % 1_000_000)
        default = person.default_group_id or groups[0]
        found.append(Membership(number, person.id, default, default=True, created_at=person.created_at))
        if person.id % 3 == 0:
            other = groups[(groups.index(default) + 1) % len(groups)]
            found.append(Membership(number + 1, person.id, other, default=False, created_at=person.created_at))
    return found


def membership_doc(one: Membership, base: str) -> Doc:
    return {
        "url": f"{base}/api/v2/group_memberships/{one.id}.json",
        "id": one.id,
        "user_id": one.user_id,
        "group_id": one.group_id,
        "default": one.default,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def user_doc(person: Person, base: str) -> Doc:
    staff = person.is_staff
    role_type = 4 if person.role == "admin" else 1 if person.light else 0
    return {
        "id": person.id,
        "url": f"{base}/api/v2/users/{person.id}.json",
        "name": person.name,
        "email": person.email,
        "created_at": iso(person.created_at),
        "updated_at": iso(person.updated_at),
        "time_zone": person.time_zone[0],
        "iana_time_zone": person.time_zone[1],
        "phone": None,
        "shared_phone_number": None,
        "photo": None,
        "locale_id": 1,
        "locale": "en-US",
        "organization_id": person.organization_id,
        "role": person.role,
        "verified": True,
        "external_id": person.external_id,
        "tags": [],
        "alias": None,
        "active": person.active,
        "shared": False,
        "shared_agent": False,
        "last_login_at": iso(person.updated_at) if staff else None,
        "two_factor_auth_enabled": False,
        "signature": None,
        "details": None,
        "notes": None,
        "role_type": role_type if staff else None,
        "custom_role_id": 26155900000000 + role_type if staff else None,
        "moderator": person.role == "admin",
        "ticket_restriction": None if staff else "requested",
        "only_private_comments": person.light,
        "restricted_agent": not staff,
        "suspended": person.suspended,
        "default_group_id": person.default_group_id,
        "report_csv": person.role == "admin",
        "user_fields": {},
    }


def organisation_doc(organisation: Organisation, base: str, *, exported: bool = False) -> Doc:
    doc: Doc = {
        "url": f"{base}/api/v2/organizations/{organisation.id}.json",
        "id": organisation.id,
        "name": organisation.name,
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": organisation.external_id,
        "created_at": iso(organisation.created_at),
        "updated_at": iso(organisation.updated_at),
        "domain_names": list(organisation.domain_names),
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": list(organisation.tags),
        "organization_fields": {"tier": organisation.tier},
    }
    if exported:
        doc["deleted_at"] = None if organisation.deleted_at is None else iso(organisation.deleted_at)
    return doc


def group_doc(group: Group, base: str) -> Doc:
    return {
        "url": f"{base}/api/v2/groups/{group.id}.json",
        "id": group.id,
        "is_public": True,
        "name": group.name,
        "description": "",
        "default": group.default,
        "deleted": False,
        "created_at": iso(group.created_at),
        "updated_at": iso(group.created_at),
    }


def brand_doc(brand: Brand, base: str, forms: list[int]) -> Doc:
    return {
        "url": f"{base}/api/v2/brands/{brand.id}.json",
        "id": brand.id,
        "name": brand.name,
        "brand_url": base,
        "subdomain": brand.subdomain,
        "host_mapping": None,
        "has_help_center": True,
        "help_center_state": "enabled",
        "active": True,
        "default": brand.default,
        "is_deleted": False,
        "logo": None,
        "ticket_form_ids": forms,
        "signature_template": "{{agent.signature}}",
        "created_at": iso(brand.created_at),
        "updated_at": iso(brand.created_at),
    }


def form_doc(form: Form, base: str, fields: list[int]) -> Doc:
    return {
        "url": f"{base}/api/v2/ticket_forms/{form.id}.json",
        "id": form.id,
        "name": form.name,
        "raw_name": form.name,
        "display_name": form.name,
        "raw_display_name": form.name,
        "end_user_visible": True,
        "position": 1,
        "ticket_field_ids": fields,
        "active": True,
        "default": form.default,
        "in_all_brands": True,
        "restricted_brand_ids": [],
        "end_user_conditions": [],
        "agent_conditions": [],
        "created_at": iso(form.created_at),
        "updated_at": iso(form.created_at),
    }


def status_doc(status: CustomStatus, base: str) -> Doc:
    return {
        "url": f"{base}/api/v2/custom_statuses/{status.id}.json",
        "id": status.id,
        "status_category": status.category,
        "agent_label": status.label,
        "raw_agent_label": status.label,
        "end_user_label": status.label,
        "raw_end_user_label": status.label,
        "description": None,
        "raw_description": None,
        "end_user_description": None,
        "raw_end_user_description": None,
        "active": status.active,
        "default": status.default,
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
    }
