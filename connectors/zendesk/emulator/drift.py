"""A desk at work while somebody reads it: one thing after another happens between two pages."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from connectors.emulation import Dice, Fault
from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.auth import KNOWN
from connectors.zendesk.emulator.records import EMAIL, WEB, Draft, Person, Ticket, Wishes
from connectors.zendesk.emulator.world import World

__all__ = ["drift", "happen"]

T = TypeVar("T")
_KEPT = (KNOWN.email, KNOWN.agent[0], KNOWN.customer[0])  # whose roles tests rely on


def drift(world: World, dice: Dice) -> str:
    """Let one to three things happen at the desk's present moment, and return their names."""
    done = list[str]()
    for _ in range(dice.randint(1, 3)):
        acts = list(_ACTS)
        dice.shuffle(acts)
        done.append(next((act.__name__ for act in acts if act(world, dice)), "nothing"))
    return ", ".join(done)


def happen(world: World, fault: Fault) -> None:
    """Do what a fault does beside the call that it struck."""
    if fault.kind == "drift":
        drift(world, Dice(fault.seed))
    else:
        world.fates.append(fault.fate)


def _any(dice: Dice, found: Iterable[T]) -> T | None:
    there = list(found)
    return dice.choice(there) if there else None


def _worked_on(world: World) -> list[Ticket]:
    return [one for one in world.tickets.values() if one.status in ("new", "open", "pending", "hold", "solved")]


def _staff(world: World, dice: Dice) -> Person:
    return dice.choice([one for one in world.people.values() if one.is_staff and not one.light])


def change(world: World, dice: Dice) -> bool:
    ticket = _any(dice, _worked_on(world))
    if ticket is None:
        return False
    attributes = dice.choice(
        (
            {"priority": dice.choice(("low", "normal", "high", "urgent"))},
            {"status": dice.choice(("open", "pending", "hold", "solved"))},
            {"type": dice.choice(("question", "incident"))},
            {"group_id": dice.choice(list(world.groups))},
        )
    )
    deeds.update(world, ticket, _staff(world, dice).id, Wishes(attributes=dict(attributes)))
    return True


def talk(world: World, dice: Dice) -> bool:
    ticket = _any(dice, _worked_on(world))
    if ticket is None or ticket.requester_id is None:
        return False
    if dice.random() < 0.5:
        deeds.reply(world, ticket, ticket.requester_id, Draft("Any news?", public=True), EMAIL)
    else:
        deeds.reply(world, ticket, _staff(world, dice).id, Draft("We are at it.", public=dice.random() < 0.6), WEB)
    return True


def delete(world: World, dice: Dice) -> bool:
    ticket = _any(dice, _worked_on(world))
    if ticket is None:
        return False
    deeds.delete(world, ticket, _staff(world, dice).id)
    return True


def restore(world: World, dice: Dice) -> bool:
    ticket = _any(dice, _trash(world))
    if ticket is None:
        return False
    deeds.restore(world, ticket, _staff(world, dice).id)
    return True


def scrub(world: World, dice: Dice) -> bool:
    ticket = _any(dice, _trash(world))
    if ticket is None:
        return False
    deeds.scrub(world, ticket)
    return True


def _trash(world: World) -> list[Ticket]:
    return [one for one in world.tickets.values() if one.status == "deleted" and not one.scrubbed]


def merge(world: World, dice: Dice) -> bool:
    found = _worked_on(world)
    if len(found) < 2:
        return False
    source, target = dice.sample(found, 2)
    deeds.merge(world, source, target, _staff(world, dice).id)
    return True


def touch(world: World, dice: Dice) -> bool:
    ticket = _any(dice, world.tickets.values())
    if ticket is None:
        return False
    deeds.system_update(world, ticket)
    return True


def hide(world: World, dice: Dice) -> bool:
    lines = [
        (ticket, event.comment.id)
        for ticket in _worked_on(world)
        for audit in ticket.audits
        for event in audit.events
        if event.comment is not None and event.comment.public
    ]
    chosen = _any(dice, lines)
    if chosen is None:
        return False
    deeds.hide_comment(world, chosen[0], _staff(world, dice).id, chosen[1])
    return True


def rename(world: World, dice: Dice) -> bool:
    organisation = _any(dice, world.organisations)
    if organisation is None:
        return False
    deeds.rename_organisation(world, organisation, f"Renamed {world.number()} Ltd")
    return True


def promote(world: World, dice: Dice) -> bool:
    person = _any(dice, (one for one in world.people.values() if one.role != "admin" and one.email not in _KEPT))
    if person is None:
        return False
    person.role, person.light, person.updated_at = ("admin" if person.is_staff else "agent"), False, world.now()
    return True


def rate(world: World, dice: Dice) -> bool:
    ticket = _any(dice, (one for one in world.tickets.values() if one.status == "solved"))
    if ticket is None:
        return False
    deeds.rate(world, ticket, dice.choice(("good", "bad")))
    return True


_ACTS: tuple[Callable[[World, Dice], bool], ...] = (
    change,
    talk,
    delete,
    restore,
    scrub,
    merge,
    touch,
    hide,
    rename,
    promote,
    rate,
)
