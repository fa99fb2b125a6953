"""SLA policies, group SLA policies, schedules and their holidays, as the API shows them."""

from connectors.emulation import iso
from connectors.zendesk.emulator.agreements import Condition, Holiday, Schedule, SlaPolicy
from connectors.zendesk.emulator.answers import Answer, Call, not_found
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.world import World

__all__ = ["condition_doc", "group_policies", "holidays", "policies", "policy", "schedule", "schedules"]


def policies(world: World, call: Call) -> Answer:
    """Answer `/slas/policies`: all in one answer; targets are in minutes."""
    docs = [_policy(one, call.base) for one in world.agreements.policies]
    return Answer({"sla_policies": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def policy(world: World, call: Call) -> Answer:
    for one in world.agreements.policies:
        if one.id == call.ids[0]:
            return Answer({"sla_policy": _policy(one, call.base)})
    raise not_found()


def group_policies(world: World, call: Call) -> Answer:
    """Answer `/group_slas/policies`: ids are strings and targets are in seconds."""
    docs = [_group_policy(one, call.base) for one in world.agreements.group_policies]
    return Answer({"group_sla_policies": docs, "next_page": None, "previous_page": None, "count": len(docs)})


def schedules(world: World, call: Call) -> Answer:
    docs = [_schedule(world, one) for one in world.agreements.schedules]
    return Answer({"schedules": docs, "url": call.link("business_hours/schedules.json")})


def schedule(world: World, call: Call) -> Answer:
    return Answer({"schedule": _schedule(world, _the_schedule(world, call))})


def holidays(world: World, call: Call) -> Answer:
    found = _the_schedule(world, call)
    docs = [_holiday(one) for one in found.holidays]
    return Answer({"holidays": docs, "url": call.link(f"business_hours/schedules/{found.id}/holidays.json")})


def _the_schedule(world: World, call: Call) -> Schedule:
    for one in world.agreements.schedules:
        if one.id == call.ids[0]:
            return one
    raise not_found()


def _policy(one: SlaPolicy, base: str) -> Doc:
    return {
        **_common(one, f"{base}/api/v2/slas/policies/{one.id}.json"),
        "filter": {"all": [condition_doc(line) for line in one.all], "any": [condition_doc(line) for line in one.any]},
        "policy_metrics": [
            {
                "priority": target.priority,
                "target": target.seconds // 60,
                "target_in_seconds": target.seconds,
                "business_hours": target.business_hours,
                "metric": target.metric,
            }
            for target in one.targets
        ],
    }


def _group_policy(one: SlaPolicy, base: str) -> Doc:
    return {
        **_common(one, f"{base}/api/v2/group_slas/policies/{one.id}.json"),
        "filter": {"all": [condition_doc(line) for line in one.all]},
        "policy_metrics": [
            {
                "priority": target.priority,
                "metric": target.metric,
                "target": target.seconds,
                "business_hours": target.business_hours,
            }
            for target in one.targets
        ],
    }


def _common(one: SlaPolicy, url: str) -> Doc:
    return {
        "url": url,
        "id": one.id,
        "title": one.title,
        "description": one.description,
        "position": one.position,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def condition_doc(line: Condition) -> Doc:
    return {"field": line.field, "operator": line.operator, "value": line.value}


def _schedule(world: World, one: Schedule) -> Doc:
    return {
        "id": one.id,
        "name": one.name,
        "time_zone": one.zone[0 if world.friendly_zones else 1],
        "intervals": [{"start_time": start, "end_time": end} for start, end in one.intervals],
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
    }


def _holiday(one: Holiday) -> Doc:
    return {"id": one.id, "name": one.name, "start_date": one.start, "end_date": one.end}
