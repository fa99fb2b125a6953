"""The machinery behind the emulated desk: its clock, its faults, its limits, its credentials, and the truth."""

from collections.abc import Generator
from contextlib import contextmanager

from connectors.emulation import CallLog, Control, Faults
from connectors.zendesk.emulator.auth import KNOWN, Gate
from connectors.zendesk.emulator.limits import PLANS, Limiter
from connectors.zendesk.emulator.people import People
from connectors.zendesk.emulator.profiles import run
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.truth import truth
from connectors.zendesk.emulator.webhooks import Webhook
from connectors.zendesk.emulator.world import FEATURES, World

__all__ = ["Backstage"]


class Backstage(Control):
    """What a test or a demo sets on the desk itself. Every method may be called from any thread.

    Methods raise LookupError for what is not there and ValueError for what cannot be.
    """

    def __init__(self, world: World, gate: Gate, limiter: Limiter, faults: Faults, calls: CallLog) -> None:
        super().__init__(world, faults, calls, People(world).step)
        self._world, self._gate, self._limiter = world, gate, limiter

    @contextmanager
    def _acting(self) -> Generator[World]:
        """Hold the desk still at its present moment, everything due having happened."""
        with self._world.lock:
            self._world.settle()
            yield self._world

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
            else as each profile has them. seed: else the desk's own.
        longest: seconds that a slow answer or a `Retry-After` may ask for.
        """
        with self._world.lock:
            chosen = self._world.seed if seed is None else seed
            self._strike(run(profiles, chosen, rate, budget, longest))

    def revoke(self) -> None:
        """Turn every credential away until `allow`."""
        with self._world.lock:
            self._gate.revoke()

    def allow(self) -> None:
        with self._world.lock:
            self._gate.allow()

    def expire_tokens(self) -> None:
        """End every OAuth access token now; refresh tokens and clients stay good."""
        with self._world.lock:
            self._gate.expire_tokens()

    def token_life(self, seconds: int | None) -> None:
        """Set `expires_in` of new access tokens; None: they never end."""
        with self._world.lock:
            self._gate.expires_in = seconds

    def jobs(self, delay: float | None = None, shape: str | None = None) -> None:
        """Set how many seconds a bulk job waits, and whether its results are `rows` or one `object`."""
        if shape not in (None, "rows", "object"):
            raise ValueError(f"shape must be rows or object, got {shape!r}")
        with self._world.lock:
            self._world.job_delay = self._world.job_delay if delay is None else delay
            self._world.job_shape = shape or self._world.job_shape

    def exports(self, empty_cursor: str) -> None:
        """Set what a cursor export answers when nothing is new: the `same` cursor or `null`."""
        if empty_cursor not in ("same", "null"):
            raise ValueError(f"empty_cursor must be same or null, got {empty_cursor!r}")
        with self._world.lock:
            self._world.empty_cursor = empty_cursor

    def features(self, **there: bool) -> None:
        """Give the account a feature or take it away, by name; what it lacks is answered with 403.

        Names: slas, group_slas, schedules, satisfaction, and exports: every incremental one at once.
        """
        unknown = there.keys() - set(FEATURES)
        if unknown:
            raise ValueError(f"features are {', '.join(FEATURES)}, got {', '.join(sorted(unknown))}")
        with self._world.lock:
            self._world.lacks |= {name for name, is_there in there.items() if not is_there}
            self._world.lacks -= {name for name, is_there in there.items() if is_there}

    def zone_names(self, kind: str) -> None:
        """Set how schedules name their zones: `friendly`, as the desk's own pages do, or `iana`."""
        if kind not in ("friendly", "iana"):
            raise ValueError(f"kind must be friendly or iana, got {kind!r}")
        with self._world.lock:
            self._world.friendly_zones = kind == "friendly"

    def limits(
        self,
        on: bool | None = None,
        plan: str | None = None,
        account: int | None = None,
        high_volume: bool | None = None,
        sandbox: bool | None = None,
    ) -> None:
        """Change what is given: limits on or off, the plan, the account's calls a minute, add-on, sandbox.

        sandbox: of trial accounts too; it also archives sooner after closing.
        """
        if plan is not None and plan not in PLANS:
            raise ValueError(f"plan must be one of {', '.join(PLANS)}, got {plan!r}")
        with self._world.lock:
            for name, value in (
                ("on", on),
                ("plan", plan),
                ("account", account),
                ("high_volume", high_volume),
                ("sandbox", sandbox),
            ):
                if value is not None:
                    setattr(self._limiter, name, value)
            if sandbox is not None:
                self._world.sandbox = sandbox
                self._world.archive_after = (3 if sandbox else 120) * 86400

    def spend(self, bucket: str, calls: int) -> None:
        """Use calls of a limit up, as another integration would; `account` or a bucket's name."""
        with self._world.lock:
            self._limiter.spend(bucket, calls)

    def webhook(self, url: str, secret: str, *, trigger: bool = False, but_by: str = KNOWN.email) -> None:
        """Have an address told of tickets: of every event, or by a trigger of all that but one user did."""
        with self._world.lock:
            user = next(one.id for one in self._world.people.values() if one.email == but_by)
            self._world.webhooks.all.append(Webhook(url, secret, trigger, user))

    def webhook_trap(self, name: str, times: int = 1) -> None:
        """Let something happen to the next deliveries: `double`, `lose`, `reorder` or `forge`."""
        self._world.webhooks.courier.trap(name, times)

    def webhooks_delivered(self, seconds: float = 10.0) -> Doc:
        """Wait until nothing is on its way, and return how many were `sent`, `failed` and `lost`.

        Raises: ValueError when some still are after so many seconds.
        """
        courier = self._world.webhooks.courier
        if not courier.wait(seconds):
            raise ValueError(f"webhooks were still on their way after {seconds} seconds")
        return {"sent": len(courier.sent), "failed": len(courier.failed), "lost": courier.lost}

    def truth(self) -> Doc:
        """Return everything that a store which read it all has to end equal to; see `truth`."""
        with self._acting() as world:
            return truth(world)
