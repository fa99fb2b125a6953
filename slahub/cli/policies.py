"""slahub policy: what the policies of the folder do, with every default filled in."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import registry
from core.errors import Problem, SettingsError
from core.flows.stop import StopSignal
from core.settings import Configuration, Content, Draft, configuration, hub_settings, likeliest, parse
from core.settings.plain import entry, is_items
from core.settings.policy_keys import policy_keys
from core.sla.policy import Policy
from core.store import revisions
from slahub.bootstrap import Opening, host_now, offers_of
from slahub.cli.out import draw, emit, say, short, table
from slahub.cli.policy_words import condition_words, metric_lines, policy_lines
from slahub.stores import existing

__all__ = ["every", "show"]

INDENT = "  "


def every(folder: Path, *, as_json: bool) -> None:
    """Print the policies in the order in which they are tried."""
    _, read = _read(folder)
    if as_json:
        for policy in read.rules.policies:
            emit(policy_keys(policy))
        return
    rows = [
        (
            policy.name,
            policy.agreement,
            _date(policy.since, policy, read),
            ", ".join(name.replace("_", " ") for name in policy.metrics) or "no promise",
            condition_words(policy.when),
        )
        for policy in read.rules.policies
    ]
    columns = ["policy", "agreement", "from", "metrics", "for"]
    draw(table(columns, rows, spare=("from", "agreement"), folding="for"))


def show(folder: Path, name: str, *, as_json: bool) -> None:
    """Print what one policy does, each of its texts. Raises: SettingsError when there is none of that name."""
    draft, read = _read(folder)
    texts = [policy for policy in read.rules.policies if policy.name == name]
    if not texts:
        known = dict.fromkeys(policy.name for policy in read.rules.policies)
        near = likeliest(name, known)
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}" if known else ""
        raise SettingsError(Problem(f"there is no policy `{name}`", hint=hint))
    other = _otherwise(draft, name)
    for policy in texts:
        if as_json:
            emit({**policy_keys(policy), "differs_from_revision": other})
        else:
            _tell(policy, texts, read)
    if other is not None and not as_json:
        say(f"Revision {other}, which is in force, says otherwise; 'slahub config diff' shows how.")


def _read(folder: Path) -> tuple[Draft, Configuration]:
    """Read the folder without its secrets. Raises: SettingsError with every mistake."""
    draft = Opening(folder, StopSignal()).draft()
    offers = offers_of(registry.load())
    read = configuration(draft.content, offers, revision=0, applied_at=host_now(), positions=draft.positions)
    return draft, read


def _otherwise(draft: Draft, name: str) -> int | None:
    """Return the revision in force if it says something else of the policy than the folder; None: the same, or none."""
    store = existing(hub_settings(draft))
    if store is None:
        return None
    with store.view() as tx:
        newest = revisions.newest(tx)
    if newest is None or _entry(parse(newest.content), name) == _entry(draft.content, name):
        return None
    return newest.number


def _entry(content: Content, name: str) -> object:
    policies = content.get("policies")
    entries = policies if is_items(policies) else ()
    return next((each for each in entries if str(entry(each, "name")) == name), None)


def _tell(policy: Policy, texts: Sequence[Policy], read: Configuration) -> None:
    place = texts.index(policy)
    after = texts[place + 1] if policy is not texts[-1] else None
    if place == 0:
        say(f"{policy.name}: agreement {policy.agreement}{f', shown as {policy.label}' if policy.label else ''}")
    else:
        say("")
    since, until = _date(policy.since, policy, read), _date(policy.until, after or policy, read)
    if since or until:
        say(" ".join(f"{word} {day}" for word, day in (("from", since), ("until", until)) if day))
    _lines(policy_lines(policy), "")
    for name, metric in policy.metrics.items():
        kind = f" ({metric.kind.replace('_', ' ')})" if name != metric.kind else ""
        say(f"\n{name.replace('_', ' ')}{kind}")
        _lines(metric_lines(metric, policy.calendar), INDENT)


def _date(at: datetime | None, policy: Policy, read: Configuration) -> str:
    """Return an instant as a date in the zone of a policy's calendar where it begins one there, else in UTC."""
    if at is None:
        return ""
    zone = read.rules.calendars[policy.calendar.default].timezone
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%d} ({zone})" if local.time() == time() else f"{short(at)} UTC"


def _lines(lines: Iterable[tuple[str, str]], indent: str) -> None:
    found = list(lines)
    width = max(len(head) for head, _ in found)
    for head, text in found:
        say(f"{indent}{head:{width}}  {text}")
