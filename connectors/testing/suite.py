"""The contract's rules that types cannot say, as tests that a connector's own tests inherit."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from connectors.testing.checks import (
    check,
    check_instant,
    check_record,
    drained,
    events_of,
    identities,
    records_of,
)
from connectors.testing.hinting import HintingSuite
from connectors.testing.records import changed_at, identity
from connectors.testing.writing import WritingSuite
from core.errors import SourceError
from core.ports import (
    CENSUS,
    PICTURES,
    Census,
    Checkpoint,
    Connector,
    Coverage,
    Fetches,
    Now,
    Page,
    Stream,
    TakesCensus,
    TellsLinks,
)
from core.tickets import REMOTE_LINKS, Event, Presence, Record, SourceMapping, Ticket

__all__ = ["ConnectorSuite"]

FETCHED = 5  # tickets at a time
DAY = timedelta(days=1)


class ConnectorSuite(WritingSuite, HintingSuite):
    """Inherit it as `class TestAcme(ConnectorSuite)` and give the fixtures; what is not given is skipped.

    connector: over a source with tickets and a history, in at least two pages.
    calls: how many requests reached the source (`http.calls`).
    unreadable: a connector over the same source with one record spoilt.
    failing: a connector whose source does not answer.
    now: the source's present instant, where that is not this machine's.
    writable, updates: see `WritingSuite`. taking, signs, bodies: see `HintingSuite`.
    """

    @pytest.fixture
    def connector(self) -> Connector:
        raise NotImplementedError("give a `connector` fixture")

    @pytest.fixture
    def calls(self) -> Callable[[], int]:
        pytest.skip("no `calls` fixture")

    @pytest.fixture
    def unreadable(self) -> Connector:
        pytest.skip("no `unreadable` fixture")

    @pytest.fixture
    def failing(self) -> Connector:
        pytest.skip("no `failing` fixture")

    @pytest.fixture
    def now(self) -> Now:
        return lambda: datetime.now(UTC)

    def test_the_class_names_itself_and_its_mapping(self, connector: Connector) -> None:
        mapping: object = getattr(type(connector), "mapping", None)
        check(bool(getattr(type(connector), "name", "")), "the class has no `name`")
        check(isinstance(mapping, SourceMapping), "the class's `mapping` is not a SourceMapping")

    def test_the_probe_tells_one_identity_each_time(self, connector: Connector) -> None:
        first, second = connector.probe(), connector.probe()
        check(bool(first.instance), "probe: `instance` is empty")
        check(first.instance == second.instance, f"probe: two identities, {first.instance} and {second.instance}")

    def test_streams_have_names_of_their_own(self, connector: Connector) -> None:
        names = [stream.name for stream in connector.streams()]
        check(all(names) and len(set(names)) == len(names), f"streams: names must differ and not be empty: {names}")
        taken = {CENSUS, PICTURES}.intersection(names)
        check(not taken, f"streams: the names {sorted(taken)} are the hub's own")

    def test_a_pull_asks_nothing_before_its_first_page(self, connector: Connector, calls: Callable[[], int]) -> None:
        for stream in connector.streams():
            since = connector.start(stream.name, None)
            before = calls()
            pages = connector.pull(stream.name, since)
            check(calls() == before, f"pull of {stream.name} asked the source before the first next()")
            next(pages, None)
            check(calls() > before, f"pull of {stream.name} asked nothing at all; is `calls` the right counter?")

    def test_resuming_from_any_page_loses_nothing(self, connector: Connector) -> None:
        for stream, pages in pulled(connector):
            whole = identities(pages)
            for number, page in enumerate(pages, 1):
                rest = identities(drained(connector, stream.name, page.checkpoint))
                lost = whole - identities(pages[:number]) - rest
                check(not lost, f"{stream.name}: resumed after page {number}, lost {sorted(lost)[:5]}")

    def test_checkpoints_survive_being_stored_as_text(self, connector: Connector) -> None:
        for stream, pages in pulled(connector):
            for checkpoint in (connector.start(stream.name, None), *(page.checkpoint for page in pages)):
                check(type(checkpoint.cursor) is str, f"{stream.name}: a cursor is no text: {checkpoint!r}")
                stored = json.loads(json.dumps([checkpoint.cursor, checkpoint.version]))
                check(Checkpoint(*stored) == checkpoint, f"{stream.name}: a checkpoint changed in store: {checkpoint}")

    def test_settled_until_never_goes_back_within_a_pull(self, connector: Connector) -> None:
        for stream, pages in pulled(connector):
            known = [page.settled_until for page in pages if page.settled_until is not None]
            for instant in known:
                check_instant(instant, f"settled_until of {stream.name}")
            check(known == sorted(known), f"{stream.name}: settled_until goes back")

    def test_records_hold_utc_instants_and_the_sources_own_values(self, connector: Connector) -> None:
        found = 0
        for stream, pages in pulled(connector):
            for record in records_of(pages):
                check_record(record)
                found += isinstance(record, Ticket | Event)
                if isinstance(record, Event) and stream.carries_history:
                    check(
                        record.stream == stream.name, f"event {record.id} says {record.stream}, came in {stream.name}"
                    )
        check(found > 0, "the source of `connector` holds neither tickets nor events: nothing was tested")

    def test_remote_links_are_told_of_where_the_connector_says_so(self, connector: Connector) -> None:
        told = {
            record.id
            for _, pages in pulled(connector)
            for record in tickets_of(records_of(pages))
            if record.values.get(REMOTE_LINKS) is not None
        }
        says = isinstance(connector, TellsLinks) and connector.tells_links()
        check(says or not told, f"tickets {sorted(told)[:5]} have {REMOTE_LINKS}, but tells_links() does not say so")

    def test_an_event_is_the_same_each_time_it_comes(self, connector: Connector) -> None:
        events_of([*everything(connector), *everything(connector)])

    def test_starting_at_an_instant_brings_all_that_changed_since(self, connector: Connector) -> None:
        for stream, pages in pulled(connector):
            times = sorted({at for record in records_of(pages) if (at := changed_at(record)) is not None})
            if not times or stream.whole:
                continue
            at = times[len(times) // 2]
            due = {identity(each) for each in records_of(pages) if (changed := changed_at(each)) and changed >= at}
            lost = due - identities(drained(connector, stream.name, connector.start(stream.name, at)))
            check(not lost, f"{stream.name}: started at {at}, lost {sorted(lost)[:5]}")

    def test_an_unreadable_record_is_set_aside_and_the_rest_delivered(
        self, connector: Connector, unreadable: Connector
    ) -> None:
        whole = {name: identities(pages) for name, pages in by_name(connector)}
        aside = 0
        for name, pages in by_name(unreadable):
            said = [each for page in pages for each in page.set_aside]
            aside += len(said)
            for each in said:
                check(bool(each.reason), f"{name}: {each.source_id} was set aside without a reason")
                check(is_hash(each.payload_hash), f"{name}: {each.source_id}: payload_hash is no SHA-256 in hex")
            lost = {
                who for who in whole.get(name, set()) - identities(pages) if who[-1] not in {x.source_id for x in said}
            }
            check(not lost, f"{name}: one record is spoilt, and others are gone too: {sorted(lost)[:5]}")
        check(aside > 0, "nothing was set aside: is a record of `unreadable` really spoilt?")

    def test_fetch_covers_what_it_claims(self, connector: Connector) -> None:
        if not isinstance(connector, Fetches):
            pytest.skip("cannot fetch single tickets")
        exported = list(everything(connector))
        latest = {each.id: each for each in sorted(tickets_of(exported), key=lambda each: each.version)}
        ids = [each.id for each in latest.values() if each.presence is Presence.PRESENT][-FETCHED:]
        page = connector.fetch(ids)
        check_fetched(page, ids, connector.streams())
        fetched = events_of(page.records)
        events_of([*exported, *page.records])
        for who, event in events_of(exported).items():
            if any(covers(each, event) for each in page.complete):
                check(
                    who in fetched, f"fetch claims event {event.id} of ticket {event.ticket_id}, and does not bring it"
                )

    def test_a_census_lists_all_that_is_there(self, connector: Connector, now: Now) -> None:
        if not isinstance(connector, TakesCensus):
            pytest.skip("takes no census")
        check(isinstance(connector, Fetches), "a census needs `fetch`: nothing is believed without asking again")
        latest = newest(everything(connector))
        if not latest:
            pytest.skip("no tickets")
        counted = parts_of(connector.census(None), now())
        missing = [each.id for each in latest.values() if lacks(counted, each)]
        check(not missing, f"census: tickets {sorted(missing)[:5]} are there, and no part lists them")
        check(any(each.ids for each in counted.values()), "census: no part lists any id: nothing was tested")
        check_known(connector, {one for each in counted.values() for one in each.ids or ()} - latest.keys())

    def test_a_census_since_an_instant_leaves_out_what_was_never_asked_for(
        self, connector: Connector, now: Now
    ) -> None:
        if not isinstance(connector, TakesCensus):
            pytest.skip("takes no census")
        latest = newest(everything(connector))
        if not latest:
            pytest.skip("no tickets")
        changed = sorted(each.updated_at for each in latest.values())
        since = changed[len(changed) // 2]
        counted = parts_of(connector.census(since), now())
        missing = [each.id for each in latest.values() if each.updated_at >= since and lacks(counted, each)]
        check(not missing, f"census since {since}: lacks {sorted(missing)[:5]}")
        old = {each.id for each in latest.values() if each.updated_at < since - DAY}
        more = sorted({one for each in counted.values() for one in each.ids or ()} & old)
        check(not more, f"census since {since}: lists {more[:5]}, which have not changed for a day before it")

    def test_failures_are_branches_of_source_error(self, failing: Connector) -> None:
        with pytest.raises(SourceError):
            failing.probe()
        for stream in stream_names(failing):
            with pytest.raises(SourceError):
                list(failing.pull(stream, failing.start(stream, None)))
        if isinstance(failing, Fetches):
            with pytest.raises(SourceError):
                failing.fetch(["1"])
        if isinstance(failing, TakesCensus):
            with pytest.raises(SourceError):
                list(failing.census(None))


def stream_names(connector: Connector) -> Sequence[str]:
    """Return the names of its streams; none where even that needs the source."""
    try:
        return [stream.name for stream in connector.streams()]
    except SourceError:
        return ()


def pulled(connector: Connector) -> Iterator[tuple[Stream, list[Page]]]:
    """Yield each stream with all its pages from the beginning."""
    for stream in connector.streams():
        yield stream, drained(connector, stream.name, connector.start(stream.name, None))


def by_name(connector: Connector) -> Iterator[tuple[str, list[Page]]]:
    return ((stream.name, pages) for stream, pages in pulled(connector))


def everything(connector: Connector) -> Iterator[Ticket | Event]:
    for _, pages in pulled(connector):
        yield from (record for record in records_of(pages) if isinstance(record, Ticket | Event))


def tickets_of(records: Iterable[Record]) -> Iterator[Ticket]:
    return (record for record in records if isinstance(record, Ticket))


def check_fetched(page: Page, ids: Sequence[str], streams: Sequence[Stream]) -> None:
    """Fail unless the page is about these tickets, and its coverage about all history streams of each."""
    for record in page.records:
        check_record(record)
        if isinstance(record, Event):
            check(
                record.ticket_id in ids, f"fetch brought an event of ticket {record.ticket_id}, which nobody asked for"
            )
    present, left_out = {ticket.id for ticket in tickets_of(page.records)}, set(page.left_out)
    check(not present & left_out, f"fetch leaves out {sorted(present & left_out)}, and brings them")
    check(present | left_out == set(ids), f"fetch asked for {sorted(ids)} brought tickets {sorted(present)}")
    for stream in streams:
        covered = {each.ticket_id for each in page.complete if each.stream == stream.name}
        check(covered <= set(ids), f"fetch covers tickets nobody asked for: {sorted(covered - set(ids))}")
        if stream.carries_history:
            check(covered == present, f"fetch does not cover {stream.name} of {sorted(present - covered)}")
    for each in page.complete:
        check_instant(each.until, f"until of {each}")
        check_instant(each.since, f"since of {each}")


def newest(records: Iterable[Ticket | Event]) -> dict[str, Ticket]:
    """Return the last picture of each ticket that is there."""
    latest = {each.id: each for each in sorted(tickets_of(records), key=lambda each: each.version)}
    return {each.id: each for each in latest.values() if each.presence is Presence.PRESENT}


def parts_of(censuses: Iterable[Census], now: datetime) -> dict[tuple[str, str], Census]:
    """Return the parts by field and value, each of them well formed."""
    found = dict[tuple[str, str], Census]()
    for each in censuses:
        what = f"census of {each.field} {each.value!r}"
        check(bool(each.part and each.field and each.value), f"{what}: part, field and value must not be empty")
        check((each.field, each.value) not in found, f"{what}: given twice")
        check_instant(each.as_of, f"as_of of the {what}")
        check(each.as_of <= now, f"{what}: as_of {each.as_of} is in the future")
        check(all(type(one) is str and one for one in each.ids or ()), f"{what}: an id is no text, or empty")
        found[each.field, each.value] = each
    return found


def lacks(counted: Mapping[tuple[str, str], Census], ticket: Ticket) -> bool:
    """Say whether no part lists a ticket that its index must have."""
    mine = [each for each in counted.values() if ticket.values.get(each.field) == each.value]
    return not any(ticket.id in (each.ids or ()) or ticket.updated_at >= each.as_of for each in mine)


def check_known(connector: Connector, ids: Iterable[str]) -> None:
    """Fail unless what was listed and not exported can be asked for by these ids: they are no keys."""
    some = sorted(ids)[:FETCHED]
    if some and isinstance(connector, Fetches):
        page = connector.fetch(some)
        known = {each.id for each in tickets_of(page.records)} | (page.outside or frozenset()) | {*page.left_out}
        strange = sorted({*some} - known - {each.source_id for each in page.set_aside})
        check(not strange, f"census: lists {strange}, which no page has and `fetch` does not know")


def covers(coverage: Coverage, event: Event) -> bool:
    return (
        (coverage.ticket_id, coverage.stream) == (event.ticket_id, event.stream)
        and event.at < coverage.until
        and (coverage.since is None or coverage.since <= event.at)
    )


def is_hash(text: str) -> bool:
    return len(text) == 64 and all(char in "0123456789abcdef" for char in text)
