"""The stage hand: acts at the site as its agents, customers and administrators do."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from connectors.emulation import CallLog, Control, Faults
from connectors.jira.emulator import deeds
from connectors.jira.emulator.change import change, write_comment
from connectors.jira.emulator.gate import KNOWN, Gate
from connectors.jira.emulator.people import People
from connectors.jira.emulator.records import Issue, User
from connectors.jira.emulator.world import World

__all__ = ["Stage"]


class Stage(Control):
    """What people do at the site, at its present moment, from any thread.

    Issues are named by id, or by a key of now or before. `by` says who acts: `agent` (the assignee, else the
    first agent), `customer` (the reporter), `hub`, `admin`, an e-mail address, or an id; None: nobody.
    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    def __init__(self, world: World, gate: Gate, faults: Faults, calls: CallLog) -> None:
        super().__init__(world, faults, calls, People(world).step)
        self._world, self._gate = world, gate

    @contextmanager
    def _acting(self) -> Generator[World]:
        """Hold the site still at its present moment, everything due having happened."""
        with self._world.lock:
            self._world.settle()
            yield self._world

    def traps(self, names: Collection[str] = (), *, on: bool = True) -> list[str]:
        """Switch traps by name, `all` for every one, and return which are on."""
        with self._world.lock:
            self._world.traps.switch(names, on=on)
            hub = self._person("hub")
            hub.zone = self._world.traps.own_zone if "profile_zone" in self._world.traps else "UTC"
            return sorted(self._world.traps.on)

    def new_ticket(
        self,
        summary: str = "A new request",
        *,
        project: str = "HELP",
        reporter: str = "customer",
        priority: int | None = 3,
        description: str | None = "Please help.",
    ) -> int:
        """Open an issue and return its id."""
        with self._acting() as world:
            found = world.project_named(project)
            if found is None:
                raise LookupError(f"there is no project {project!r}")
            asked = [one.id for one in world.request_types.values() if one.project_id == found.id]
            return deeds.open_issue(
                world,
                found,
                self._person(reporter).id,
                summary=summary,
                description=description,
                priority_id=priority,
                request_type=asked[0] if asked else None,
            ).id

    def reply(self, issue: int | str, by: str = "agent", body: str = "A reply.", *, public: bool = True) -> int:
        """Comment, and return the comment's id."""
        with self._acting() as world:
            one = self._issue(issue)
            return write_comment(world, one, self._author(one, by), body, public=public).id

    def move_status(self, issue: int | str, status: int | str, by: str | None = "agent") -> None:
        """Move to a status by id or name."""
        with self._acting() as world:
            one = self._issue(issue)
            deeds.move_status(world, one, self._author(one, by), self._status(one, status))

    def set_priority(self, issue: int | str, priority: int | None, by: str | None = "agent") -> None:
        with self._acting() as world:
            one = self._issue(issue)
            change(world, one, self._author(one, by), {"priority": priority})

    def assign(self, issue: int | str, to: str | None, by: str | None = "agent") -> None:
        with self._acting() as world:
            one = self._issue(issue)
            change(world, one, self._author(one, by), {"assignee": None if to is None else self._person(to).id})

    def _issue(self, issue: int | str) -> Issue:
        found = self._world.named(str(issue))
        if found is None:
            raise LookupError(f"there is no issue {issue}")
        return found

    def _status(self, issue: Issue, status: int | str) -> int:
        for one in self._world.project_of(issue).status_ids:
            if status in (one, self._world.statuses[one].name):
                return one
        raise LookupError(f"no status of this project is called {status!r}")

    def _person(self, who: str) -> User:
        known = {"hub": KNOWN.email, "admin": KNOWN.admin_email, "agent": KNOWN.agent, "customer": KNOWN.customer}
        wanted = known.get(who, who)
        for user in self._world.users.values():
            if wanted in (user.id, user.email, user.name):
                return user
        raise LookupError(f"nobody is called {who!r}; give an id, an e-mail address, or agent, customer, hub or admin")

    def _author(self, issue: Issue, by: str | None) -> str | None:
        if by is None:
            return None
        if by == "customer" and issue.reporter is not None:
            return issue.reporter
        if by == "agent" and issue.assignee is not None:
            return issue.assignee
        return self._person(by).id
