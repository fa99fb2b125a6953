"""What a ticket is sent, and what its answer says became of it: much is dropped or changed without a word. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors import Delivery, FieldUpdate, Outcome, Slot
from connectors.servicenow.client import Item, Reply
from connectors.servicenow.columns import Layout
from connectors.servicenow.mapping import version
from connectors.servicenow.own import OwnColumn, own_values
from connectors.servicenow.shapes import moment, number, stored

__all__ = ["ASKED", "Edit", "delivered", "hidden", "planned"]

ASKED = ("sys_id", "sys_updated_on", "sys_updated_by", "sys_mod_count")
"""Columns that every answer is to tell besides the hub's own."""

GOOD = frozenset({200, 201})

FORBIDDEN, GONE = 403, 404


@dataclass(frozen=True, slots=True)
class Edit:
    """One ticket's update. columns: all that show something in its table. values: what they are to hold, by name.

    refused: slots that this ticket cannot show as they are, by why not.
    """

    ticket_id: str
    table: str
    columns: Mapping[Slot, OwnColumn]
    values: Mapping[str, str]
    refused: Mapping[Slot, str] = field(default_factory=dict[Slot, str])

    @property
    def item(self) -> Item:
        return Item(self.ticket_id, self.table, self.ticket_id, self.values)

    @property
    def asked(self) -> tuple[str, ...]:
        """The columns that the answer is to tell."""
        return (*ASKED, *(each.name for each in self.columns.values()))


def planned(update: FieldUpdate, table: str, layout: Layout) -> Edit:
    """Return the edit of one update. table: that the ticket is in."""
    columns = layout.of.get(table, {})
    values: dict[str, str] = {}
    refused: dict[Slot, str] = {}
    for slot, word in update.fields.items():
        own = columns.get(slot)
        if own is None:
            refused[slot] = layout.why_not(table, slot)
            continue
        try:
            values[own.name] = own.write(word)
        except ValueError as wrong:
            refused[slot] = str(wrong)
            continue
        if cut := own.cut(word):
            refused[slot] = cut
    return Edit(update.ticket_id, table, columns, values, refused)


def delivered(edit: Edit, reply: Reply) -> Delivery:
    """Return what became of an edit."""
    if reply.status == GONE:
        return hidden(edit.ticket_id)
    if reply.status == FORBIDDEN:
        return Delivery(edit.ticket_id, Outcome.REFUSED, reason=_forbidden(edit, reply.said))
    if reply.status not in GOOD:
        return Delivery(edit.ticket_id, Outcome.RETRY, reason=reply.said)
    if stored(reply.row, "sys_id") != edit.ticket_id:
        reason = "ServiceNow's answer does not tell the ticket; it is looked at again"
        return Delivery(edit.ticket_id, Outcome.RETRY, reason=reason)
    sent = {slot: own for slot, own in edit.columns.items() if own.name in edit.values}
    dropped = {slot: _dropped(own, edit.values[own.name], reply.row) for slot, own in sent.items()}
    refused = {**{slot: why for slot, why in dropped.items() if why}, **edit.refused}
    if refused.keys() >= sent.keys():
        return Delivery(edit.ticket_id, Outcome.REFUSED, reason="; ".join(dict.fromkeys(refused.values())))
    return Delivery(
        edit.ticket_id, Outcome.SHOWN, own_values(reply.row, edit.columns), _version(reply.row), refused=refused
    )


def hidden(ticket_id: str) -> Delivery:
    """Return what is said of a ticket that is gone, or not shown: nobody can tell which."""
    reason = "ServiceNow does not show the ticket: it is gone, or hidden from this account; it is looked at again"
    return Delivery(ticket_id, Outcome.RETRY, reason=reason)


def _version(row: Mapping[str, object]) -> str | None:
    """Return the version of a ticket after its edit, None where the answer does not tell it."""
    at = moment(stored(row, "sys_updated_on"))
    return None if at is None else str(version(at, number(row, "sys_mod_count")))


def _dropped(own: OwnColumn, sent: str, row: Mapping[str, object]) -> str:
    """Say why a column does not show what it was sent; empty where it does."""
    if own.name not in row:
        return f"the answer does not tell {own.words}: it is not there, or this account may not read it"
    shows = stored(row, own.name)
    if shows == sent:
        return ""
    if sent and not shows:
        choice = f"it may have no choice '{sent}', or " if own.slot is Slot.STATE and own.options is None else ""
        return f"{own.words} stayed empty though '{sent}' was sent: {choice}{_kept(own)}"
    if shows and sent.startswith(shows):
        return f"{own.words} keeps only '{shows}' of '{sent}': let it hold more"
    if not sent:
        return f"{own.words} shows '{shows}' though it was to be emptied: {_kept(own)}"
    return f"{own.words} shows '{shows}' though '{sent}' was sent: {_kept(own)}"


def _kept(own: OwnColumn) -> str:
    return (
        f"a field ACL does not let this account write it (that takes write on {own.table}.{own.name}), "
        "or a rule of the instance sets it"
    )


def _forbidden(edit: Edit, said: str) -> str:
    """Say who does not let a ticket be changed: its access control, a data policy or a business rule."""
    folded = said.casefold()
    if "data policy" in folded:
        return f"a data policy of the instance lets nobody save the ticket as it is ({said}); fill in what it asks for"
    if "acl" in folded or "security constraints" in folded or "insufficient rights" in folded:
        return (
            f"this account may not change it: that takes write on {edit.table} and on "
            f"{', '.join(sorted(edit.values))}; many instances let nobody change closed tickets ({said})"
        )
    return f"a business rule of the instance stopped the save ({said}); let it pass the hub's account"
