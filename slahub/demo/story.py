"""What passes between the demo's helpdesks: support hands tickets on to others, and hears of them again."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.emulation import Crew
from slahub.demo.desk import Workshop
from slahub.demo.zendesk import ZendeskDesk

__all__ = ["EARLIER", "ENGINEERING", "OPERATIONS", "Story", "Trade"]

EARLIER = timedelta(minutes=13)
"""How long ago the story begins: what happens in its first minutes is exported and confirmed when somebody looks."""

BUSY = timedelta(minutes=3)
BEAT = timedelta(seconds=12)
AT_ONCE = 4
"""Tickets that are worked on at a time, before one is done."""


@dataclass(frozen=True, slots=True)
class Trade:
    """What support hands on to a workshop, and what it tells the customer then."""

    urgent: Sequence[str]
    usual: Sequence[str]
    told: str


ENGINEERING = Trade(
    ("Nobody can log in", "Payments fail", "The shop shows an error"),
    ("The export is cut off", "Reports are a day late", "A discount counts twice"),
    "Engineering looks into it.",
)
OPERATIONS = Trade(
    ("The line is dead", "Mail bounces", "The branch is offline"),
    ("A new till needs a port", "The backup needs more room", "A partner needs a way in"),
    "Operations look into it.",
)


@dataclass(frozen=True, slots=True)
class Handed:
    """A workshop's ticket, and the one in support that it stands for."""

    to: Workshop
    ticket: str
    of: int

    def take_up(self) -> None:
        self.to.take_up(self.ticket)


@dataclass
class Story:
    """Acts in all helpdesks, at their present moment.

    workshops: with what each of them gets; the first one first. fixing: what is worked on, longest there first.
    """

    zendesk: ZendeskDesk
    workshops: Sequence[tuple[Workshop, Trade]]
    seed: int
    _handed: int = 0
    _new: deque[Handed] = field(default_factory=deque[Handed])
    _fixing: deque[Handed] = field(default_factory=deque[Handed])

    def __post_init__(self) -> None:
        self._crew = Crew(self.step)

    def begin(self, *, at_work: bool) -> None:
        """Play what happened since `EARLIER`; all helpdesks are at the present then.

        at_work: people have been busy until this moment, and urgent requests are about to fall due. The export
            lags a minute behind; without this the first minute of watching would show nothing.
        """
        self.hand_over()  # and nobody ever takes it up
        self._fixing += [self.hand_over(), self.hand_over(urgent=False), self.hand_over(urgent=False)]
        self._wait(timedelta(seconds=100))
        for each in self._fixing:
            each.take_up()
        self._wait(EARLIER - BUSY - timedelta(seconds=100))
        if at_work:
            self._be_busy()
        else:
            self._wait(BUSY)

    def go_on(self, per_minute: float) -> None:
        """Let tickets pass between the helpdesks at this rate, until it is 0."""
        self._crew.work(per_minute)

    def step(self) -> None:
        """Do the next thing: take up what is new, tell the customer what is mended, or hand a ticket on."""
        if self._new:
            self._fixing.append(self._new.popleft())
            self._fixing[-1].take_up()
        elif len(self._fixing) > AT_ONCE:
            done = self._fixing.popleft()
            done.to.finish(done.ticket)
            self.zendesk.stage.reply(done.of, body="It works again.", status="solved")
        else:
            self._new.append(self.hand_over())

    def hand_over(self, *, urgent: bool = True) -> Handed:
        """Let a customer write, and an agent hand it on to the workshop whose turn it is."""
        turn, count = divmod(self._handed, len(self.workshops))
        workshop, trade = self.workshops[count]
        subjects = trade.urgent if urgent else trade.usual
        subject = subjects[(self.seed + turn) % len(subjects)]
        self._handed += 1
        ticket = self.zendesk.stage.new_ticket(subject, priority="urgent" if urgent else "normal")
        at = f"{self.zendesk.url}/agent/tickets/{ticket}"
        taken = workshop.take_in(subject, of=str(ticket), at=at, urgent=urgent)
        self.zendesk.stage.reply(ticket, body=trade.told)
        return Handed(workshop, taken, ticket)

    def _wait(self, some: timedelta) -> None:
        for desk in (self.zendesk, *(workshop for workshop, _ in self.workshops)):
            desk.advance(some.total_seconds())

    def _be_busy(self) -> None:
        opened: list[int] = []
        subjects = [subject for _, trade in self.workshops for subject in trade.urgent]
        for beat in range(BUSY // BEAT):
            self._wait(BEAT)
            if beat % 3 == 2:
                self.zendesk.stage.reply(opened.pop(0), status="pending")
            else:
                priority = "high" if beat % 4 == 3 else "urgent"
                subject = subjects[(self.seed + beat) % len(subjects)]
                opened.append(self.zendesk.stage.new_ticket(subject, priority=priority))
