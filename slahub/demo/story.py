"""What passes between the demo's two helpdesks: support hands tickets on to engineering, and hears of them again."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.emulation import Crew
from slahub.demo.jira import PROJECT, JiraDesk
from slahub.demo.zendesk import ZendeskDesk

__all__ = ["EARLIER", "Story"]

EARLIER = timedelta(minutes=13)
"""How long ago the story begins: what happens in its first minutes is exported and confirmed when somebody looks."""

BUSY = timedelta(minutes=3)
BEAT = timedelta(seconds=12)
URGENT = ("The shop is down", "Nobody can log in", "Payments fail", "The line is dead", "Mail bounces")
USUAL = ("The export is cut off", "Reports are a day late", "A discount counts twice")
HIGHEST, MEDIUM = 1, 3  # ids of Jira's priorities
AT_ONCE = 3
"""Issues that engineers work on at a time, before one is fixed."""

Pair = tuple[int, int]
"""An issue's id, and that of the ticket it stands for."""


@dataclass
class Story:
    """Acts in both helpdesks, at their present moment.

    fixing: issues that engineers work on, with the tickets they stand for, those longest there first.
    """

    zendesk: ZendeskDesk
    jira: JiraDesk
    seed: int
    _handed: int = 0
    _new: deque[Pair] = field(default_factory=deque[Pair])
    _fixing: deque[Pair] = field(default_factory=deque[Pair])

    def __post_init__(self) -> None:
        self._crew = Crew(self.step)

    def begin(self, *, at_work: bool) -> None:
        """Play what happened since `EARLIER`; both helpdesks are at the present then.

        at_work: people have been busy until this moment, and urgent requests are about to fall due. The export
            lags a minute behind; without this the first minute of watching would show nothing.
        """
        self.hand_over()  # and nobody ever takes it up
        self._fixing += [self.hand_over(), self.hand_over(urgent=False)]
        self._wait(timedelta(seconds=100))
        for issue, _ in self._fixing:
            self.take_up(issue)
        self._wait(EARLIER - BUSY - timedelta(seconds=100))
        if at_work:
            self._be_busy()
        else:
            self._wait(BUSY)

    def go_on(self, per_minute: float) -> None:
        """Let tickets pass between the two helpdesks at this rate, until it is 0."""
        self._crew.work(per_minute)

    def step(self) -> None:
        """Do the next thing: take up what is new, tell the customer what is fixed, or hand a ticket on."""
        if self._new:
            self._fixing.append(self._new.popleft())
            self.take_up(self._fixing[-1][0])
        elif len(self._fixing) > AT_ONCE:
            issue, ticket = self._fixing.popleft()
            self.jira.stage.resolve(issue)
            self.zendesk.stage.reply(ticket, body="It works again.", status="solved")
        else:
            self._new.append(self.hand_over())

    def hand_over(self, *, urgent: bool = True) -> Pair:
        """Let a customer write, and an agent hand it on to engineering; return the issue's id and the ticket's."""
        subjects = URGENT if urgent else USUAL
        subject = subjects[(self.seed + self._handed) % len(subjects)]
        self._handed += 1
        ticket = self.zendesk.stage.new_ticket(subject, priority="urgent" if urgent else "normal")
        issue = self.jira.stage.new_ticket(
            subject, project=PROJECT, reporter="agent", priority=HIGHEST if urgent else MEDIUM
        )
        self.jira.stage.remote_link(issue, f"{self.zendesk.url}/agent/tickets/{ticket}", f"Zendesk #{ticket}")
        self.zendesk.stage.reply(ticket, body="Engineering looks into it.")
        return issue, ticket

    def take_up(self, issue: int) -> None:
        """Let an engineer take an issue."""
        self.jira.stage.assign(issue, "agent")
        self.jira.stage.move_status(issue, "In Progress")

    def _wait(self, some: timedelta) -> None:
        for desk in (self.zendesk, self.jira):
            desk.stage.advance(some.total_seconds())

    def _be_busy(self) -> None:
        opened: list[int] = []
        for beat in range(BUSY // BEAT):
            self._wait(BEAT)
            if beat % 3 == 2:
                self.zendesk.stage.reply(opened.pop(0), status="pending")
            else:
                priority = "high" if beat % 4 == 3 else "urgent"
                subject = URGENT[(self.seed + beat) % len(URGENT)]
                opened.append(self.zendesk.stage.new_ticket(subject, priority=priority))
