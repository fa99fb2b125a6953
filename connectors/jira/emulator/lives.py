"""The life of one issue, as its customer, its agents and its automations make it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.emulation import Dice
from connectors.jira.emulator import deeds
from connectors.jira.emulator.change import change, write_comment
from connectors.jira.emulator.fields_at_start import ORGANISATIONS, PARTICIPANTS
from connectors.jira.emulator.phrases import ASKS, LABELS, NOTES, REPLIES, SUBJECTS, TROUBLES
from connectors.jira.emulator.records import Issue, RequestType
from connectors.jira.emulator.site_records import Project
from connectors.jira.emulator.world import World

__all__ = ["Cast", "life", "open_one", "step"]

_SHARES = ("HELP", "HELP", "HELP", "FAC", "FAC", "ENG", "ENG", "TEAM")


@dataclass(slots=True)
class Cast:
    """Who acts at the site."""

    world: World
    agents: list[str] = field(default_factory=list[str])
    customers: list[str] = field(default_factory=list[str])
    automation: str = ""
    projects: list[Project] = field(default_factory=list[Project])
    organisations: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    asked: dict[int, list[RequestType]] = field(default_factory=dict[int, list[RequestType]])
    severities: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        world = self.world
        self.agents = [one.id for one in world.users.values() if one.name.startswith("agent")]
        self.customers = [one.id for one in world.users.values() if one.kind == "customer"]
        self.automation = next(one.id for one in world.users.values() if one.kind == "app")
        by_key = {one.key: one for one in world.projects.values()}
        self.projects = [by_key[key] for key in _SHARES if key in by_key]
        for one in world.organisations.values():
            for member in one.members:
                self.organisations.setdefault(member, []).append(one.id)
        for kind in world.request_types.values():
            self.asked.setdefault(kind.project_id, []).append(kind)
        self.severities = [one.id for one in world.options.values() if one.field_id == "customfield_10030"]

    def agent(self) -> str:
        return self.world.dice.choice(self.agents)

    def author(self, usual: str | None) -> str | None:
        """Return who is written down as the author of a save: mostly who did it."""
        roll = self.world.dice.random()
        if roll < 0.04 and "no_author" in self.world.traps:
            return None
        return self.automation if roll > 0.95 else usual


def open_one(cast: Cast) -> Issue:
    """Open an issue in one of the projects."""
    world, dice = cast.world, cast.world.dice
    project = dice.choice(cast.projects)
    service = project.kind == "service_desk"
    reporter = dice.choice(cast.customers) if service else cast.agent()
    summary = f"{dice.choice(SUBJECTS)} {dice.choice(TROUBLES)}"
    kind = dice.choice(cast.asked[project.id]) if service else None
    empty = "null_priority" in world.traps and dice.random() < 0.08
    return deeds.open_issue(
        world,
        project,
        reporter,
        summary=summary,
        creator=cast.agent() if service and dice.random() < 0.1 else None,
        type_id=kind.issue_type_id if kind is not None else dice.choice(project.type_ids),
        description=f"{summary}\n\nSteps:\nopen the page and wait. Reference {dice.randrange(1000000):06d}.",
        priority_id=None if empty else dice.choices((1, 2, 3, 4, 5), (5, 15, 50, 20, 10))[0],
        request_type=None if kind is None else kind.id,
        organisations=cast.organisations.get(reporter, [])[:1] if service else [],
        labels=[dice.choice(LABELS)] if dice.random() < 0.3 else [],
    )


def life(cast: Cast) -> Iterator[float]:
    """Live through one issue; each pause is in seconds until its next moment."""
    dice = cast.world.dice
    issue = open_one(cast)
    yield dice.uniform(120, 6 * 3600)
    for _ in range(dice.randint(3, 12)):
        if issue.deleted is not None:
            return
        step(cast, issue)
        if issue.resolution_id is not None and dice.random() < 0.75:
            yield from _verdict(cast, issue)
            return
        yield 0.0 if _at_once(cast) else dice.expovariate(1 / (5 * 3600)) + 30


def _verdict(cast: Cast, issue: Issue) -> Iterator[float]:
    """Let some customers say how it was. With dice of their own: whether they do changes nothing else."""
    dice = Dice(f"{cast.world.seed} verdict {issue.id}")
    if cast.world.project_of(issue).kind == "service_desk" and dice.random() < 0.4:
        yield dice.uniform(600, 2 * 86_400)
        if issue.deleted is None and issue.resolution_id is not None:
            deeds.rate(cast.world, issue, dice.choice((1, 2, 3, 4, 4, 5, 5, 5)), dice.choice(("", "Thanks")))


def _at_once(cast: Cast) -> bool:
    return "same_millisecond" in cast.world.traps and cast.world.dice.random() < 0.05


def step(cast: Cast, issue: Issue) -> None:
    """Do one thing to an issue, as fits its state."""
    world, dice = cast.world, cast.world.dice
    if _rare(cast, issue):
        return
    agent = issue.assignee or cast.agent()
    if issue.assignee is None and dice.random() < 0.8:
        change(world, issue, cast.author(agent), {"assignee": agent})
    elif issue.resolution_id is not None:
        if dice.random() < 0.5:
            deeds.reopen(world, issue, cast.author(issue.reporter))
        else:
            write_comment(world, issue, issue.reporter, dice.choice(ASKS))
    elif dice.random() < 0.4:
        _talk(cast, issue, agent)
    else:
        _work(cast, issue, agent)


def _talk(cast: Cast, issue: Issue, agent: str) -> None:
    world, roll = cast.world, cast.world.dice.random()
    if roll < 0.55:
        write_comment(world, issue, agent, world.dice.choice(REPLIES))
    elif roll < 0.8:
        write_comment(world, issue, issue.reporter, world.dice.choice(ASKS))
    else:
        write_comment(world, issue, agent, world.dice.choice(NOTES), public=False)


def _work(cast: Cast, issue: Issue, agent: str) -> None:
    world, dice = cast.world, cast.world.dice
    roll = dice.random()
    if roll < 0.42:
        _move_on(cast, issue, agent)
    elif roll < 0.55:
        change(world, issue, cast.author(agent), {"priority": dice.randint(1, 5)})
    elif roll < 0.65:
        change(world, issue, cast.author(agent), {"assignee": None if dice.random() < 0.2 else cast.agent()})
    elif roll < 0.80:
        _detail(cast, issue, agent)
    else:
        deeds.resolve(world, issue, cast.author(agent))


def _move_on(cast: Cast, issue: Issue, agent: str) -> None:
    world, dice = cast.world, cast.world.dice
    open_ones = [
        one
        for one in world.project_of(issue).status_ids
        if one != issue.status_id and world.statuses[one].category != "done" and world.statuses[one].name != "Reopened"
    ]
    if not open_ones:
        return
    to = dice.choice(open_ones)
    rest = [one for one in open_ones if one != to]
    twice = "same_field_twice" in world.traps and rest and dice.random() < 0.15
    deeds.move_status(world, issue, cast.author(agent), to, dice.choice(rest) if twice else None)


def _detail(cast: Cast, issue: Issue, agent: str) -> None:
    """Change what no clock hangs on."""
    world, dice = cast.world, cast.world.dice
    way = dice.randrange(6)
    project = world.project_of(issue)
    if way == 0:
        change(world, issue, agent, {"labels": sorted({*issue.labels, dice.choice(LABELS)})})
    elif way == 1 and not project.simplified:
        change(world, issue, agent, {"customfield_10030": dice.choice(cast.severities)})
    elif way == 2 and project.kind == "service_desk":
        change(world, issue, agent, {PARTICIPANTS: [dice.choice(cast.customers)]})
    elif way == 3 and project.kind == "service_desk":
        change(world, issue, agent, {ORGANISATIONS: [dice.choice(list(world.organisations))]})
    elif way == 4:
        url = f"https://desk.example.test/tickets/{dice.randint(1, 500)}"
        deeds.remote_link(world, issue, agent, url, f"Ticket {url.rpartition('/')[2]}")
    else:
        other = world.find(dice.randint(100_001, max(world.issues)))
        if other is not None and other.id != issue.id:
            deeds.link(world, issue, other, agent)


def _rare(cast: Cast, issue: Issue) -> bool:
    """Let one of the rarer things happen, where they are switched on; return whether one did."""
    world, dice = cast.world, cast.world.dice
    roll = dice.random()
    if roll < 0.006 and "deleted_issues" in world.traps:
        deeds.delete(world, issue, cast.agent())
        return True
    if roll < 0.016 and "moves" in world.traps:
        there = [one for one in world.projects.values() if one.id != issue.project_id and not one.archived]
        deeds.move(world, issue, cast.agent(), dice.choice(there))
        return True
    if roll < 0.020 and "archived" in world.traps:
        deeds.archive(world, issue)
        return True
    written = [one for one in issue.comments if one.deleted is None]
    if roll < 0.034 and "deleted_comments" in world.traps and written:
        deeds.delete_comment(world, issue, cast.agent(), dice.choice(written))
        return True
    return False
