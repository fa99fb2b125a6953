"""The machinery behind the emulated site: its traps, its credentials, its administrators, and the truth."""

from collections.abc import Collection, Generator
from contextlib import contextmanager

from connectors.emulation import CallLog, Doc, Faults
from connectors.jira.emulator import admin_deeds
from connectors.jira.emulator.gate import KNOWN, Gate
from connectors.jira.emulator.machinery import Machinery
from connectors.jira.emulator.people import People
from connectors.jira.emulator.records import User
from connectors.jira.emulator.site_records import Project, Status
from connectors.jira.emulator.truth import truth
from connectors.jira.emulator.users import PERMISSIONS
from connectors.jira.emulator.world import World

__all__ = ["Backstage"]


class Backstage(Machinery):
    """What a test or a demo sets on the site itself. Every method may be called from any thread.

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
            traps = self._world.traps
            before = "profile_zone" in traps
            traps.switch(names, on=on)
            if ("profile_zone" in traps) is not before:
                self._person("hub").zone = traps.own_zone if "profile_zone" in traps else "UTC"
            return sorted(traps.on)

    def lag(self, seconds: float, issue: int | None = None) -> None:
        """Let search know of changes so much later: with the trap `index_lag` of all, or always of one issue."""
        with self._world.lock:
            if issue is None:
                self._world.traps.lag = seconds
            else:
                self._world.traps.lags[issue] = seconds

    def zone(self, name: str, who: str = "hub") -> None:
        """Set the zone of somebody's profile, which the dates in their queries are read in."""
        with self._world.lock:
            self._person(who).zone = name

    def site_zone(self, name: str) -> None:
        """Set the zone that stamps are written in."""
        with self._world.lock:
            self._world.site_zone = name

    def epoch_literals(self, on: bool) -> None:
        """Set whether a Data Center takes milliseconds in JQL."""
        with self._world.lock:
            self._world.epoch_literals = on

    def search_maximum(self, rows: int) -> None:
        """Set the most rows on a page of a search; on Cloud on one with fields in it, and never more than 100."""
        with self._world.lock:
            self._world.search_maximum = rows

    def sla_as_text(self, on: bool) -> None:
        """Set whether a Data Center gives SLA fields as text."""
        with self._world.lock:
            self._world.sla_as_text = on

    def deny(self, permission: str) -> None:
        """Take a permission from everybody."""
        if permission not in PERMISSIONS:
            raise ValueError(f"permissions are {', '.join(PERMISSIONS)}, got {permission!r}")
        with self._world.lock:
            self._world.denied.add(permission)

    def permit(self, permission: str) -> None:
        with self._world.lock:
            self._world.denied.discard(permission)

    def appoint(self, project: str, who: str = "hub") -> None:
        """Make somebody administrator of a project."""
        with self._world.lock:
            self._project(project).admins.add(self._person(who).id)

    def revoke(self) -> None:
        """Turn every credential away until `allow`."""
        with self._world.lock:
            self._gate.revoked = True

    def allow(self) -> None:
        with self._world.lock:
            self._gate.revoked = False

    def expire(self, secret: str) -> None:
        """End one token now."""
        with self._world.lock:
            if secret not in self._gate.tokens:
                raise LookupError("there is no such token")
            self._gate.tokens[secret].expires = self._world.ms()

    def captcha(self, login: str = KNOWN.login, *, on: bool = True) -> None:
        """Let a login wait for a CAPTCHA, as after failed attempts; its password is not looked at until then."""
        with self._world.lock:
            if on:
                self._gate.captcha.add(login)
            else:
                self._gate.captcha.discard(login)

    def rename_status(self, status: int | str, name: str) -> None:
        """Rename; histories keep the name of their time."""
        with self._acting():
            admin_deeds.rename_status(self._status(status), name)

    def delete_status(self, status: int | str, into: int | str) -> None:
        """Delete; issues in it move to the other one, and histories are rewritten to it."""
        with self._acting() as world:
            admin_deeds.delete_status(world, self._status(status), self._status(into))

    def forget_user(self, who: str) -> None:
        """Delete a person under privacy law."""
        with self._world.lock:
            admin_deeds.forget_user(self._person(who))

    def rename_project(self, project: str, key: str) -> None:
        """Give a project another key, and with it each of its issues; the old keys go on to resolve."""
        with self._acting() as world:
            admin_deeds.rename_project_key(world, self._project(project), key)

    def revoke_project(self, project: str, who: str = "hub") -> None:
        """Close a project to somebody: its issues look deleted."""
        with self._world.lock:
            self._project(project).closed_to.add(self._person(who).id)

    def grant_project(self, project: str, who: str = "hub") -> None:
        with self._world.lock:
            self._project(project).closed_to.discard(self._person(who).id)

    def archive_project(self, project: str, *, on: bool = True) -> None:
        with self._world.lock:
            self._project(project).archived = on

    def truth(self) -> Doc:
        """Return everything that a store which read it all has to end equal to; see `truth`."""
        with self._acting() as world:
            return truth(world, self._person("hub"))

    def _project(self, name: str) -> Project:
        found = self._world.project_named(name)
        if found is None:
            raise LookupError(f"there is no project {name!r}")
        return found

    def _status(self, status: int | str) -> Status:
        for one in self._world.statuses.values():
            if status in (one.id, one.name) and not one.deleted:
                return one
        raise LookupError(f"no status is called {status!r}")

    def _person(self, who: str) -> User:
        known = {"hub": KNOWN.email, "admin": KNOWN.admin_email, "agent": KNOWN.agent, "customer": KNOWN.customer}
        wanted = known.get(who, who)
        for user in self._world.users.values():
            if wanted in (user.id, user.email, user.name):
                return user
        raise LookupError(f"nobody is called {who!r}; give an id, an e-mail address, or agent, customer, hub or admin")
