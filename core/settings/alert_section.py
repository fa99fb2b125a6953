"""The section `alerts`: who is told when something is not as it should be, and of what nobody is."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from core.settings.positions import Problems
from core.settings.scalars import Section, as_list
from core.settings.secret_places import refuse_others, secret_places
from core.settings.secrets import SecretRef
from core.settings.translation import validated
from core.settings.values import AlertKind, Alerts

__all__ = ["AlertSection", "alerts"]

PATH = ("alerts",)


class AlertSection(Section):
    """to: an address is a secret, since most hold a key of the service that they lead to."""

    to: Annotated[
        tuple[SecretRef, ...],
        BeforeValidator(as_list, json_schema_input_type=tuple[SecretRef, ...] | SecretRef),
        Field(min_length=1),
    ]
    left_out: Annotated[
        frozenset[AlertKind], BeforeValidator(as_list, json_schema_input_type=frozenset[AlertKind] | AlertKind)
    ] = Field(default=frozenset(), alias="except")


def alerts(raw: object, problems: Problems) -> Alerts:
    """Return the value; mistakes go to `problems`."""
    if raw is None:
        return Alerts()
    section = validated(AlertSection, raw, PATH, problems)
    if section is None:
        return Alerts()
    allowed = {(*PATH, "to"), *(place for place, _ in secret_places(section, PATH))}
    refuse_others(raw, PATH, allowed, problems)
    seen = set[str]()
    for index, each in enumerate(section.to):
        if each.text in seen:
            problems.add((*PATH, "to", index), f"{each.text} stands here twice", "each address is told once")
        seen.add(each.text)
    return Alerts(section.to, section.left_out)
