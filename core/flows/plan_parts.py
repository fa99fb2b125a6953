"""The parts of a plan, worked off by several processes; each has a connection of its own and only reads."""

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event

from core.errors import StoreError
from core.flows.plan import Part, Replayer, Trial
from core.ports import Stop
from core.store import Store, replays

__all__ = ["LOT", "Lot", "compare", "lots"]

LOT = 4_000
"""Tickets of one part: few enough to end soon when asked to, many enough that joining the parts is next to nothing."""

_AHEAD = 3
"""Lots a process has waiting, so that it never waits for the next one."""

_SELDOM = (100_000, 20, 100)
"""Histories come and go by the hundred thousand and hold no circles: looking for some takes a fifth of the time."""


@dataclass(frozen=True, slots=True)
class Lot:
    """Tickets (row ids) of one of the trial's connections."""

    which: int
    ids: Sequence[int]


def lots(store: Store, trial: Trial, sample: int | None = None) -> list[Lot]:
    """Return all tickets of the trial's connections, or `sample` of them at equal distances."""
    found: list[Lot] = []
    with store.view() as tx:
        ids = [replays.ticket_ids(tx, each.id) for each in trial.asked]
    total = sum(map(len, ids))
    for which, each in enumerate(ids):
        wanted = each if sample is None or not total else replays.evenly(each, -(-sample * len(each) // total))
        found += [Lot(which, wanted[first : first + LOT]) for first in range(0, len(wanted), LOT)]
    return found


def compare(trial: Trial, store: Store, todo: Sequence[Lot], processes: int, stop: Stop) -> Iterator[Part]:
    """Yield what is found in each lot, in their order, until `stop` is reached.

    store: that of the trial, used where one process is enough.
    Raises: StoreError, also when another process was ended from outside.
    """
    if processes <= 1 or len(todo) <= 1:
        replayer = Replayer(trial, store)
        for lot in todo:
            if stop.reached():
                return
            yield replayer.part(lot.which, lot.ids, stop.reached)
        return
    context = get_context("spawn")
    ended = context.Event()
    pool = ProcessPoolExecutor(min(processes, len(todo)), context, _begin, (trial, ended))
    waiting: deque[Future[Part]] = deque()
    try:
        for lot in todo:
            waiting.append(pool.submit(_part, lot))
            if len(waiting) >= processes * _AHEAD:
                yield waiting.popleft().result()
            if stop.reached():
                return
        while waiting and not stop.reached():
            yield waiting.popleft().result()
    except BrokenProcessPool as exc:
        raise StoreError(
            "a process that replays the history was ended from outside, perhaps for want of memory; "
            "run it again with fewer --processes"
        ) from exc
    finally:
        ended.set()
        pool.shutdown(cancel_futures=True)


_mine: list[tuple[Replayer, Event]] = []
"""What all lots of a process of the pool are compared with, and what says that nobody waits for them any more."""


def _begin(trial: Trial, ended: Event) -> None:
    """Make a process of the pool ready. Who is asked to stop, and may end, is the process that started it."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    _mine[:] = [(Replayer(trial, Store(trial.url)), ended)]


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _part(lot: Lot) -> Part:
    replayer, ended = _mine[0]
    return replayer.part(lot.which, lot.ids, ended.is_set)
