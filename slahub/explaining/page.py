"""What a customer is told of the clocks of one ticket: no names of people, no inner names, no other agreements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import groupby

from core.calendar import Calendar, Spans
from core.calendar.hours import WHOLE_DAY
from core.sla.ledger import Derivation, Ledger
from core.sla.lines import Why
from core.sla.marks import Mark
from core.sla.policy import ALWAYS, Agreement
from core.sla.verdict import CREATED, State
from core.tickets import Side, WaitOn
from slahub.explaining.drawing import Shade, shade, shade_of
from slahub.explaining.folding import Row, folded
from slahub.explaining.words import Language, at, date, span, words

__all__ = ["Bar", "Entry", "Page", "Part", "page"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table. kind: `event`, or the shade of a stretch."""

    when: str
    what: str
    counted: str
    total: str
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of the drawn line; from and to as shares of its length."""

    start: float
    stop: float
    shade: Shade


@dataclass(frozen=True, slots=True)
class Part:
    """One clock. tone: `good`, `bad` or `plain`. due: its share of the drawn line; None where it is not on it."""

    title: str
    verdict: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    due: float | None
    first: str
    last: str
    legend: tuple[tuple[Shade, str], ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One page. left_out: clocks for which it has no room."""

    language: Language
    title: str
    ticket: str
    note: str
    columns: tuple[str, str, str, str]
    parts: tuple[Part, ...]
    remark: str


def page(
    ledgers: Sequence[Ledger],
    ticket: str,
    now: datetime,
    zone: tzinfo,
    language: Language,
    *,
    longest: int,
    entries: int | None,
    clocks: int | None = None,
) -> Page:
    """Return the page.

    longest: as in `folded`. entries: how many lines a clock may have; clocks: how many of them, the last ones;
        None: all.
    """
    said = words(language)
    mine = [each for each in ledgers if each.clock.agreement is Agreement.SLA]
    shown = mine if clocks is None else mine[len(mine) - clocks :]
    teller = _Teller(zone, language, longest, entries)
    left_out = len(mine) - len(shown)
    remark = "" if mine else said["no_clock"]
    return Page(
        language=language,
        title=said["title"],
        ticket=f"{said['ticket']} {ticket}",
        note=f"{said['as_of']} {teller.at(now)}. {said['zone']} {zone}.",
        columns=(said["column.from"], said["column.what"], said["column.counted"], said["column.total"]),
        parts=tuple(teller.part(each) for each in shown),
        remark=said["left_out"].format(count=left_out) if left_out else remark,
    )


class _Teller:
    def __init__(self, zone: tzinfo, language: Language, longest: int, entries: int | None) -> None:
        self._zone, self._language, self._longest, self._most = zone, language, longest, entries
        self._words = words(language)

    def at(self, at_: datetime, *, year: bool = True) -> str:
        return at(self._language, at_.astimezone(self._zone), year=year)

    def part(self, ledger: Ledger) -> Part:
        one = ledger.derivation
        verdict, tone = self._verdict(ledger)
        kind = ledger.clock.id.metric if one is None else str(one.metric.kind)
        metric = self._words.get(f"metric.{kind}", self._words["metric.custom"])
        title = f"{metric} – {ledger.label or self._words['agreement']}"
        if one is None or not one.lines:
            facts = () if one is None else tuple(self._facts(ledger, one))
            return Part(title, verdict, tone, facts, (), None, "", "", (), ())
        # Nothing is said of a breach that is not confirmed.
        due = ledger.clock.due_at if ledger.clock.breached and ledger.clock.confirmed else None
        start, stop = one.lines[0].start, one.lines[-1].stop
        bars = tuple(_bars(one, due, start, stop))
        place = None if ledger.clock.due_at is None else (ledger.clock.due_at - start) / (stop - start)
        return Part(
            title=title,
            verdict=verdict,
            tone=tone,
            facts=tuple(self._facts(ledger, one)),
            bars=bars,
            due=place,
            first=self.at(start),
            last=self.at(stop),
            legend=tuple((kind, self._words[f"legend.{kind}"]) for kind in dict.fromkeys(bar.shade for bar in bars)),
            entries=tuple(self._cut(list(self._entries(ledger, one, due)))),
        )

    def _verdict(self, ledger: Ledger) -> tuple[str, str]:
        clock = ledger.clock
        if clock.breached and not clock.confirmed:
            word, tone = "checked", "plain"
        elif clock.breached:
            word, tone = ("missed" if clock.state is State.COMPLETED else "late"), "bad"
        else:
            word = {State.COMPLETED: "met", State.INACTIVE: "unknown"}.get(clock.state, str(clock.state))
            tone = "good" if word in ("met", "running") else "plain"
        return self._words[f"verdict.{word}"], tone

    def _facts(self, ledger: Ledger, one: Derivation) -> Iterator[tuple[str, str]]:
        clock, said = ledger.clock, self._words
        yield said["fact.promised"], self._promised(one, clock.calendar)
        if clock.calendar != ALWAYS:
            yield said["fact.hours"], self._hours(one.calendars[clock.calendar])
        if clock.started_at is not None:
            yield said["fact.started"], self.at(clock.started_at)
        yield said["fact.due"], self._due(ledger, one)
        if clock.completed_at is not None:
            yield said["fact.ended"], self.at(clock.completed_at)
        yield said["fact.used"], self._used(ledger)

    def _promised(self, one: Derivation, calendar: str) -> str:
        days = one.target.working_days
        if days is not None:
            return self._words["promised.day" if days == 1 else "promised.days"].format(days=days)
        key = "promised.always" if calendar == ALWAYS else "promised.open"
        return self._words[key].format(time=span(one.target.seconds or 0))

    def _hours(self, calendar: Calendar) -> str:
        """Return the weekly hours, days that are alike together, in the calendar's own zone."""
        days = [(day, spans) for day, spans in enumerate(calendar.weekly) if spans]
        said: list[str] = []
        for _, group in groupby(enumerate(days), key=lambda one: (one[1][0] - one[0], one[1][1])):
            alike = [day for _, (day, _) in group]
            names = [date(self._language, day) for day in alike]
            said.append(
                f"{names[0] if len(names) == 1 else f'{names[0]}–{names[-1]}'} {_times(calendar.weekly[alike[0]])}"
            )
        return f"{'; '.join(said)} ({calendar.timezone})"

    def _due(self, ledger: Ledger, one: Derivation) -> str:
        due = "" if ledger.clock.due_at is None else self.at(ledger.clock.due_at)
        if one.ending in ("reached", "met"):
            return due
        left = span(max(ledger.clock.remaining_seconds or 0, 0))
        return self._words[f"due.{one.ending}"].format(at=due, left=left)

    def _used(self, ledger: Ledger) -> str:
        clock = ledger.clock
        used, left = span(clock.elapsed_seconds), clock.remaining_seconds or 0
        if left < 0 and clock.confirmed:
            return self._words["used.over"].format(used=used, over=span(-left))
        key = "used.left" if left > 0 else "used.exactly"
        return self._words[key].format(used=used, left=span(left))

    def _entries(self, ledger: Ledger, one: Derivation, due: datetime | None) -> Iterator[Entry]:
        waiting = list(one.marks)
        ahead = False
        for row in folded(one, due, self._longest):
            while waiting and (row.forecast or waiting[0].at <= row.start):
                yield self._event(waiting.pop(0))
            if row.forecast and not ahead:
                ahead = True
                word = "row.met" if one.ending == "met" else "row.ahead"
                yield Entry(self.at(row.start, year=False), self._words[word], "", "", "event")
            yield self._row(row)
        for mark in waiting:
            yield self._event(mark)
        if ledger.clock.due_at is not None and ahead:
            yield Entry(self.at(ledger.clock.due_at, year=False), self._words["legend.due"], "", "", "event")

    def _cut(self, entries: list[Entry]) -> list[Entry]:
        """Return no more lines than there is room for: the first ones and the last one."""
        if self._most is None or len(entries) <= self._most:
            return entries
        if self._most < 3:
            return []
        more = self._words["row.more"].format(count=len(entries) - self._most + 1)
        return [*entries[: self._most - 2], Entry("…", more, "", "", "event"), entries[-1]]

    def _event(self, mark: Mark) -> Entry:
        did = ", ".join(dict.fromkeys(self._words[f"did.{effect}"] for effect in mark.effects))
        return Entry(self.at(mark.at, year=False), f"{self._words[f'by.{_who(mark)}']}: {did}", "", "", "event")

    def _row(self, row: Row) -> Entry:
        kind = shade_of(row, open_=row.open, late=row.late)
        counted = span(row.elapsed) if row.elapsed else ""
        return Entry(self.at(row.start, year=False), self._spoken(row), counted, span(row.total), kind)

    def _spoken(self, row: Row) -> str:
        said = self._words
        if row.why is Why.RESOLVED and row.counted:
            return said["wait.resolved_counted"]
        if not row.counted:
            wait = said[f"wait.{_wait(row)}"]
            return said["wait.wall"].format(said=wait) if row.elapsed < 0 else wait
        closings = (_many(said, kind, count) for kind, count in row.closings)
        closed = ", ".join((*closings, *row.named))
        if not row.open:
            plain = not row.named and [kind for kind, _ in row.closings] in (["night"], ["break"])
            return said["row.closed"].format(closings=said["closed.hours"] if plain or not closed else closed)
        running = said["row.late" if row.late else "row.running"]
        return said["closings"].format(said=running, closings=closed) if closed else running


def _many(said: Mapping[str, str], what: str, count: int) -> str:
    return said[f"one.{what}"] if count == 1 else said[f"many.{what}"].format(count=count)


def _bars(one: Derivation, due: datetime | None, start: datetime, stop: datetime) -> Iterator[Bar]:
    for kind, group in groupby(one.lines, key=lambda line: shade(line, due)):
        each = list(group)
        yield Bar((each[0].start - start) / (stop - start), (each[-1].stop - start) / (stop - start), kind)


def _wait(row: Row) -> str:
    if row.why is Why.RESOLVED:
        return "resolved"
    if row.why in (Why.OUT_OF_SCOPE, Why.GONE, Why.CANCELLED):
        return "outside"
    wait_on = WaitOn.NONE if row.status is None else row.status.wait_on
    return str(wait_on) if wait_on in (WaitOn.CUSTOMER, WaitOn.VENDOR) else "hold"


def _who(mark: Mark) -> str:
    if mark.step is None:
        return "created" if mark.id == CREATED else "text" if mark.id else "seen"
    side = {Side.AGENT: "agent", Side.CUSTOMER: "customer"}.get(mark.step.side, "system")
    public = mark.step.comment is not None and mark.step.comment.public
    return f"{side}_reply" if public and side != "system" else side


def _times(spans: Spans) -> str:
    if spans == WHOLE_DAY:
        return "0–24"
    return ", ".join("–".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in each) for each in spans)
