"""Where the demo happens: helpdesks on loopback, and the folder of a hub that is connected to all of them."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from core.assets import folder as assets
from slahub.demo.desk import Desk
from slahub.demo.jira import open_jira
from slahub.demo.servicenow import open_servicenow
from slahub.demo.story import EARLIER, ENGINEERING, OPERATIONS, Story
from slahub.demo.zendesk import open_zendesk

__all__ = ["Place", "open_place"]

STORIES = 0.1
"""The part of what people do that passes from one helpdesk to another."""


@dataclass(frozen=True)
class Place:
    """The running helpdesks, and the folder of the hub beside them."""

    desks: tuple[Desk, ...]
    folder: Path
    _story: Story

    def people(self, per_minute: float) -> None:
        """Let people work in each helpdesk at this rate, and pass tickets on; 0 sends them home."""
        self._story.go_on(per_minute * STORIES)
        for desk in self.desks:
            desk.people(per_minute)

    def writes(self) -> int:
        """Return how many write calls the helpdesks have taken."""
        return sum(desk.writes() for desk in self.desks)


@contextmanager
def open_place(*, tickets: int, seed: int, at_work: bool) -> Generator[Place]:
    """Start the helpdesks with a past, and write a hub's folder for them; all are gone at the end.

    tickets: in each of them. at_work: people have been busy until this moment.
    """
    start = datetime.now(UTC) - EARLIER
    with (
        TemporaryDirectory(prefix="slahub-demo-") as name,
        open_zendesk(tickets=tickets, seed=seed, start=start) as zendesk,
        open_jira(tickets=tickets, seed=seed, start=start) as jira,
        open_servicenow(tickets=tickets, seed=seed, start=start) as servicenow,
    ):
        story = Story(zendesk, ((jira, ENGINEERING), (servicenow, OPERATIONS)), seed)
        story.begin(at_work=at_work)
        folder = Path(name)
        desks = (zendesk, jira, servicenow)
        _write(folder, desks)
        yield Place(desks, folder, story)
        story.go_on(0)


def _write(folder: Path, desks: Sequence[Desk]) -> None:
    (folder / "secrets").mkdir(mode=0o700)
    text = (assets("config") / "examples" / "demo" / "slahub.yaml").read_text("utf-8")
    for desk in desks:
        secret = folder / "secrets" / desk.name
        secret.write_text(desk.secret)
        secret.chmod(0o600)
        mark = desk.name.upper()
        for what, value in {f"@{mark}_URL@": desk.url, f"@{mark}_ACCOUNT@": desk.account}.items():
            text = text.replace(json.dumps(what), json.dumps(value))
    (folder / "slahub.yaml").write_text(text, "utf-8")
