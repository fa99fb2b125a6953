"""The schema, once for SQLite and PostgreSQL. Alembic's migrations lead to exactly this.

Enumerations are text; booleans are booleans; instants are `Instant`; JSON only where nothing filters.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.store.types import Identifier, Instant

__all__ = [
    "clock",
    "connection",
    "coverage",
    "credential",
    "daemon",
    "event",
    "field",
    "finding",
    "label",
    "lane",
    "mention",
    "metadata",
    "organisation",
    "person",
    "person_role",
    "revision",
    "run",
    "set_aside",
    "team",
    "ticket",
    "verdict",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Identifier, primary_key=True, autoincrement=True)


def _connection() -> Column[int]:
    return Column("connection_id", Identifier, ForeignKey("connection.id"), nullable=False)


def _ticket() -> Column[int]:
    return Column("ticket_id", Identifier, ForeignKey("ticket.id"), nullable=False)


connection = Table(
    "connection",
    metadata,
    _id(),
    Column("name", String(100), nullable=False, unique=True),
    Column("connector", String(100), nullable=False),
    Column("instance", Text),  # what the first probe found; another one later stops the connection
    Column("account", Text),
    Column("actor", String(200)),  # the user id under which the hub writes
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
    _id(),
    _connection(),
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
    _id(),
    _connection(),
    Column("source_id", String(200), nullable=False),
    # the source's picture; null while only events of it are known
    Column("key", String(200)),
    Column("url", Text, nullable=False, default=""),
    Column("created_at", Instant),
    Column("updated_at", Instant),
    Column("version", BigInteger),
    Column("source_values", JSON, nullable=False, default=dict),
    Column("presence", String(20), nullable=False, default="present"),
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
    _id(),
    _ticket(),
    Column("stream", String(100), nullable=False),
    Column("since", Instant),  # None: from the beginning
    Column("until", Instant, nullable=False),  # exclusive
    UniqueConstraint("ticket_id", "stream"),
)

event = Table(
    "event",
    metadata,
    _id(),
    _connection(),
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
    _id(),
    _connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("organisation", String(200)),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

person_role = Table(
    "person_role",
    metadata,
    _id(),
    Column("person_id", Identifier, ForeignKey("person.id"), nullable=False),
    Column("since", Instant, nullable=False),  # a sighting; the first one reaches back to the beginning
    Column("role", String(100), nullable=False),
    UniqueConstraint("person_id", "since"),
)

organisation = Table(
    "organisation",
    metadata,
    _id(),
    _connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

team = Table(
    "team",
    metadata,
    _id(),
    _connection(),
    Column("source_id", String(200), nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    UniqueConstraint("connection_id", "source_id"),
)

label = Table(
    "label",
    metadata,
    _id(),
    _connection(),
    Column("field", String(200), nullable=False),
    Column("value", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("category", String(100), nullable=False, default=""),
    UniqueConstraint("connection_id", "field", "value"),
)

set_aside = Table(
    "set_aside",
    metadata,
    _id(),
    _connection(),
    Column("stream", String(100), nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload_hash", String(64), nullable=False),
    Column("seen_at", Instant, nullable=False),
    UniqueConstraint("connection_id", "stream", "source_id", "payload_hash"),
)

run = Table(
    "run",
    metadata,
    _id(),
    Column("connection_id", Identifier, ForeignKey("connection.id")),
    Column("flow", String(20), nullable=False),  # sync evaluate deliver
    Column("lane", String(200), nullable=False, default=""),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("counts", JSON, nullable=False, default=dict),
    Column("outcome", String(20), nullable=False, default="running"),  # running done retry refused failed
    Column("reason", Text, nullable=False, default=""),
    Index(None, "started_at"),
)

revision = Table(
    "revision",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("applied_at", Instant, nullable=False),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("content", Text, nullable=False),  # canonical JSON of the merged folder, references unresolved
    Column("diff", Text, nullable=False, default=""),
    Column("restates", Boolean, nullable=False, default=False),
)

clock = Table(
    "clock",
    metadata,
    _id(),
    _ticket(),
    Column("policy", String(200), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("started_by", String(200), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("agreement", String(20), nullable=False),
    Column("calendar", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("standing", String(20)),
    Column("confirmed", Boolean, nullable=False),
    Column("started_at", Instant),
    Column("completed_at", Instant),
    Column("due_at", Instant),
    Column("target_seconds", BigInteger),
    Column("elapsed_seconds", BigInteger, nullable=False),  # as of `judged_at`
    Column("remaining_seconds", BigInteger),
    Column("paused_seconds", BigInteger, nullable=False),
    Column("paused_wall_seconds", BigInteger, nullable=False),
    Column("breached", Boolean, nullable=False),
    Column("breached_at", Instant),
    Column("next_check_at", Instant),
    Column("headline", Boolean, nullable=False, default=False),
    Column("reason", Text, nullable=False, default=""),
    Column("judged_at", Instant, nullable=False),  # in the source's time
    Column("gone", Boolean, nullable=False, default=False),  # a later judgement no longer has it
    UniqueConstraint("ticket_id", "policy", "metric", "started_by"),
    Index(None, "due_at"),
)

verdict = Table(
    "verdict",
    metadata,
    _id(),
    Column("clock_id", Identifier, ForeignKey("clock.id"), nullable=False),
    Column("known_from", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("standing", String(20)),
    Column("confirmed", Boolean, nullable=False),
    Column("started_at", Instant),
    Column("completed_at", Instant),
    Column("due_at", Instant),
    Column("target_seconds", BigInteger),
    Column("breached_at", Instant),
    Column("reason", Text, nullable=False, default=""),
    Index(None, "clock_id", "known_from"),
)

field = Table(
    "field",
    metadata,
    _id(),
    _ticket(),
    Column("slot", String(20), nullable=False),
    # desired: what the ticket shall show; wanted is false where the hub has no wish (not armed, resolved)
    Column("wanted", Boolean, nullable=False, default=False),
    Column("desired", Text),
    Column("desired_since", Instant),
    Column("urgency", Integer, nullable=False, default=9),  # 0 a breach … 9 a clearing
    Column("mass", Boolean, nullable=False, default=False),  # wished because of a revision, not of an event
    # sent: written before the call; job is set once the source has answered with one
    Column("sent", Text),  # stays after the answer: tells an agent's overwriting from a first write
    Column("sent_at", Instant),  # set while the answer is open
    Column("sent_by", String(100)),  # the process that made the call
    Column("job", String(200)),
    # shown: from an answer or a pull; known is false while nobody has looked yet
    Column("known", Boolean, nullable=False, default=False),
    Column("shown", Text),
    Column("shown_version", BigInteger),
    # an agent's own value is set right once, then reported
    Column("corrected", Integer, nullable=False, default=0),
    Column("refused_reason", Text, nullable=False, default=""),
    Column("not_before", Instant),
    UniqueConstraint("ticket_id", "slot"),
    Index(None, "job"),
)
# What is looked at several times a second, in the words in which the queries ask: few rows, whatever the table holds.
Index(
    "ix_field_open",
    field.c.ticket_id,
    sqlite_where=text("wanted = 1 AND (shown IS NOT desired OR known = 0)"),
    postgresql_where=text("wanted AND (shown IS DISTINCT FROM desired OR NOT known)"),
)
Index(
    "ix_field_sent",
    field.c.ticket_id,
    sqlite_where=field.c.sent_at.is_not(None),
    postgresql_where=field.c.sent_at.is_not(None),
)

credential = Table(
    "credential",
    metadata,
    _id(),
    Column("connection", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("bound_to", Text, nullable=False, default=""),  # the host it was obtained for
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("connection", "name"),
)

finding = Table(
    "finding",
    metadata,
    _id(),
    Column("connection", String(100), nullable=False, default=""),
    Column("code", String(100), nullable=False),
    Column("subject", String(300), nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "connection", "ended_at"),
)
Index(
    "uq_finding_open",
    finding.c.connection,
    finding.c.code,
    finding.c.subject,
    unique=True,
    sqlite_where=finding.c.ended_at.is_(None),
    postgresql_where=finding.c.ended_at.is_(None),
)

daemon = Table(
    "daemon",
    metadata,
    Column("role", String(50), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", Instant, nullable=False),
)
