"""Which policy has a ticket in each row, where policies keep theirs through changes."""

from collections.abc import Sequence

from core.sla.policy import Agreement, Change, Policy
from core.sla.program import Combination, Program
from core.tickets import SourceValue

__all__ = ["tenants"]


def tenants(program: Program, combinations: Sequence[Combination]) -> tuple[Combination, ...]:
    """Return the rows' values, each with the policies that have the ticket there.

    A policy that keeps its tickets when the policy changes has one until its end; one that keeps them when the
    organisation changes is chosen by the organisation of the row in which it took over.
    """
    found: list[Combination] = []
    holding: dict[Agreement, tuple[Policy, SourceValue]] = {}
    for plain in combinations:
        owners = {program.rules.policies[owner].agreement: owner for owner in plain.owners}
        if not plain.foreign:
            for agreement, (policy, organisation) in holding.items():
                owner = _kept(program, plain, policy, organisation)
                if owner is not None:
                    owners[agreement] = owner
        for agreement, owner in owners.items():
            policy = program.rules.policies[owner]
            held = holding.get(agreement)
            if held is None or held[0].name != policy.name:
                holding[agreement] = (policy, plain.facts.values.get("organisation"))
        found.append(program.owned(plain, tuple(sorted(owners.values()))))
    return tuple(found)


def _kept(program: Program, plain: Combination, policy: Policy, organisation: SourceValue) -> int | None:
    """Return the policy that has the ticket whatever its values say now; None: they do say it."""
    if policy.on_change.policy is Change.KEEP:
        return program.text_of(policy.name, plain.era)
    values = plain.facts.values
    if policy.on_change.organisation is Change.KEEP and values.get("organisation") != organisation:
        asked = program.combination({**values, "organisation": organisation}, plain.era)
        return next((one for one in asked.owners if program.rules.policies[one].agreement is policy.agreement), None)
    return None
