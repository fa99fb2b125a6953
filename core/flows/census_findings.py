"""What a census has found, told as findings: open until another one of the same part finds it no more."""

from collections.abc import Collection

from core.flows.source import Source
from core.store import Tx, census, findings
from core.store.census import CensusRow

__all__ = ["CODES", "HIDDEN", "SHRUNK", "UNSEEN", "note", "only"]

SHRUNK, HIDDEN, LOST, UNSEEN, REPAIRED = (
    "census_shrunk",
    "census_hidden",
    "census_lost",
    "census_unseen",
    "census_repaired",
)
NAMED = 5
"""How many tickets are named, where more are gone."""
CODES = (SHRUNK, HIDDEN, LOST, UNSEEN, REPAIRED)


def note(tx: Tx, source: Source, row: CensusRow, *, expected: int, missing: int, read: bool) -> None:
    """Open, renew and end the findings about one part, which was counted to its end.

    expected: how many of its stored tickets should be listed; missing: how many are not. read: the past has been read.
    """
    now, subject = source.host_now(), _subject(row.field, row.value)
    said = _said(source.name, row, expected, expected - missing, read=read)
    if LOST in said and (keys := census.lost_keys(tx, source.id, row, NAMED)):
        more = "" if len(keys) >= row.lost else f" and {row.lost - len(keys):,} more"
        said[LOST] = f"{said[LOST]}: {', '.join(keys)}{more}"
    for code in CODES:
        if code in said:
            findings.note(tx, source.name, code, subject, said[code], now)
        else:
            findings.end(tx, source.name, code, subject, now)


def only(tx: Tx, source: Source, counted: Collection[tuple[str, str]]) -> None:
    """End the findings about parts that are counted no more: they are empty, or not in scope."""
    subjects = {_subject(field, value) for field, value in counted}
    for each in findings.open_ones(tx, source.name):
        if each.code in CODES and each.subject not in subjects:
            findings.end(tx, source.name, each.code, each.subject, source.host_now())


def _subject(field: str, value: str) -> str:
    return f"{field}={value}"


def _said(name: str, row: CensusRow, expected: int, found: int, *, read: bool) -> dict[str, str]:
    part, said = f"{row.field} {row.part}", dict[str, str]()
    rights = f"the rights that the account of connections.{name} has there"
    if not row.believed:
        few = f"only {found:,}" if found else "none"
        less = f"of {_tickets(expected)} that are kept of {part} the helpdesk lists {few}"
        if row.listed is None:
            less = f"{part} is not shown any more, and {_tickets(expected)} are kept of it"
        said[SHRUNK] = f"{less}; nobody is moved unless another census, in an hour, says so too. Look at {rights}"
    if row.listed is None and row.forbidden:
        said[HIDDEN] = (
            f"{part} is not shown any more: what becomes of its {_tickets(row.forbidden)} is not known, and their "
            f"clocks do not run. Unless it was archived or deleted, look at {rights}"
        )
    if row.listed is not None and row.lost:
        said[LOST] = f"{_tickets(row.lost)} of {part} {_have(row.lost)} been deleted, or hidden one by one"
    if row.unseen and read:
        said[UNSEEN] = (
            f"the helpdesk lists {_tickets(row.unseen)} of {part} and does not show {_them(row.unseen)} when asked; "
            f"look at {rights}"
        )
    if row.repaired:
        said[REPAIRED] = (
            f"{_tickets(row.repaired)} of {part} had been brought by no page, and {_have(row.repaired)} been fetched "
            "now. If that comes again, tell whoever looks after the connector"
        )
    return said


def _tickets(count: int) -> str:
    return f"{count:,} ticket{'' if count == 1 else 's'}"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
