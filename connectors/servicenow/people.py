"""Who people are: the one id of somebody whom logs call by a name, and on which side they work.

ServiceNow marks nobody as an agent. Whoever is in a group works there.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from connectors import Person, Unreadable, fields_of, perhaps
from connectors.servicenow.client import AT_ONCE, Api, Closed
from connectors.servicenow.keyset import Asked, Keyset, Row
from connectors.servicenow.shapes import filled, stored, sys_id
from connectors.servicenow.words import CUSTOMER, DELETED, MEMBER, PERSON, SERVICE, SYSTEM

__all__ = ["COLUMNS", "USERS", "People"]

USERS: Final = "sys_user"

MEMBERS: Final = "sys_user_grmember"

COLUMNS: Final = (
    "sys_id",
    "user_name",
    "name",
    "active",
    "company",
    "web_service_access_only",
    "internal_integration_user",
    "sys_class_name",
    "sys_updated_on",
)

PLATFORM: Final = frozenset({"system", "glide.maint", "maint"})

MID_SERVER: Final = "mid.server"

GUEST: Final = "guest"
"""Mail from somebody who has no account is written down in this name."""

SAFE: Final = re.compile(r"[A-Za-z0-9_.@+\- ']{1,100}")
"""Names that can stand in a query: a caret or a comma would end one."""

NAMES: Final = 60

KNOWN: Final = 50_000

FRESH: Final = 3600.0
"""Seconds for which the members of groups are remembered."""


class People:
    """Knows people by id and by name. Safe in threads."""

    def __init__(self, api: Api, ticks: Callable[[], float] = time.monotonic) -> None:
        self._api, self._keyset, self._ticks = api, Keyset(api), ticks
        self._lock = threading.Lock()
        self._known: dict[str, Person] = {}
        self._ids: dict[str, str] = {}
        self._members: frozenset[str] = frozenset()
        self._until = 0.0

    def learn(self, ids: Iterable[str], names: Iterable[str]) -> tuple[Person, ...]:
        """Return those people, asked for where they are not known yet; a name that nobody has is a person, too."""
        self.members()
        wanted, called = {each for each in ids if each}, {each.casefold(): each for each in names if each}
        with self._lock:
            strange = sorted(wanted - self._known.keys())
            unheard = sorted(called[each] for each in called.keys() - self._ids.keys())
        self._ask("sys_id", strange, AT_ONCE)
        answered = self._ask("user_name", [each for each in unheard if SAFE.fullmatch(each)], NAMES)
        with self._lock:
            for key in called.keys() - self._ids.keys() if answered else ():
                self._keep(Person(called[key], called[key], _unknown(called[key])), key)
            keys = (*wanted, *(self._ids[key] for key in called if key in self._ids))
            found = [self._known[each] for each in keys if each in self._known]
        return tuple({each.id: each for each in found}.values())

    def one(self, name: str) -> str | None:
        """Return the id of somebody who was learned by name; None for nobody."""
        with self._lock:
            return self._ids.get(name.casefold(), name) or None

    def read(self, raw: object) -> Person:
        """Return a user as a row shows one. Raises: Unreadable."""
        row = fields_of(raw, "user")
        person = Person(
            sys_id(row),
            stored(row, "name") or stored(row, "user_name"),
            self._role(row),
            organisation=filled(row, "company"),
            active=stored(row, "active") != "false",
        )
        with self._lock:
            self._keep(person, stored(row, "user_name"))
        return person

    def members(self) -> frozenset[str]:
        """Return everybody who is in a group; nobody where that may not be read."""
        with self._lock:
            if self._ticks() < self._until:
                return self._members
        try:
            found = frozenset(sys_id(row, "user") for row in self._memberships() if stored(row, "user"))
        except Closed:
            found = frozenset[str]()
        with self._lock:
            self._members, self._until = found, self._ticks() + FRESH
            # Whoever has come into a group or left one is somebody else now.
            self._known.clear()
            self._ids.clear()
        return found

    def _memberships(self) -> Iterator[Row]:
        for batch in self._keyset.sweep(Asked(MEMBERS, ("sys_id", "user"), size=1000)):
            yield from batch.items

    def _ask(self, column: str, values: list[str], most: int) -> bool:
        """Have users read whose column has one of some values; say whether users can be read at all."""
        of = Asked(USERS, COLUMNS)
        try:
            for first in range(0, len(values), most):
                part = values[first : first + most]
                folded = {each.casefold() for each in part}
                query = f"{column}IN{','.join(part)}"
                for raw in self._api.page(of.table, query, of.columns, most).items:
                    if stored(perhaps(raw), column).casefold() in folded:
                        self.read(raw)
        except (Closed, Unreadable):
            return False
        return True

    def _role(self, row: Row) -> str:
        name = stored(row, "user_name")
        if name in PLATFORM or name.startswith(MID_SERVER):
            return SYSTEM
        if name == GUEST:
            return CUSTOMER
        if "true" in {stored(row, "web_service_access_only"), stored(row, "internal_integration_user")}:
            return SERVICE
        if sys_id(row) in self.members():
            return MEMBER
        return CUSTOMER if stored(row, "sys_class_name") == "customer_contact" else PERSON

    def _keep(self, person: Person, name: str) -> None:
        if len(self._known) >= KNOWN:
            self._known.clear()
            self._ids.clear()
        self._known[person.id] = person
        if name:
            self._ids[name.casefold()] = person.id


def _unknown(name: str) -> str:
    """Return the role of a name that no user has."""
    if name in PLATFORM or name.startswith(MID_SERVER):
        return SYSTEM
    return CUSTOMER if name == GUEST else DELETED
