"""What happened to the seeded tickets: planned from dice, then played in order of time through the desk's own deeds."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.phrases import CUSTOMER, PRIVATE, REPLIES, SUBJECTS, TEXTS
from connectors.zendesk.emulator.records import API as BY_API
from connectors.zendesk.emulator.records import EMAIL, MESSAGING, VOICE, WEB, Draft, Ticket, Wishes
from connectors.zendesk.emulator.world import World

__all__ = ["Cast", "play"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_PRIORITIES = (None, None, None, "low", "normal", "normal", "high", "urgent")
_TYPES = (None, None, None, "question", "incident", "incident", "problem", "task")
_CHANNELS = (WEB, EMAIL, EMAIL, EMAIL, BY_API, MESSAGING, VOICE)
Step = tuple[int, int, Callable[[], None]]


@dataclass(slots=True)
class Cast:
    """Who can act, and the fields that tickets get at creation."""

    world: World
    customers: list[int] = field(default_factory=list[int])
    agents: list[int] = field(default_factory=list[int])
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    product: int = 0
    products: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, world: World) -> "Cast":
        product = world.field_of("Product")
        people = world.people.values()
        return cls(
            world,
            [one.id for one in people if one.role == "end-user"],
            [one.id for one in people if one.role == "agent" and not one.light],
            {one.label: one.id for one in world.statuses.values()},
            product.id,
            [option.value for option in product.options],
        )

    def open_ticket(self) -> Ticket:
        """Let a customer, now and then an agent for one, open a ticket at the desk's present moment."""
        dice, world = self.world.dice, self.world
        requester = dice.choice(self.customers)
        by_agent = dice.random() < 0.08
        wishes = Wishes(
            attributes={
                "subject": dice.choice(SUBJECTS).format(dice.randrange(1000, 9999)),
                "priority": dice.choice(_PRIORITIES),
                "type": dice.choice(_TYPES),
            },
            values={self.product: dice.choice(self.products)} if dice.random() < 0.6 else {},
            add_tags=("acme",) if dice.random() < 0.8 else (),
        )
        author = dice.choice(self.agents) if by_agent else requester
        # What an agent writes down for himself begins with a private comment.
        draft = Draft(dice.choice(TEXTS).format(dice.randrange(1000, 9999)), public=not by_agent or dice.random() < 0.5)
        return deeds.create(world, author, requester, draft, wishes, via=dice.choice(_CHANNELS))


class _Plan:
    """The course of one ticket. Steps are made before any is played; each reads the ticket when it is played."""

    def __init__(self, troupe: Cast, created: int) -> None:
        self._cast, self._at = troupe, created
        self._ticket: Ticket | None = None
        self._agent = troupe.world.dice.choice(troupe.agents)
        self.steps: list[tuple[int, Callable[[], None]]] = [(created, self._open)]

    @property
    def ticket(self) -> Ticket | None:
        """The ticket when it is there and can still be worked on."""
        ticket = self._ticket
        return None if ticket is None or ticket.status in ("closed", "deleted") else ticket

    def _open(self) -> None:
        self._ticket = self._cast.open_ticket()

    def after(self, least: int, most: int, act: Callable[[Ticket], object]) -> None:
        """Add a step some time after the last one; both bounds 0 means in the same second."""
        dice = self._cast.world.dice
        self._at += int(least * (most / max(least, 1)) ** dice.random()) if most else 0

        def step() -> None:
            ticket = self.ticket
            if ticket is not None:
                act(ticket)

        self.steps.append((self._at, step))

    def say(self, text: str, public: bool, **attributes: object) -> Callable[[Ticket], object]:
        draft = Draft(text, public)
        return lambda one: deeds.reply(self._cast.world, one, self._agent, draft, WEB, **attributes)

    def hear(self, text: str) -> Callable[[Ticket], object]:
        world = self._cast.world
        return lambda one: deeds.reply(world, one, one.requester_id or self._agent, Draft(text, public=True), EMAIL)

    def set(self, **attributes: object) -> Callable[[Ticket], object]:
        world, agent = self._cast.world, self._agent
        return lambda one: deeds.update(world, one, agent, Wishes(attributes=dict(attributes)))

    def write(self, others: list["_Plan"]) -> None:
        """Plan the whole course."""
        dice, statuses = self._cast.world.dice, self._cast.statuses
        if dice.random() < 0.05:
            return  # nobody has looked yet, and nobody will
        self.after(2 * _MINUTE, 5 * _HOUR, self.set(assignee_id=self._agent))
        if dice.random() < 0.25:
            self.after(0, 0, self.set(priority=dice.choice(("normal", "high", "urgent")), type="incident"))
        if dice.random() < 0.1:
            self.after(0, 0, self.say(dice.choice(PRIVATE), public=False))
        if dice.random() < 0.15:
            self.after(_MINUTE, _HOUR, self.set(custom_status_id=statuses["In progress"]))
        self._talk(statuses)
        ending = dice.random()
        if ending < 0.15:
            return
        if ending < 0.19:
            self._merge(dice.choice(others) if others else self)
            return
        if ending < 0.22:
            self.after(_HOUR, _DAY, lambda one: deeds.delete(self._cast.world, one, self._agent))
            if ending < 0.20:
                self._restore()
            return
        self.after(10 * _MINUTE, 2 * _DAY, self.say(dice.choice(REPLIES), public=True, status="solved"))
        if dice.random() < 0.12:
            self.after(_HOUR, 3 * _DAY, self.hear("It works again for me, but my colleague still sees it."))
            self.after(_HOUR, _DAY, self.set(status="solved"))
        if dice.random() < 0.1:
            self.after(_DAY, _DAY, lambda one: deeds.offer_rating(self._cast.world, one))
            self.after(_HOUR, _DAY, lambda one: deeds.rate(self._cast.world, one, dice.choice(("good", "bad"))))

    def _talk(self, statuses: dict[str, int]) -> None:
        dice = self._cast.world.dice
        for _ in range(dice.choice((0, 1, 1, 2, 3))):
            way = dice.random()
            if way < 0.6:
                status = dice.choice((statuses["Pending"], statuses["Waiting for customer info"]))
                self.after(5 * _MINUTE, _DAY, self.say(dice.choice(REPLIES), public=True, custom_status_id=status))
                self.after(10 * _MINUTE, 2 * _DAY, self.hear(dice.choice(CUSTOMER)))
            elif way < 0.75:
                status = dice.choice((statuses["On-hold"], statuses["Waiting on vendor"]))
                self.after(_HOUR, _DAY, self.set(custom_status_id=status))
                self.after(_HOUR, 3 * _DAY, self.say(dice.choice(PRIVATE), public=False, status="open"))
            elif way < 0.9:
                self.after(_MINUTE, 4 * _HOUR, self.say(dice.choice(PRIVATE), public=False))
            else:
                self._agent = dice.choice(self._cast.agents)
                group = self._cast.world.people[self._agent].default_group_id
                self.after(_MINUTE, 4 * _HOUR, self.set(group_id=group, assignee_id=self._agent))

    def _merge(self, other: "_Plan") -> None:
        def merge(one: Ticket) -> None:
            target = other.ticket
            if target is not None and target is not one:
                deeds.merge(self._cast.world, one, target, self._agent)

        self.after(_HOUR, _DAY, merge)

    def _restore(self) -> None:
        def restore() -> None:
            if self._ticket is not None and self._ticket.status == "deleted":
                deeds.restore(self._cast.world, self._ticket, self._agent)

        self.steps.append((self._at + _HOUR, restore))


def play(world: World, count: int, start: int, weeks: int) -> None:
    """Fill the world with `count` tickets and what happened to them until `start` (epoch seconds)."""
    if not count:
        return
    troupe, dice = Cast.of(world), world.dice
    steps: list[Step] = []
    plans: list[_Plan] = []
    for created in sorted(_creations(world, count, start, weeks)):
        plan = _Plan(troupe, created)
        plan.write(plans[-40:])
        plans.append(plan)
        steps.extend((at, world.number(), act) for at, act in plan.steps if at <= start)
    for part in (3, 7, 11):
        at = start - weeks * 7 * _DAY * part // 12
        steps.append((at, world.number(), lambda: _sweep(troupe)))
    renamed = dice.choice(list(world.organisations))
    at = start - 5 * _DAY
    steps.append((at, world.number(), lambda: deeds.rename_organisation(world, renamed, "Renamed Customer AG")))
    for _ in range(count // 30):
        steps.append((start - dice.randrange(120, 20 * _DAY), world.number(), lambda: _reindex(world)))
    steps.sort(key=lambda step: step[:2])
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage, and looking for it takes longer than the play
    for at, _, act in steps:
        with world.clock.at(at):
            world.settle()
            act()
    with world.clock.at(start):
        world.settle()
    if collecting:
        gc.enable()


def _creations(world: World, count: int, start: int, weeks: int) -> Iterator[int]:
    """Yield when tickets are opened: mostly by day, a few in the last hours, one half a minute ago."""
    dice = world.dice
    for index in range(count):
        if index == 0:
            yield start - 30
        elif index % 25 == 1:
            yield start - dice.randrange(70, 6 * _HOUR)
        else:
            day = dice.randrange(weeks * 7)
            second = int(dice.triangular(5 * _HOUR, 22 * _HOUR, 11 * _HOUR))
            yield min(start - 90, start - start % _DAY - day * _DAY - _DAY + second)


def _sweep(troupe: Cast) -> None:
    """Let an agent tag a dozen open tickets in one second, as a bulk update does."""
    world = troupe.world
    chosen = [one for one in world.tickets.values() if one.status in ("open", "pending", "hold")][:12]
    agent, tag = world.dice.choice(troupe.agents), f"sweep_{world.number()}"
    for ticket in chosen:
        deeds.update(world, ticket, agent, Wishes(add_tags=(tag,)))


def _reindex(world: World) -> None:
    if world.tickets:
        deeds.system_update(world, world.dice.choice(list(world.tickets.values())))
