"""The stage hand: acts at the site as its agents and customers do."""

from connectors.jira.emulator import deeds
from connectors.jira.emulator.backstage import Backstage
from connectors.jira.emulator.change import change, write_comment
from connectors.jira.emulator.records import Comment, Issue, Value

__all__ = ["Stage"]


class Stage(Backstage):
    """What people do at the site, at its present moment, from any thread.

    Issues are named by id, or by a key of now or before. `by` says who acts: `agent` (the assignee, else the
    first agent), `customer` (the reporter), `hub`, `admin`, an e-mail address, or an id; None: nobody.
    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    def new_ticket(
        self,
        summary: str = "A new request",
        *,
        project: str = "HELP",
        reporter: str = "customer",
        priority: int | None = 3,
        description: str | None = "Please help.",
        organisations: list[int] | None = None,
        labels: list[str] | None = None,
    ) -> int:
        """Open an issue, in a service project as a request, and return its id."""
        with self._acting() as world:
            found = self._project(project)
            asked = [one for one in world.request_types.values() if one.project_id == found.id]
            return deeds.open_issue(
                world,
                found,
                self._person(reporter).id,
                summary=summary,
                type_id=asked[0].issue_type_id if asked else None,
                description=description,
                priority_id=priority,
                request_type=asked[0].id if asked else None,
                organisations=organisations or (),
                labels=labels or (),
            ).id

    def reply(
        self,
        issue: int | str,
        by: str | None = "agent",
        body: str = "A reply.",
        *,
        public: bool = True,
        role: str | None = None,
    ) -> int:
        """Comment, and return the comment's id. role: who alone may read it, which is not what `public` says."""
        with self._acting() as world:
            one = self._issue(issue)
            visibility = None if role is None else ("role", role)
            author = self._author(one, by)
            return write_comment(world, one, author, body, public=public, visibility=visibility).id

    def edit_comment(self, comment: int, body: str, by: str | None = "agent") -> None:
        with self._acting() as world:
            found, one = self._comment(comment)
            deeds.edit_comment(world, one, self._author(one, by), found, body)

    def delete_comment(self, comment: int, by: str | None = "agent") -> None:
        with self._acting() as world:
            found, one = self._comment(comment)
            deeds.delete_comment(world, one, self._author(one, by), found)

    def move_status(
        self, issue: int | str, status: int | str, by: str | None = "agent", via: int | str | None = None
    ) -> None:
        """Move to a status by id or name; `via` another in the same save, which makes two items of one field."""
        with self._acting() as world:
            one = self._issue(issue)
            through = None if via is None else self._status_of(one, via)
            deeds.move_status(world, one, self._author(one, by), self._status_of(one, status), through)

    def set_priority(self, issue: int | str, priority: int | None, by: str | None = "agent") -> None:
        self.edit(issue, {"priority": priority}, by)

    def assign(self, issue: int | str, to: str | None, by: str | None = "agent") -> None:
        """Assign to somebody; None: to nobody."""
        with self._world.lock:
            self.edit(issue, {"assignee": None if to is None else self._person(to).id}, by)

    def edit(self, issue: int | str, changes: dict[str, Value], by: str | None = "agent") -> None:
        """Save values by field id, as they are kept: ids, milliseconds, texts, lists of these."""
        with self._acting() as world:
            one = self._issue(issue)
            unknown = changes.keys() - world.fields.keys()
            if unknown:
                raise LookupError(f"there is no field {', '.join(sorted(unknown))}")
            change(world, one, self._author(one, by), changes)

    def resolve(self, issue: int | str, by: str | None = "agent") -> None:
        with self._acting() as world:
            one = self._issue(issue)
            deeds.resolve(world, one, self._author(one, by))

    def reopen(self, issue: int | str, by: str | None = "customer") -> None:
        with self._acting() as world:
            one = self._issue(issue)
            deeds.reopen(world, one, self._author(one, by))

    def move(self, issue: int | str, project: str, by: str | None = "agent") -> str:
        """Move to another project, and return the new key."""
        with self._acting() as world:
            one = self._issue(issue)
            found = self._project(project)
            if found.id == one.project_id:
                raise ValueError(f"issue {one.key} is in {found.key} already")
            deeds.move(world, one, self._author(one, by), found)
            return one.key

    def delete(self, issue: int | str, by: str | None = "agent") -> None:
        with self._acting() as world:
            one = self._issue(issue)
            deeds.delete(world, one, self._author(one, by))

    def archive(self, issue: int | str, *, on: bool = True) -> None:
        """Archive an issue, or bring it back."""
        with self._acting() as world:
            deeds.archive(world, self._issue(issue), on=on)

    def link(self, issue: int | str, to: int | str, by: str | None = "agent") -> int:
        """Relate two issues, and return the link's id."""
        with self._acting() as world:
            one = self._issue(issue)
            return deeds.link(world, one, self._issue(to), self._author(one, by)).id

    def remote_link(self, issue: int | str, url: str, title: str, by: str | None = "agent") -> int:
        """Link an issue to something elsewhere, and return the link's id."""
        with self._acting() as world:
            one = self._issue(issue)
            return deeds.remote_link(world, one, self._author(one, by), url, title).id

    def key_of(self, issue: int | str) -> str:
        with self._world.lock:
            return self._issue(issue).key

    def _issue(self, issue: int | str) -> Issue:
        found = self._world.named(str(issue))
        if found is None:
            raise LookupError(f"there is no issue {issue}")
        return found

    def _comment(self, comment: int) -> tuple[Comment, Issue]:
        found = self._world.comments.get(comment)
        if found is None or found.deleted is not None:
            raise LookupError(f"there is no comment {comment}")
        return found, self._issue(found.issue_id)

    def _status_of(self, issue: Issue, status: int | str) -> int:
        """Return one of the statuses of an issue's project; two projects may have one of the same name."""
        for one in self._world.project_of(issue).status_ids:
            if status in (one, self._world.statuses[one].name):
                return one
        raise LookupError(f"no status of this project is called {status!r}")

    def _author(self, issue: Issue, by: str | None) -> str | None:
        if by is None:
            return None
        if by == "customer" and issue.reporter is not None:
            return issue.reporter
        if by == "agent" and issue.assignee is not None:
            return issue.assignee
        return self._person(by).id
