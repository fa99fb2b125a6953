"""What people at work do by themselves, one thing after another."""

from connectors.emulation import Dice
from connectors.jira.emulator.gate import KNOWN
from connectors.jira.emulator.lives import Cast, open_one, step
from connectors.jira.emulator.world import World

__all__ = ["People"]


class People:
    """Acts at the site as its agents and customers do, and its administrators where traps say so."""

    def __init__(self, world: World) -> None:
        self._world = world

    def drift(self, seed: str) -> None:
        """Do one to three things, which hang on this seed alone and on how the site stands."""
        with self._world.lock:
            before, self._world.dice = self._world.dice, Dice(seed)
            for _ in range(self._world.dice.randint(1, 3)):
                self.step()
            self._world.dice = before

    def step(self) -> None:
        """Do one thing at the site's present moment."""
        world = self._world
        with world.lock:
            world.settle()
            cast = Cast(world)
            if "lost_projects" in world.traps and world.dice.random() < 0.003:
                self._close_one()
                return
            there = [one for one in world.issues.values() if one.deleted is None]
            open_ones = [one for one in there if one.resolution_id is None]
            if not open_ones or world.dice.random() < 0.2:
                open_one(cast)
            else:
                step(cast, world.dice.choice(open_ones))

    def _close_one(self) -> None:
        hub = next(one.id for one in self._world.users.values() if one.email == KNOWN.email)
        project = self._world.project_named("FAC")
        if project is not None:
            project.closed_to.add(hub)
