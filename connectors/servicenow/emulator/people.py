"""What people at work do by themselves, one thing after another."""

from connectors.emulation import Dice
from connectors.servicenow.emulator.histories import mass_update
from connectors.servicenow.emulator.lives import Cast, open_one, step
from connectors.servicenow.emulator.rules import is_open
from connectors.servicenow.emulator.world import World

__all__ = ["People"]


class People:
    """Acts at the instance as its agents, callers and jobs do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def drift(self, seed: str) -> None:
        """Do one to three things, which hang on this seed alone and on how the instance stands."""
        with self._world.lock:
            before, self._world.dice = self._world.dice, Dice(seed)
            for _ in range(self._world.dice.randint(1, 3)):
                self.step()
            self._world.dice = before

    def step(self) -> None:
        """Do one thing at the present moment."""
        world = self._world
        with world.lock:
            world.settle()
            if "equal_seconds" in world.traps and world.dice.random() < 0.01:
                mass_update(world, 300)
                return
            cast = Cast(world)
            open_ones = [one for one in world.all("task") if one.table != "sc_request" and is_open(one)]
            if not open_ones or world.dice.random() < 0.2:
                open_one(cast)
            else:
                step(cast, world.dice.choice(open_ones))
