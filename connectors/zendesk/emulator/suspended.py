"""Mails that were held back: no tickets, and in no list or export of tickets until an agent recovers them."""

from collections.abc import Sequence

from connectors.emulation import iso
from connectors.zendesk.emulator import deeds
from connectors.zendesk.emulator.answers import Answer, Call, not_found
from connectors.zendesk.emulator.beside import Suspended
from connectors.zendesk.emulator.paging import page
from connectors.zendesk.emulator.records import EMAIL, Doc, Draft, Wishes
from connectors.zendesk.emulator.shapes import ticket_docs
from connectors.zendesk.emulator.world import World

__all__ = ["listed", "recover", "seeded"]

_RECIPIENT = "support@acme.example"
_CAUSES = {"Detected as spam": 0, "Automated response mail": 1, "Received from support address": 22}


def seeded(brand_id: int, opened: int) -> list[Suspended]:
    """Return what hangs in the account when it opens, at `opened` in epoch seconds."""
    return [
        Suspended(
            26155650000000 + index,
            f"Out of office ({index + 1})",
            "I am away until Monday.",
            ("Mailer", f"mailer{index}@elsewhere.example"),
            cause,
            brand_id,
            opened - (index + 1) * 7200,
        )
        for index, cause in enumerate(_CAUSES)
    ]


def listed(world: World, call: Call) -> Answer:
    found = sorted(world.suspended.values(), key=lambda one: one.id)

    def render(some: Sequence[Suspended]) -> list[Doc]:
        return [_doc(one, call.base) for one in some]

    return Answer(page(call, "suspended_tickets", found, lambda one: (one.id, 0), render))


def recover(world: World, call: Call) -> Answer:
    """Answer `PUT /suspended_tickets/{id}/recover`: a ticket, whose requester is whoever calls."""
    mail = world.suspended.pop(call.ids[0], None)
    if mail is None:
        raise not_found()
    draft, wishes = Draft(mail.content, public=True), Wishes(attributes={"subject": mail.subject})
    ticket = deeds.create(world, call.caller.id, call.caller.id, draft, wishes, via=EMAIL)
    return Answer({"ticket": ticket_docs(world, [ticket], call.base)})


def _doc(one: Suspended, base: str) -> Doc:
    name, address = one.author
    return {
        "url": f"{base}/api/v2/suspended_tickets/{one.id}.json",
        "id": one.id,
        "author": {"name": name, "email": address},
        "subject": one.subject,
        "content": one.content,
        "cause": one.cause,
        "cause_id": _CAUSES[one.cause],
        "message_id": f"<{one.id}@elsewhere.example>",
        "created_at": iso(one.created_at),
        "updated_at": iso(one.created_at),
        "via": {
            "channel": "email",
            "source": {
                "from": {"address": address, "name": name},
                "to": {"address": _RECIPIENT, "name": "Acme"},
                "rel": None,
            },
        },
        "brand_id": one.brand_id,
        "recipient": _RECIPIENT,
        "attachments": [],
        "error_messages": None,
    }
