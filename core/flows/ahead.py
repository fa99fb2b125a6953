"""One item ahead: the next one is made in a thread of its own while the caller works on the one before."""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

__all__ = ["ahead"]

T = TypeVar("T")


@contextmanager
def ahead(items: Iterable[T], last: Callable[[T], bool]) -> Generator[Iterator[T]]:
    """Give the items; there are never more than two, the one the caller has and the one being made.

    An error of `items` is raised where the caller asks for the item that it cost. `items` runs in one
    thread from its beginning to its close; at the end of the block nothing of it runs any more.

    last: says that no item after this one is wanted, so that none is begun.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        try:
            yield _each(iter(items), last, thread)
        finally:
            thread.submit(_close, items).result()


def _each(items: Iterator[T], last: Callable[[T], bool], thread: ThreadPoolExecutor) -> Iterator[T]:
    coming = thread.submit(next, items, None)
    while (item := coming.result()) is not None:
        if last(item):
            yield item
            return
        coming = thread.submit(next, items, None)
        yield item
        del item  # or it would stay until the next but one is begun


def _close(items: Iterable[T]) -> None:
    if isinstance(items, Generator):
        items.close()
