"""The names that people see: statuses, priorities, projects, request types, custom fields, organisations."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from connectors import Checkpoint, Label, Organisation, Page, Person, Record, SetAside, Team, readable
from connectors.jira import mapping
from connectors.jira.client import Api
from connectors.jira.layouts import Layouts
from connectors.jira.scope import Scope
from connectors.jira.streams import CATALOGUE

__all__ = ["read"]

LISTS = {"priority": "~/priority", "resolution": "~/resolution", "kind": "~/issuetype"}

CUSTOMER = "customer"


def read(api: Api, layouts: Layouts, scope: Scope) -> Page:
    """Return all names at once."""
    records: list[Record] = []
    aside: list[SetAside] = []

    def take(raw: list[object], reader: Callable[[object], Record | None]) -> None:
        found: tuple[Record, ...]
        found, failed = readable(CATALOGUE, raw, reader)
        records.extend(found)
        aside.extend(failed)

    take(api.array("~/status"), mapping.status_label)
    for field, path in LISTS.items():
        take(api.array(path), mapping.label(field))
    fields = api.array("~/field")
    records.extend(Label(Label.FIELD, each.id, each.name) for each in layouts.renewed(fields).every.values())
    for each in scope.shown(again=True):
        records.append(Label("project", each.id, each.key))
        records += [Team(each.id, each.name)] if layouts.get().projects_are_teams else []
    take(list(api.desk("requesttype", REQUEST_TYPES) or ()), mapping.label("form"))
    organisations = list(api.desk("organization") or ())
    take(organisations, mapping.organisation)
    if not api.site().cloud:
        take(list(_customers(api, records)), _customer)
    return Page(tuple(records), Checkpoint(""), set_aside=tuple(aside))


REQUEST_TYPES = frozenset({401, 403, 404, 412})


def _customers(api: Api, known: list[Record]) -> Iterator[object]:
    """Yield the members of all organisations: Data Center says of nobody else that they are a customer."""
    for organisation in [each for each in known if isinstance(each, Organisation)]:
        yield from api.desk(f"organization/{organisation.id}/user") or ()


def _customer(raw: object) -> Person:
    return replace(mapping.person(raw), role=CUSTOMER)
