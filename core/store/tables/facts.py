"""What the sources said: connections and their lanes, tickets, events, people, names, ratings."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from core.store.tables.base import metadata, of_connection, of_ticket, row_id
from core.store.types import Identifier, Instant

__all__ = [
    "census",
    "connection",
    "coverage",
    "event",
    "label",
    "lane",
    "mention",
    "native_clock",
    "organisation",
    "outage",
    "person",
    "person_role",
    "provision",
    "rating",
    "set_aside",
    "team",
    "ticket",
]

connection = Table(
    "connection",
    metadata,
    row_id(),
    Column("name", String(100), nullable=False, unique=True),
    Column("connector", String(100), nullable=False),
    Column("instance", Text),  # what the first probe found; another one later stops the connection
    Column("account", Text),
    Column("actor", String(200)),  # the user id under which the hub writes
    Column("bound_to", Text),  # the host that its secrets may be given to
    Column("state", String(20), nullable=False, default="new"),  # new ok refused unreachable stopped
    Column("reason", Text, nullable=False, default=""),
    Column("state_since", Instant),
    Column("skew", BigInteger, nullable=False, default=0),  # microseconds, source less host
    Column("armed_at", Instant),  # since when it may write
    Column("last_success_at", Instant),
    Column("calls_used", Integer, nullable=False, default=0),
    Column("calls_allowed", Integer, nullable=False, default=0),
    Column("held", Integer, nullable=False, default=0),  # tickets whose mass change waits for release
    Column("held_revision", Integer),
    Column("released_revision", Integer),
)

lane = Table(
    "lane",
    metadata,
    row_id(),
    of_connection(),
    Column("stream", String(100), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("carries_history", Boolean, nullable=False, default=False),
    Column("cursor", Text, nullable=False),
    Column("cursor_version", Integer, nullable=False, default=1),
    Column("start_at", Instant),  # live: from here on; backfill: from here (None: from the beginning)
    Column("until_at", Instant),  # backfill: done when settled up to here
    Column("settled_until", Instant),  # exclusive
    Column("finished_at", Instant),
    Column("not_before", Instant),
    Column("last_run_at", Instant),
    Column("read", BigInteger, nullable=False, default=0),
    Column("total", BigInteger),
    UniqueConstraint("connection_id", "stream", "kind"),
)

ticket = Table(
    "ticket",
    metadata,
    row_id(),
    of_connection(),
    Column("source_id", String(200), nullable=False),
    # the source's picture; null while only events of it are known
    Column("key", String(200)),
    Column("url", Text, nullable=False, default=""),
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("version", BigInteger),
    Column("source_values", JSON, nullable=False, default=dict),
    Column("gaps", JSON),  # of fields whose history is not whole, since when it is: microseconds; null: all are whole
    Column("presence", String(20), nullable=False, default="present"),
    Column("left_out_until", Instant),  # events before this were not kept while it was out of scope
    Column("lost_at", Instant),  # the source has not shown it since, in its time; older pictures say nothing of that
    Column("unlisted_at", Instant),  # it was told to be there when asked for, though a census had not listed it
    Column("listed", Boolean),  # in the last list of what is in scope; null: there is none, or it is not in force yet
    # normal values of the active revision: a cache
    Column("phase", String(20)),
    Column("wait_on", String(20)),
    Column("priority", String(20)),
    Column("kind", String(20)),
    Column("requester", String(200)),
    Column("assignee", String(200)),
    Column("team", String(200)),
    Column("organisation", String(200)),
    Column("customer", String(200)),
    Column("resolved_at", Instant),
    # counters: work is waiting while input_version > evaluated_version
    Column("input_version", BigInteger, nullable=False, default=1),
    Column("evaluated_version", BigInteger, nullable=False, default=0),
    Column("evaluated_revision", Integer),
    Column("next_check_at", Instant),  # in the source's time
    Column("confirm_at", Instant),  # a breach rests on silence after the horizon: ask directly from here on
    Column("settle_at", Instant),  # some clock is not confirmed before the horizon has passed this
    Column("first_written_at", Instant),
    Column("written_at", Instant),  # the hour in which `writes` were counted began here
    Column("writes", Integer, nullable=False, default=0),
    Column("parked_at", Instant),
    Column("aged_at", Instant),  # since when what its clocks follow from is removed; they are sealed
    Column("parked_reason", Text, nullable=False, default=""),
    UniqueConstraint("connection_id", "source_id"),
    Index(None, "connection_id", "key"),
    Index(None, "connection_id", "next_check_at"),
    Index(None, "connection_id", "confirm_at"),
    Index(None, "connection_id", "settle_at"),
    Index(None, "connection_id", "organisation"),
    Index(None, "connection_id", "team"),
)
Index(
    "ix_ticket_waiting",
    ticket.c.connection_id,
    ticket.c.id,
    sqlite_where=ticket.c.input_version > ticket.c.evaluated_version,
    postgresql_where=ticket.c.input_version > ticket.c.evaluated_version,
)

coverage = Table(
    "coverage",
    metadata,
    row_id(),
    of_ticket(),
    Column("stream", String(100), nullable=False),
    Column("since", Instant),  # None: from the beginning
    Column("until", Instant, nullable=False),  # exclusive
    UniqueConstraint("ticket_id", "stream"),
)

event = Table(
    "event",
    metadata,
    row_id(),
    of_connection(),
    Column("ticket_source_id", String(200), nullable=False),
    Column("stream", String(100), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    Column("order_key", BigInteger, nullable=False, default=0),
    Column("actor", String(200)),
    Column("changes", JSON, nullable=False),  # [[field, before, after, initial]]
    Column("comments", JSON, nullable=False),  # [[id, author, public, automated]]
    Column("latest_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    UniqueConstraint("connection_id", "stream", "source_id"),
    Index(None, "connection_id", "ticket_source_id", "at"),
)

mention = Table(
    "mention",
    metadata,
    # in which tickets a person, an organisation or a team occurs: whom to judge again when it turns out different
    Column("connection_id", Identifier, ForeignKey("connection.id"), primary_key=True, autoincrement=False),
    Column("field", String(20), primary_key=True),  # actor organisation team
    Column("value", String(200), primary_key=True),
    Column("ticket_id", Identifier, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

person = Table(
    "person",
    metadata,
    row_id(),
    of_connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("organisation", String(200)),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

person_role = Table(
    "person_role",
    metadata,
    row_id(),
    Column("person_id", Identifier, ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),  # a sighting; the first one reaches back to the beginning
    Column("role", String(100), nullable=False),
    UniqueConstraint("person_id", "since"),
)

organisation = Table(
    "organisation",
    metadata,
    row_id(),
    of_connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

team = Table(
    "team",
    metadata,
    row_id(),
    of_connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

label = Table(
    "label",
    metadata,
    row_id(),
    of_connection(),
    Column("field", String(200), nullable=False),
    Column("value", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("category", String(100), nullable=False, default=""),
    Column("former", JSON),  # names that it had before, the latest first; null: none is known
    UniqueConstraint("connection_id", "field", "value"),
)

rating = Table(
    "rating",
    metadata,
    row_id(),
    of_connection(),
    Column("ticket_source_id", String(200), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("score", String(100), nullable=False),  # the source's word
    Column("at", Instant, nullable=False),  # when the score was last set; an older one never replaces it
    Column("requester", String(200)),
    Column("assignee", String(200)),
    Column("team", String(200)),
    UniqueConstraint("connection_id", "source_id"),
    Index(None, "connection_id", "ticket_source_id"),
)

outage = Table(
    "outage",
    metadata,
    row_id(),
    of_connection(),
    Column("source_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),  # null: it lasts
    Column("services", JSON, nullable=False),  # ids at the source
    Column("tickets", JSON, nullable=False),  # ids at the source
    Column("withdrawn_at", Instant),  # since when the source has it no more
    UniqueConstraint("connection_id", "source_id"),
)

native_clock = Table(
    "native_clock",
    metadata,
    # what the source says of its own SLA clocks, one statement a row
    row_id(),
    of_connection(),
    Column("ticket_source_id", String(200), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("metric", String(100), nullable=False),  # the source's word
    Column("cycle", Integer, nullable=False),
    Column("says", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("seconds", BigInteger),
    Column("business", Boolean),  # open time, or round the clock
    Column("policy", String(200)),
    Column("withdrawn", Boolean, nullable=False, default=False),
    UniqueConstraint("connection_id", "source_id"),
    Index(None, "connection_id", "ticket_source_id"),
)

provision = Table(
    "provision",
    metadata,
    # what the hub made at the source, or found there and took for its own
    row_id(),
    of_connection(),
    Column("what", String(100), nullable=False),  # field:due, view:breached
    Column("title", Text, nullable=False, default=""),  # for which title of the configuration it was found
    Column("source_id", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("connection_id", "what", "title"),
)

census = Table(
    "census",
    metadata,
    # what a comparison of a part's ids with those in store has found, one row a part and census
    row_id(),
    of_connection(),
    Column("field", String(200), nullable=False),
    Column("value", String(200), nullable=False),
    Column("part", Text, nullable=False),  # its name for people
    Column("at", Instant, nullable=False),  # in the source's time
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),  # null: broken off
    Column("believed", Boolean, nullable=False, default=True),  # or so different that another one has to say so too
    Column("listed", BigInteger),  # ids in the source; null: the part is not shown
    # of those that are listed
    Column("present", BigInteger, nullable=False, default=0),
    Column("out_of_scope", BigInteger, nullable=False, default=0),
    Column("unseen", BigInteger, nullable=False, default=0),
    # stored and not shown any more, whenever that was found
    Column("deleted", BigInteger, nullable=False, default=0),
    Column("forbidden", BigInteger, nullable=False, default=0),
    # found by this one
    Column("lost", BigInteger, nullable=False, default=0),
    Column("back", BigInteger, nullable=False, default=0),
    Column("repaired", BigInteger, nullable=False, default=0),  # never brought by a page that should have
    # of those that are listed and not shown: stored and `forbidden` since, and those that could not be read
    Column("hidden", BigInteger, nullable=False, default=0),
    Column("aside", BigInteger, nullable=False, default=0),
    Index(None, "connection_id", "field", "value"),
)

set_aside = Table(
    "set_aside",
    metadata,
    row_id(),
    of_connection(),
    Column("stream", String(100), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("connection_id", "stream", "source_id", "payload_hash"),
)
