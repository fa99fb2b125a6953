"""What has to be equal once everything has settled; each says in words what is not."""

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from connectors import Bucket
from connectors.registry import load
from core.flows.alert_kinds import kind_of
from core.flows.evaluate import desk_of
from core.flows.rebuild import belief, rebuild
from core.flows.stop import StopSignal
from core.hub import Hub
from core.sla import judge
from core.store import Store, histories, schema, tables
from tests.flows.proof import Desk
from tests.soak.town import House

__all__ = [
    "agreed_on_fields",
    "exceeded",
    "noted_once",
    "rebuilt",
    "same_as_truth",
    "taken_back",
    "told_once",
]

ON_ITS_WAY = 1.0
"""Seconds that a call may take from where it is counted to the helpdesk."""

INSTANT = timedelta(microseconds=1)

FEW = 5
"""Differences that are told of each kind."""


def few(found: Sequence[str]) -> list[str]:
    return [*found[:FEW], *([f"and {len(found) - FEW} more"] if len(found) > FEW else [])]


def same_as_truth(house: House, desk: Desk) -> list[str]:
    """Store = the helpdesk's truth."""
    return few([f"{house.name} {ticket}: {pair}" for ticket, pair in house.differences(desk).items()])


def agreed_on_fields(house: House, desk: Desk) -> list[str]:
    """Fields in the helpdesk = desired."""
    wished, shown = desk.wished(), desk.shown()
    lacking = {key: (word, shown.get(key)) for key, word in wished.items() if shown.get(key) != word}
    return few([f"{house.name} {key}: wished {pair[0]}, shown {pair[1]}" for key, pair in lacking.items()])


def rebuilt(hub: Hub, folder: Path) -> list[str]:
    """Belief = a rebuild in an empty database."""
    for source in hub.sources.values():
        hub.evaluate(source, StopSignal())
    file = folder / "again.db"
    again = Store(f"sqlite:///{file}")
    schema.migrate(again)
    rebuild(hub.store, again, hub.sources.values(), hub.active, hub.now())
    mine, other = (belief(each, hub.sources.values()) for each in (hub.store, again))
    again.close()
    file.unlink()
    return [] if mine == other else ["what is believed is not what follows from the facts"]


def taken_back(hub: Hub) -> list[str]:
    """No breach was published that the final history does not contain, be it until a change that came later."""
    verdict, clock = tables.verdict.c, tables.clock.c
    columns = (verdict.known_from, verdict.started_at, verdict.due_at, verdict.confirmed, verdict.breached_at)
    found: list[str] = []
    for source in hub.sources.values():
        told = defaultdict[tuple[int, str, str, int], list[Row[*tuple[Any, ...]]]](list)
        with hub.store.view() as tx:
            clocks = select(clock.id, clock.ticket_id, clock.policy, clock.metric, verdict.standing, *columns)
            mine = tables.ticket.c.connection_id == source.id
            joined = clocks.join_from(tables.verdict, tables.clock).join(tables.ticket).where(mine)
            for row in tx.execute(joined.order_by(verdict.id)):
                told[row.ticket_id, row.policy, row.metric, row.id].append(row)
            doubtful = [
                (*key[:3], rows)
                for key, rows in told.items()
                if any(row.confirmed and row.standing == "breached" for row in rows) and rows[-1].breached_at is None
            ]
            loaded = {each.id: each for each in histories.load(tx, source.id, [each[0] for each in doubtful])}
            desk = desk_of(tx, source, [*loaded.values()])
        for ticket, policy, metric, rows in doubtful:
            history = loaded[ticket].history
            if not any(
                clock.breached
                for event in history.events
                for clock in judge(history, desk, hub.active.rules, event.at - INSTANT).clocks
                if (clock.id.policy, clock.id.metric) == (policy, metric)
            ):
                said = [(row.standing, *map(str, row[5:])) for row in rows]
                found.append(
                    f"{source.name} {history.ticket.key} {metric}: a breach was published and was none: {said}"
                )
    return few(found)


def exceeded(house: House) -> list[str]:
    """No limit's share was exceeded, over all the hub's lives."""
    found: list[str] = []
    for bucket, share in _bounds(house):
        span, window, over = bucket.per.total_seconds(), deque[float](), 0
        span -= min(ON_ITS_WAY, span / 2)
        total = bucket.calls
        for call in sorted(house.calls, key=lambda each: each.at):
            if not bucket.matches(call.method, call.path):
                continue
            window.append(call.at)
            while window[0] <= call.at - span:
                window.popleft()
            over = max(over, len(window) - max(1, int(total * share)))
            total = call.totals.get(bucket.name, total)
        if over > 0:
            found.append(f"{house.name} {bucket.name}: {over} calls too many within {bucket.per}")
    return found


def _bounds(house: House) -> list[tuple[Bucket, float]]:
    """Return what bounds the calls to a helpdesk, and the hub's part of each."""
    if house.budget.endswith("%"):
        share = int(house.budget.removesuffix("%")) / 100
        return [(each, share) for each in load().connectors[house.name].buckets]
    calls, _, unit = house.budget.partition("/")
    span = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}[unit]
    return [(Bucket("budget", int(calls), span), 1.0)]


def noted_once(house: House, desk: Desk) -> list[str]:
    """Each note that is said to be there is there, once, and no other is."""
    note, ticket = tables.note.c, tables.ticket.c
    there = {mark: len(ids) for mark, ids in house.notes().items()}
    with desk.store.view() as tx:
        rows = tx.execute(
            select(note.mark, ticket.key, note.done_at, note.refused_reason)
            .join_from(tables.note, tables.ticket, ticket.id == note.ticket_id)
            .where(ticket.connection_id == desk.source.id)
        ).all()
    found = [
        f"{house.name} {key}: a note is there {there.get(mark, 0)} times"
        for mark, key, done_at, refused in rows
        if there.get(mark, 0) != (1 if done_at is not None and not refused else 0)
    ]
    unknown = there.keys() - {row.mark for row in rows}
    return few([*found, *(f"{house.name}: nobody wished the note {mark}" for mark in sorted(unknown))])


def told_once(store: Store, texts: Sequence[str]) -> list[str]:
    """Of whatever an admin is said to have been told something has come, and nothing twice without saying so."""
    alert, finding = tables.alert.c, tables.finding.c
    with store.view() as tx:
        rows = tx.execute(
            select(finding.connection, finding.code, alert.state)
            .join_from(tables.alert, tables.finding, finding.id == alert.finding_id)
            .distinct()
        ).all()
    found = [f"an alert is still under way: {row.connection} {row.code}" for row in rows if row.state == "claimed"]
    for row in rows:
        words = f"{row.connection or 'the hub'}: {kind_of(row.code).title}"
        if row.state == "sent" and not any(words in each or "more of the same sort" in each for each in texts):
            found.append(f"nothing came of what an admin is said to have been told: {words}")
    found += [f"an admin was told {count} times: {text}" for text, count in Counter(texts).items() if count > 1]
    return few(found)
