"""All that one search of tickets finds, however much it is: in windows of time in which the tickets were created.

A search's cursor lives an hour, in which a share of the limits may allow a few pages only. So a window is small enough
to be listed in some minutes, and one whose cursor has ended is listed anew, and smaller.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from connectors import SourceError
from connectors.zendesk.client import Api, CursorExpired, Found
from connectors.zendesk.shapes import epoch

__all__ = ["AT_ONCE", "Windows", "stamp"]

AT_ONCE: Final = 1000
"""As many tickets as the search gives in one answer."""

FIRST: Final = int(timedelta(days=30).total_seconds())
SMALLEST: Final = int(timedelta(hours=1).total_seconds())

MANY: Final = 20
"""Pages after which the windows that follow are half as wide."""

MOST_ANEW: Final = 3
"""So often a list that cannot be cut into windows is begun anew."""


class Windows:
    """One search, and where in it the listing is; seconds are since 1970.

    First all is asked for at once, since most accounts fit one page. Where they do not, windows are listed one after
    the other, the youngest first; behind an empty one all that is left is asked for at once again.
    """

    def __init__(self, query: str, *, narrow: bool = True) -> None:
        """query: of the search. narrow: whether words about the creation may be added to it."""
        self._query, self._narrow = query, narrow
        self._before: int | None = None
        self._width = FIRST
        self._whole = True  # what is asked for now has no beginning
        self._after = ""
        self._pages, self._rows, self._anew = 0, 0, 0
        self._over = False

    def pages(self, api: Api) -> Iterator[Found]:
        """Yield what is left, page by page; broken off, it goes on with the page that was not given.

        Raises: SourceError.
        """
        while not self._over:
            try:
                page = api.search(self._words(), self._after, AT_ONCE, optional=False)
            except CursorExpired as error:
                self._again(error)
                continue
            yield page
            self._on(page)

    def _words(self) -> str:
        words = [self._query]
        if self._before is not None:
            words += [] if self._whole else [f"created>={stamp(self._before - self._width)}"]
            words.append(f"created<{stamp(self._before)}")
        return " ".join(filter(None, words)) or "type:ticket"

    def _on(self, page: Found) -> None:
        """Go on behind a page."""
        self._pages += 1
        self._rows += len(page.items)
        more = bool(page.after) and page.after != self._after
        if more and self._whole and self._narrow:
            self._before = int(page.date.timestamp()) + 1 if self._before is None else self._before
            self._begin(whole=False)
        elif more:
            self._after = page.after
        elif self._whole:
            self._over = True
        else:
            self._next()

    def _next(self) -> None:
        """Go on with the window before this one."""
        self._before = max(0, (self._before or 0) - self._width)
        if self._pages == 1:
            self._width *= 2
        elif self._pages > MANY:
            self._width = max(SMALLEST, self._width // 2)
        self._begin(whole=not self._rows)

    def _begin(self, *, whole: bool) -> None:
        self._whole, self._after = whole, ""
        self._pages, self._rows = 0, 0

    def _again(self, error: CursorExpired) -> None:
        """List anew what the cursor stood in. Raises: SourceError where that has no prospect."""
        self._anew += 1
        if self._anew > MOST_ANEW and (self._whole or self._width <= SMALLEST):
            raise SourceError(
                f"the search for '{self._words()}' finds more tickets than the call limits let the hub list in an hour"
            ) from error
        self._width = max(SMALLEST, self._width // 2)
        self._begin(whole=self._whole)


def stamp(second: int) -> str:
    """Return seconds since 1970 as the search reads them; before that there was no ticket."""
    return f"{epoch(max(0, second)):%Y-%m-%dT%H:%M:%SZ}"
