"""The stage hand: acts at the instance as its agents, callers and scripts do."""

from connectors.servicenow.emulator import deeds
from connectors.servicenow.emulator.backstage import Backstage
from connectors.servicenow.emulator.change import reclass, remove, update
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.histories import forget_user, mass_update
from connectors.servicenow.emulator.people_at_start import agents_and_callers
from connectors.servicenow.emulator.records import SAVED, How, Row
from connectors.servicenow.emulator.rules import is_open
from connectors.servicenow.emulator.words import CLOSE_CODES

__all__ = ["Stage"]


class Stage(Backstage):
    """What people do at the instance, at its present moment, from any thread.

    Tickets are named by sys_id or number. `by` says who acts: `agent` (the assignee, else the first agent),
    `caller` (the ticket's), `hub`, or a user name. `lag`: seconds until a save is committed, after its stamp.
    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    def new_ticket(
        self,
        short_description: str = "A new ticket",
        *,
        table: str = "incident",
        caller: str = "",
        by: str = "",
        group: str = "",
        impact: int = 3,
        urgency: int = 3,
        values: dict[str, str] | None = None,
        lag: float = 0.0,
    ) -> str:
        """Open a ticket, of a group by name if there is one, and return its sys_id."""
        with self._acting() as world:
            if not world.schema.is_a(table, "task") or table == "task":
                raise ValueError(f"tickets are not made in {table!r}")
            name = caller or agents_and_callers(world)[1][0]["user_name"]
            given = {"short_description": short_description, "impact": str(impact), "urgency": str(urgency)}
            if group:
                given["assignment_group"] = self._group_id(group)
            caller_id = self._user_id(name)
            draft = {**given, **(values or {})}
            return deeds.open_ticket(world, table, by or name, caller_id, draft, How(lag=lag)).id

    def reply(
        self, ticket: str, by: str = "agent", text: str = "A reply.", *, public: bool = True, lag: float = 0.0
    ) -> None:
        """Comment, or leave a work note."""
        self.edit(ticket, {"comments" if public else "work_notes": text}, by, lag=lag)

    def edit(
        self,
        ticket: str,
        values: dict[str, str],
        by: str = "agent",
        *,
        audit: bool = True,
        workflow: bool = True,
        stamps: bool = True,
        lag: float = 0.0,
    ) -> None:
        """Save values by column, as they are stored. audit, workflow, stamps: False as scripts and imports save."""
        with self._acting() as world:
            row = self._ticket(ticket)
            unknown = values.keys() - world.schema.columns(row.table).keys()
            if unknown:
                raise LookupError(f"{row.table} has no column {', '.join(sorted(unknown))}")
            how = How(audit, workflow, stamps, lag)
            update(world, row, self._author(row, by), values, how)

    def start_work(self, ticket: str, by: str = "agent") -> None:
        with self._acting() as world:
            row = self._ticket(ticket)
            deeds.work(world, row, self._author(row, by), {})

    def hold(self, ticket: str, reason: int = 1, by: str = "agent", text: str = "") -> None:
        """Put on hold; reason: 1 caller, 5 change, 3 problem, 4 vendor."""
        with self._acting() as world:
            row = self._ticket(ticket)
            deeds.hold(world, row, self._author(row, by), str(reason), SAVED, text)

    def assign(self, ticket: str, to: str = "", group: str = "", by: str = "agent") -> None:
        """Assign to somebody by user name, or to a group by name, or both."""
        with self._acting() as world:
            row = self._ticket(ticket)
            values = {"assigned_to": self._user_id(to)} if to else {}
            if group:
                values["assignment_group"] = self._group_id(group)
            update(world, row, self._author(row, by), values)

    def resolve(self, ticket: str, by: str = "agent", code: str = CLOSE_CODES[0]) -> None:
        with self._acting() as world:
            row = self._ticket(ticket)
            deeds.resolve(world, row, self._author(row, by), SAVED, code)

    def close(self, ticket: str, by: str = "system") -> None:
        with self._acting() as world:
            row = self._ticket(ticket)
            deeds.close(world, row, self._author(row, by))

    def reopen(self, ticket: str, by: str = "caller") -> None:
        with self._acting() as world:
            row = self._ticket(ticket)
            if is_open(row):
                raise ValueError(f"{row['number']} is open")
            deeds.reopen(world, row, self._author(row, by))

    def delete(self, ticket: str, by: str = KNOWN.admin) -> None:
        with self._acting() as world:
            remove(world, self._ticket(ticket), by)

    def archive(self, ticket: str) -> None:
        """Move an incident into its archive, as a job does; a deletion is logged of it."""
        with self._acting() as world:
            row = self._ticket(ticket)
            if row.table != "incident":
                raise ValueError(f"only incidents are archived here, {row['number']} is none")
            remove(world, row, "system", archive=True)

    def move(self, ticket: str, table: str, by: str = "agent", *, stamps: bool = True) -> None:
        """Give a ticket another class. stamps: False as when it is reparented by a script."""
        with self._acting() as world:
            row = self._ticket(ticket)
            if table not in world.schema.tables or table == row.table:
                raise ValueError(f"{row['number']} cannot become {table!r}")
            reclass(world, row, table, self._author(row, by), How(stamps=stamps))

    def hide(self, ticket: str, *, on: bool = True) -> None:
        """Let an ACL hide a ticket, and all that belongs to it, from all but administrators."""
        with self._world.lock:
            hidden = self._world.hidden
            (hidden.add if on else hidden.discard)(self._ticket(ticket).id)

    def lock(self, ticket: str, how: str = "acl", *, on: bool = True) -> None:
        """Refuse writes to a ticket over REST: by an `acl`, or by a business `rule` that aborts the save."""
        if how not in ("acl", "rule"):
            raise ValueError(f"a ticket is locked by an acl or a rule, got {how!r}")
        with self._world.lock:
            held = self._world.locked if how == "acl" else self._world.aborted
            (held.add if on else held.discard)(self._ticket(ticket).id)

    def corrupt(self, ticket: str, *, on: bool = True) -> None:
        """Let a record break each page that holds it."""
        with self._world.lock:
            broken = self._world.corrupt
            (broken.add if on else broken.discard)(self._ticket(ticket).id)

    def mass_update(self, count: int) -> int:
        """Let a job change so many tickets within this second, and return how many it did."""
        with self._acting() as world:
            return mass_update(world, count)

    def rate(self, ticket: str, score: int, *, anonymous: bool = False) -> str:
        """Let the caller say how it was, from 1 to 5, and return the sys_id of the survey."""
        with self._acting() as world:
            return deeds.survey(world, self._ticket(ticket), score, anonymous=anonymous).id

    def outage(self, service: str = "ERP", seconds: int | None = 3600, kind: str = "outage", ticket: str = "") -> str:
        """Write down an outage that began so many seconds ago and has just ended; None: it began now and lasts."""
        with self._acting() as world:
            found = world.first("cmdb_ci_service", name=service)
            if found is None:
                raise LookupError(f"there is no service {service!r}")
            now = world.now()
            begin, end = (now, None) if seconds is None else (now - seconds, now)
            return deeds.outage(world, found, begin, end, kind, self._ticket(ticket) if ticket else None).id

    def delete_entry(self, ticket: str, text: str) -> None:
        """Delete the entries of a ticket's journal that read so; the audit keeps its copies."""
        with self._acting() as world:
            found = [one for one in world.related("sys_journal_field", self._ticket(ticket).id) if one["value"] == text]
            if not found:
                raise LookupError(f"no entry of {ticket} reads {text!r}")
            for one in found:
                world.drop(one)

    def rename_user(self, name: str, to: str) -> None:
        """Give somebody another user name; what they did before keeps the old one."""
        with self._acting() as world:
            row = world.rows["sys_user"][self._user_id(name)]
            update(world, row, KNOWN.admin, {"user_name": to})
            world.user_ids[to] = world.user_ids.pop(name)

    def forget_user(self, name: str) -> None:
        """Delete somebody by user name; tickets and logs go on naming them."""
        with self._acting() as world:
            forget_user(world, name)

    def leave_group(self, name: str) -> None:
        """Take somebody out of all groups; the rows of their memberships are deleted."""
        with self._acting() as world:
            user = self._user_id(name)
            for row in [one for one in world.rows["sys_user_grmember"].values() if one["user"] == user]:
                remove(world, row, KNOWN.admin)

    def number_of(self, ticket: str) -> str:
        with self._world.lock:
            return self._ticket(ticket)["number"]

    def _ticket(self, ticket: str) -> Row:
        found = self._world.find("task", ticket) or self._world.first("task", number=ticket)
        if found is None:
            raise LookupError(f"there is no ticket {ticket!r}")
        return found

    def _user_id(self, name: str) -> str:
        found = self._world.user_ids.get(name)
        if found is None:
            raise LookupError(f"nobody is called {name!r}")
        return found

    def _group_id(self, name: str) -> str:
        found = self._world.first("sys_user_group", name=name)
        if found is None:
            raise LookupError(f"there is no group {name!r}")
        return found.id

    def _author(self, row: Row, by: str) -> str:
        names = {sys_id: name for name, sys_id in self._world.user_ids.items()}
        if by == "caller":
            return names.get(row["caller_id"] or row["requested_for"] or row["opened_by"], "guest")
        if by == "agent":
            return names.get(row["assigned_to"], KNOWN.agent)
        return KNOWN.user if by == "hub" else by
