"""Satisfaction ratings, filtered on when they last changed."""

from collections.abc import Callable, Sequence

from connectors.emulation import iso
from connectors.zendesk.emulator.answers import Answer, Call, Refusal
from connectors.zendesk.emulator.beside import Rating
from connectors.zendesk.emulator.paging import page
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.world import World

__all__ = ["listed", "rating_doc"]

_RECEIVED = ("good", "bad")


def listed(world: World, call: Call) -> Answer:
    """Answer `/satisfaction_ratings?score=&start_time=&end_time=`; what is younger than a second is there at once."""
    wanted = _score(call.query.get("score"))
    start, end = _instant(call, "start_time"), _instant(call, "end_time")
    found = [
        one
        for one in world.ratings.values()
        if wanted(one) and (start is None or one.updated_at >= start) and (end is None or one.updated_at <= end)
    ]
    found.sort(key=lambda one: one.id)

    def render(some: Sequence[Rating]) -> list[Doc]:
        return [rating_doc(one, call.base) for one in some]

    return Answer(page(call, "satisfaction_ratings", found, lambda one: (one.id, 0), render))


def _score(text: str | None) -> Callable[[Rating], bool]:
    """Return the test for a score such as `received`, `good_with_comment`. Raises: Refusal (400) for an unknown one."""
    name, _, comment = (text or "").partition("_with")
    kinds = {"": ("offered", *_RECEIVED), "received": _RECEIVED, "unoffered": ()}
    wanted = kinds.get(name, (name,))
    if name not in ("offered", *_RECEIVED, *kinds) or comment not in ("", "_comment", "out_comment"):
        raise Refusal(400, {"error": "InvalidValue", "description": f"Invalid score: {text}"})

    def test(one: Rating) -> bool:
        fits = not comment or (one.comment is not None) is (comment == "_comment")
        return one.score in wanted and fits

    return test


def _instant(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, {"error": "InvalidValue", "description": f"Invalid {name}"})
    return int(text)


def rating_doc(one: Rating, base: str) -> Doc:
    return {
        "url": f"{base}/api/v2/satisfaction_ratings/{one.id}.json",
        "id": one.id,
        "assignee_id": one.assignee_id,
        "group_id": one.group_id,
        "requester_id": one.requester_id,
        "ticket_id": one.ticket_id,
        "score": one.score,
        "comment": one.comment,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "reason": None,
        "reason_id": None,
    }
