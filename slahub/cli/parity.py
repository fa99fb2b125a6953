"""slahub report parity: our due times beside those of the helpdesk's own SLA, and why some differ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import Problem, SettingsError
from core.flows.parity import Comparison, Found
from core.settings import likeliest
from slahub.bootstrap import Opening
from slahub.cli.completing import tell
from slahub.cli.count_bar import counted
from slahub.cli.options import INTERRUPTED
from slahub.cli.out import complain, console, draw, emit, plural, say, table
from slahub.cli.parity_rows import LIST, clock_row, left_out_rows, list_cells, sum_row
from slahub.cli.parity_words import cause_words, metric_words
from slahub.cli.view import Seen, View, view
from slahub.cli.work import interruptible

__all__ = ["Wanted", "parity"]

ROOM = 100
"""Columns from which on a list has room for all it tells."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, as it was typed. differing, every: which clocks are listed besides the sums."""

    connection: str = ""
    metric: str = ""
    since: str = ""
    differing: bool = False
    every: bool = False

    def lists(self, one: Found) -> bool:
        """Tell whether people are shown this clock; where ours stands alone, nothing differs."""
        return self.every or (self.differing and one.beside.weighed.agrees is False and one.beside.theirs is not None)


def parity(folder: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Print what came out for one connection, or for all. Raises: SettingsError, StoreError."""
    since = _since(wanted.since)
    with interruptible() as stop:
        found = view(Opening(folder, stop))
        chosen = [(seen, _comparison(found, seen, wanted, since)) for seen in found.chosen(wanted.connection)]
        _check(wanted.metric, chosen)
        for seen, compared in chosen:
            with counted("comparing", compared.tickets, shown=not as_json) as advance:
                for lot in compared.lots():
                    _tell_each(seen, lot.found, wanted, as_json=as_json)
                    advance(lot.tickets)
                    if stop.reached():
                        complain("interrupted; nothing was written")
                        return INTERRUPTED
            if as_json:
                for row in (*(sum_row(seen.name, *each) for each in _sums(compared)), *left_out_rows(seen, compared)):
                    emit(row)
            else:
                _tell(seen, compared)
        tell(found.store, [seen for seen, _ in chosen], since, as_json=as_json)
    return 0


def _comparison(found: View, seen: Seen, wanted: Wanted, since: datetime | None) -> Comparison:
    return Comparison(found.store, seen, found.active, seen.now(), metric=wanted.metric, since=since)


def _since(text: str) -> datetime | None:
    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError as exc:
        problem = Problem(f"`{text}` is not a date", key="--since", hint="write 2026-01-31")
        raise SettingsError(problem) from exc
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _check(metric: str, chosen: Iterable[tuple[Seen, Comparison]]) -> None:
    """Refuse a metric that nothing is called by. Raises: SettingsError naming the nearest one."""
    words: dict[str, None] = {}
    for seen, compared in chosen:
        ours = (name.rpartition("/")[2] for names in seen.mapping.native_metrics.values() for name in names)
        words.update(dict.fromkeys((*compared.words, *seen.mapping.native_metrics, *ours)))
    if metric and metric.casefold() not in {word.casefold() for word in words}:
        near = likeliest(metric, list(words))
        hint = f"did you mean `{near}`?" if near else f"there is {', '.join(words)}" if words else "there is none yet"
        raise SettingsError(Problem(f"no metric is called `{metric}`", key="--metric", hint=hint))


def _sums(compared: Comparison) -> list[tuple[str, Comparison]]:
    return [(word, compared) for word in sorted(compared.sums)]


def _tell_each(seen: Seen, found: Sequence[Found], wanted: Wanted, *, as_json: bool) -> None:
    if as_json:
        for one in found:
            if wanted.lists(one) or not wanted.differing:
                emit(clock_row(seen.name, one))
        return
    listed = [list_cells(one) for one in found if wanted.lists(one)]
    if listed:
        spare = ("difference",) if console.width < ROOM else ()
        draw(table(LIST, listed, spare=spare, folding="because of"))
        say("")


def _tell(seen: Seen, compared: Comparison) -> None:
    """Print the sums of one connection."""
    desk = seen.settings.connector
    if not compared.tickets:
        say(f"{seen.name}: {desk} has told of no SLA clock with a target of its own")
        return
    say(f"{seen.name}: {plural(compared.tickets, 'ticket')} with SLA clocks of {desk}'s own")
    lines: list[Sequence[object]] = []
    causes: list[Sequence[object]] = []
    for word in sorted(compared.sums):
        total = compared.sums[word]
        share = "" if total.share is None else f"{_percent(total.share)} %"
        lines.append(
            (
                word,
                metric_words(compared.pairs[word.casefold()]),
                f"{total.clocks:,}",
                f"{total.within_minute:,}",
                share,
                f"{total.undecided:,}",
                f"{total.only_ours:,}",
            )
        )
        causes += [
            (word, cause_words(cause), f"{count:,}", ", ".join(total.samples[cause]))
            for cause, count in total.causes.most_common()
        ]
    if lines:
        say("")
        heads = ("their clock", "ours", ">clocks", ">agree", ">share", ">undecided", ">only ours")
        draw(table(heads, lines, spare=("only ours", "undecided"), folding="ours"))
    if causes:
        say("")
        draw(table(("their clock", "cause", ">clocks", "such as"), causes, folding="such as"))
    _tell_left_out(seen, compared)


def _percent(share: float) -> str:
    """Return a share in percent; never 100 where something is missing."""
    return "100" if share == 1 else f"{min(99.9, int(share * 1000) / 10):.1f}"


def _tell_left_out(seen: Seen, compared: Comparison) -> None:
    left_out = list(left_out_rows(seen, compared))
    if left_out or compared.unjudged:
        say("")
    for row in left_out:
        say(f"- {row['native_metric']} is not compared: {row['why']}; {row['do']}")
    if compared.unjudged:
        complain(f"! {plural(compared.unjudged, 'ticket')} could not be judged: {'; '.join(compared.reasons)}")
