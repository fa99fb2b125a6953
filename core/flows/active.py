"""What is in force, as the flows use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from core.calendar import Calendar, always
from core.sla.leaning import leans
from core.sla.policy import ALWAYS, Link, Rules
from core.tickets import SourceMapping

__all__ = ["Active"]


@dataclass(frozen=True)
class Active:
    """What is in force: every revision as the engine sees it, ascending; the last one is active.

    mappings: of every connection, by its name.
    """

    rules: tuple[Rules, ...]
    mappings: Mapping[str, SourceMapping] = field(default_factory=dict[str, SourceMapping])

    @property
    def labels(self) -> dict[str, str]:
        """What people call each policy of the active revision, by its name."""
        return {policy.name: policy.label for policy in self.rules[-1].policies if policy.label}

    @property
    def revision(self) -> int:
        return self.rules[-1].revision

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the links of the active revision, for all of the past."""
        return self.rules[-1].links

    @cached_property
    def leans(self) -> bool:
        """Whether any policy asks for what linked tickets are like."""
        return bool(self.links) and any(leans(each.policies) for each in self.rules)

    def calendar(self, revision: int, name: str) -> Calendar | None:
        """Return a calendar as it stood in that revision; None when it is not in it."""
        if name == ALWAYS:
            return always()
        return next((each.calendars.get(name) for each in self.rules if each.revision == revision), None)
