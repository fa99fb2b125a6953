"""One condition of an encoded query as a test of a record."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from connectors.servicenow.emulator.query_dates import computed, relative
from connectors.servicenow.emulator.query_syntax import Term
from connectors.servicenow.emulator.reading import Getter
from connectors.servicenow.emulator.schema import Column
from connectors.servicenow.emulator.stamps import instant, typed_time
from connectors.servicenow.emulator.world import World

__all__ = ["ME", "Test", "condition"]

Test = Callable[[Mapping[str, str]], bool]
ME = "90d1921e5f510100a9ad2572f2b477fe"  # the dynamic filter "Me"
_SCRIPT = "javascript:"
_NUMBERS = ("integer", "decimal")
_TIMES = ("glide_date_time", "due_date", "glide_duration")
_SAME = {"NOTIN": "NOT IN", "NOTLIKE": "NOT LIKE", "DOES NOT CONTAIN": "NOT LIKE", "CONTAINS": "LIKE"}


def never(_: Mapping[str, str]) -> bool:
    return False


def condition(
    world: World, term: Term, column: Column, read: Getter, zone: ZoneInfo, user_id: str, *, scripts: bool
) -> Test:
    """Return a condition as a test; one with a value that cannot be meant matches nothing."""
    operator, text = _SAME.get(term.operator, term.operator), term.value
    if operator.startswith("RELATIVE"):
        plain = relative(operator, text, world.now())
        return never if plain is None else _compared(plain[0], plain[1], column, read)
    if operator in ("ON", "BETWEEN"):
        edges = _edges(operator, text)
        ends = [_value(world, one, column, zone, scripts=scripts) for one in edges or ()]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            return never
        first, last = _compared(">=", ends[0], column, read), _compared("<=", ends[1], column, read)
        return lambda values: first(values) and last(values)
    if operator == "DYNAMIC":
        return (lambda values: read(values) == user_id) if text == ME and column.reference == "sys_user" else never
    if operator == "INSTANCEOF":
        below = frozenset(world.schema.below(text)) if text in world.schema.tables else frozenset[str]()
        return lambda values: read(values) in below
    value = _value(world, text, column, zone, scripts=scripts)
    return never if value is None else _plain(operator, value, column, read)


def _plain(operator: str, value: str, column: Column, read: Getter) -> Test:
    # A null is not unequal to anything: rows with an empty field are left out by every negation, except of texts.
    kept = column.type == "string" and not column.choice
    wanted = frozenset(value.split(","))
    makers: dict[str, Callable[[str], bool]] = {
        "ISEMPTY": lambda found: found == "",
        "EMPTYSTRING": lambda found: found == "",
        "ISNOTEMPTY": lambda found: found != "",
        "ANYTHING": lambda _: True,
        "=": lambda found: found == value,
        "!=": lambda found: found != value and (kept or found != ""),
        "IN": lambda found: found != "" and found in wanted,
        "NOT IN": lambda found: found not in wanted and (kept or found != ""),
        "LIKE": lambda found: value in found,
        "NOT LIKE": lambda found: value not in found and (kept or found != ""),
        "STARTSWITH": lambda found: found.startswith(value),
        "ENDSWITH": lambda found: found.endswith(value),
    }
    holds = makers.get(operator)
    if holds is None:
        return _compared(operator, value, column, read)
    return lambda values: holds(read(values))


def _compared(operator: str, value: str, column: Column, read: Getter) -> Test:
    if column.type in _NUMBERS:
        return _counted(operator, value, read)
    order: dict[str, Test] = {
        ">": lambda values: read(values) > value,
        ">=": lambda values: read(values) >= value and read(values) != "",
        "<": lambda values: "" != read(values) < value,
        "<=": lambda values: "" != read(values) <= value,
    }
    return order.get(operator, lambda values: read(values) == value)


def _counted(operator: str, value: str, read: Getter) -> Test:
    try:
        limit = float(value)
    except ValueError:
        return never
    order: dict[str, Callable[[float], bool]] = {
        ">": lambda number: number > limit,
        ">=": lambda number: number >= limit,
        "<": lambda number: number < limit,
        "<=": lambda number: number <= limit,
        "=": lambda number: number == limit,
    }
    holds = order[operator]

    def test(values: Mapping[str, str]) -> bool:
        text = read(values)
        return text != "" and holds(float(text))

    return test


def _edges(operator: str, text: str) -> tuple[str, str] | None:
    parts = text.split("@")
    if operator == "ON":
        parts = parts[1:]  # the first says what the others mean
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _value(world: World, text: str, column: Column, zone: ZoneInfo, *, scripts: bool) -> str | None:
    """Return a value as it is stored; None for one that cannot be meant."""
    if text.startswith(_SCRIPT):
        return computed(text.removeprefix(_SCRIPT), zone, world.now()) if scripts else None
    if column.type == "glide_date":
        return text[:10]
    if column.type in _TIMES and text:
        if instant(text) is None:
            return f"{text} 00:00:00" if instant(f"{text} 00:00:00") is not None else None
        return typed_time(text, zone.key, "") if "local_literals" in world.traps else text
    return text
