"""What is sent to have an issue show something, alone or many alike, and which of it Jira did not take. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors import FieldUpdate, Slot, dumped, perhaps
from connectors.jira.own import FieldKind, OwnField
from connectors.jira.places import property_of
from connectors.jira.whereabouts import Whereabouts

__all__ = ["Edit", "alike", "bulk_body", "complaints", "edit_body", "planned"]

CLEARED = -1
"""The option that a bulk edit chooses to have none."""

BULK: Mapping[str, str] = {
    FieldKind.DATETIME: "dateTimePickerFields",
    FieldKind.DATE: "datePickerFields",
    FieldKind.SELECT: "singleSelectFields",
    FieldKind.TEXT: "singleLineTextFields",
}
"""The fields that a bulk edit can set, by kind, and under which name it takes them."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One issue's update. values: what each field is to hold. places: where the slots stand that it speaks of.

    entries: all that is to stand in the issue property; None where it stays as it is.
    refused: slots that this issue cannot show, by why not.
    """

    update: FieldUpdate
    where: Whereabouts
    places: Mapping[Slot, OwnField]
    values: Mapping[str, object]
    entries: Mapping[str, object] | None = None
    refused: Mapping[Slot, str] = field(default_factory=dict[Slot, str])

    @property
    def ticket_id(self) -> str:
        return self.update.ticket_id

    @property
    def words(self) -> dict[Slot, str | None]:
        """What it shows in the end, if Jira takes it as it is."""
        return {slot: word for slot, word in self.update.fields.items() if slot not in self.refused}

    @property
    def chosen(self) -> dict[Slot, str]:
        """The options that it chooses, by slot, as they are spelt in it."""
        options = {slot: perhaps(self.values.get(place.id)).get("value") for slot, place in self.places.items()}
        return {slot: word for slot, word in options.items() if isinstance(word, str)}

    @property
    def kind(self) -> tuple[str, str]:
        """What decides which fields and options it has: its project and its type."""
        return self.where.project, self.where.type

    def at(self, where: Whereabouts) -> "Edit":
        """Return the same, where it is known by now where the issue is."""
        return replace(self, where=where)

    def holding(self, values: Mapping[str, object]) -> "Edit":
        """Return the same slots with other values for their fields."""
        return replace(self, values=values)

    def without(self, refused: Mapping[Slot, str]) -> "Edit":
        """Return what is left to be sent without slots that the issue does not take."""
        gone = {self.places[slot].id for slot in refused if slot in self.places}
        values = {key: value for key, value in self.values.items() if key not in gone}
        return replace(self, values=values, refused={**self.refused, **refused})


def edit_body(edit: Edit, key: str) -> dict[str, object]:
    """Return what one issue's edit is asked for with. key: of the issue property."""
    body: dict[str, object] = {"fields": dict(edit.values)}
    if edit.entries is not None:
        body["properties"] = [{"key": key, "value": dict(edit.entries)}]
    return body


def complaints(body: object, edit: Edit) -> dict[Slot, str]:
    """Return the slots whose fields an error names, with what it says of each."""
    told = perhaps(perhaps(body).get("errors"))
    return {
        slot: str(told[place.id])[:200] for slot, place in edit.places.items() if place.id in told and not place.entry
    }


def alike(edits: Iterable[Edit]) -> list[list[Edit]]:
    """Return edits in groups of the same fields and values; those that a bulk edit cannot make are in none."""
    groups: dict[str, list[Edit]] = {}
    for edit in edits:
        kinds = {place.id: place.kind for place in edit.places.values()}
        if (
            edit.values
            and edit.entries is None
            and not edit.refused
            and all(kinds.get(key) in BULK for key in edit.values)
        ):
            groups.setdefault(dumped(edit.values), []).append(edit)
    return list(groups.values())


def bulk_body(edits: Sequence[Edit], options: Mapping[str, int]) -> dict[str, object]:
    """Return what many issues' edit is asked for with. options: the option that each select is to have, by field."""
    first = edits[0]
    given: dict[str, list[object]] = {}
    for place in first.places.values():
        if place.id in first.values:
            given.setdefault(BULK[place.kind], []).append(_typed(place, first.values[place.id], options))
    return {
        "selectedIssueIdsOrKeys": [edit.ticket_id for edit in edits],
        "selectedActions": list(first.values),
        "editedFieldsInput": given,
        "sendBulkNotification": False,
    }


def _typed(place: OwnField, value: object, options: Mapping[str, int]) -> dict[str, object]:
    word = "" if value is None else value
    match place.kind:
        case FieldKind.DATETIME:
            return {"fieldId": place.id, "dateTime": {"formattedDateTime": word}}
        case FieldKind.DATE:
            return {"fieldId": place.id, "date": {"formattedDate": word}}
        case FieldKind.SELECT:
            return {"fieldId": place.id, "option": {"optionId": CLEARED if value is None else options[place.id]}}
        case _:
            return {"fieldId": place.id, "text": word}


def planned(
    update: FieldUpdate,
    where: Whereabouts,
    places: Mapping[Slot, OwnField],
    refused: Mapping[Slot, str],
    entries: Mapping[Slot, str] | None,
    *,
    rich: bool,
) -> Edit:
    """Return the edit of one update. places: of all slots that have one on this issue.

    refused: slots that have none, by why not. entries: what stands in the issue property now; None where nothing does
    or will. rich: long texts are documents.
    """
    lacking = dict(refused)
    values: dict[str, object] = {}
    for slot, word in update.fields.items():
        place = places.get(slot)
        if place is None or slot in lacking or place.entry:
            continue
        try:
            values[place.id] = place.write(word, rich=rich)
        except ValueError as wrong:
            lacking[slot] = str(wrong)
    known = None
    if entries is not None:
        known = property_of({**entries, **update.fields})
    asked = {slot: places[slot] for slot in update.fields if slot in places}
    return Edit(
        update, where, asked, values, known, {slot: why for slot, why in lacking.items() if slot in update.fields}
    )
