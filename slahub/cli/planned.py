"""What a plan found, for people and for scripts."""

from collections.abc import Iterator, Sequence

from core.calendar.instants import from_us
from core.flows.plan import Listed, Part
from core.sla.compare import Change, Held, Outcome
from core.sla.coverage import Share
from core.sla.tally import BY, By, Tally
from slahub.cli.out import ago, complain, draw, plural, say, short, table

__all__ = ["listed_row", "rows", "tell", "tell_listed"]

GROUPS = 8
"""How many groups people are shown of each kind; scripts get all."""

NOBODY = {"customer": "no customer", "team": "no team"}
CHANGES = tuple(change for change in Change if change is not Change.SAME)
OTHERS = (Change.APPEARS, Change.VANISHES, Change.OTHERWISE, Change.MOVED, Change.REASSIGNED)


def tell(part: Part, seconds: float) -> None:
    """Print the whole comparison, what changes most first."""
    total = part.tallies.total
    say(
        f"\n{plural(total.tickets, 'ticket')} replayed in {seconds:.1f} s, as if the folder had always been in force:\n"
    )
    draw(table(("", ">now", ">by the folder", ">difference"), _sums(total)))
    if not total.changes():
        say("\nNo clock would be different.")
    else:
        say("")
        counted = [(change, total.changes(change)) for change in CHANGES]
        shown = sorted((each for each in counted if each[1]), key=lambda each: -each[1])
        lines = [(_word(change), f"{count:,}", ", ".join(total.samples.get(change, ()))) for change, count in shown]
        draw(table(("what becomes of a clock", ">clocks", "such as"), lines, folding="such as"))
        for by in BY[1:]:
            _tell_groups(part, by)
    say("")
    _tell_now(part)
    _tell_coverage(part)


def _sums(total: Tally) -> Iterator[Sequence[object]]:
    for name, outcome in (("clocks", None), *((str(each), each) for each in Outcome)):
        now, then = total.before(outcome), total.after(outcome)
        if now or then:
            yield name, f"{now:,}", f"{then:,}", f"{then - now:+,}" if then != now else ""
    now_kept, then_kept = _attained(total)
    if now_kept is not None and then_kept is not None:
        difference = round(then_kept, 1) - round(now_kept, 1)
        yield "attained", f"{now_kept:.1f} %", f"{then_kept:.1f} %", f"{difference:+.1f}" if difference else ""
    risk = total.at_risk
    yield "at risk", *(f"{each / 3600:,.0f} h" for each in risk), f"{(risk[1] - risk[0]) / 3600:+,.0f} h"
    if total.tickets:
        yield "at risk, a ticket", *(ago(each / total.tickets) for each in risk), ""


def _attained(tally: Tally) -> tuple[float | None, float | None]:
    """Return the share of clocks that are met among those that are decided, now and by the draft."""
    sides = ((count(Outcome.MET), count(Outcome.BREACHED)) for count in (tally.before, tally.after))
    now, then = (100 * met / (met + breached) if met + breached else None for met, breached in sides)
    return now, then


def _tell_groups(part: Part, by: By) -> None:
    """Show the groups in which something changes, biggest movements first."""
    groups = [(value, tally) for value, tally in part.tallies.by(by).items() if tally.changes()]
    if not groups or (len(groups) == 1 and groups[0][0] is None):
        return
    say("")
    lines: list[Sequence[object]] = []
    for value, tally in groups[:GROUPS]:
        now, then = _attained(tally)
        lines.append(
            (
                value or NOBODY.get(by, ""),
                f"{tally.tickets:,}",
                "" if now is None else f"{now:.1f} %",
                "" if then is None else f"{then:.1f} %",
                f"{tally.changes(Change.NEWLY_BREACHED):,}",
                f"{tally.changes(Change.NO_LONGER_BREACHED):,}",
                f"{tally.changes(*OTHERS):,}",
                *(ago(each / tally.tickets) if tally.tickets else "" for each in tally.at_risk),
            )
        )
    heads = (
        by,
        ">tickets",
        ">attained",
        ">then",
        ">newly breached",
        ">no longer",
        ">otherwise",
        ">at risk each",
        ">then ",
    )
    draw(table(heads, lines, spare=("tickets", "then ", "at risk each"), folding=by))
    if len(groups) > GROUPS:
        say(f"and {len(groups) - GROUPS:,} more; --json has them all")


def _tell_now(part: Part) -> None:
    if part.touched.tickets:
        say(
            f"Put into force now, it changes clocks of {part.touched.tickets:,} of "
            f"{plural(part.worked_on, 'open ticket')}{_such(part.touched)}; what is over stays as it was judged."
        )
    else:
        say(f"Put into force now, it changes no clock of {plural(part.worked_on, 'open ticket')}.")


def _tell_coverage(part: Part) -> None:
    if part.uncovered.tickets:
        say(f"- by the folder no policy covers {plural(part.uncovered.tickets, 'ticket')}{_such(part.uncovered)}")
    for policy, share in sorted(part.short.items()):
        say(f"- {policy} has no target for {plural(share.tickets, 'ticket')} that it covers{_such(share)}")
    if part.unjudged:
        complain(f"! {plural(part.unjudged, 'ticket')} could not be judged: {'; '.join(part.reasons)}")


def _such(share: Share) -> str:
    return f", such as {', '.join(share.samples)}" if share.samples else ""


def _word(change: Change) -> str:
    return str(change).replace("_", " ")


def tell_listed(listed: Sequence[Listed]) -> None:
    """Print the clocks that were asked for."""
    lines = [
        (
            f"{one.connection}:{one.key}",
            (one.pair.after or one.pair.before or _NO_CLOCK).policy,
            (one.pair.after or one.pair.before or _NO_CLOCK).metric.replace("_", " "),
            _word(one.pair.change),
            *_side_cells(one.pair.before),
            *_side_cells(one.pair.after),
        )
        for one in listed
    ]
    heads = ("ticket", "policy", "metric", "change", "now", "due (UTC)", "by the folder", "due then")
    say("")
    draw(table(heads, lines, spare=("due (UTC)", "due then")))


_NO_CLOCK = Held("", "", "", "", Outcome.UNKNOWN, None, None, 0)


def _side_cells(one: Held | None) -> tuple[str, str]:
    return ("", "") if one is None else (str(one.outcome), "" if one.due is None else short(from_us(one.due)))


def listed_row(one: Listed) -> dict[str, object]:
    """Return a clock that was asked for as scripts read it."""
    pair = one.pair
    either = pair.after or pair.before or _NO_CLOCK
    return {
        "part": "clock",
        "connection": one.connection,
        "key": one.key,
        "customer": one.grouping.customer,
        "team": one.grouping.team,
        "month": one.grouping.month,
        "agreement": str(either.agreement),
        "metric": either.metric,
        "started_by": either.started_by,
        "change": str(pair.change),
        "from": _side(pair.before),
        "to": _side(pair.after),
    }


def _side(one: Held | None) -> dict[str, object] | None:
    if one is None:
        return None
    return {
        "policy": one.policy,
        "outcome": str(one.outcome),
        "due_at": None if one.due is None else from_us(one.due),
        "target_seconds": one.target,
        "at_risk_seconds": one.at_risk,
    }


def rows(part: Part, seconds: float) -> Iterator[dict[str, object]]:
    """Yield everything that was found as scripts read it."""
    for by in BY:
        for value, tally in part.tallies.by(by).items():
            yield {
                "part": by,
                "name": value,
                "tickets": tally.tickets,
                "from": {
                    "clocks": tally.before(),
                    **{str(each): tally.before(each) for each in Outcome},
                    "at_risk_seconds": tally.at_risk[0],
                },
                "to": {
                    "clocks": tally.after(),
                    **{str(each): tally.after(each) for each in Outcome},
                    "at_risk_seconds": tally.at_risk[1],
                },
                "changes": {str(change): tally.changes(change) for change in CHANGES},
                "samples": {str(change): keys for change, keys in tally.samples.items()},
            }
    yield {"part": "open", "tickets": part.worked_on, "changed": part.touched.tickets, "samples": part.touched.samples}
    yield {
        "part": "coverage",
        "uncovered": part.uncovered.tickets,
        "samples": part.uncovered.samples,
        "without_target": {policy: share.tickets for policy, share in sorted(part.short.items())},
    }
    yield {
        "part": "run",
        "tickets": part.tickets,
        "unjudged": part.unjudged,
        "reasons": part.reasons,
        "seconds": round(seconds),
        "read_seconds": round(part.seconds.read),
        "replay_seconds": round(part.seconds.replay),
        "compare_seconds": round(part.seconds.compare),
    }
