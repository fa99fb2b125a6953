"""Metric events as the API's JSON documents."""

from collections.abc import Iterable

from connectors.emulation import iso
from connectors.zendesk.emulator.metric_clock import MetricEvent
from connectors.zendesk.emulator.records import Doc
from connectors.zendesk.emulator.world import World

__all__ = ["is_gone", "metric_event_doc", "metric_events_of"]


def metric_events_of(world: World, ticket_id: int) -> Doc:
    """Return a ticket's events by metric, as they stand."""
    now = world.now()
    shown = [one for one in world.metrics.of_ticket(ticket_id) if one.written <= now and not is_gone(one, now)]
    return {metric: _lines(shown, metric, now) for metric in dict.fromkeys(one.metric for one in shown)}


def _lines(events: Iterable[MetricEvent], metric: str, now: int) -> list[Doc]:
    return [metric_event_doc(one, now) for one in events if one.metric == metric]


def metric_event_doc(event: MetricEvent, until: int) -> Doc:
    """Return one event as the API knew it at `until`."""
    doc: Doc = {
        "id": event.id,
        "ticket_id": event.ticket_id,
        "metric": event.metric,
        "instance_id": event.instance,
        "type": event.kind,
        "time": iso(event.time),
        **event.detail,
    }
    return {**doc, "deleted": True} if is_gone(event, until) else doc


def is_gone(event: MetricEvent, until: int) -> bool:
    return event.deleted_at is not None and event.deleted_at <= until
