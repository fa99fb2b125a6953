"""Whether a ticket is ours to judge while its values change: there, and in its connection's scope."""

from collections.abc import Mapping
from typing import Final

from core.sla.plans import AWAY, HIDDEN
from core.sla.program import Program
from core.tickets import OnLeave, Presence, SourceValue

__all__ = ["Sight"]

_THERE: Final = frozenset({Presence.PRESENT, Presence.ARCHIVED, Presence.UNSEEN})
_LOST: Final = frozenset({Presence.DELETED, Presence.FORBIDDEN})


class Sight:
    """Follows one ticket through its rows.

    combination: what its clocks go by: while it is away that with which it left. present: what its values mean.
    edge: what happens to its clocks in this row and those that follow. left: the row with which it left for good.
    lost: by what was observed, nobody shows it to us any more.
    era: which texts of the policies hold.
    """

    __slots__ = ("_held", "_on_leave", "_program", "_there", "combination", "edge", "era", "left", "lost", "present")

    def __init__(self, program: Program, values: Mapping[str, SourceValue], era: int) -> None:
        self._program, self._on_leave, self.era = program, program.mapping.on_leave, era
        self._there, self._held, self.edge = True, False, 0
        self.left: int | None = None
        self.turn(values, 0)

    def turn(self, values: Mapping[str, SourceValue], row: int) -> None:
        """Take note of values that have changed with this row."""
        self.present = present = self._program.combination(values, self.era)
        presence = values.get("presence")
        self.lost = presence in _LOST
        if present.inside and self.left is None:
            self.combination, self.edge, self._held = present, 0, True
        elif not self._held:
            self.combination = self._program.foreign(present)
            self.edge = AWAY if self._on_leave is OnLeave.PAUSE else 0
        elif self._on_leave is OnLeave.KEEP and not self.lost:
            self.combination = present
        else:
            # What is deleted waits for nothing, and what nobody shows us cannot be followed, so neither is kept.
            self._leave(row, for_good=self._on_leave is not OnLeave.PAUSE or presence == Presence.DELETED)

    def lose(self, presence: Presence, row: int) -> int:
        """Return what happens to the clocks in one more row, as the ticket's picture is of this presence; 0: nothing.

        A picture may know that the ticket has left its scope before the event that tells when has come.
        """
        if presence is Presence.OUT_OF_SCOPE:
            self._there = False
            if self._held and self.present.inside and self._on_leave is not OnLeave.KEEP:
                self._leave(row, for_good=self._on_leave is not OnLeave.PAUSE)
                return self.edge
            return 0
        # Where it was observed, its clocks have stood or ended since then.
        told = self.lost and self._held
        return 0 if told or presence in _THERE else HIDDEN

    @property
    def inside(self) -> bool:
        """Tell whether what becomes of the ticket now is ours to say."""
        if self._on_leave is OnLeave.KEEP:
            return self._held and not self.lost
        return self._there and self.present.inside

    def _leave(self, row: int, *, for_good: bool) -> None:
        if not for_good:
            self.edge = AWAY
        elif self.left is None:
            self.edge, self.left = HIDDEN, row
