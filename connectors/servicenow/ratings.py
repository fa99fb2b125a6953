"""How satisfied requesters were: surveys about tickets, each with the mean of its answers."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from connectors import Checkpoint, Page, Rating, SourceError, fields_of, readable
from connectors.servicenow.client import stops
from connectors.servicenow.keyset import Asked, Keyset, Place, Row
from connectors.servicenow.mapping import row_id
from connectors.servicenow.scope import Scope
from connectors.servicenow.shapes import WHOLE, filled, instant, stored, sys_id
from connectors.servicenow.streams import LATE, OVERLAP
from connectors.servicenow.tickets import HELD_BACK

__all__ = ["STREAM", "changed"]

STREAM: Final = "ratings"

SURVEYS: Final = "asmt_assessment_instance"

ANSWERS: Final = "asmt_metric_result"

COLUMNS: Final = ("sys_id", "user", "state", "trigger_table", "trigger_id", "task_id", "taken_on", "sys_updated_on")

ANSWER: Final = ("sys_id", "instance", "normalized_value")

COMPLETE: Final = "complete"


def changed(keyset: Keyset, scope: Scope, since: Checkpoint) -> Iterator[Page]:
    """Yield the surveys that were answered; none where there are no surveys, or they may not be read."""
    place, asked = Place.loaded(since.cursor), scope.clock()
    until = asked - HELD_BACK
    try:
        for batch in keyset.changed(Asked(SURVEYS, COLUMNS), place, until):
            rows = [row for row in batch.items if _ours(row, scope)]
            answers = _answers(keyset, [sys_id(row) for row in rows])
            found, aside = readable(STREAM, rows, partial(_rating, answers), row_id)
            yield Page(found, batch.place.checkpoint(), set_aside=aside)
    except SourceError as error:
        if stops(error):
            raise
        # Surveys are a plug-in, and few accounts may read them.
        yield Page((), since)
        return
    yield Page((), Place(max(place.at, until - OVERLAP)).checkpoint(), asked - LATE)


def _ours(row: Row, scope: Scope) -> bool:
    return stored(row, "state") == COMPLETE and stored(row, "trigger_table") in scope.tables


def _answers(keyset: Keyset, surveys: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Return the answers that are numbers, of 100, by survey; words are not read."""
    found: dict[str, list[int]] = {}
    if surveys:
        # Several rows belong to one survey.
        of = Asked(ANSWERS, ANSWER, f"instanceIN{','.join(surveys)}", size=500)
        for batch in keyset.sweep(of):
            for row in batch.items:
                told = stored(row, "normalized_value").partition(".")[0]
                if WHOLE.fullmatch(told):
                    found.setdefault(stored(row, "instance"), []).append(int(told))
    return found


def _rating(answers: Mapping[str, Sequence[int]], raw: object) -> Rating | None:
    row = fields_of(raw)
    ident = sys_id(row)
    numbers = answers.get(ident)
    if not numbers:
        return None
    ticket = stored(row, "trigger_id") or stored(row, "task_id")
    at = instant(row, "taken_on" if stored(row, "taken_on") else "sys_updated_on")
    return Rating(ident, ticket, str(round(sum(numbers) / len(numbers))), at, requester=filled(row, "user"))
