"""What a bulk edit asks for: one set of values for all its issues, each kind of field in a list of its own."""

from collections.abc import Callable, Mapping
from typing import cast

from connectors.emulation import Doc, Refusal, as_doc, as_docs

__all__ = ["MOST_FIELDS", "MOST_ISSUES", "asked_fields", "bulk_refusal"]

MOST_ISSUES, MOST_FIELDS = 1000, 200

Edit = tuple[str, object]
"""A field's id, and its value as a single edit takes it; None clears."""


def bulk_refusal(status: int, *messages: str) -> Refusal:
    return Refusal(status, {"errors": [{"message": one} for one in messages]})


def asked_fields(given: Doc) -> dict[str, object]:
    """Return the values by field id. Raises: Refusal (400), in the shape of bulk operations."""
    found: dict[str, object] = {}
    for name, value in given.items():
        if name in _SINGLE:
            found |= dict([_SINGLE[name](as_doc(value))])
            continue
        reader = _LISTS.get(name)
        if reader is None or not isinstance(value, list):
            raise bulk_refusal(400, f'Unrecognized field "{name}" in editedFieldsInput')
        for doc in as_docs(cast("object", value)):
            if not isinstance(doc.get("fieldId"), str):
                raise bulk_refusal(400, f"fieldId is missing in {name}")
            found[str(doc["fieldId"])] = reader(doc)
    return found


def _date_time(doc: Doc) -> object:
    return as_doc(doc.get("dateTime")).get("formattedDateTime") or None


def _date(doc: Doc) -> object:
    return as_doc(doc.get("date")).get("formattedDate") or None


def _select(doc: Doc) -> object:
    number = as_doc(doc.get("option")).get("optionId")
    return None if number in (-1, "-1") else {"id": str(number)}


def _text(doc: Doc) -> object:
    return doc.get("text") or None


def _number(doc: Doc) -> object:
    return doc.get("value")


def _rich(doc: Doc) -> object:
    return as_doc(doc.get("richText")).get("adfValue")


def _labels(doc: Doc) -> object:
    """Return the labels that replace the others; to add some or take some away is not emulated."""
    way = doc.get("bulkEditMultiSelectFieldOption")
    if way not in ("REPLACE", "REMOVE_ALL"):
        raise bulk_refusal(400, f"bulkEditMultiSelectFieldOption '{way}' is not supported")
    return [str(one.get("name")) for one in as_docs(doc.get("labels"))]


def _user(doc: Doc) -> object:
    person = as_doc(doc.get("user"))
    return person or None


_LISTS: Mapping[str, Callable[[Doc], object]] = {
    "dateTimePickerFields": _date_time,
    "datePickerFields": _date,
    "singleSelectFields": _select,
    "singleLineTextFields": _text,
    "clearableNumberFields": _number,
    "richTextFields": _rich,
    "labelsFields": _labels,
    "singleSelectClearableUserPickerFields": _user,
}
_SINGLE: Mapping[str, Callable[[Doc], Edit]] = {
    "priority": lambda doc: ("priority", {"id": str(doc.get("priorityId"))}),
}
