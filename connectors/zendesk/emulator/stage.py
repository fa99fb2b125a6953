"""The stage hand: acts at the desk as its agents and customers do."""

from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.auth import KNOWN
from connectors.zendesk.emulator.backstage import Backstage
from connectors.zendesk.emulator.change import archive
from connectors.zendesk.emulator.parse import wishes_of
from connectors.zendesk.emulator.records import EMAIL, WEB, Doc, Draft, Person, Ticket, Via, Wishes

__all__ = ["Stage"]


class Stage(Backstage):
    """What people do at the desk, at its present moment, from any thread.

    `by` says who acts: `agent` (the assignee, else the first agent), `customer` (the requester), `hub` (whom
    the emulator's own credentials belong to), an e-mail address, or an id.
    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    def new_ticket(
        self,
        subject: str = "A new request",
        *,
        body: str = "Please help.",
        requester: int | str | None = None,
        priority: str | None = None,
        type: str | None = None,
        by: int | str = "customer",
        via: str = "email",
        public: bool = True,
        tags: list[str] | None = None,
    ) -> int:
        """Open a ticket and return its id. `by` other than `customer`: an agent opens it for the requester."""
        with self._acting() as world:
            asks = self._person(requester if requester is not None else KNOWN.customer[0])
            author = asks if by == "customer" else self._person(by)
            wishes = Wishes(
                attributes={"subject": subject, "priority": priority, "type": type}, add_tags=tuple(tags or ())
            )
            return deeds.create(world, author.id, asks.id, Draft(body, public), wishes, via=Via(via)).id

    def reply(self, ticket: int, by: int | str = "agent", body: str = "A reply.", status: str | None = None) -> int:
        """Comment publicly; return the ticket's id, or the follow-up's when a closed ticket was answered."""
        with self._acting() as world:
            one = self._ticket(ticket)
            if one.status == "deleted":
                raise ValueError(f"ticket {ticket} is deleted and cannot be answered")
            author = self._author(one, by)
            attributes: Doc = {} if status is None else {"status": status}
            via = WEB if author.is_staff else EMAIL
            return deeds.reply(world, one, author.id, Draft(body, public=True), via, **attributes).id

    def note(self, ticket: int, by: int | str = "agent", body: str = "A private note.") -> None:
        with self._acting() as world:
            one = self._open(ticket)
            deeds.update(world, one, self._author(one, by).id, Wishes(comment=Draft(body, public=False)))

    def edit(self, ticket: int, changes: Doc, by: int | str = "agent") -> None:
        """Save a ticket with a body as `PUT /tickets/{id}` takes it, in the web form, by anybody."""
        with self._acting() as world:
            one = self._open(ticket)
            author = self._author(one, by)
            deeds.update(world, one, author.id, wishes_of(world, changes, author)[0])

    def status(self, ticket: int, status: str | int, by: int | str = "agent") -> None:
        """Set a status by name, or a custom status by id or label."""
        with self._world.lock:
            labels = {one.label: one.id for one in self._world.statuses.values()}
            custom = status if isinstance(status, int) else labels.get(status)
            known = isinstance(status, str) and status in ("new", "open", "pending", "hold", "solved", "closed")
            changes: Doc = {"status": status} if known else {"custom_status_id": custom}
            if not known and custom is None:
                raise LookupError(f"no status is called {status!r}; labels are {', '.join(labels)}")
            self.edit(ticket, changes, by)

    def priority(self, ticket: int, priority: str | None, by: int | str = "agent") -> None:
        self.edit(ticket, {"priority": priority}, by)

    def assign(
        self, ticket: int, assignee: int | str | None, group: int | None = None, by: int | str = "agent"
    ) -> None:
        """Assign to a person (None: to nobody), and to a group if one is given."""
        with self._world.lock:
            changes: Doc = {"assignee_id": None if assignee is None else self._person(assignee).id}
            if group is not None:
                changes["group_id"] = group
            self.edit(ticket, changes, by)

    def solve(self, ticket: int, by: int | str = "agent") -> None:
        self.edit(ticket, {"status": "solved"}, by)

    def reopen(self, ticket: int, by: int | str = "agent") -> None:
        self.edit(ticket, {"status": "open"}, by)

    def close(self, ticket: int, by: int | str = "agent") -> None:
        self.edit(ticket, {"status": "closed"}, by)

    def delete(self, ticket: int, by: int | str = "agent") -> None:
        with self._acting() as world:
            one = self._ticket(ticket)
            deeds.delete(world, one, self._author(one, by).id)

    def restore(self, ticket: int, by: int | str = "agent") -> None:
        with self._acting() as world:
            one = self._ticket(ticket)
            if one.status != "deleted" or one.scrubbed:
                raise ValueError(f"ticket {ticket} is {one.status}, only deleted ones can be restored")
            deeds.restore(world, one, self._author(one, by).id)

    def scrub(self, ticket: int) -> None:
        """Delete a deleted ticket for good."""
        with self._acting() as world:
            deeds.scrub(world, self._ticket(ticket))

    def merge(self, source: int, into: int, by: int | str = "agent") -> None:
        with self._acting() as world:
            one = self._open(source)
            deeds.merge(world, one, self._open(into), self._author(one, by).id)

    def rate(self, ticket: int, score: str = "good", comment: str | None = None) -> None:
        """Let the desk ask the customer for a rating, and the customer give it: `good` or `bad`."""
        if score not in ("good", "bad"):
            raise ValueError(f"score must be good or bad, got {score!r}")
        with self._acting() as world:
            one = self._open(ticket)
            deeds.offer_rating(world, one)
            deeds.rate(world, one, score, comment)

    def archive(self, ticket: int) -> None:
        """Archive a closed ticket now instead of months after its closing."""
        with self._acting() as world:
            one = self._ticket(ticket)
            if one.status != "closed":
                raise ValueError(f"ticket {ticket} is {one.status}, only closed ones are archived")
            archive(world, one)

    def hide_comment(self, ticket: int, comment: int, by: int | str = "agent") -> None:
        """Make a public comment private."""
        with self._acting() as world:
            one = self._ticket(ticket)
            deeds.hide_comment(world, one, self._author(one, by).id, comment)

    def move(self, ticket: int, organisation: int | None, by: int | str = "agent") -> None:
        """Give a ticket to another organisation."""
        self.edit(ticket, {"organization_id": organisation}, by)

    def rename_organisation(self, organisation: int, name: str) -> None:
        """Rename; its tickets get a system update."""
        with self._acting() as world:
            deeds.rename_organisation(world, organisation, name)

    def change_role(self, person: int | str, role: str, light: bool = False) -> None:
        """Make a person an end-user, agent or admin from now on."""
        if role not in ("end-user", "agent", "admin"):
            raise ValueError(f"role must be end-user, agent or admin, got {role!r}")
        with self._acting() as world:
            one = self._person(person)
            one.role, one.light, one.updated_at = role, light, world.now()

    def restrict(self, person: int | str, groups: list[int] | None) -> None:
        """Let an agent see the tickets in these groups alone; None: all again. Admins see all in any case."""
        with self._acting():
            self._person(person).only_groups = None if groups is None else frozenset(groups)

    def system_update(self, ticket: int) -> None:
        """Bump `generated_timestamp` alone, as re-indexing does."""
        with self._acting() as world:
            deeds.system_update(world, self._ticket(ticket))

    def _ticket(self, number: int) -> Ticket:
        ticket = self._world.tickets.get(number)
        if ticket is None:
            raise LookupError(f"there is no ticket {number}")
        return ticket

    def _open(self, number: int) -> Ticket:
        ticket = self._ticket(number)
        if ticket.status in ("closed", "deleted"):
            raise ValueError(f"ticket {number} is {ticket.status} and cannot be changed")
        return ticket

    def _person(self, who: int | str) -> Person:
        people = self._world.people.values()
        address = KNOWN.email if who == "hub" else KNOWN.agent[0] if who == "agent" else who
        for person in people:
            if address in (person.id, person.email):
                return person
        raise LookupError(f"nobody is called {who!r}; give an id, an e-mail address, or agent, customer or hub")

    def _author(self, ticket: Ticket, by: int | str) -> Person:
        if by == "customer":
            return self._person(ticket.requester_id or KNOWN.customer[0])
        if by == "agent" and ticket.assignee_id is not None:
            return self._person(ticket.assignee_id)
        return self._person(by)
