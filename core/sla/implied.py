"""Whether one condition holds wherever another does, as far as that can be told without a ticket."""

from core.sla.conditions import All, Any, Condition, Empty, HasTag, In, Not

__all__ = ["holds_wherever"]


def holds_wherever(wide: Condition, narrow: Condition) -> bool:
    """Tell whether `wide` surely holds for every ticket that `narrow` means. False also means: cannot tell."""
    if wide == narrow:
        return True
    if isinstance(narrow, Any) and narrow.parts:
        return all(holds_wherever(wide, part) for part in narrow.parts)
    match wide:
        case All(parts):
            return all(holds_wherever(part, narrow) for part in parts)
        case Any(parts) if any(holds_wherever(part, narrow) for part in parts):
            return True
        case _:
            pass
    if isinstance(narrow, All):
        return any(holds_wherever(wide, part) for part in narrow.parts)
    return _one_in_the_other(wide, narrow)


def _one_in_the_other(wide: Condition, narrow: Condition) -> bool:
    match wide, narrow:
        case In(field, values), In(other, fewer):
            return field == other and _folded(fewer) <= _folded(values)
        case HasTag(tags), HasTag(fewer):
            return _folded(fewer) <= _folded(tags)
        case Not(part), Not(more):
            return holds_wherever(more, part)
        case Empty(field), In(other, fewer):
            return field == other and fewer == frozenset({"none"}) and field in {"kind", "priority"}
        case _:
            return False


def _folded(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)
