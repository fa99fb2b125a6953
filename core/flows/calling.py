"""Custom fields that rules call by a title which names none, or several: told as findings."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from core.flows.source import Source
from core.sla.naming import unresolved
from core.sla.policy import Rules
from core.store import Tx, findings
from core.tickets import Label

__all__ = ["note"]

CODE = "field_title"


def note(tx: Tx, source: Source, rules: Rules, labels: Mapping[tuple[str, str], str]) -> None:
    """Open a finding for each title that leads to no field of this helpdesk, and end those that do by now."""
    now = source.host_now()
    wrong = unresolved(rules, labels, source.name)
    for old in findings.open_ones(tx, source.name):
        if old.code == CODE and old.subject not in wrong:
            findings.end(tx, source.name, CODE, old.subject, now)
    for title, ids in wrong.items():
        findings.note(tx, source.name, CODE, title, _said(title, ids, labels), now)


def _said(title: str, ids: Sequence[str], labels: Mapping[tuple[str, str], str]) -> str:
    asked = f"the rules ask for `field:{title}`"
    if ids:
        return f"{asked}, but several ticket fields are called so; write one of {', '.join(f'field:{i}' for i in ids)}"
    titles = [text for (field, _), text in labels.items() if field == Label.FIELD]
    near = get_close_matches(title, titles, n=1)
    hint = f"; the nearest is '{near[0]}'" if near else ""
    return f"{asked}, but no ticket field in use is called so, so it is empty on every ticket{hint}"
