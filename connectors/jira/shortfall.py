"""What a field that is there still lacks before agents see it everywhere, and what to do about it by hand. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors import Slot
from connectors.jira.contexts import Gaps
from connectors.jira.forms import Form
from connectors.jira.outfit import OPTIONS, context_steps, option_steps, screen_steps
from connectors.jira.own import FieldKind, OwnField
from connectors.jira.screens import Screen

__all__ = ["Shortfall", "by_forms", "by_screens", "left", "offers"]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """lacks: what it lacks, each to be read after "it". steps: what an administrator does."""

    lacks: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def offers(own: OwnField) -> bool:
    """Say whether a field is a list that has to offer every state."""
    return own.slot is Slot.STATE and own.kind == FieldKind.SELECT


def by_screens(own: OwnField, gaps: Gaps, off: Sequence[Screen]) -> Shortfall:
    """Return what a field lacks. off: the screens that it is not on."""
    lacks: list[str] = []
    steps: list[str] = []
    if gaps.uncovered:
        keys = ", ".join(each.key for each in gaps.uncovered)
        lacks.append(f"has no context for {keys}")
        steps += context_steps(own.title, keys)
    if gaps.lacking:
        lacks.append(f"has no option {', '.join(gaps.lacking)}")
        steps += option_steps(own.title, gaps.lacking)
    if off:
        words = ", ".join(each.words for each in off)
        lacks.append(f"is not on the screens {words}")
        steps += screen_steps(own.title, words)
    return Shortfall(tuple(lacks), tuple(steps))


def left(own: OwnField, gaps: Gaps) -> tuple[str, ...]:
    """Return what remains to be done of a field that has all the hub can give it."""
    narrow = [f"let the context '{name}' of '{own.title}' apply to all issue types" for name in gaps.narrow]
    off = [f"switch the options {', '.join(gaps.off)} of '{own.title}' on again"] if gaps.off else []
    return (*narrow, *off)


def by_forms(own: OwnField, forms: Sequence[Form]) -> Shortfall:
    """Return what a field lacks, as far as the edit forms of some tickets tell."""
    off = ", ".join(form.project.key for form in forms if own.id not in form.offer)
    missing: list[str] = []
    if offers(own):
        for form in forms:
            there = {each.value.casefold() for each in form.offer.get(own.id, ())}
            missing += [each for each in OPTIONS if own.id in form.offer and each.casefold() not in there]
    missing = list(dict.fromkeys(missing))
    lacks: list[str] = []
    steps: list[str] = []
    if off:
        lacks.append(f"is not offered for editing on tickets of {off}")
        steps += [*context_steps(own.title, off), *screen_steps(own.title, off)]
    if missing:
        lacks.append(f"has no option {', '.join(missing)}")
        steps += option_steps(own.title, missing)
    return Shortfall(tuple(lacks), tuple(steps))
