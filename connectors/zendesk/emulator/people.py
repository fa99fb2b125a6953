"""What people at work do by themselves, one thing after another."""

from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.histories import Cast
from connectors.zendesk.emulator.phrases import CUSTOMER, PRIVATE, REPLIES
from connectors.zendesk.emulator.records import EMAIL, WEB, Draft, Ticket, Wishes
from connectors.zendesk.emulator.world import World

__all__ = ["People"]


class People:
    """Acts at the desk as its agents and customers do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def step(self) -> None:
        """Do one thing at the desk's present moment."""
        with self._world.lock:
            self._world.settle()
            dice = self._world.dice
            waiting = [one for one in self._world.tickets.values() if one.status in ("new", "open", "pending", "hold")]
            if not waiting or dice.random() < 0.2:
                Cast.of(self._world).open_ticket()
            else:
                self._handle(dice.choice(waiting))

    def _handle(self, ticket: Ticket) -> None:
        world, dice = self._world, self._world.dice
        agent = ticket.assignee_id or dice.choice(Cast.of(world).agents)
        if ticket.status == "new":
            deeds.update(world, ticket, agent, Wishes(attributes={"assignee_id": agent}))
            return
        if ticket.status in ("pending", "hold"):
            author = ticket.requester_id or agent
            deeds.reply(world, ticket, author, Draft(dice.choice(CUSTOMER), public=True), EMAIL)
            return
        way = dice.random()
        if way < 0.25:
            deeds.update(world, ticket, agent, Wishes(comment=Draft(dice.choice(PRIVATE), public=False)))
        elif way < 0.35:
            deeds.update(
                world, ticket, agent, Wishes(attributes={"priority": dice.choice(("normal", "high", "urgent"))})
            )
        else:
            status = "pending" if way < 0.6 else "hold" if way < 0.7 else "solved"
            deeds.reply(world, ticket, agent, Draft(dice.choice(REPLIES), public=True), WEB, status=status)
