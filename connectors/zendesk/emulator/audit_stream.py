"""All tickets' audits in one stream, newest first, which knows neither a time nor archived tickets."""

import base64
import binascii
from urllib.parse import urlencode

from connectors.zendesk.emulator.answers import Answer, Call, Refusal
from connectors.zendesk.emulator.paging import number
from connectors.zendesk.emulator.records import Audit, Doc
from connectors.zendesk.emulator.shapes import audit_doc
from connectors.zendesk.emulator.world import World

__all__ = ["listed"]

_LARGEST = 1000


def listed(world: World, call: Call) -> Answer:
    """Answer `/ticket_audits`. `before_cursor` leads back in time, `after_cursor` to what came since.

    Where there is nothing before, its cursor is absent.
    """
    size = min(_LARGEST, max(1, number(call, "limit", _LARGEST)))
    found = [one for one in world.audits if _is_there(world, one)]
    cursor = call.query.get("cursor")
    if cursor:
        moment, forward = _decoded(cursor)
        if forward:
            shown = [one for one in found if _key(one) > moment][:size]
        else:
            shown = [one for one in found if _key(one) < moment][-size:]
    else:
        shown = found[-size:]
    doc: Doc = {"audits": [audit_doc(one) for one in reversed(shown)]}
    for name, more in (
        ("after", _encoded(shown[-1], forward=True) if shown else cursor),
        ("before", _encoded(shown[0], forward=False) if shown and shown[0] is not found[0] else None),
    ):
        if more is not None:
            doc |= {f"{name}_cursor": more, f"{name}_url": _link(call, more)}
    return Answer(doc)


def _is_there(world: World, audit: Audit) -> bool:
    ticket = world.tickets[audit.ticket_id]
    return ticket.status != "deleted" and not ticket.archived


def _key(audit: Audit) -> tuple[int, int]:
    return (audit.created_at, audit.id)


def _encoded(audit: Audit, *, forward: bool) -> str:
    text = f"{audit.created_at}.0||{audit.id}"
    return base64.b64encode((text + "|" if forward else "|" + text).encode()).decode()


def _decoded(cursor: str) -> tuple[tuple[int, int], bool]:
    """Return the place, and whether the page lies after it. Raises: Refusal (400)."""
    try:
        text = base64.b64decode(cursor, validate=True).decode()
        moment, _, audit = text.strip("|").partition("||")
        return (int(float(moment)), int(audit)), not text.startswith("|")
    except (ValueError, binascii.Error):
        raise Refusal(400, {"error": "InvalidValue", "description": "cursor is not valid"}) from None


def _link(call: Call, cursor: str) -> str:
    kept = [(name, value) for name, value in call.query.multi_items() if name != "cursor"]
    return f"{call.base}{call.path}?{urlencode([('cursor', cursor), *kept])}"
