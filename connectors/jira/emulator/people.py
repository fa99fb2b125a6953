"""What people at work do by themselves, one thing after another."""

from connectors.jira.emulator.lives import Cast, open_one, step
from connectors.jira.emulator.world import World

__all__ = ["People"]


class People:
    """Acts at the site as its agents and customers do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def step(self) -> None:
        """Do one thing at the site's present moment."""
        with self._world.lock:
            self._world.settle()
            cast = Cast(self._world)
            open_ones = [
                one for one in self._world.issues.values() if one.deleted is None and one.resolution_id is None
            ]
            if not open_ones or self._world.dice.random() < 0.2:
                open_one(cast)
            else:
                step(cast, self._world.dice.choice(open_ones))
