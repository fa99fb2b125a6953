"""Looks for the columns that show the hub's values, and makes what is missing where it may; else says how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors import FieldName, Provision, ProvisionState, Slot, field_of
from connectors.servicenow.client import Api
from connectors.servicenow.columns import Layout
from connectors.servicenow.layouts import Layouts
from connectors.servicenow.outfit import (
    KINDS,
    UNAUDITED,
    audit_steps,
    choice_bodies,
    choice_steps,
    column_body,
    column_steps,
    element_of,
    form_steps,
    label_of,
)
from connectors.servicenow.own import STATES, OwnColumn, state_of

__all__ = ["Provisioner"]

PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

FORBIDDEN = 403

NO_ADMIN = (
    "this account may not make columns; that takes the role admin or personalize_dictionary, which the hub does not "
    "need otherwise: have the instance's admin make them, as 'slahub provision --print' says"
)


class Provisioner:
    """names: what the folder calls each slot's column. withheld: why nothing may be made; empty where it may."""

    def __init__(
        self,
        api: Api,
        layouts: Layouts,
        tables: Sequence[str],
        names: Mapping[Slot, FieldName],
        withheld: str = "",
    ) -> None:
        self._api, self._layouts, self._tables, self._names = api, layouts, tuple(tables), names
        self._withheld = withheld

    def look(self, recorded: Mapping[str, str]) -> list[Provision]:
        """Return the columns that the folder names, as all the tables have them."""
        seen = self._layouts.renewed()
        return [self._column(slot, name, seen) for slot, name in self._names.items()]

    def make(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        """Make what is missing of a column, table by table: itself, and its choices."""
        seen, forbidden = self._layouts.renewed(), self._withheld
        for slot, name in self._names.items():
            each = self._column(slot, name, seen)
            if each.state is not MISSING or each.what not in wanted:
                continue
            made = replace(each, state=REFUSED, reason=forbidden) if forbidden else self._made(slot, name, each, seen)
            # What is forbidden once needs not be tried for every column.
            forbidden = forbidden or (NO_ADMIN if NO_ADMIN in made.reason else "")
            yield made

    def _column(self, slot: Slot, name: FieldName, seen: Layout) -> Provision:
        """Return how the column of a slot stands in the tables."""
        own = {table: own for table in self._tables if (own := seen.of.get(table, {}).get(slot))}
        lacks = [table for table in self._tables if (table, slot) in seen.absent]
        unfit = [table for table in self._tables if table not in own and table not in lacks]
        one = next(iter(own.values()), None)
        title, element = label_of(slot, name), one.name if one else element_of(name)
        found = Provision(field_of(slot), title, f"{KINDS[slot][1]} column", PRESENT, id=element if one else "")
        short = {table: _states_lacking(each) for table, each in own.items() if _states_lacking(each)}
        wrong = [_without_key(seen.why_not(table, slot)) for table in unfit]
        if wrong:
            step = f"put that right in ServiceNow, or write another title under write_back.{slot} to have a column made"
            return replace(found, state=UNFIT, reason="; ".join(wrong), steps=(step,))
        if not lacks and not short:
            steps = (*self._audited(one, seen), *form_steps(slot, title, self._tables))
            return replace(found, steps=steps)
        steps = column_steps(slot, name, lacks) if lacks else ()
        for table, states in short.items():
            steps += tuple(f"{table}: {each}" for each in choice_steps(title, states))
        reasons = [f"it is not in {', '.join(lacks)}"] if one is not None and lacks else []
        reasons += [f"in {table} it has no choice for {', '.join(states)}" for table, states in short.items()]
        bar = self._withheld or ("" if seen.dictionary.of else NO_ADMIN)
        return replace(
            found,
            state=UNFIT if bar else MISSING,
            reason="; ".join([*reasons, *([bar] if bar else [])]),
            steps=steps,
        )

    def _audited(self, own: OwnColumn | None, seen: Layout) -> tuple[str, ...]:
        if own is None or own.table not in seen.dictionary.of:
            return ()
        told = str(seen.dictionary.of[own.table].get(own.name, {}).get("attributes", ""))
        return () if UNAUDITED in told else audit_steps(own.name)

    def _made(self, slot: Slot, name: FieldName, wanted: Provision, seen: Layout) -> Provision:
        """Make what one slot lacks; a run that was killed goes on where it was."""
        why: list[str] = []
        listed: set[tuple[str, str]] = set()
        for table in self._tables:
            own = seen.of.get(table, {}).get(slot)
            said = "" if own else self._sent("sys_dictionary", column_body(slot, name, table))
            for body in _choices(slot, name, table, own):
                # Several tables may share their parent's.
                if not said and (body["name"], body["value"]) not in listed:
                    said = self._sent("sys_choice", body)
                    listed.add((body["name"], body["value"]))
            if said == NO_ADMIN:
                return replace(wanted, state=REFUSED, reason=NO_ADMIN)
            why += [f"{table}: {said}"] if said else []
        after = self._column(slot, name, self._layouts.renewed())
        if why or after.state is not PRESENT:
            told = "; ".join([*why, after.reason] if after.reason else why)
            return replace(after, state=REFUSED, reason=told or "ServiceNow made it, and does not show it")
        return replace(after, state=CREATED, reason="", steps=form_steps(slot, after.title, self._tables))

    def _sent(self, table: str, body: Mapping[str, str]) -> str:
        """Make one row; return why it was not made."""
        reply = self._api.make(table, body)
        if reply.status == FORBIDDEN:
            return NO_ADMIN
        return reply.said if reply.status not in {200, 201} else ""


def _choices(slot: Slot, name: FieldName, table: str, own: OwnColumn | None) -> list[dict[str, str]]:
    """Return the choices that are to be made. own: the column that is there; None: it is made now."""
    if slot is not Slot.STATE:
        return []
    if own is None:
        return choice_bodies(table, element_of(name), STATES)
    return choice_bodies(own.listed, own.name, _states_lacking(own))


def _states_lacking(own: OwnColumn) -> tuple[str, ...]:
    """Return the states that a column with choices has none for."""
    if own.slot is not Slot.STATE or not own.options:
        return ()
    there = {state_of(value, label) for value, label in own.options.items()}
    return tuple(state for state in STATES if state not in there)


def _without_key(problem: str) -> str:
    return problem.partition(": ")[2] or problem
