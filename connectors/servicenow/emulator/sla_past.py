"""What a retroactive SLA clock takes over from before it was attached."""

from connectors.servicenow.emulator.hours import Hours
from connectors.servicenow.emulator.query_terms import Test
from connectors.servicenow.emulator.records import Row
from connectors.servicenow.emulator.world import World

__all__ = ["past_pauses"]


def past_pauses(world: World, task: Row, pause: Test, hours: Hours, start: int, end: int) -> tuple[int, int]:
    """Return how long a ticket met a pause condition within [start, end): all seconds, and the open ones.

    Its saves are gone through backwards, whether they left an audit or not.
    """
    values, until = dict(task.values), end
    whole = open_time = 0
    for done in reversed(world.updates.get(task.id, [])):
        began = max(done.at, start)
        if began < until and pause(values):
            whole += until - began
            open_time += hours.counted(began, until)
        until = min(until, began)
        if until <= start:
            break
        for name, (old, _) in done.changes.items():
            values[name] = old
    return whole, open_time
