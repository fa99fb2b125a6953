"""What is to be said of policies: by themselves, and held against the tickets that are open."""

from collections.abc import Collection, Iterator, Mapping

from core.flows.finding import Finding, Level, Places
from core.settings import Configuration, Connection, KeyPath, mapping_key
from core.settings.plain import entry, is_items
from core.sla.coverage import Coverage, Shadow, Share, shadows
from core.sla.words import folded

__all__ = ["of_coverage", "of_policies", "of_values"]

NONE_LEFT = "give them a policy of their own, or one with `sla: none` where nothing is promised on purpose"


def of_policies(read: Configuration, places: Places) -> Iterator[Finding]:
    """Yield the policies that no ticket ever reaches."""
    for each in shadows(read.rules.policies):
        never = "never matches" if each.whole else f"matches nothing {_time(each)}"
        what = f"policy `{each.policy}` {never}: `{each.by}` stands before it and means all of its tickets"
        do = f"put `{each.policy}` before `{each.by}`, or narrow that one's `when`"
        yield places.finding("shadowed", Level.PROBLEM, what, do, path=_policy(places, each.policy), policy=each.policy)


def _time(shadow: Shadow) -> str:
    parts = (("from", shadow.since), ("until", shadow.until))
    return " ".join(f"{word} {at:%Y-%m-%d %H:%M} UTC" for word, at in parts if at is not None)


def of_coverage(
    found: Coverage, mine: Connection, read: Configuration, places: Places, total: int | None
) -> Iterator[Finding]:
    """Yield how the open tickets of one connection are covered. total: how many there are, where that is known."""
    sample = "" if total is None or total <= found.tickets else f" (looked at {found.tickets:,} of {total:,})"
    for name, share in found.governed.items():
        what = f"policy `{name}`: {_tickets(share)}{sample}"
        yield _counted("coverage", Level.GOOD, what, share, mine, places, _policy(places, name), policy=name)
    if found.uncovered.tickets:
        level = Level.PROBLEM if found.uncovered.tickets == found.tickets else Level.NOTE
        what = f"no policy matches {_tickets(found.uncovered)}{sample}"
        yield _counted("uncovered", level, what, found.uncovered, mine, places, ("policies",), NONE_LEFT)
    for gap, share in sorted(found.gaps.items()):
        what = (
            f"policy `{gap.policy}` has no target for {gap.metric} at priority {gap.priority}: "
            f"{_tickets(share)} without that clock{sample}"
        )
        do = f"add targets: {{{gap.priority}: …}} or {{other: …}}, unless nothing is promised there"
        path = (*_policy(places, gap.policy), "metrics", gap.metric, "targets")
        yield _counted("no_target", Level.NOTE, what, share, mine, places, path, do, policy=gap.policy)
    told = {each.policy for each in shadows(read.rules.policies) if each.whole} | {
        each.name for each in read.rules.policies[-1:]
    }
    for (policy, other), share in found.lost.items():
        # What the last one is left with may well be nothing.
        if not found.governed[policy].tickets and policy not in told:
            what = f"policy `{policy}` has none of the {_tickets(share)} that it means: `{other}` comes before it"
            do = f"put `{policy}` before `{other}` if it is the narrower one"
            yield _counted("outrun", Level.NOTE, what, share, mine, places, _policy(places, policy), do, policy=policy)


def of_values(
    found: Coverage,
    mine: Connection,
    places: Places,
    labels: Mapping[tuple[str, str], str],
    plain: Collection[tuple[str, str]],
) -> Iterator[Finding]:
    """Yield the source's words that the mapping does not know, or knows by their category alone.

    plain: statuses that say no more than their category.
    """
    for (field, value), share in sorted(found.unmapped.items()):
        part = "status" if field in mine.mapping.status_fields else field
        key = mapping_key(field, _word(field, value, labels))
        what = f"the {part} `{labels.get((field, value), value)}` is not mapped: {_tickets(share)}"
        do = f'write mapping: {{{part}: {{"{key}": …}}}} in the connection'
        yield _counted("unmapped", Level.PROBLEM, what, share, mine, places, ("connections", mine.name, "mapping"), do)
    for (field, value), share in sorted(found.fallbacks.items()):
        if (field, value) in plain:
            continue
        name = labels.get((field, value), value)
        what = f"the status `{name}` is read as the category it belongs to: {_tickets(share)}"
        key = mapping_key(field, _word(field, value, labels))
        do = f'write mapping: {{status: {{"{key}": …}}}} if it means something else'
        path: KeyPath = ("connections", mine.name, "mapping")
        yield _counted("status_by_category", Level.NOTE, what, share, mine, places, path, do)


def _word(field: str, value: str, labels: Mapping[tuple[str, str], str]) -> str:
    """Return what a value is best called in the folder: by its name, unless that is the name of others, too."""
    name = labels.get((field, value), value)
    alike = [text for (of, _), text in labels.items() if of == field and folded(text) == folded(name)]
    return name if len(alike) == 1 else value


def _counted(
    code: str,
    level: Level,
    what: str,
    share: Share,
    mine: Connection,
    places: Places,
    path: KeyPath,
    do: str = "",
    **details: object,
) -> Finding:
    samples = f", such as {', '.join(share.samples)}" if share.samples and level is not Level.GOOD else ""
    return places.finding(
        code,
        level,
        what + samples,
        do,
        connection=mine.name,
        path=path,
        tickets=share.tickets,
        samples=tuple(share.samples),
        **details,
    )


def _tickets(share: Share) -> str:
    return f"{share.tickets:,} open ticket{'' if share.tickets == 1 else 's'}"


def _policy(places: Places, name: str) -> KeyPath:
    policies = places.draft.content.get("policies")
    for index, policy in enumerate(policies if is_items(policies) else ()):
        if str(entry(policy, "name")) == name:
            return ("policies", index)
    return ("policies",)
