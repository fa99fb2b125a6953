"""The life of one ticket, as its caller, its agents and its jobs make it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.servicenow.emulator import deeds
from connectors.servicenow.emulator.change import reclass, remove, update
from connectors.servicenow.emulator.gate_known import KNOWN
from connectors.servicenow.emulator.people_at_start import agents_and_callers
from connectors.servicenow.emulator.phrases import ASKS, NOTES, REPLIES, SUBJECTS, TROUBLES
from connectors.servicenow.emulator.records import OTHER_DOMAIN, SAVED, How, Row
from connectors.servicenow.emulator.rules import is_open
from connectors.servicenow.emulator.words import CLOSE_CODES, HOLD_REASONS
from connectors.servicenow.emulator.world import World

__all__ = ["Cast", "life", "open_one", "step"]

_SHARES = (*["incident"] * 13, *["sc_req_item"] * 3, "sc_task", "problem", "change_request", "u_field_work")
_HOUR = 3600


@dataclass(slots=True)
class Cast:
    """Who acts at the instance: sys_ids and the user names that belong to them."""

    world: World
    agents: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    callers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    groups: list[str] = field(default_factory=list[str])
    services: list[Row] = field(default_factory=list[Row])
    names: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        agents, callers = agents_and_callers(self.world)
        self.agents = [(row.id, row["user_name"]) for row in agents]
        self.callers = [(row.id, row["user_name"]) for row in callers]
        self.groups = [*self.world.rows["sys_user_group"]]
        self.services = [*self.world.rows["cmdb_ci_service"].values()]
        self.names = {row.id: row["user_name"] for row in self.world.rows["sys_user"].values()}

    def agent(self) -> tuple[str, str]:
        return self.world.dice.choice(self.agents)

    def name(self, user_id: str) -> str:
        """Return the name that somebody signs with; what nobody does is done by `guest`."""
        return self.names.get(user_id, "guest")

    def how(self) -> How:
        """Return in which way a save is made: nearly always as people save."""
        world = self.world
        roll = world.dice.random()
        if world.opened and "late_commits" in world.traps and roll < 0.3:
            return How(lag=round(world.dice.uniform(2, world.traps.lag), 3))
        if "quiet_scripts" in world.traps and roll > 0.97:
            return How(audit=False, workflow=False) if roll > 0.985 else How(stamps=False)
        if "imports" in world.traps and roll > 0.94:
            return How(audit=False)
        return SAVED


def open_one(cast: Cast) -> Row:
    """Open a ticket of some class."""
    world, dice = cast.world, cast.world.dice
    table = dice.choice(_SHARES)
    caller_id, caller = dice.choice(cast.callers)
    by = dice.choices((caller, cast.agent()[1], "system"), (75, 20, 5))[0]
    values = {
        "short_description": f"{dice.choice(SUBJECTS)} {dice.choice(TROUBLES)}",
        "description": f"Reference {dice.randrange(1_000_000):06d}",
        "impact": dice.choices(("1", "2", "3"), (1, 3, 6))[0],
        "urgency": dice.choices(("1", "2", "3"), (1, 4, 5))[0],
        "contact_type": dice.choice(("email", "phone", "self-service")),
    }
    if dice.random() < 0.4:
        values["business_service"] = dice.choice(cast.services).id
    if dice.random() < 0.7:
        values["assignment_group"] = cast.groups[0]
    if "domains" in world.traps and dice.random() < 0.08:
        values["sys_domain"] = OTHER_DOMAIN
    return deeds.open_ticket(world, table, by, caller_id, values, cast.how())


def life(cast: Cast) -> Iterator[float]:
    """Live through one ticket; each pause is in seconds until its next moment."""
    dice = cast.world.dice
    row = open_one(cast)
    yield dice.uniform(60, 4 * _HOUR) if dice.random() < 0.85 else dice.uniform(1, 5) * 86_400
    for _ in range(dice.randint(3, 11)):
        if row.id in cast.world.gone:
            return
        step(cast, row)
        if not is_open(row) and dice.random() < 0.8:
            yield from _afterwards(cast, row)
            return
        yield dice.expovariate(1 / (4 * _HOUR)) + 20


def _afterwards(cast: Cast, row: Row) -> Iterator[float]:
    """Let the caller say how it was, and a job close what was resolved."""
    world = cast.world
    dice = type(world.dice)(f"{world.seed} after {row.id}")
    if row.table == "incident" and dice.random() < 0.35:
        yield dice.uniform(600, 86_400)
        if row.id not in world.gone and row["state"] == "6":
            deeds.survey(world, row, dice.choice((1, 2, 3, 4, 4, 5, 5, 5)), anonymous=dice.random() < 0.1)
    if row.table == "incident":
        yield 5 * 86_400 + dice.uniform(0, _HOUR)
        if row.id not in world.gone and row["state"] == "6":
            deeds.close(world, row, "system")
            if dice.random() < 0.3 and "archived" in world.traps:
                yield dice.uniform(_HOUR, 86_400)
                remove(world, row, "system", archive=True)


def step(cast: Cast, row: Row) -> None:
    """Do one thing to a ticket, as fits its state."""
    world, dice = cast.world, cast.world.dice
    if _rare(cast, row):
        return
    if not is_open(row):
        _after_end(cast, row)
        return
    if row["assigned_to"] == "":
        user_id, name = cast.agent()
        values = (
            {"assigned_to": user_id, "work_notes": dice.choice(NOTES)}
            if dice.random() < 0.3
            else {"assigned_to": user_id}
        )
        deeds.work(world, row, name, values, cast.how())
        return
    name = cast.name(row["assigned_to"])
    roll = dice.random()
    if row.table == "incident" and row["state"] == "3" and roll < 0.7:
        _continue(cast, row, name)
    elif roll < 0.38:
        _talk(cast, row, name)
    else:
        _work(cast, row, name)


def _after_end(cast: Cast, row: Row) -> None:
    caller = cast.name(row["caller_id"] or row["requested_for"] or row["opened_by"])
    if row.table == "incident" and row["state"] == "6" and cast.world.dice.random() < 0.6:
        deeds.reopen(cast.world, row, caller, cast.how())
    else:
        update(cast.world, row, caller, {"comments": cast.world.dice.choice(ASKS)}, cast.how())


def _continue(cast: Cast, row: Row, name: str) -> None:
    """End a hold: the caller answers, or an agent goes on."""
    if row["hold_reason"] == "1" and cast.world.dice.random() < 0.8:
        update(cast.world, row, cast.name(row["caller_id"]), {"comments": cast.world.dice.choice(ASKS)}, cast.how())
    else:
        deeds.work(cast.world, row, name, {"work_notes": cast.world.dice.choice(NOTES)}, cast.how())


def _talk(cast: Cast, row: Row, name: str) -> None:
    world, roll = cast.world, cast.world.dice.random()
    if roll < 0.5:
        update(world, row, name, {"comments": world.dice.choice(REPLIES)}, cast.how())
    elif roll < 0.7:
        caller = cast.name(row["caller_id"] or row["requested_for"] or row["opened_by"])
        update(world, row, caller, {"comments": world.dice.choice(ASKS)}, cast.how())
    else:
        update(world, row, name, {"work_notes": world.dice.choice(NOTES)}, cast.how())


def _work(cast: Cast, row: Row, name: str) -> None:
    world, dice = cast.world, cast.world.dice
    roll = dice.random()
    if roll < 0.28 and row.table in ("incident", "sc_req_item", "sc_task", "u_field_work"):
        reason = dice.choice([*HOLD_REASONS])
        deeds.hold(world, row, name, reason, cast.how(), dice.choice(REPLIES) if reason == "1" else "")
    elif roll < 0.45:
        changes = {"urgency": dice.choice("123")} if dice.random() < 0.7 else {"impact": dice.choice("123")}
        update(world, row, name, changes, cast.how())
    elif roll < 0.65:
        group, (user_id, _) = dice.choice(cast.groups), cast.agent()
        update(
            world,
            row,
            name,
            {"assignment_group": group, "assigned_to": user_id if dice.random() < 0.6 else ""},
            cast.how(),
        )
    elif roll < 0.7 and row.table == "incident":
        update(world, row, name, {"state": "8", "close_notes": "Not needed any more."}, cast.how())
    else:
        deeds.resolve(world, row, name, cast.how(), dice.choice(CLOSE_CODES))


def _rare(cast: Cast, row: Row) -> bool:
    """Let one of the rarer things happen, where they are switched on; return whether one did."""
    world, roll = cast.world, cast.world.dice.random()
    if roll < 0.006 and "deleted" in world.traps:
        remove(world, row, KNOWN.admin)
    elif roll < 0.012 and "class_changes" in world.traps and row.table == "incident":
        reclass(world, row, "u_field_work", cast.agent()[1], cast.how())
    elif roll < 0.024 and "hidden_rows" in world.traps:
        world.hidden ^= {row.id}
    else:
        return False
    return True
