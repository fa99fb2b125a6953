"""The hub of a soak: its folder, and its daemon as a process of which anything may happen."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.flows.stop import StopSignal
from core.hub import Hub
from slahub.bootstrap import Opening
from tests.soak.town import House

__all__ = ["HubProcess"]

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("child.py")
UNBOUNDED = resource.RLIM_INFINITY

FIELDS = "{due: SLA due, state: SLA state, metric: SLA metric, policy: SLA policy, breached_at: SLA breached at}"
CONNECTION = (
    "  {name}: {{{options}, mode: live, note: internal, every: 1s, budget: {budget}, "
    "backfill: {{since: null}}, write_back: {fields}}}"
)

REST = """
policies:
  - name: standard
    calendar: always
    metrics:
      first_response: {targets: {critical: 1m, other: 4h}}
      resolution: {targets: {critical: 10m, other: 40h}, pause_in: [waiting/customer]}
    at_risk: 25% left
"""


@dataclass
class HubProcess:
    """folder: of the configuration. database: its address. killed: how often the daemon was."""

    folder: Path
    database: str
    killed: int = 0
    _daemon: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    _logged: int = 0
    _ahead: int = 0

    def write(self, houses: Iterable[House], admin: str) -> None:
        """Write the folder of a hub over these helpdesks. admin: the address at which an admin is told."""
        secrets = self.folder / "secrets"
        secrets.mkdir(mode=0o700)
        self._keep("admin", admin)
        connections: list[str] = []
        for each in houses:
            self._keep(each.name, each.secret)
            connections.append(
                CONNECTION.format(name=each.name, options=each.options, budget=each.budget, fields=FIELDS)
            )
        parts = [f'hub: {{database: "{self.database}", http: "127.0.0.1:0"}}', "connections:", *connections]
        parts.append('alerts: {to: "file:admin", except: [disk]}')
        (self.folder / "hub.yaml").write_text("\n".join(parts) + REST)
        self.shift.write_text("0")

    def _keep(self, name: str, secret: str) -> None:
        file = self.folder / "secrets" / name
        file.write_text(secret)
        file.chmod(0o600)

    @property
    def shift(self) -> Path:
        """The file that says by how many seconds the daemon's host is ahead."""
        return self.folder / "shift"

    @property
    def log(self) -> Path:
        """What the daemons have logged, all of them."""
        return self.folder / "daemon.log"

    def start(self) -> None:
        """Start the daemon."""
        with self.log.open("ab") as log:
            self._logged = log.seek(0, os.SEEK_END)
            self._daemon = subprocess.Popen(
                [sys.executable, str(CHILD), str(self.shift), str(self.folder)], cwd=ROOT, stdout=log, stderr=log,
                env=_environment(),
            )  # fmt: skip

    def works(self) -> bool:
        """Say whether the daemon started last has come so far that it does its work."""
        with self.log.open("rb") as log:
            log.seek(self._logged)
            return b'"event": "running"' in log.read()

    def runs(self) -> bool:
        """Say whether the daemon is alive."""
        return self._daemon is not None and self._daemon.poll() is None

    def kill(self) -> int | None:
        """Kill the daemon where it stands; return its exit status where it had ended by itself."""
        assert self._daemon is not None
        status = self._daemon.poll()
        if status is None:
            self._daemon.send_signal(signal.SIGKILL)
            self._daemon.wait()
            self.killed += 1
        return status

    def end(self) -> int:
        """Ask the daemon to end; return its exit status."""
        assert self._daemon is not None
        self._daemon.send_signal(signal.SIGTERM)
        return self._daemon.wait(60)

    def fill_disk(self, *, full: bool) -> None:
        """Let no file of the daemon's grow any more, as on a full disk; or grow again."""
        if self._daemon is not None and self.runs():
            most = max(path.stat().st_size for path in self.folder.glob("hub.db*")) if full else UNBOUNDED
            resource.prlimit(self._daemon.pid, resource.RLIMIT_FSIZE, (most, UNBOUNDED))

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command over the folder."""
        command = [sys.executable, "-m", "slahub", "--config", str(self.folder), *arguments]
        return subprocess.run(
            command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=600, env=_environment()
        )

    @contextmanager
    def opened(self) -> Iterator[Hub]:
        """Open the hub in this process, on a host whose clock is as far ahead as the daemon's."""
        opening = Opening(self.folder, StopSignal(), self._now, eager=True)
        hub = opening.hub()
        try:
            yield hub
        finally:
            opening.close()
            hub.store.close()

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def move_clock(self, seconds: int) -> None:
        """Set the clock of the daemon's host so far ahead of the real one, at once."""
        written = self.shift.with_suffix(".new")
        written.write_text(str(seconds))
        written.replace(self.shift)
        self._ahead = seconds


def _environment() -> dict[str, str]:
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SLAHUB_")}
    return {**mine, "PYTHONPATH": str(ROOT)}
