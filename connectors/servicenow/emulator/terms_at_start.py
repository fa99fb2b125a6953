"""Schedules and SLA definitions of a fresh instance."""

from connectors.servicenow.emulator.change import insert
from connectors.servicenow.emulator.stamps import duration
from connectors.servicenow.emulator.world import World

__all__ = ["furnish_terms"]

_SPAN = {
    "show_as": "busy",
    "all_day": "false",
    "repeat_type": "weekdays",
    "repeat_count": "1",
    "monthly_type": "dom",
    "yearly_type": "doy",
    "float_day": "1",
    "float_week": "1",
    "month": "1",
}
_CLOSED = {"type": "exclude", "show_as": "free", "all_day": "true", "repeat_type": "yearly"}
_FLOATS = {**_CLOSED, "yearly_type": "float"}
_DE, _FLOATING, _NIGHT, _ALWAYS = "Service Desk DE 8-17", "8-5 weekdays excluding holidays", "Night operations", ""
_SPANS: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    (_DE, "Weekdays 8-17", "20200106T070000Z", "20200106T160000Z", {}),
    (_FLOATING, "Weekdays 8-17", "20200106T080000", "20200106T170000", {}),
    (
        *(_FLOATING, "Saturday morning", "20200104T090000", "20200104T130000"),
        {"repeat_type": "weekly", "days_of_week": "6"},
    ),
    (
        *(_FLOATING, "Ended pattern", "20190107T180000", "20190107T200000"),
        {"repeat_type": "weekly", "days_of_week": "12345", "repeat_until": "20191231"},
    ),
    (
        *(_NIGHT, "Mon-Thu night, over midnight", "20200106T220000", "20200107T060000"),
        {"repeat_type": "specific", "days_of_week": "1,2,3,4", "repeat_until": "00000000"},
    ),
    ("Holidays", "New Year", "20120101T000000", "20120101T235959", _CLOSED),
    (
        *("Holidays", "Memorial Day US", "20120528T000000", "20120528T235959"),
        {**_FLOATS, "float_day": "2", "float_week": "last", "month": "5"},
    ),
    (
        *("Holidays", "Thanksgiving US", "20121122T000000", "20121122T235959"),
        {**_FLOATS, "float_day": "5", "float_week": "4", "month": "11"},
    ),
    (
        *("Holidays", "One-off closing day", "20260430T000000", "20260430T235959"),
        {**_CLOSED, "repeat_type": "NULL_OVERRIDE"},
    ),
)
_SCHEDULES = {
    "Service Desk DE 8-17": "Europe/Berlin",
    "8-5 weekdays excluding holidays": "floating",
    "Night operations": "US/Eastern",
    "Holidays": "",
}
_MET, _DONE, _HOLD = "assigned_toISNOTEMPTY^EQ", "state=6^ORstate=7^ORstate=8^EQ", "state=3^EQ"
_INCIDENT = "active=true^priority={}^EQ"
_DAY = 86_400
_VENDOR, _ITEM = "Fiberline line repair", "Requested item"
_RETROACTIVE = "Priority 1 resolution (4 hours)"
_SLAS = (
    ("Priority 1 response (15 minutes)", "response", 900, _ALWAYS, _INCIDENT.format(1), "", _MET),
    (_RETROACTIVE, "resolution", 14_400, _ALWAYS, _INCIDENT.format(1), _HOLD, _DONE),
    ("Priority 2 response (30 minutes)", "response", 1800, _DE, _INCIDENT.format(2), "", _MET),
    ("Priority 2 resolution (4 hours)", "resolution", 14_400, _DE, _INCIDENT.format(2), _HOLD, _DONE),
    ("Priority 3 response (1 hour)", "response", 3600, _DE, _INCIDENT.format(3), "", _MET),
    ("Priority 3 resolution (8 hours)", "resolution", 28_800, _DE, _INCIDENT.format(3), _HOLD, _DONE),
    ("Priority 4 and 5 resolution", "resolution", 3 * _DAY, _FLOATING, "active=true^priorityIN4,5^EQ", _HOLD, _DONE),
    (_VENDOR, "resolution", 2 * _DAY, _ALWAYS, "active=true^state=3^hold_reason=4^EQ", "", "state!=3^EQ"),
    (_ITEM, "resolution", 5 * _DAY, _FLOATING, "active=true^EQ", "state=-5^EQ", "stateIN3,4,7^EQ"),
)


def furnish_terms(world: World) -> None:
    """Put schedules in place, and what is promised by them."""
    ids = {"": ""}
    for name, zone in _SCHEDULES.items():
        ids[name] = insert(world, "cmn_schedule", "admin", {"name": name, "time_zone": zone, "read_only": "false"}).id
    for schedule, name, start, end, values in _SPANS:
        times = {"start_date_time": start, "end_date_time": end}
        given = {**_SPAN, "schedule": ids[schedule], "name": name, **times, **values}
        insert(world, "cmn_schedule_span", "admin", given)
    for name in (_DE, _FLOATING):
        child = {"schedule": ids[name], "child_schedule": ids["Holidays"], "type": "include"}
        insert(world, "cmn_other_schedule", "admin", child)
    for name, target, seconds, schedule, start, pause, stop in _SLAS:
        vendor = name == _VENDOR
        supplier = world.first("core_company", vendor="true")
        insert(
            world,
            "contract_sla",
            "admin",
            {
                "name": name,
                "type": "Underpinning contract" if vendor else "SLA",
                "target": target,
                "collection": "sc_req_item" if name == _ITEM else "incident",
                "active": "true",
                "duration": duration(seconds),
                "relative_duration_works_on": "Task record",
                "schedule_source": "sla_definition" if schedule else "no_schedule",
                "schedule": ids[schedule],
                "timezone_source": "task.caller_id.time_zone" if schedule == _FLOATING else "sla.timezone",
                "timezone": "Europe/Berlin" if schedule == _DE else "",
                "start_condition": start,
                "pause_condition": pause,
                "stop_condition": stop,
                "when_to_resume": "no_match",
                "when_to_cancel": "never" if vendor else "no_match",
                "reset_action": "cancel",
                "retroactive": "true" if name == _RETROACTIVE else "false",
                "retroactive_pause": "true" if name == _RETROACTIVE else "false",
                "set_start_to": "opened_at" if name == _RETROACTIVE else "",
                "vendor": supplier.id if vendor and supplier is not None else "",
                "service_commitment": "false",
                "enable_logging": "false",
            },
        )
