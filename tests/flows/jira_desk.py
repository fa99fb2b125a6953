"""A hub over an emulated Jira, and what of the site's truth it is to know.

The expectations are worked out from what the stage tells alone, without a line of the connector's mapping.
"""

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors import open_client
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.jira.emulator.people import People
from connectors.jira.emulator.records import Flavour
from connectors.jira.settings import JiraSettings
from core.ports import FieldName, Slot
from core.settings import Mode
from core.store import Store, histories, lists
from core.store import ratings as stored_ratings
from core.store.credentials import MemoryVault
from core.tickets import Change, Comment, Presence, SourceValue
from tests.flows.proof import Desk, Time, Told, allowed, opened, rules, settle, utc

FOLLOWED = {
    "status": "status",
    "priority": "priority",
    "issuetype": "kind",
    "project": "project",
    "resolution": "resolution",
    "assignee": "assignee",
    "reporter": "requester",
    "labels": "tags",
    "customfield_10002": "organisation",
    "customfield_10026": "participants",
    "customfield_10030": "field:customfield_10030",
}
"""What the hub follows of what people at work change, and its name for it. The project is a ticket's team, too."""

STATES = ("On track", "At risk", "Breached", "Paused", "Met", "Missed", "None", "Unknown")
PROPERTY = "slahub.sla"


@dataclass
class Jira(Desk):
    """A hub over one emulated site. projects: those in scope, by key; empty for all."""

    emulator: Emulator
    projects: tuple[str, ...]
    url: str

    def issues(self) -> list[dict[str, Any]]:
        found = self.emulator.stage.truth()["issues"]
        assert isinstance(found, list)
        return found

    def truth(self) -> dict[str, Told]:
        """Return all issues that were ever to be seen in scope."""
        site: dict[str, Any] = self.emulator.stage.truth()
        kinds = {one["id"]: one["kind"] for one in site["users"]}
        keys = {one["id"]: one["key"] for one in site["projects"]}
        return {
            str(issue["id"]): (self._presence(issue, keys), values(issue), dict(events(issue, kinds)))
            for issue in self.issues()
        }

    def _presence(self, issue: Mapping[str, Any], keys: Mapping[int, str]) -> str:
        key = keys[issue["project_id"]]
        if issue["presence"] in {"deleted", "hidden"}:
            return issue["presence"]
        # Of an issue that was archived Jira's API tells nothing but that no search finds it.
        return Presence.OUT_OF_SCOPE if self.projects and key not in self.projects else Presence.PRESENT

    def shown(self) -> dict[tuple[str, str], str | None]:
        ids, options = self.emulator.field_ids(), self.emulator.world.options
        found: dict[tuple[str, str], str | None] = {}
        for issue in self.issues():
            entries = issue["properties"].get(PROPERTY, {})
            team = self.emulator.world.projects[issue["project_id"]].simplified
            for slot, field_id in ids.items():
                kept = issue["values"].get(field_id)
                if team:
                    word = entries.get(slot)
                elif kept is None:
                    word = None
                elif slot == "state":
                    word = options[kept].value.lower()
                else:
                    word = f"{utc(kept):%Y-%m-%dT%H:%M:%SZ}" if isinstance(kept, int) else kept
                found[str(issue["id"]), slot] = word
        return found

    def closed(self) -> frozenset[str]:
        """Return the projects that are not open to the hub."""
        projects: Any = self.emulator.stage.truth()["projects"]
        return frozenset(str(one["id"]) for one in projects if not one["open"])

    def unreachable(self) -> frozenset[str]:
        """Return what the site does not show any more: nothing is written there."""
        return frozenset(str(each["id"]) for each in self.issues() if each["presence"] in {"deleted", "hidden"})

    def wished(self) -> dict[tuple[str, str], str | None]:
        gone = self.unreachable()
        with self.store.view() as tx:
            refused = {row.source_id for row in lists.field_rows(tx, self.source.id) if row.refused_reason}
        team = {
            str(each["id"]) for each in self.issues() if self.emulator.world.projects[each["project_id"]].simplified
        }
        # Without an issue property a team-managed project has no place for the hub's values.
        assert refused <= team | gone
        return {key: word for key, word in super().wished().items() if key[0] not in gone | refused}

    def scores(self) -> dict[str, str]:
        """Return what customers said of the issues that are to be seen."""
        seen = self.seen()
        told = {str(each["id"]): each["rating"] for each in self.issues()}
        return {ticket: str(score) for ticket, score in told.items() if ticket in seen and score is not None}

    def stored(self) -> dict[str, Told]:
        """Return what is stored, of links those to other sites alone: an issue elsewhere here changes its key."""
        here = f"{self.url}/browse/"

        def outside(value: SourceValue) -> SourceValue:
            return tuple(each for each in value or () if not each.startswith(here)) or None

        def plain(event: Any) -> Any:
            at, actor, changes, comments = event
            changes = tuple(
                Change(each.field, outside(each.before), outside(each.after)) if each.field == "remote_links" else each
                for each in changes
            )
            return at, actor, tuple(each for each in changes if each.before != each.after), comments

        found = dict[str, Told]()
        for ticket, (presence, fields, happened) in super().stored().items():
            shown = {**fields, "remote_links": outside(fields.get("remote_links"))}
            events = {name: plain(event) for name, event in happened.items()}
            found[ticket] = (
                presence,
                {name: value for name, value in shown.items() if value is not None},
                {name: event for name, event in events.items() if event[2] or event[3]},
            )
        return found

    def stored_links(self) -> dict[str, frozenset[str]]:
        """Return the issues to be seen that are stored as linked with each, by id, whatever their keys are by now."""
        ids = {key: str(each["id"]) for each in self.issues() for key in (each["key"], *each["old_keys"])}
        found = dict[str, frozenset[str]]()
        for ticket, (_, fields, _) in super().stored().items():
            keys = [each.rpartition("/browse/")[2] for each in fields.get("remote_links") or () if "/browse/" in each]
            found[ticket] = frozenset(ids[key] for key in keys)
        return self._among_seen(found)

    def links(self) -> dict[str, frozenset[str]]:
        """Return the issues to be seen that are linked with each."""
        found = dict[str, frozenset[str]]()
        for each in self.issues():
            found[str(each["id"])] = frozenset(str(one[end]) for one in each["links"] for end in ("source", "target"))
        return self._among_seen(found)

    def _among_seen(self, linked: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        seen = self.seen()
        found = {ticket: (others - {ticket}) & seen for ticket, others in linked.items() if ticket in seen}
        return {ticket: others for ticket, others in found.items() if others}

    def stored_scores(self) -> dict[str, str]:
        with self.store.view() as tx:
            found = [each for ticket in self.seen() for each in stored_ratings.of_ticket(tx, self.source.id, ticket)]
        return {each.ticket_id: each.score for each in found}

    def stored_keys(self) -> dict[str, str]:
        with self.store.view() as tx:
            rows = lists.ticket_rows(tx, lists.ticket_ids(tx, self.source.id))
            return {row.source_id: row.key for row in rows if row.source_id in self.seen()}

    def statuses(self) -> dict[str, str]:
        found: Any = self.emulator.stage.truth()["statuses"]
        return {str(one["id"]): one["name"] for one in found}

    def stored_statuses(self) -> dict[str, str]:
        with self.store.view() as tx:
            return {
                value: name for (kind, value), name in histories.labels(tx, self.source.id).items() if kind == "status"
            }

    def seen(self) -> frozenset[str]:
        """Return what the site shows in scope, and therefore has to be stored."""
        truth = self.truth()
        there = {str(each["id"]) for each in self.issues() if each["presence"] == "present"}
        return frozenset(each for each in there if truth[each][0] == Presence.PRESENT)

    def keys(self) -> dict[str, str]:
        seen = self.seen()
        return {str(each["id"]): each["key"] for each in self.issues() if str(each["id"]) in seen}


def values(issue: Mapping[str, Any]) -> dict[str, SourceValue]:
    """Return what an issue shows in the fields that are followed, where it shows anything."""
    severity = issue["values"].get("customfield_10030")
    told: dict[str, SourceValue] = {
        "status": text(issue["status_id"]),
        "priority": text(issue["priority_id"]),
        "kind": text(issue["issuetype_id"]),
        "project": text(issue["project_id"]),
        "team": text(issue["project_id"]),
        "resolution": text(issue["resolution_id"]),
        "assignee": issue["assignee"],
        "requester": issue["reporter"],
        "tags": tuple(sorted(issue["labels"])) or None,
        "organisation": one_or_more(map(str, issue["values"].get("customfield_10002", []))),
        "participants": tuple(sorted(issue["values"].get("customfield_10026", []))) or None,
        "form": text(issue["values"].get("customfield_10010")),
        "field:customfield_10030": text(severity),
        "remote_links": tuple(sorted({each["url"] for each in issue["remote_links"]})) or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def events(issue: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """Yield what is to be known of an issue's saves and comments, by id."""
    links: dict[str, str] = {}
    urls = {str(each["id"]): each["url"] for each in issue["remote_links"]}
    for history in issue["histories"]:
        changes: dict[str, Change] = {}
        for item in history["items"]:
            name = FOLLOWED.get(item["field_id"] or "")
            if item["field"] == "RemoteIssueLink":
                before = tuple(sorted(set(links.values()))) or None
                links[item["to"]] = urls[item["to"]]
                changes["remote_links"] = Change("remote_links", before, tuple(sorted(set(links.values()))) or None)
            elif name is not None:
                before, after = (side(item, name, end) for end in ("from", "to"))
                first = changes.get(name)
                changes[name] = Change(name, before if first is None else first.before, after)
        if (moved := changes.get("project")) is not None:
            changes["team"] = Change("team", moved.before, moved.after)
        net = tuple(changes[name] for name in sorted(changes) if changes[name].before != changes[name].after)
        if net:
            yield f"history:{history['id']}", (utc(history["created"]), history["author"], net, ())
    for comment in issue["comments"]:
        if comment["deleted"] is None and comment["visibility"] is None:
            author = comment["author"]
            said = Comment(str(comment["id"]), author, comment["public"], kinds.get(author) == "app")
            yield f"comment:{comment['id']}", (utc(comment["created"]), author, (), (said,))


def side(item: Mapping[str, Any], name: str, end: str) -> SourceValue:
    """Return the value at one end of a change."""
    if name == "tags":
        return tuple(sorted(set((item[f"{end}_string"] or "").split()))) or None
    found: str | None = item[end]
    if found is None or name not in {"organisation", "participants"}:
        return found
    parts = [each.strip() for each in found.strip("[]").split(",") if each.strip()]
    return one_or_more(iter(parts)) if name == "organisation" else tuple(sorted(parts)) or None


def one_or_more(words: Iterator[str]) -> SourceValue:
    found = tuple(sorted(set(words)))
    return found[0] if len(found) == 1 else found or None


def text(number: int | None) -> str | None:
    return None if number is None else str(number)


@dataclass(frozen=True)
class Opener:
    """Opens desks over a database; they are closed with the stack."""

    stack: ExitStack
    store: Store

    def __call__(
        self,
        *,
        seed: int,
        cloud: bool = True,
        tickets: int = 30,
        start: datetime = datetime(2026, 3, 4, 10, 0, tzinfo=UTC),
        projects: Sequence[str] = (),
        traps: Sequence[str] = (),
        prop: str = PROPERTY,
        open_first: bool = True,
        mode: Mode = Mode.LIVE,
        **more: Any,
    ) -> Jira:
        flavour: Flavour = "cloud" if cloud else "datacenter"
        emulator = Emulator(seed=seed, tickets=tickets, start=start, limits=False, flavour=flavour, traps=traps, **more)
        emulator.stage.hold_time()
        emulator.stage.jobs(delay=2)
        url = self.stack.enter_context(serve(emulator))
        token = KNOWN.api_token if cloud else KNOWN.pat
        auth = (
            {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_TEST}"}
            if cloud
            else {"method": "personal_access_token", "token": "${SLAHUB_TEST}"}
        )
        scope = {"projects": list(projects)} if projects else {}
        settings = JiraSettings.model_validate(
            {"url": url, "gateway": url, "auth": auth, "scope": scope, "property": prop}
        )
        plain = self.stack.enter_context(open_client(url))
        signs = JiraConnector.auth(settings, lambda _: token, MemoryVault(), plain)
        client = self.stack.enter_context(open_client(url, auth=signs, headers=JiraConnector.headers(settings)))
        time = Time(emulator.stage, start)
        names = {Slot(slot): FieldName(id=field_id) for slot, field_id in emulator.field_ids().items()}
        source, _ = opened(self.store, JiraConnector, client, settings, time, names, open_first=open_first, mode=mode)
        return Jira(emulator.stage, time, self.store, source, rules(start), emulator, tuple(projects), url)


def work(desk: Jira, chance: random.Random, most: float = math.inf) -> bool:
    """Let people do something; say whether they did, and were not kept from it.

    most: from so many issues on new ones become rare.
    """
    stage, issues = desk.emulator.stage, list(desk.emulator.world.issues)
    issue = chance.choice(issues)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: stage.reply(issue, public=chance.random() < 0.7),
        lambda: stage.reply(issue, by="customer"),
        lambda: stage.reply(issue, role="Administrators"),
        lambda: stage.set_priority(issue, chance.choice([1, 3])),
        lambda: stage.move_status(issue, chance.choice(["Waiting for customer", "In Progress", "Pending"])),
        lambda: stage.resolve(issue),
        lambda: stage.reopen(issue),
        lambda: stage.rate(issue, chance.randint(1, 5)),
        lambda: stage.edit(issue, {"customfield_10030": chance.choice([10500, 10501])}),
        lambda: stage.remote_link(issue, f"https://desk.example.test/tickets/{chance.randint(1, 9)}", "Ticket"),
        lambda: stage.assign(issue, "agent"),
        People(desk.emulator.world).step,
        People(desk.emulator.world).step,
    )
    if chance.random() < most / len(issues):
        deeds = (
            *deeds,
            lambda: stage.new_ticket(project=chance.choice(["HELP", "FAC"]), priority=chance.choice([1, 4, None])),
            # Many that show the same go in one task.
            lambda: [stage.new_ticket(priority=4) for _ in range(5)],
        )
    # Even two deeds of one automation are not of the same millisecond.
    desk.time.wait(0.007)
    return allowed(chance.choice(deeds))


def agreement(desk: Jira) -> dict[str, tuple[object, object]]:
    """Let everything come to rest, and return what is stored otherwise than the site has it, by issue."""
    # Whoever deletes issues while a search is read has gone home, too.
    desk.emulator.stage.traps(["deleted_meanwhile"], on=False)
    settle(desk)
    for _ in range(2):
        desk.census()
        settle(desk, 1)
    return differences(desk)


def differences(desk: Jira) -> dict[str, tuple[object, object]]:
    """Return what is stored otherwise than the site has it, by issue."""
    truth, stored, found = desk.truth(), desk.stored(), dict[str, tuple[object, object]]()
    closed = desk.closed()
    for ticket in truth.keys() | stored.keys():
        known = stored.get(ticket)
        if ticket not in truth:
            found[ticket] = (known, None)
            continue
        presence, fields, happened = truth[ticket]
        if known is None:
            if ticket in desk.seen():
                found[ticket] = (None, truth[ticket])
            continue
        events_known = {plain_id(name): each for name, each in known[2].items() if name.startswith(("history", "comm"))}
        if presence in {"deleted", "hidden"}:
            # All that Jira tells is whether the project is open in which the issue was last.
            presence = Presence.FORBIDDEN if known[1].get("project") in closed else Presence.DELETED
            # What happened after the hub saw it last, be it to its histories and comments, is not to be had any more.
            wrong = {name for name, each in events_known.items() if unlike(name, each, happened)}
            if known[0] != presence or wrong:
                found[ticket] = ((known[0], wrong), (presence, {name: happened.get(name) for name in wrong}))
            continue
        if (known[0], known[1], events_known) != (presence, fields, happened):
            found[ticket] = difference((known[0], known[1], events_known), truth[ticket])
    return found


def unlike(name: str, one: object, happened: Mapping[str, object]) -> bool:
    """Say whether an event never was. What a save has changed may have been rewritten, a comment deleted since."""
    true = happened.get(name)
    if true is None:
        return not name.startswith("comment:")
    return not (isinstance(one, tuple) and isinstance(true, tuple) and one[:2] == true[:2])


def plain_id(name: str) -> str:
    return ":".join(name.split(":")[:2])


def difference(known: Told, true: Told) -> tuple[object, object]:
    fields = {name for name in known[1].keys() | true[1].keys() if known[1].get(name) != true[1].get(name)}
    happened = {name for name in known[2].keys() | true[2].keys() if known[2].get(name) != true[2].get(name)}
    ours, theirs = (
        (one[0], {name: one[1].get(name) for name in fields}, {name: one[2].get(name) for name in happened})
        for one in (known, true)
    )
    return ours, theirs
