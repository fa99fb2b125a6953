"""The API's answers about metric events: the export, by page or by time, and a ticket's own."""

from collections.abc import Sequence

from connectors.zendesk.emulator.answers import Answer, Call
from connectors.zendesk.emulator.exports import by_time, start_time
from connectors.zendesk.emulator.metric_clock import MetricEvent
from connectors.zendesk.emulator.metric_docs import is_gone, metric_event_doc, metric_events_of
from connectors.zendesk.emulator.paging import page, wants_cursor
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.tickets import the_ticket
from connectors.zendesk.emulator.world import HOLD_BACK, World

__all__ = ["exported", "of_ticket"]


def exported(world: World, call: Call) -> Answer:
    """Answer `/incremental/ticket_metric_events`, by `time`; breaches to come are in it.

    With `include_changes=true` what was taken back comes too, marked, at the moment at which that happened.
    """
    start, until = start_time(world, call), world.now() - HOLD_BACK
    changes = call.query.get("include_changes") == "true"

    def when(one: MetricEvent) -> int:
        return one.deleted_at if is_gone(one, until) and one.deleted_at is not None else one.time

    rows = [one for one in world.metrics.all() if one.written <= until and (changes or not is_gone(one, until))]
    rows = [one for one in rows if when(one) >= start]
    if changes:
        rows.sort(key=lambda one: (when(one), one.id))

    def render(some: Sequence[MetricEvent]) -> list[Doc]:
        return [metric_event_doc(one, until) for one in some]

    if wants_cursor(call):
        return Answer(page(call, "ticket_metric_events", rows, lambda one: (when(one), one.id), render))
    return by_time(call, rows, when, lambda some: {"ticket_metric_events": render(some)}, latest=until)


def of_ticket(world: World, call: Call) -> Answer:
    """Answer `/tickets/{id}/metric_events`: lists by metric, without the export's delay."""
    return Answer({"metric_events": metric_events_of(world, the_ticket(world, call).id)})
