"""What a comment is to the clocks, by its author: an agent's reply, a customer's question, perhaps one, or nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from core.sla.history import Desk
from core.sla.mapping import Unmapped
from core.sla.plans import ASKED, PRIVATE_MAYBE, PRIVATE_REPLY, PUBLIC_MAYBE, PUBLIC_REPLY
from core.sla.sides import side
from core.tickets import Event, Side, SourceValue

__all__ = ["Replies"]

_BITS: Final = {
    Side.AGENT: (PUBLIC_REPLY, PRIVATE_REPLY),
    Side.CUSTOMER: (ASKED, 0),
    Side.UNKNOWN: (PUBLIC_MAYBE, PRIVATE_MAYBE),
}


class _Reply(NamedTuple):
    """The bits of a public comment, those of a private one, and the role word that the mapping does not know."""

    public: int
    private: int
    unmapped: tuple[Unmapped, ...]


class Replies:
    """What the comments of each author are. People whose role never changed are looked up once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._known: dict[str | None, _Reply] = {}

    def within(self, event: Event, values: Mapping[str, SourceValue], unmapped: set[Unmapped]) -> int:
        """Return what the comments of an event are.

        The requester and who takes part in the request beside them always ask and never reply, agents or not.
        values: of the ticket after the event. unmapped: role words that the mapping does not know are added to it.
        """
        found, asking = 0, (values.get("requester"), *_several(values.get("participants")))
        for comment in event.comments:
            author = comment.author
            if comment.automated:
                continue
            reply = self._of(author, event.at)
            if author and author in asking:
                found |= ASKED if comment.public and reply.public else 0
                continue
            found |= reply.public if comment.public else reply.private
            if reply.unmapped:
                unmapped.update(reply.unmapped)
        return found

    def _of(self, author: str | None, at: datetime) -> _Reply:
        known = self._known.get(author)
        if known is None:
            author_side, word = side(self.desk, author, at, None)
            known = _Reply(*_BITS.get(author_side, (0, 0)), () if word is None else (("role", word),))
            if author is None or len(self.desk.people.get(author, ())) <= 1:
                self._known[author] = known
        return known


def _several(value: SourceValue) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value or ()
