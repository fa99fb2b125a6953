"""The line under a report that says what may be missing from it."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from core.flows.source import Read
from core.store import Store, connections
from core.store.completeness import Cause, Completeness, completeness
from slahub.cli.out import emit, plural, say, short

__all__ = ["of", "row", "sentence", "tell"]

MISSING = {
    Cause.FORBIDDEN: "forbidden",
    Cause.SET_ASIDE: "set aside",
    Cause.NOT_SHOWN: "listed and not shown",
}


def of(store: Store, names: Iterable[str], since: datetime | None = None) -> list[Completeness]:
    """Return what is known of these connections, and what is not. since: see `core.store.completeness`."""
    with store.view() as tx:
        rows = [connections.get(tx, name) for name in names]
        return [completeness(tx, each, since) for each in rows if each is not None]


def tell(store: Store, sources: Iterable[Read], since: datetime | None = None, *, as_json: bool) -> None:
    """Print the completeness of a report over these connections: a line each, or an object."""
    for each in of(store, [source.name for source in sources], since):
        if as_json:
            emit({"part": "completeness", **row(each)})
        else:
            say(f"complete? {each.connection}: {sentence(each)}")


def sentence(one: Completeness) -> str:
    """Return it in words: how many there are, how many are here, where the others are, and what is not sure."""
    return "; ".join((*_tickets(one), *_doubts(one)))


def _tickets(one: Completeness) -> Iterator[str]:
    found = one.counted
    if found is None:
        yield f"{plural(one.here, 'ticket')} here; how many the helpdesk has is not known, no census was taken"
        return
    yield (
        f"of {plural(found.expected, 'ticket')} that the helpdesk listed at {short(found.at)} UTC, "
        f"{found.present:,} {'is' if found.present == 1 else 'are'} here"
    )
    for cause, count in found.missing.items():
        if count:
            yield f"{count:,} {MISSING[cause]}{_since(one, cause)}"
    if one.newer:
        yield f"{one.newer:,} newer"
    if found.doubted:
        yield f"not sure of {', '.join(found.doubted)} until another census"


def _since(one: Completeness, cause: Cause) -> str:
    if cause is Cause.FORBIDDEN and one.hidden_since is not None:
        return f" since {one.hidden_since:%Y-%m-%d}"
    return ""


def _doubts(one: Completeness) -> Iterator[str]:
    if one.set_aside:
        yield f"{plural(one.set_aside, 'record')} set aside ({one.set_aside_reason})"
    if one.late is None:
        yield "the past is still being read"
    elif one.late:
        yield f"history of {one.late:,} starts late"
    if one.parked:
        yield f"{one.parked:,} could not be judged"
    if one.unmapped:
        yield f"{plural(one.unmapped, 'value')} without a meaning"
    if one.unconfirmed:
        yield f"{plural(one.unconfirmed, 'clock')} not confirmed"


def row(one: Completeness) -> dict[str, object]:
    """Return it as scripts read it; without a census there are no `expected`, `present` and `missing`."""
    found = one.counted
    return {
        "connection": one.connection,
        "counted_at": None if found is None else found.at,
        "expected": None if found is None else found.expected,
        "present": None if found is None else found.present,
        "missing": None if found is None else {str(cause): count for cause, count in found.missing.items()},
        "doubted": list(found.doubted) if found is not None and found.doubted else None,
        "here": one.here,
        "newer": one.newer if found is not None else None,
        "elsewhere": one.elsewhere,
        "forbidden_since": one.hidden_since,
        "history_starts_late": one.late,
        "set_aside": one.set_aside,
        "unmapped": one.unmapped,
        "unconfirmed": one.unconfirmed,
        "parked": one.parked,
    }
