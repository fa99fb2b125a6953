"""The machinery behind the emulated instance: its traps, its rights, its credentials, its properties, the truth."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager

from connectors.emulation import CallLog, Control, Doc, Faults
from connectors.servicenow.emulator import profiles
from connectors.servicenow.emulator.dictionary import set_property
from connectors.servicenow.emulator.gate import Gate
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.herald import Herald, Rule
from connectors.servicenow.emulator.histories import purge_audit
from connectors.servicenow.emulator.limits import Limiter
from connectors.servicenow.emulator.limits import Rule as LimitRule
from connectors.servicenow.emulator.people import People
from connectors.servicenow.emulator.records import Account
from connectors.servicenow.emulator.tables import TICKETS
from connectors.servicenow.emulator.truth import truth
from connectors.servicenow.emulator.world import Sight, World

__all__ = ["Backstage"]

_AMERICAN = ("US/Pacific", "%m/%d/%Y %I:%M:%S %p")


class Backstage(Control):
    """What a test or a demo sets on the instance itself. Every method may be called from any thread.

    Methods raise LookupError for what is not there and ValueError for what cannot be. `who` is a user name.
    """

    def __init__(
        self, world: World, gate: Gate, limiter: Limiter, herald: Herald, faults: Faults, calls: CallLog
    ) -> None:
        super().__init__(world, faults, calls, People(world).step)
        self._world, self._gate, self._limiter, self._herald = world, gate, limiter, herald

    @contextmanager
    def _acting(self) -> Generator[World]:
        """Hold the instance still at its present moment, everything due having happened."""
        with self._world.lock:
            self._world.settle()
            yield self._world

    def traps(self, names: Collection[str] = (), *, on: bool = True) -> list[str]:
        """Switch traps by name, `all` for every one, and return which are on."""
        with self._world.lock:
            traps = self._world.traps
            traps.switch(names, on=on)
            hub = self._account(KNOWN.user)
            foreign = "foreign_zone" in traps
            hub.zone, hub.form = _AMERICAN if foreign else ("GMT", "%Y-%m-%d %H:%M:%S")
            hub.language = "de" if "foreign_language" in traps else "en"
            return sorted(traps.on)

    def faults(
        self,
        names: Sequence[str],
        seed: int | None = None,
        *,
        rate: float | None = None,
        budget: int | None = None,
        longest: float = 3.0,
    ) -> None:
        """Let profiles of faults strike from now on, and no others."""
        chosen = self._world.seed if seed is None else seed
        self._strike(profiles.run(names, chosen, rate=rate, budget=budget, longest=longest))

    def cancel(self, shape: str = "error") -> None:
        """Let the next page break as a query does that takes too long: `error`, `truncated` or `both`."""
        if shape not in profiles.FATES:
            raise ValueError(f"shapes are {', '.join(profiles.FATES)}, got {shape!r}")
        with self._world.lock:
            self._world.fate = shape

    def page(self, name: str = "") -> None:
        """Answer every call otherwise; empty: no more.

        `hibernation` and `login` are pages with status 200, `redirect` leads to another host.
        """
        if name not in ("", "hibernation", "login", "redirect"):
            raise ValueError(f"pages are hibernation, login and redirect, got {name!r}")
        with self._world.lock:
            self._world.page = name

    def limit(
        self, hourly: int, *, who: str = "", role: str = "", table: str = "", api: str = "Table API", lag: float = 0.0
    ) -> None:
        """Make a rate limit rule. lag: seconds that the node takes to know a count."""
        with self._world.lock:
            rule = LimitRule(self._world.new_id(), hourly, api, who, role, table)
            self._limiter.rules.append(rule)
            self._limiter.lag = lag

    def unlimit(self) -> None:
        with self._world.lock:
            self._limiter.rules.clear()

    def batch_seconds(self, each: float | None) -> None:
        """Set how long each item of a batch takes; None: as it comes."""
        with self._world.lock:
            self._world.batch_seconds = each

    def configure(self, name: str, value: str) -> None:
        """Set a system property."""
        with self._world.lock:
            set_property(self._world, name, value)

    def audit(self, table: str, *, on: bool) -> None:
        """Set whether changes of a table are audited; tables that extend it are not touched."""
        with self._world.lock:
            if table not in self._world.schema.tables:
                raise LookupError(f"there is no table {table!r}")
            self._world.schema.tables[table].audit = on

    def purge_audit(self, before: str) -> int:
        """Purge the audit of before a stamp (`2026-03-01 00:00:00`), and return how many rows that were."""
        with self._acting() as world:
            return purge_audit(world, before)

    def grant(self, role: str, who: str = KNOWN.user) -> None:
        with self._world.lock:
            self._account(who).roles.add(role)

    def deprive(self, role: str, who: str = KNOWN.user) -> None:
        with self._world.lock:
            self._account(who).roles.discard(role)

    def acl(self, table: str, sight: Sight | None, who: str = "") -> None:
        """Set what is seen of a table instead of the usual: rows, empty or forbidden; None: the usual again."""
        with self._world.lock:
            if sight is None:
                self._world.acls.pop((table, who), None)
            elif sight in ("rows", "empty", "forbidden"):
                self._world.acls[table, who] = sight
            else:
                raise ValueError(f"a table shows rows, is empty or is forbidden, got {sight!r}")

    def deny(self, table: str, column: str, deed: str = "read", *, on: bool = True) -> None:
        """Close a column to all but administrators, for `read` or `write`."""
        if deed not in ("read", "write"):
            raise ValueError(f"a column is closed for read or write, got {deed!r}")
        with self._world.lock:
            closed = self._world.unreadable if deed == "read" else self._world.unwritable
            (closed.add if on else closed.discard)((table, column))

    def overrule(self, column: str, *, on: bool = True) -> None:
        """Let a business rule put a column back to what it was, whatever is written over REST."""
        with self._world.lock:
            (self._world.overruled.add if on else self._world.overruled.discard)(column)

    def profile(
        self, who: str = KNOWN.user, *, zone: str | None = None, language: str | None = None, form: str | None = None
    ) -> None:
        """Set somebody's zone, language, or format of date-times (as strftime takes it)."""
        with self._world.lock:
            account = self._account(who)
            account.zone = account.zone if zone is None else zone
            account.language = account.language if language is None else language
            account.form = account.form if form is None else form

    def domain(self, name: str, who: str = KNOWN.user) -> None:
        """Put somebody into a domain; `TOP` sees all of them."""
        with self._world.lock:
            self._account(who).domain = name

    def mfa(self, who: str = KNOWN.user, *, on: bool = True) -> None:
        with self._world.lock:
            self._account(who).mfa = on

    def interactive(self, who: str = KNOWN.user, *, on: bool = True) -> None:
        """Set whether an account may log in to the pages, for which basic authentication is closed."""
        with self._world.lock:
            self._account(who).interactive = on

    def refuse(self, way: str, *, on: bool = True) -> None:
        """Let an access policy turn a way in away: `basic`, `bearer` or `key`."""
        if way not in ("basic", "bearer", "key"):
            raise ValueError(f"ways in are basic, bearer and key, got {way!r}")
        with self._world.lock:
            (self._gate.refused.add if on else self._gate.refused.discard)(way)

    def application_user(self, who: str) -> None:
        """Set whom client credentials act as; empty: nobody."""
        with self._world.lock:
            self._gate.tokens.application_user = who

    def expire_tokens(self) -> None:
        """End every access token now."""
        with self._world.lock:
            self._gate.tokens.expire()

    def revoke(self) -> None:
        """Turn every credential away until `allow`."""
        with self._world.lock:
            self._gate.revoked = True

    def allow(self) -> None:
        with self._world.lock:
            self._gate.revoked = False

    def sessions(self) -> int:
        """Return how many sessions were begun; who keeps no cookies begins one with each call."""
        with self._world.lock:
            return len(self._gate.sessions)

    def push(
        self, url: str, secret: str = KNOWN.push_secret, header: str = "X-Hub-Secret", but_by: str = KNOWN.user
    ) -> None:
        """Install the business rule that sends a hint to an address after each save of a ticket."""
        with self._world.lock:
            self._herald.rules.append(Rule(url, secret, header, frozenset(TICKETS), but_by))

    def push_trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next hints: double, lose, reorder or forge."""
        self._herald.courier.trap(name, times)

    def push_wait(self, seconds: float = 10.0) -> bool:
        """Wait until no hint is on its way."""
        return self._herald.courier.wait(seconds)

    def truth(self) -> Doc:
        """Return everything that a store which read it all has to end equal to; see `truth`."""
        with self._acting() as world:
            return truth(world)

    def _account(self, who: str) -> Account:
        found = self._world.accounts.get(who)
        if found is None:
            raise LookupError(f"there is no account {who!r}; there are {', '.join(self._world.accounts)}")
        return found
