"""From a revision's content to the values that the product works with, or every mistake in it."""

from collections.abc import Mapping
from datetime import datetime

from core.calendar import always
from core.settings.alert_section import alerts
from core.settings.calendar_section import calendar
from core.settings.conditions_section import Names
from core.settings.connection_section import Offer, connection
from core.settings.customer_section import customers
from core.settings.holidays_section import years_around
from core.settings.link_section import links
from core.settings.plain import entry, is_items
from core.settings.policy_section import policy
from core.settings.positions import Positions, Problems
from core.settings.retention_section import retention
from core.settings.secret_places import refuse_others
from core.settings.translation import entries
from core.settings.values import Configuration
from core.settings.words import key_hint
from core.sla.policy import ALWAYS, Policy, Restating, Rules

__all__ = ["SECTIONS", "configuration"]

NAMED = ("connections", "customers", "calendars")
SECTIONS = (*NAMED, "links", "policies", "retention", "alerts")


def configuration(
    content: Mapping[str, object],
    offers: Mapping[str, Offer],
    *,
    revision: int,
    applied_at: datetime,
    restates: Restating | None = None,
    positions: Positions | None = None,
) -> Configuration:
    """Return the checked configuration, every default filled in.

    Holiday dates that are locked into the content are used as they are; else they are resolved for the
    years around `applied_at`.
    Raises: SettingsError with all mistakes at once, each with its place where `positions` tells it.
    """
    problems = Problems(content, positions)
    for section in content.keys() - {*SECTIONS}:
        problems.add((section,), *key_hint(section, ("hub", *SECTIONS)))
    raw = {section: entries(content, section, problems) for section in NAMED}
    if ALWAYS in raw["calendars"]:
        text = f"`{ALWAYS}` is built in: round the clock, every day"
        problems.add(("calendars", ALWAYS), text, "choose another name")
    connections = {
        name: connection(name, part, offers, applied_at, problems) for name, part in raw["connections"].items()
    }
    years = years_around(applied_at.year)
    calendars = {name: calendar(name, part, years, problems) for name, part in raw["calendars"].items()}
    names = Names(
        connections=frozenset(raw["connections"]),
        customers=frozenset(raw["customers"]),
        calendars=frozenset(raw["calendars"]),
        zones={name: known.timezone for name, known in calendars.items() if known},
        links=bool(content.get("links")),
    )
    known_as = customers(raw["customers"], names, problems)
    rules = Rules(
        revision=revision,
        applied_at=applied_at,
        policies=_policies(content.get("policies"), names, problems),
        calendars={ALWAYS: always(), **{name: known for name, known in calendars.items() if known}},
        customers=known_as.organisations,
        customer_fields=known_as.fields,
        restates=restates,
        links=links(content.get("links"), names, problems),
    )
    kept, told = retention(content.get("retention"), problems), alerts(content.get("alerts"), problems)
    for section in SECTIONS[1:-1]:
        refuse_others(content.get(section), (section,), set(), problems)
    problems.raise_any()
    return Configuration({name: known for name, known in connections.items() if known}, rules, kept, told)


def _policies(raw: object, names: Names, problems: Problems) -> tuple[Policy, ...]:
    if raw is None:
        return ()
    if not is_items(raw):
        problems.add(("policies",), "expected a list", "each policy begins with `- name:`")
        return ()
    places: dict[str, int] = {}
    for index, one in enumerate(raw):
        given = entry(one, "name")
        if given is None:
            continue
        name = str(given)
        if name in places:
            other = problems.place(("policies", places[name], "name"))
            where = f", in {other}" if other else ""
            problems.add(
                ("policies", index, "name"), f"another policy is called `{name}`{where}", "names tell clocks apart"
            )
        places.setdefault(name, index)
    return tuple(each for index, one in enumerate(raw) for each in policy(index, one, names, problems))
