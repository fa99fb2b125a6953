"""`versions` of a policy: texts that follow one another, each taking over what it does not say."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.settings.conditions_section import Names
from core.settings.plain import KeyPath, entry, is_items, is_keys
from core.settings.positions import Problems
from core.settings.scalars import DATE, read_date
from core.settings.target_section import OTHERS
from core.settings.words import Mistake, key_hint, or_list

__all__ = ["ONCE", "Told", "versions"]

FROM = "from"
ONCE = ("name", "label", "agreement")
"""Keys that hold for all versions of a policy."""

GONE = "none"
"""Stands for a metric that a version no longer has."""


class Told(Problems):
    """The problems of one text out of several.

    What an earlier one was told for is told again only where it stands in this one, too.
    """

    def __init__(self, problems: Problems, path: KeyPath, place: KeyPath, own: object, known: set[object]) -> None:
        """Begin with none. path: of the whole text. place: where `own`, its latest part, stands."""
        super().__init__(None)
        self._problems, self._path, self._place, self._own, self._known = problems, path, place, own, known
        self._count = 0

    def add(self, path: KeyPath, text: str, hint: str = "") -> None:
        self._count += 1
        rest = path[len(self._path) :]
        if (rest, text) in self._known and not _stands(self._own, rest):
            return
        self._known.add((rest, text))
        self._problems.add((*self._place, *rest), text, hint)

    def count(self) -> int:
        return self._count


def _stands(own: object, rest: KeyPath) -> bool:
    for step in rest:
        own = entry(own, step)
    return bool(rest) and own is not None


def versions(
    raw: Mapping[str, object], path: KeyPath, keys: tuple[str, ...], names: Names, problems: Problems
) -> Iterator[tuple[datetime | None, Mapping[str, object], KeyPath, Mapping[str, object]]]:
    """Yield each version after the first text: since when, its whole text, its place and what it says itself.

    keys: those of a version. The instant is None where it is a mistake.
    """
    place = (*path, "versions")
    listed = raw.get("versions")
    text: Mapping[str, object] = {key: part for key, part in raw.items() if key != "versions"}
    if listed is not None and not is_items(listed):
        problems.add(place, "expected a list of versions", "as in [{from: 2027-01-01, metrics: {…}}]")
    last: datetime | None = None
    for index, one in enumerate(listed if is_items(listed) else ()):
        here = (*place, index)
        if not is_keys(one):
            problems.add(here, "expected a version", "each one begins with `- from:`")
            continue
        for key in one:
            if key in ONCE:
                problems.add((*here, key), f"`{key}` holds for all versions", "write it beside `name`")
            elif key not in keys:
                problems.add((*here, key), *key_hint(key, keys))
        own = {key: part for key, part in one.items() if key in keys and key != FROM}
        if not own:
            problems.add(
                here, "this version changes nothing", f"possible: {or_list([key for key in keys if key != FROM])}"
            )
        text = _merged(text, own)
        since = _since(one, text, here, names, problems)
        if since is not None and last is not None and since <= last:
            problems.add((*here, FROM), f"`{one[FROM]}` is not after the version before it", "write them in order")
        last = since or last
        yield since, text, here, own


def _merged(text: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Return a text with what a later one says: metrics by name, targets by priority, all other keys whole."""
    merged = {**text, **own}
    before, after = text.get("metrics"), own.get("metrics")
    if "sla" in own and "metrics" not in own:
        merged.pop("metrics", None)
    if "metrics" in own and "sla" not in own:
        merged.pop("sla", None)
    if is_keys(before) and is_keys(after):
        metrics = {**before, **{name: _metric(before.get(name), one) for name, one in after.items()}}
        merged["metrics"] = {name: one for name, one in metrics.items() if one != GONE or name not in before}
    return merged


def _metric(before: object, after: object) -> object:
    if not is_keys(before) or not is_keys(after):
        return after
    merged = {**before, **after}
    old, new = before.get("targets"), after.get("targets")
    if is_keys(old) and is_keys(new):
        both = any(word in new for word in OTHERS)
        merged["targets"] = {key: part for key, part in old.items() if not (both and key in OTHERS)} | dict(new)
    return merged


def _since(
    one: Mapping[str, object], text: Mapping[str, object], path: KeyPath, names: Names, problems: Problems
) -> datetime | None:
    if FROM not in one:
        problems.add((*path, FROM), "is missing", "as in from: 2027-01-01")
        return None
    calendar = text.get("calendar")
    chosen = entry(calendar, "else") if is_keys(calendar) else calendar
    zone = ZoneInfo(names.zones.get(str(chosen), "UTC"))
    try:
        return _instant(one[FROM], zone)
    except Mistake as mistake:
        problems.add((*path, FROM), mistake.text, mistake.hint)
        return None


def _instant(value: object, zone: ZoneInfo) -> datetime:
    """Return the first instant of a date in a zone, or an instant that is written with its offset."""
    text = str(value)
    if not isinstance(value, str) or DATE.fullmatch(text) or "T" not in text:
        day: date = read_date(value)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise Mistake(f"`{text}` is not an instant", "write 2027-01-01, or 2027-01-01T08:00:00+01:00") from exc
    if at.tzinfo is None:
        raise Mistake(f"`{text}` does not say in which zone", "write 2027-01-01T08:00:00+01:00, or a date alone")
    return at.astimezone(UTC)
