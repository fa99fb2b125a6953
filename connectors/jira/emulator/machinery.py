"""The machinery behind the emulated site: what edits meet, what tasks come to, and who was written to."""

from abc import ABC, abstractmethod

from connectors.emulation import Control, Doc
from connectors.jira.emulator import deeds
from connectors.jira.emulator.gate import Gate, Token
from connectors.jira.emulator.office_at_start import furnish_hub_fields
from connectors.jira.emulator.profiles import run
from connectors.jira.emulator.records import User
from connectors.jira.emulator.world import World

__all__ = ["Machinery"]


class Machinery(Control, ABC):
    """What a test or a demo sets on the site itself. Every method may be called from any thread.

    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    _world: World
    _gate: Gate

    @abstractmethod
    def _person(self, who: str) -> User: ...

    def edits(
        self,
        *,
        screens: bool | None = None,
        quiet: str | None = None,
        conflicts: int | None = None,
        locked: list[int] | None = None,
    ) -> None:
        """Set what edits meet.

        screens: whether they are refused what is on no edit screen. conflicts: so many of the next end in 409.
        quiet: without the right to it, `notifyUsers=false` is to `refuse` them or to be told to `ignore`.
        locked: ids of statuses in which nothing can be edited.
        """
        if quiet not in (None, "refuse", "ignore"):
            raise ValueError(f"quiet must be refuse or ignore, got {quiet!r}")
        with self._world.lock:
            office = self._world.office
            office.checks_screens = office.checks_screens if screens is None else screens
            office.quiet_edits = quiet or office.quiet_edits
            office.conflicts = office.conflicts if conflicts is None else conflicts
            office.locked_statuses = office.locked_statuses if locked is None else set(locked)

    def jobs(self, delay: float | None = None, most: int | None = None) -> None:
        """Set how many seconds a bulk task waits, and again works, and how many there may be at a time."""
        with self._world.lock:
            office = self._world.office
            office.bulk_delay = office.bulk_delay if delay is None else delay
            office.most_tasks = office.most_tasks if most is None else most

    def mail(self) -> int:
        """Return how many notifications went out since the site opened, or since they were forgotten."""
        with self._world.lock:
            return self._world.office.mail

    def forget_mail(self) -> None:
        with self._world.lock:
            self._world.office.mail = 0

    def faults(
        self,
        profiles: list[str],
        seed: int | None = None,
        rate: float | None = None,
        budget: int | None = None,
        longest: float = 3.0,
    ) -> None:
        """Let these profiles strike from now on, and no others; none ends them all.

        profiles: of limits, errors, resets, cut, slow, lost_writes, jobs, drift.
        rate: share of the fitting calls that each strikes; budget: how often each strikes before it is over; both
            else as each profile has them. seed: else the site's own.
        longest: seconds that a slow answer or a `Retry-After` may ask for.
        """
        world = self._world
        chosen, place = world.seed if seed is None else seed, world.office.context
        self._strike(run(profiles, chosen, world.flavour, place, rate=rate, budget=budget, longest=longest))

    def limits(
        self,
        on: bool | None = None,
        *,
        burst: int | None = None,
        rate: float | None = None,
        points: int | None = None,
        reason: str | None = None,
        told_late: bool | None = None,
    ) -> None:
        """Change what is given: limits on or off, and of which kind.

        burst: calls that an endpoint takes at once; rate: a factor on those that follow each second.
        points: of an app in an hour; reason: why its quota ends, as `RateLimit-Reason` says.
        told_late: whether the headers about the quota are off.
        """
        given = {"on": on, "burst": burst, "rate": rate, "points": points, "reason": reason, "told_late": told_late}
        with self._world.lock:
            for name, value in given.items():
                if value is not None:
                    setattr(self._world.office.limiter, name, value)

    def spend(self, points: int) -> None:
        """Use an app's points up, as another site of the same app would."""
        with self._world.lock:
            self._world.office.limiter.spend_points(points)

    def drain(self, method: str, template: str, face: str = "api") -> None:
        """Use the burst of an endpoint up, by its path's template, as another integration would."""
        with self._world.lock:
            self._world.office.limiter.drain(method, f"{face} {template}")

    def consent(self, answer: str) -> None:
        """Set what is said to an app that wants in: `ask` by a page, or `grant` or `deny` at once."""
        if answer not in ("ask", "grant", "deny"):
            raise ValueError(f"answer must be ask, grant or deny, got {answer!r}")
        with self._world.lock:
            self._world.office.authority.consent = answer

    def expire_tokens(self) -> None:
        """End every OAuth access token now; refresh tokens stay good."""
        with self._world.lock:
            self._world.office.authority.expire_access()

    def withdraw_consent(self) -> None:
        """End everything that apps were allowed, for good."""
        with self._world.lock:
            self._world.office.authority.revoke()

    def tokens(self, life: int | None = None, leeway: float | None = None, failure: int | None = None) -> None:
        """Set how long new access tokens live, how long a used refresh token is still good, both in seconds, and the
        status of an invalid grant; a negative leeway gives none.
        """
        with self._world.lock:
            authority = self._world.office.authority
            authority.expires_in = authority.expires_in if life is None else life
            authority.leeway = authority.leeway if leeway is None else leeway
            authority.failure = authority.failure if failure is None else failure

    def hook_trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next webhooks: `double`, `lose`, `reorder` or `forge`."""
        self._world.office.courier.trap(name, times)

    def hook_signatures(self, *, on: bool) -> None:
        """Set whether an administrator's webhooks are signed, as older servers do not."""
        with self._world.lock:
            self._world.office.signs_hooks = on

    def hooks_delivered(self, seconds: float = 10.0) -> Doc:
        """Wait until no webhook is on its way, and return how many were `sent`, `failed` and `lost`.

        Raises: ValueError when some still are after so many seconds.
        """
        courier = self._world.office.courier
        if not courier.wait(seconds):
            raise ValueError(f"webhooks were still on their way after {seconds} seconds")
        return {"sent": len(courier.sent), "failed": len(courier.failed), "lost": courier.lost}

    def let_in(self, person: str, token: str) -> None:
        """Give somebody an API token, on a Data Center a personal access token."""
        with self._world.lock:
            kind = "api" if self._world.flavour == "cloud" else "pat"
            self._gate.tokens[token] = Token(self._person(person).id, kind)

    def rate(self, issue: int, score: int, comment: str = "") -> None:
        """Let the customer say how it was, from 1 to 5."""
        with self._world.lock:
            self._world.settle()
            deeds.rate(self._world, self._world.issues[issue], score, comment)

    def hub_fields(self, *, on_screens: bool = True) -> dict[str, str]:
        """Make the fields that a hub writes to, and return their ids by slot."""
        with self._world.lock:
            return furnish_hub_fields(self._world, on_screens=on_screens)

    def desk_lists(self, most: int) -> None:
        """Set how many rows a page of a service desk's list has at most."""
        with self._world.lock:
            self._world.office.most_rows = most

    def tasks(self) -> list[Doc]:
        """Return the bulk tasks as they stand."""
        with self._world.lock:
            return [
                {"id": one.id, "status": one.status, "edited": list(one.edited), "unknown": one.unknown}
                for one in self._world.office.tasks.values()
            ]
