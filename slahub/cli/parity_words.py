"""The words of a comparison with a helpdesk's own SLA clocks."""

from collections.abc import Mapping, Sequence

from core.sla.causes import Cause, Part
from core.sla.policy import Agreement
from core.sla.supposed import Hint, Otherwise

__all__ = ["cause_words", "metric_words", "pair_with", "part_words"]

_CAUSES = {
    Cause.END: "ended at another time",
    Cause.NO_CLOCK: "no clock of ours",
    Cause.NO_PROMISE: "no promise of theirs",
}

_HINTS: Mapping[Otherwise, str] = {
    "always": "theirs are all hours",
    "calendar": "theirs as by {}",
    "zone": "theirs as in {}",
    "open": "theirs go on at {}",
    "no_holidays": "theirs know no holiday",
    "closed": "theirs are closed on {}",
    "priority": "theirs as for {}",
}


def cause_words(cause: Cause) -> str:
    """Return a cause as people read it."""
    return _CAUSES.get(cause) or str(cause).replace("_", " ")


def part_words(part: Part) -> str:
    """Return a cause with what their figure follows from, where that is known."""
    hints = " or ".join(map(_hint_words, part.hints))
    return f"{cause_words(part.cause)} ({hints})" if hints else cause_words(part.cause)


def _hint_words(hint: Hint) -> str:
    if hint.kind == "closed" and not hint.name:
        return "theirs are closed one day more"
    return _HINTS[hint.kind].format(hint.name)


def metric_words(wanted: Sequence[tuple[Agreement | None, str]]) -> str:
    """Return metrics as they are written in the configuration."""
    return ", ".join(name if agreement is None else f"{agreement}/{name}" for agreement, name in wanted)


def pair_with(connection: str, word: str) -> str:
    """Say what to write so that a word of the helpdesk is compared."""
    quoted = f'"{word}"' if not word.replace("_", "").isalnum() else word
    return (
        f"write connections.{connection}.mapping.native_metrics: {{{quoted}: resolution}}, or whichever metric times it"
    )
