"""A scenario's own policy: one of the configuration's, written in its words or in those of the vectors."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core.settings.conditions_section import Names
from core.settings.metric_section import OF_KIND, STANDARD
from core.settings.moved import Moved
from core.settings.plain import KeyPath, entry, is_items, is_keys
from core.settings.policy_section import policy
from core.settings.positions import Problems
from core.settings.scenario_sections import AppliesSection
from core.settings.target_section import OTHERS
from core.settings.translation import validated
from core.sla.conditions import All, HasTag, In
from core.sla.policy import CalendarChoice, Metric, Policy
from core.tickets import Priority

__all__ = ["ATTACHED", "CALENDAR", "attaching", "choice", "priorities", "scenario_policy"]

ATTACHED = "attached by an event of the scenario"
"""The tag that tells of it."""

CALENDAR = "field:calendar of the scenario"
"""The field that holds which calendar counts."""

EMPTY = {"stop_on": "assign", "stop_in": "closed", "run_in": "open"}
"""Keys that a configuration leaves out rather than empty, and what is put in to be taken out."""

FREE: tuple[Priority, ...] = tuple(each for each in Priority if each is not Priority.NONE)


def priorities(policy: object, words: Iterable[str], place: KeyPath, problems: Problems) -> Mapping[str, Priority]:
    """Return what each free word for a priority stands for, the configuration's own for themselves.

    Words that the policy names are told apart; all others are one. words: those of the ticket.
    """
    named = list(dict.fromkeys(_named(policy)))
    others = [word for word in dict.fromkeys(words) if word not in named]
    known = {word: Priority(word) for word in (*named, *others) if word in tuple(Priority)}
    left = [each for each in FREE if each not in known.values()]
    strange = [word for word in named if word not in known]
    found = known | dict(zip(strange, left, strict=False))
    left = left[len(strange) :] if Priority.NONE in named else [Priority.NONE]
    rest = [word for word in others if word not in known]
    if len(found) < len(known) + len(strange) or (rest and not left):
        text = f"a scenario can tell {len(FREE)} priorities apart, and these are more: {', '.join((*named, *rest))}"
        problems.add((*place, "metrics"), text, "make two scenarios of it")
    return found | dict.fromkeys(rest, next(iter(left), Priority.NONE))


def _named(policy: object) -> Iterator[str]:
    """Yield the words for priorities that a policy names."""
    metrics = entry(policy, "metrics")
    for metric in metrics.values() if is_keys(metrics) else ():
        targets = entry(metric, "targets")
        yield from (word for word in (targets if is_keys(targets) else ()) if word not in OTHERS)
    asked = entry(entry(policy, "applies_if"), "priority")
    yield from (str(word) for word in (asked if is_items(asked) else [] if asked is None else [asked]))


def scenario_policy(
    raw: Mapping[str, object], place: KeyPath, words: Mapping[str, Priority], names: Names, problems: Problems
) -> tuple[Policy, ...]:
    """Return the texts of a policy; nothing when it has mistakes, which are then in `problems`.

    words: what its words for priorities stand for.
    """
    here: KeyPath = ("policies", 0)
    places: dict[KeyPath, KeyPath] = {here: place}
    known = {key: part for key, part in raw.items() if key != "applies_if"} | {"name": str(raw.get("name", "scenario"))}
    metrics = raw.get("metrics")
    read = dict[str, str]()
    if is_keys(metrics):
        made = dict[str, object]()
        for name, metric in metrics.items():
            alias = _alias(name, metric)
            read[alias] = name
            made[alias] = _in_words(metric, words, (*here, "metrics", alias), (*place, "metrics", name), places)
        known["metrics"] = made
    before = problems.count()
    texts = policy(0, known, names, Moved(problems, places))
    asked = raw.get("applies_if")
    applies = None if asked is None else validated(AppliesSection, asked, (*place, "applies_if"), problems)
    if problems.count() > before:
        return ()
    texts = tuple(
        replace(
            text,
            metrics={
                read.get(name, name): _emptied(one, entry(metrics, read.get(name, name)))
                for name, one in text.metrics.items()
            },
        )
        for text in texts
    )
    if applies is None:
        return texts
    wanted = In("priority", frozenset(words[word] for word in applies.priority))
    return tuple(replace(text, when=All((text.when, wanted)), match="now") for text in texts)


def _alias(name: str, metric: object) -> str:
    """Return a name that says nothing where it would say something else than `kind` does."""
    kind = entry(metric, "kind")
    means = STANDARD.get(name)
    return name if means is None or kind is None or means is OF_KIND.get(str(kind)) else f"{name} of its own kind"


def _in_words(
    metric: object, words: Mapping[str, Priority], read: KeyPath, place: KeyPath, places: dict[KeyPath, KeyPath]
) -> object:
    """Return a metric in the configuration's words; `places` gets where its parts stand."""
    places[read] = place
    if not is_keys(metric):
        return metric
    # The vectors leave a switch out where it says what the clock does anyway.
    made: dict[str, object] = {"count_initial": True} if metric.get("kind") == "next_response" else {}
    made |= {key: EMPTY[key] if key in EMPTY and part == [] else part for key, part in metric.items()}
    targets = metric.get("targets")
    if is_keys(targets):
        allowed = dict[str, object]()
        for word, target in targets.items():
            known = str(words.get(word, word))
            allowed[known] = _allowed(target)
            places[*read, "targets", known] = (*place, "targets", word)
        made["targets"] = allowed
    return made


def _allowed(target: object) -> object:
    if is_keys(target):
        return {key: _allowed(part) if key == "in" else part for key, part in target.items()}
    return f"{target}s" if isinstance(target, int) and not isinstance(target, bool) else target


def _emptied(metric: Metric, said: object) -> Metric:
    empty = [key for key in EMPTY if entry(said, key) == []]
    return replace(
        metric,
        stop_on=frozenset() if "stop_on" in empty else metric.stop_on,
        stop_in=frozenset() if "stop_in" in empty else metric.stop_in,
        run_in=frozenset() if "run_in" in empty else metric.run_in,
    )


def choice(name: str, values: Mapping[str, str]) -> CalendarChoice:
    """Return the choice by the field that the scenario's events change.

    name: what counts at the beginning. values: of the field, by the names of the calendars.
    """
    return CalendarChoice(name, CALENDAR, {value: each for each, value in values.items()})


def attaching(texts: Iterable[Policy]) -> Iterator[tuple[Policy, ...]]:
    """Yield the policy with the clocks that start with the ticket, then with those that wait to be attached."""
    given = tuple(texts)
    for attached in (False, True):
        parts = [
            (text, {name: one for name, one in text.metrics.items() if (one.start == "attached") is attached})
            for text in given
        ]
        if any(metrics for _, metrics in parts):
            tag = (HasTag(frozenset({ATTACHED})),) if attached else ()
            yield tuple(replace(text, metrics=metrics, when=All((text.when, *tag))) for text, metrics in parts)
