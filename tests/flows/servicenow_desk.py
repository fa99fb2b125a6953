"""A hub over an emulated ServiceNow, and what of the instance's truth it is to know.

The expectations are worked out from what the stage tells alone, without a line of the connector's mapping.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from connectors import open_client
from connectors.servicenow import ServiceNowConnector
from connectors.servicenow.emulator import KNOWN, Emulator, serve
from connectors.servicenow.emulator.people import People
from connectors.servicenow.settings import ServiceNowSettings
from core.flows.source import Source
from core.ports import FieldName, Slot
from core.settings import Mode
from core.sla.history import History
from core.store import Store, histories, lists
from core.store import ratings as stored_ratings
from core.store.credentials import MemoryVault
from core.tickets import Change, Presence, SourceValue
from tests.flows.proof import Desk, Time, Told, allowed, opened, rules, settle

TABLES = ("incident", "sc_req_item", "problem", "change_request", "u_field_work")
"""Of which an audit is kept."""

PLAIN = {
    "priority": "priority",
    "impact": "impact",
    "urgency": "urgency",
    "assigned_to": "assignee",
    "assignment_group": "team",
    "business_service": "service",
    "location": "requester_site",
}
REQUESTERS = {"incident": "caller_id", "sc_req_item": "requested_for", "change_request": "requested_by"}

COLUMNS = {"due": "u_sla_due", "state": "u_sla_state", "metric": "u_sla_metric", "policy": "u_sla_policy"}
COLUMNS |= {"breached_at": "u_sla_breached_at"}

RATE = 100_000, timedelta(hours=1)
"""People here do in an hour what takes them a week, and the hub goes round as often."""

LATE = datetime(9999, 1, 1, tzinfo=UTC) - timedelta(days=2)

GONE = frozenset({Presence.DELETED, Presence.FORBIDDEN, Presence.ARCHIVED})

Columns = Mapping[str, str]
Query = Callable[[Columns], bool]

QUERIES: Mapping[str, Query] = {
    "": lambda _: True,
    "active=true": lambda row: row.get("active") == "true",
    "priority<=3^NQpriority=4^assigned_toISNOTEMPTY": lambda row: (
        row["priority"] <= "3" or (row["priority"] == "4" and "assigned_to" in row)
    ),
}
"""Encoded queries, and what each of them asks of a ticket."""


@dataclass
class ServiceNow(Desk):
    """A hub over one emulated instance. tables: those in scope, each with its query.

    reopened: opens the connection anew, as an admin does who puts in another credential; a store and a mode may be
        given that are others.
    ids: of everybody, by each name that they were ever seen to have. companies: of everybody, by id.
    """

    emulator: Emulator
    tables: Mapping[str, str]
    reopened: Callable[..., Source]
    ids: dict[str, str] = field(default_factory=dict[str, str])
    companies: dict[str, str] = field(default_factory=dict[str, str])

    def told(self) -> dict[str, Any]:
        """Return what the stage tells of the instance."""
        found: dict[str, Any] = self.emulator.stage.truth()
        for each in found["sys_user"]:
            self.ids.setdefault(each["user_name"], each["sys_id"])
        self.companies |= {each["sys_id"]: each.get("company", "") for each in found["sys_user"]}
        return found

    def person(self, name: str | None) -> str | None:
        """Return the one word for somebody, whom logs call by a name and the hub by an id."""
        return None if name is None else self.ids.get(name, name)

    def tickets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.told()["tickets"]
        return found

    def truth(self) -> dict[str, Told]:
        """Return all tickets that ever were in a table that is read."""
        late = timedelta(seconds="audit_late" in self.emulator.world.traps)
        return {
            each["sys_id"]: (self.presence(each), self.values(each), dict(self.happened(each, late)))
            for each in self.tickets()
        }

    def presence(self, ticket: Mapping[str, Any]) -> Presence:
        gone = {"deleted": Presence.DELETED, "archived": Presence.ARCHIVED, "hidden": Presence.FORBIDDEN}
        if ticket["presence"] in gone:
            return gone[ticket["presence"]]
        return Presence.PRESENT if self.inside(ticket) else Presence.OUT_OF_SCOPE

    def inside(self, ticket: Mapping[str, Any]) -> bool:
        """Say whether a ticket is in scope, be it shown or not."""
        query = self.tables.get(ticket["table"])
        return query is not None and QUERIES[query](ticket["values"])

    def values(self, ticket: Mapping[str, Any]) -> dict[str, SourceValue]:
        """Return what a ticket shows in the fields that are followed, where it shows anything."""
        return {name: value for name, value in self.fields(ticket["values"], ticket["table"]).items() if value}

    def fields(self, columns: Columns, table: str) -> dict[str, SourceValue]:
        """Return the fields that columns come to. table: in which the ticket is now."""
        kind, state = columns["sys_class_name"], columns.get("state", "")
        hold = columns.get("hold_reason", "") if kind == "incident" and state == "3" else ""
        if kind == "change_request" and columns.get("on_hold") == "true":
            hold = "hold"
        requester = columns.get(REQUESTERS.get(table, "opened_by"))
        return {
            **{name: columns.get(column) for column, name in PLAIN.items()},
            "status": f"{kind}/{state}/{hold}".rstrip("/") if state else None,
            "kind": kind,
            "table": kind if kind in self.tables else table,
            "requester": requester,
            "organisation": columns.get("company") or self.companies.get(requester or "") or None,
        }

    def happened(self, ticket: Mapping[str, Any], late: timedelta) -> Iterator[tuple[str, object]]:
        """Yield what is to be known of a ticket's saves and of what was written on it, each under a name.

        late: how much later than the save the audit has it.
        """
        crowded = close_together(ticket)
        for done, before, after in saves(ticket):
            at, who = instant(done["at"]), self.person(done["by"])
            one, other = self.fields(before, ticket["table"]), self.fields(after, ticket["table"])
            # Of the columns that a class has not, nobody can tell what became of them.
            told = {"status", "kind", "table"} if one["kind"] != other["kind"] else other.keys()
            changes = tuple(Change(name, one[name], other[name]) for name in sorted(told) if one[name] != other[name])
            audited = bool(changes) and done["audited"]
            if audited:
                yield name_of(at + late, changes), (who, changes)
            for entry in done["journal"]:
                alone = None if entry["sys_id"] in crowded else not audited
                shift = late if audited and alone is not None else timedelta()
                said = (at + shift if alone is not None else None, who, entry["element"] == "comments", alone)
                yield f"comment:{entry['sys_id']}", said

    def stored(self) -> Mapping[str, Told]:
        """Return what is stored, in the same words, and what it is known to lack."""
        crowded = {each["sys_id"]: close_together(each) for each in self.tickets()}
        found = dict[str, tuple[str, Mapping[str, SourceValue], dict[str, object]]]()
        for ticket, (presence, values, events) in super().stored().items():
            happened = dict[str, object]()
            for name, (at, actor, changes, comments) in events.items():
                if [each.field for each in changes] == ["presence"]:
                    # That it is there, or not, is no save.
                    continue
                if changes and name.startswith("update:"):
                    happened[name_of(at, changes)] = (self.person(actor), changes)
                elif changes:
                    happened[name] = (at, changes)
                for each in comments:
                    alone = None if each.id in crowded.get(ticket, ()) else not changes
                    when = at if alone is not None else None
                    happened[f"comment:{each.id}"] = (when, self.person(each.author), each.public, alone)
            found[ticket] = (presence, values, happened)
        for ticket, gaps in self.gaps().items():
            found[ticket][2]["gaps"] = gaps
        return found

    def histories(self) -> Iterator[History]:
        with self.store.view() as tx:
            loaded = histories.load(tx, self.source.id, lists.ticket_ids(tx, self.source.id))
        return (each.history for each in loaded)

    def gaps(self) -> dict[str, dict[str, datetime]]:
        """Return by ticket since when fields are told whose history is not whole, without need.

        What is older than the audit of its table may have been purged, and the audit's age is known to the day.
        """
        found, day = dict[str, dict[str, datetime]](), timedelta(days=1)
        tables = {each["sys_id"]: self.audited_since(each["table"]) + day for each in self.tickets()}
        for each in self.histories():
            gaps = {name: at for name, at in each.gaps.items() if at > tables[each.ticket.id]}
            if gaps or each.whole_since is None:
                found[each.ticket.id] = gaps
        return found

    def audited_since(self, table: str = "") -> datetime:
        """Return when the first row of the audit was written that is there; of one table, where one is named."""
        rows = self.emulator.world.rows["sys_audit"].values()
        return min((instant(each["sys_created_on"]) for each in rows if table in {"", each["tablename"]}), default=LATE)

    def shown(self) -> dict[tuple[str, str], str | None]:
        return {
            (each["sys_id"], slot): word_of(slot, each["values"].get(column, ""))
            for each in self.tickets()
            for slot, column in COLUMNS.items()
        }

    def wished(self) -> dict[tuple[str, str], str | None]:
        """Return what is to be shown where it may be: what is closed nobody may change."""
        tickets = {each["sys_id"]: each for each in self.tickets()}
        shut = {name for name, each in tickets.items() if closed(each) or self.presence(each) is not Presence.PRESENT}
        with self.store.view() as tx:
            refused = {row.source_id for row in lists.field_rows(tx, self.source.id) if row.refused_reason}
        assert refused <= shut
        return {key: word for key, word in super().wished().items() if key[0] not in shut}

    def seen(self) -> frozenset[str]:
        """Return what the instance shows in scope, and therefore has to be stored."""
        there = (each for each in self.tickets() if self.presence(each) is Presence.PRESENT)
        return frozenset(each["sys_id"] for each in there)

    def keys(self) -> dict[str, str]:
        seen = self.seen()
        return {each["sys_id"]: each["number"] for each in self.tickets() if each["sys_id"] in seen}

    def stored_keys(self) -> dict[str, str]:
        seen = self.seen()
        with self.store.view() as tx:
            rows = lists.ticket_rows(tx, lists.ticket_ids(tx, self.source.id))
            return {row.source_id: row.key for row in rows if row.source_id in seen}

    def scores(self) -> set[tuple[str, str]]:
        """Return what surveys say of the tickets that are to be seen, of 100."""
        told, seen = self.told(), self.seen()
        tickets = {each["sys_id"]: each["trigger_id"] for each in told["asmt_assessment_instance"]}
        found = {(tickets[each["instance"]], each["normalized_value"]) for each in told["asmt_metric_result"]}
        return {(ticket, score) for ticket, score in found if ticket in seen}

    def stored_scores(self) -> set[tuple[str, str]]:
        with self.store.view() as tx:
            found = [each for ticket in self.seen() for each in stored_ratings.of_ticket(tx, self.source.id, ticket)]
        return {(each.ticket_id, each.score) for each in found}

    def stored_names(self, kind: str) -> dict[str, str]:
        with self.store.view() as tx:
            return {value: name for (of, value), name in histories.labels(tx, self.source.id).items() if of == kind}


def saves(ticket: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Columns, Columns]]:
    """Yield the saves of a ticket, each with its columns before and after."""
    columns = dict[str, str](ticket["values"])
    found = list[tuple[Mapping[str, Any], Columns, Columns]]()
    for done in reversed(ticket["updates"]):
        after = dict(columns)
        columns |= {name: old for name, (old, _) in done["changes"].items()} | done["lost"]
        before = {name: value for name, value in columns.items() if value}
        columns = dict(before)
        if done["kind"] != "delete":
            found.append((done, before, after))
    yield from reversed(found)


def close_together(ticket: Mapping[str, Any]) -> frozenset[str]:
    """Return what was written so shortly before or after a save by the same person that nobody can tell them apart."""
    found, by = set[str](), dict[str, list[Mapping[str, Any]]]()
    for done in ticket["updates"]:
        by.setdefault(done["by"], []).append(done)
    for mine in by.values():
        for one, other in pairwise(mine):
            if instant(other["at"]) - instant(one["at"]) <= timedelta(seconds=3):
                found |= {entry["sys_id"] for done in (one, other) for entry in done["journal"]}
    return frozenset(found)


def closed(ticket: Mapping[str, Any]) -> bool:
    return ticket["table"] == "incident" and ticket["values"]["state"] in {"7", "8"}


def name_of(at: datetime, changes: Sequence[Change]) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} {' '.join(sorted(each.field for each in changes))}"


def instant(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


def word_of(slot: str, told: str) -> str | None:
    """Return what a column of the hub's says."""
    if not told:
        return None
    if slot in {"due", "breached_at"}:
        return f"{instant(told):%Y-%m-%dT%H:%M:%SZ}"
    return told.replace("_", " ") if slot == "state" else told


@dataclass(frozen=True)
class Opener:
    """Opens desks over a database; they are closed with the stack."""

    stack: ExitStack
    store: Store

    def __call__(
        self,
        *,
        seed: int,
        tickets: int = 40,
        start: datetime = datetime(2026, 3, 4, 10, 0, tzinfo=UTC),
        tables: Mapping[str, str] | Sequence[str] = TABLES,
        traps: Sequence[str] = (),
        open_first: bool = True,
        mode: Mode = Mode.LIVE,
        **more: Any,
    ) -> ServiceNow:
        emulator = Emulator(seed=seed, tickets=tickets, start=start, traps=traps, **more)
        emulator.stage.hold_time()
        url = self.stack.enter_context(serve(emulator))
        scope = dict(tables) if isinstance(tables, Mapping) else dict.fromkeys(tables, "")
        auth = {"method": "oauth_client", "client_id": KNOWN.client_id, "client_secret": "${SLAHUB_TEST}"}
        settings = ServiceNowSettings.model_validate({"url": url, "auth": auth, "scope": {"tables": scope}})
        time = Time(emulator.stage, start)
        names = {Slot(slot): FieldName(id=column) for slot, column in COLUMNS.items()}

        def source(store: Store = self.store, mode: Mode = mode) -> Source:
            plain = self.stack.enter_context(open_client(url))
            signs = ServiceNowConnector.auth(settings, lambda _: KNOWN.client_secret, MemoryVault(), plain)
            headers = ServiceNowConnector.headers(settings)
            client = self.stack.enter_context(open_client(url, auth=signs, headers=headers))
            options = {"open_first": open_first, "mode": mode, "rate": RATE}
            return opened(store, ServiceNowConnector, client, settings, time, names, **options)[0]

        desk = ServiceNow(emulator.stage, time, self.store, source(), rules(start), emulator, scope, source)
        # Who was called how is known from the beginning.
        desk.told()
        return desk


def work(desk: ServiceNow, chance: random.Random, most: float = math.inf) -> bool:
    """Let people do something; say whether they did, and were not kept from it.

    most: from so many tickets on new ones become rare.
    """
    stage, world = desk.emulator.stage, desk.emulator.world
    tickets = [each.id for each in world.all("task") if each.table != "sc_request"]
    ticket = chance.choice(tickets)
    groups = [each["name"] for each in world.rows["sys_user_group"].values()]
    deeds: tuple[Callable[[], object], ...] = (
        lambda: stage.reply(ticket, public=chance.random() < 0.7, lag=chance.choice([0, 20, 80])),
        lambda: stage.reply(ticket, by="caller"),
        lambda: stage.edit(ticket, {"urgency": chance.choice("123")}, lag=chance.choice([0, 20, 80])),
        lambda: stage.edit(ticket, {"impact": chance.choice("123"), "work_notes": "It is worse."}),
        lambda: stage.hold(ticket, chance.choice([1, 3, 4, 5]), text=chance.choice(["", "What is it?"])),
        lambda: stage.start_work(ticket),
        lambda: stage.assign(ticket, KNOWN.agent, chance.choice(groups)),
        lambda: stage.resolve(ticket),
        lambda: stage.close(ticket),
        lambda: stage.reopen(ticket),
        lambda: stage.rate(ticket, chance.randint(1, 5)),
        partial(People(world).step),
        partial(People(world).step),
    )
    if chance.random() < most / len(tickets):
        impact, urgency = chance.randint(1, 3), chance.randint(1, 3)
        deeds = (lambda: stage.new_ticket(table=chance.choice(TABLES), impact=impact, urgency=urgency), *deeds)
    # Stamps tell whole seconds.
    desk.time.wait(1.5)
    return allowed(chance.choice(deeds))


def agreement(desk: ServiceNow) -> dict[str, tuple[object, object]]:
    """Let everything come to rest, and return what is stored otherwise than the instance has it, by ticket."""
    settle(desk)
    for _ in range(2):
        desk.census()
        settle(desk, 1)
    return differences(desk)


def differences(desk: ServiceNow) -> dict[str, tuple[object, object]]:
    """Return what is stored otherwise than the instance has it, by ticket."""
    truth, stored, found = desk.truth(), desk.stored(), dict[str, tuple[object, object]]()
    seen = desk.seen()
    tickets = {each["sys_id"]: each for each in desk.tickets()}
    for ticket in truth.keys() | stored.keys():
        known = stored.get(ticket)
        if ticket not in truth:
            found[ticket] = (known, None)
        elif known is None:
            if ticket in seen:
                found[ticket] = (None, truth[ticket])
        elif truth[ticket][0] is Presence.PRESENT:
            if known != truth[ticket]:
                found[ticket] = difference(known, truth[ticket])
        else:
            # What happened after the hub saw it last is not to be had any more.
            wrong = {name for name, each in known[2].items() if truth[ticket][2].get(name) != each}
            allowed = {truth[ticket][0]}
            if not desk.inside(tickets[ticket]) or desk.tables[tickets[ticket]["table"]]:
                # What a query does not find any more is out of scope, whatever became of it.
                allowed |= {Presence.OUT_OF_SCOPE, *GONE}
            if known[0] not in allowed or wrong:
                found[ticket] = ((known[0], {name: known[2][name] for name in wrong}), truth[ticket])
    return found


def difference(known: Told, true: Told) -> tuple[object, object]:
    fields = {name for name in known[1].keys() | true[1].keys() if known[1].get(name) != true[1].get(name)}
    happened = {name for name in known[2].keys() | true[2].keys() if known[2].get(name) != true[2].get(name)}
    ours, theirs = (
        (one[0], {name: one[1].get(name) for name in fields}, {name: one[2].get(name) for name in happened})
        for one in (known, true)
    )
    return ours, theirs


def untrue(desk: ServiceNow) -> dict[str, object]:
    """Return by ticket what is said to be whole of fields and is not, where much is done without a trace.

    What was changed without a trace before the first trace of a field looks as if it had been so from the beginning:
    nothing tells, and nobody can know.
    """
    found, oldest = dict[str, object](), desk.audited_since()
    known = {each.ticket.id: each for each in desk.histories()}
    for ticket in desk.tickets():
        if desk.presence(ticket) is not Presence.PRESENT:
            continue
        history = known[ticket["sys_id"]]
        for name, value in history.ticket.values.items():
            steps = list(steps_of(desk, ticket, name, oldest))
            traced = [at for at, _, _, told in steps if told]
            hidden = [at for at, _, _, told in steps if not told and at <= min(traced, default=at)]
            whole = max([history.gaps.get(name, history.ticket.created_at), *hidden])
            changes = [(one.at, each) for one in history.events for each in one.changes if each.field == name]
            for at, _, after, _ in steps:
                later = [each for when, each in changes if when > at]
                believed = later[0].before if later else value
                if at >= whole and believed != after and not any(at == other for other, _, _, _ in steps[1:]):
                    found[ticket["number"]] = (name, at, after, believed, whole)
    return found


def steps_of(
    desk: ServiceNow, ticket: Mapping[str, Any], name: str, oldest: datetime
) -> Iterator[tuple[datetime, SourceValue, SourceValue, bool]]:
    """Yield when a field was changed, from what to what, and whether the audit has it."""
    for done, before, after in saves(ticket):
        at = instant(done["at"])
        one, other = (desk.fields(each, ticket["table"])[name] for each in (before, after))
        if one != other:
            yield at, one, other, bool(done["audited"]) and at >= oldest
