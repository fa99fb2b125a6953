"""The section `retention`: how long what is stored is kept."""

from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import PlainValidator

from core.settings.duration import wall_time
from core.settings.positions import Problems
from core.settings.scalars import Section
from core.settings.translation import validated
from core.settings.values import Retention

__all__ = ["RetentionSection", "retention"]


def _length(value: object) -> timedelta | None:
    return None if value is None else wall_time(value)


Length: TypeAlias = Annotated[timedelta | None, PlainValidator(_length, json_schema_input_type=str | None)]


class RetentionSection(Section):
    """null: for ever."""

    tickets: Length = Retention.tickets
    clocks: Length = Retention.clocks
    runs: Length = Retention.runs
    names: Length = Retention.names


def retention(raw: object, problems: Problems) -> Retention:
    """Return the value, every default filled in; mistakes go to `problems`."""
    if raw is None:
        return Retention()
    section = validated(RetentionSection, raw, ("retention",), problems)
    if section is None:
        return Retention()
    if section.clocks is not None and (section.tickets is None or section.tickets > section.clocks):
        text = "clocks cannot go before the tickets that they follow from"
        problems.add(("retention", "clocks"), text, "give `tickets` a shorter time, or `clocks` a longer one")
    return Retention(section.tickets, section.clocks, section.runs, section.names)
