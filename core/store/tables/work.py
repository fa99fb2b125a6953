"""What the hub makes of it: revisions, clocks, verdicts, fields, findings, runs, and what keeps it going."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.store.tables.base import metadata, of_connection, of_ticket, row_id
from core.store.types import Identifier, Instant

__all__ = [
    "alert",
    "call_limit",
    "clock",
    "credential",
    "daemon",
    "field",
    "finding",
    "hint",
    "note",
    "registration",
    "revision",
    "run",
    "spent",
    "verdict",
]

spent = Table(
    "spent",
    metadata,
    # the calls to a source, by parts of the stretch that a limit speaks of
    of_connection(),
    Column("bound", String(100), nullable=False),
    Column("boot", String(100), nullable=False),  # the machine's, whose clock counts the parts
    Column("part", BigInteger, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("connection_id", "bound", "boot", "part"),
)

call_limit = Table(
    "call_limit",
    metadata,
    # what a source has said of its limits, where that is not what is published
    of_connection(),
    Column("name", String(100), nullable=False),
    Column("calls", Integer, nullable=False),
    PrimaryKeyConstraint("connection_id", "name"),
)

run = Table(
    "run",
    metadata,
    row_id(),
    Column("connection_id", Identifier, ForeignKey("connection.id")),
    Column("flow", String(20), nullable=False),  # sync evaluate deliver retract
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
    Column("restating", Text),  # canonical JSON of which clocks, where not all that were over
)

clock = Table(
    "clock",
    metadata,
    row_id(),
    of_ticket(),
    Column("policy", String(200), nullable=False),
    Column("metric", String(100), nullable=False),
    Column("started_by", String(200), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("agreement", String(20), nullable=False),
    Column("calendar", String(100), nullable=False),
    Column("team", String(200)),  # of an OLA: whose stretch it times
    Column("state", String(20), nullable=False),
    Column("standing", String(20)),
    Column("confirmed", Boolean, nullable=False),
    Column("since", Instant),  # since when state and standing are so
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
    row_id(),
    Column("clock_id", Identifier, ForeignKey("clock.id"), nullable=False),
    Column("known_from", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("standing", String(20)),
    Column("confirmed", Boolean, nullable=False),
    Column("since", Instant),  # since when state and standing are so
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
    row_id(),
    of_ticket(),
    Column("slot", String(20), nullable=False),
    # desired: what the ticket shall show; wanted is false where the hub has no wish (not armed, resolved)
    Column("wanted", Boolean, nullable=False, default=False),
    Column("desired", Text),
    Column("desired_since", Instant),
    Column("urgency", Integer, nullable=False, default=9),  # 0 a breach … 9 a clearing
    Column("mass", Boolean, nullable=False, default=False),  # wished because of a revision, not of an event
    # sent: written before the call; job is set once the source has answered with one
    # It stays after the answer, to tell an agent's overwriting from a first write; empty: the field was to be cleared.
    Column("sent", Text),
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
    Column("failures", Integer),  # in a row, of the present wish
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
    row_id(),
    Column("connection", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("bound_to", Text, nullable=False, default=""),  # the host it was obtained for
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("connection", "name"),
)

registration = Table(
    "registration",
    metadata,
    # what the source was asked to send hints for
    row_id(),
    of_connection(),
    Column("what", String(200), nullable=False),  # tickets, project:10000
    Column("url", Text, nullable=False),
    Column("source_id", String(200), nullable=False),
    Column("expires_at", Instant),
    Column("at", Instant, nullable=False),  # since when it has this end
    Column("signed_with", String(100), nullable=False),  # a slow digest of the secret, to see when it is another
    UniqueConstraint("connection_id", "source_id"),
)

note = Table(
    "note",
    metadata,
    # an internal note on a ticket: wished once, by its mark; never wished again once it is there
    row_id(),
    of_ticket(),
    Column("mark", String(40), nullable=False),
    Column("text", Text, nullable=False),
    Column("wished_at", Instant, nullable=False),
    Column("sent_at", Instant),  # before the call; whoever finds it set asks the ticket for the mark first
    Column("done_at", Instant),  # it is there, or was refused for good
    Column("refused_reason", Text, nullable=False, default=""),
    UniqueConstraint("ticket_id", "mark"),
    Index(None, "done_at"),
)

hint = Table(
    "hint",
    metadata,
    # what the source told by itself: that there is something to be seen at a ticket
    row_id(),
    of_connection(),
    Column("delivery", String(200), nullable=False),  # the same when it is sent again
    Column("ticket_source_id", String(200), nullable=False),
    Column("at", Instant, nullable=False),  # in the source's time
    Column("noted_at", Instant, nullable=False),
    Column("followed_at", Instant),
    UniqueConstraint("connection_id", "delivery"),
    Index(None, "connection_id", "noted_at"),
)
Index(
    "ix_hint_waiting",
    hint.c.connection_id,
    hint.c.id,
    sqlite_where=hint.c.followed_at.is_(None),
    postgresql_where=hint.c.followed_at.is_(None),
)

finding = Table(
    "finding",
    metadata,
    row_id(),
    Column("connection", String(100), nullable=False, default=""),
    Column("code", String(100), nullable=False),
    Column("subject", String(300), nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("step", String(20), nullable=False, default=""),  # how far it has come, where each step is told
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

alert = Table(
    "alert",
    metadata,
    # what one recipient is told of a finding: noted before it is sent
    row_id(),
    Column("finding_id", Identifier, ForeignKey("finding.id"), nullable=False),
    Column("recipient", String(200), nullable=False),  # the reference to the address, never the address
    Column("says", String(10), nullable=False),  # begins ends
    Column("step", String(20), nullable=False, default=""),
    Column("state", String(10), nullable=False),  # claimed sent failed doubtful
    Column("claimed_at", Instant, nullable=False),
    Column("claimed_by", String(100), nullable=False),  # the process that sends it
    Column("settled_at", Instant),
    Column("doubts", Integer, nullable=False, default=0),  # how often nobody could say whether it had arrived
    Column("failures", Integer, nullable=False, default=0),  # in a row
    Column("not_before", Instant),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("finding_id", "recipient", "says", "step"),
    Index(None, "recipient", "state"),
)

daemon = Table(
    "daemon",
    metadata,
    Column("role", String(50), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", Instant, nullable=False),
)
