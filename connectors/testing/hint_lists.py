"""Hints of the helpdesk that is made of lists: what it sends, and for what it was asked to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from connectors.signed import check_signature, header, signed_content
from connectors.testing.lists import STREAMS, ListConnector, ListPage
from core.errors import Unreadable
from core.ports import Hint, Now, Registered, Registration, Stream, Untaken

__all__ = ["HintedLists"]


class HintedLists(ListConnector):
    """Sends `{"ticket": …, "gone": …, "id": …}`, the hex of its HMAC in `X-Signature`.

    reads: what it is to be asked for, a registration each. untaken: what of it the helpdesk refuses, and why.
    registrations: what is registered there, by id; tests lose and find some. lasts: how long one does; None: for ever.
    `asked` counts calls: `registrations` those that read, `register`, `renew` and `unregister` those that write.
    """

    def __init__(
        self,
        pages: Mapping[str, Sequence[ListPage]] | None = None,
        *,
        now: Now,
        streams: Sequence[Stream] = STREAMS,
        lasts: timedelta | None = timedelta(days=30),
    ) -> None:
        super().__init__(pages, now=now, streams=streams)
        self.reads = ["tickets"]
        self.untaken = dict[str, str]()
        self.registrations = dict[str, Registration]()
        self.lasts = lasts
        self.secrets = dict[str, str]()
        self._numbers = count(1)

    def hints(self, headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> tuple[Hint, ...]:
        check_signature(secret, body, header(headers, "X-Signature"), bytes.hex)
        match signed_content(body):
            case {"ticket": str(ticket), "gone": bool(gone), "id": str(delivery)} if ticket and delivery:
                return (Hint(ticket, None, "deleted" if gone else "changed", delivery),)
            case _:
                raise Unreadable("it says nothing about a ticket")

    def register(self, url: str, secret: str, known: Sequence[Registration]) -> Registered:
        ids = {each.id for each in known}
        mine = [each for each in self._there() if each.url == url]
        there = {each.what: each for each in mine if each.id in ids and each.what in self.reads}
        self.unregister([each for each in mine if each not in there.values()])
        missing = [what for what in self.reads if what not in there]
        for what in missing:
            self._step("register")
            if what not in self.untaken:
                made = Registration(f"hook-{next(self._numbers)}", url, self._end(self._now()), what)
                self.registrations[made.id] = there[what] = made
                self.secrets[made.id] = secret
        untaken = tuple(Untaken(what, self.untaken[what]) for what in missing if what in self.untaken)
        return Registered(tuple(there.values()), untaken)

    def renew(self, known: Sequence[Registration], now: datetime) -> Registered:
        self._step("renew")
        ids = {each.id for each in known} & self.registrations.keys()
        return Registered(tuple(self._renewed(each, now) for each in sorted(ids)))

    def unregister(self, known: Sequence[Registration]) -> None:
        for each in known:
            self._step("unregister")
            self.registrations.pop(each.id, None)

    def _renewed(self, which: str, now: datetime) -> Registration:
        old = self.registrations[which]
        self.registrations[which] = Registration(old.id, old.url, self._end(now), old.what)
        return self.registrations[which]

    def _there(self) -> Iterator[Registration]:
        """Read the list, which holds none that has ended."""
        self._step("registrations")
        now = self._now()
        return (each for each in self.registrations.values() if each.expires_at is None or each.expires_at > now)

    def _end(self, now: datetime) -> datetime | None:
        return None if self.lasts is None else now + self.lasts
