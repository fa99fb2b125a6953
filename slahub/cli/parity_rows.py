"""A comparison with a helpdesk's own SLA clocks, line by line: for people and for scripts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from core.calendar.instants import SECOND, from_us
from core.flows.parity import Comparison, Found
from core.sla.causes import Part
from core.sla.theirs import Theirs
from core.sla.verdict import Clock
from slahub.cli.out import ago, short
from slahub.cli.parity_words import metric_words, pair_with, part_words
from slahub.cli.view import Seen

__all__ = ["LIST", "clock_row", "left_out_rows", "list_cells", "sum_row"]

LIST: Final = ("ticket", "metric", "ours (UTC)", "theirs (UTC)", ">difference", "because of")

MINUTE: Final = 60


def list_cells(one: Found) -> Sequence[object]:
    """Return a clock as people read it: its due instants, or how it stands where there is none."""
    weighed, ours, theirs = one.beside.weighed, one.beside.ours, one.beside.theirs
    mine = None if ours is None else ours.clock
    return (
        one.key,
        (one.beside.native_metric if mine is None else mine.id.metric).replace("_", " "),
        "" if mine is None else short(_instant(weighed.ours)) or str(mine.state),
        "" if theirs is None else short(_instant(theirs.due)) or _state(theirs),
        "" if weighed.difference is None else _signed(weighed.difference),
        ", ".join(part_words(part) for part in _worth_telling(weighed.parts)),
    )


def _worth_telling(parts: Sequence[Part]) -> Sequence[Part]:
    """Return the causes that matter: at least the first one."""
    return [
        part
        for place, part in enumerate(parts)
        if not place or (part.seconds is not None and abs(part.seconds) > MINUTE)
    ]


def _signed(seconds: int) -> str:
    return f"+{ago(seconds)}" if seconds > 0 else ago(seconds)


def _state(theirs: Theirs) -> str:
    return "completed" if theirs.ended is not None else "paused" if theirs.paused else "none"


def _instant(at: int | None) -> datetime | None:
    return None if at is None else from_us(at)


def clock_row(connection: str, one: Found) -> dict[str, object]:
    """Return a clock as scripts read it."""
    weighed, ours, theirs = one.beside.weighed, one.beside.ours, one.beside.theirs
    return {
        "part": "clock",
        "connection": connection,
        "key": one.key,
        "native_metric": one.beside.native_metric,
        **({} if ours is None else _ours(ours.clock, weighed.ours)),
        **({} if theirs is None else _theirs(theirs)),
        "compared": weighed.by,
        "difference_seconds": weighed.difference,
        "agrees": weighed.agrees,
        "cause": one.beside.cause and str(one.beside.cause),
        "causes": [_part(part) for part in weighed.parts],
    }


def _ours(clock: Clock, due: int | None) -> dict[str, object]:
    return {
        "policy": clock.id.policy,
        "agreement": str(clock.agreement),
        "metric": clock.id.metric,
        "cycle": clock.cycle,
        "calendar": clock.calendar,
        "state": str(clock.state),
        "started_at": clock.started_at,
        "completed_at": clock.completed_at,
        "due_at": _instant(due),
        "target_seconds": clock.target_seconds,
    }


def _theirs(theirs: Theirs) -> dict[str, object]:
    return {
        "native_policy": theirs.policy,
        "native_cycle": theirs.cycle,
        "native_started_at": _instant(theirs.started),
        "native_completed_at": _instant(theirs.ended),
        "native_due_at": _instant(theirs.due),
        "native_target_seconds": None if theirs.target is None else theirs.target // SECOND,
        "native_business": theirs.business,
    }


def _part(part: Part) -> dict[str, object]:
    hints = [{"kind": hint.kind, "name": hint.name or None} for hint in part.hints]
    return {"cause": str(part.cause), "seconds": part.seconds, "hints": hints or None}


def sum_row(connection: str, word: str, compared: Comparison) -> dict[str, object]:
    """Return what became of one of the helpdesk's metrics as scripts read it."""
    total = compared.sums[word]
    return {
        "part": "metric",
        "connection": connection,
        "native_metric": word,
        "metrics": metric_words(compared.pairs[word.casefold()]).split(", "),
        "clocks": total.clocks,
        "within_minute": total.within_minute,
        "undecided": total.undecided,
        "only_theirs": total.only_theirs,
        "only_ours": total.only_ours,
        "share_within_minute": None if total.share is None else round(total.share, 4),
        "causes": {str(cause): count for cause, count in total.causes.most_common()},
        "samples": {str(cause): keys for cause, keys in total.samples.items()},
    }


def left_out_rows(seen: Seen, compared: Comparison) -> Iterator[dict[str, object]]:
    """Yield the helpdesk's words that were not compared, why, and what to do."""
    for word, count in compared.unpaired.items():
        yield _left_out(seen, word, count, "nobody has said which metric times the same", pair_with(seen.name, word))
    for word, count in compared.untimed.items():
        names = metric_words(compared.known[word.casefold()])
        yield _left_out(seen, word, count, f"no policy times {names}", f"promise it, or {pair_with(seen.name, word)}")


def _left_out(seen: Seen, word: str, count: int, why: str, what: str) -> dict[str, object]:
    return {
        "part": "left_out",
        "connection": seen.name,
        "native_metric": word,
        "targets": count,
        "why": why,
        "do": what,
    }
