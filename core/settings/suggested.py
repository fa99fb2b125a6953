"""What a source suggests, as commented files for the folder of the configuration."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.ports import (
    Clause,
    Holding,
    SuggestedCalendar,
    SuggestedChoice,
    SuggestedMetric,
    SuggestedPolicy,
    SuggestedTurns,
    SuggestedWord,
    Suggestion,
    SuggestionSection,
)
from core.settings.conditions_section import NOTHING
from core.settings.duration import format_seconds
from core.settings.secrets import looks_like_reference
from core.settings.suggested_hours import holidays, single_days, versions, weekly
from core.settings.suggested_words import mapping_lines
from core.settings.yaml_text import comment, commented, lines_of, plain
from core.sla.policy import ALWAYS

__all__ = ["NOT_TRANSLATED", "SuggestedFile", "folder_files", "suggested_files", "suggested_names"]

NOT_TRANSLATED = "Not translated: "
"""How every remark begins, so that they can be looked for."""

LONGEST_NAME = 60
PARTS: tuple[SuggestionSection, ...] = ("calendars", "policies", "mapping")


@dataclass(frozen=True, slots=True)
class SuggestedFile:
    """entries: calendars, policies or words in it. remarks: what it says could not be translated."""

    name: str
    text: str
    entries: int
    remarks: int


def suggested_names(connection: str) -> tuple[str, ...]:
    """Return the names of the files that a suggestion may become.

    `policies.from-desk.yaml` is read before `policies.yaml`: what the source promises comes first.
    """
    return tuple(f"{part}.from-{connection}.yaml" for part in PARTS)


def suggested_files(
    suggestion: Suggestion, connection: str, *, calendars: Collection[str] = (), policies: Collection[str] = ()
) -> tuple[SuggestedFile, ...]:
    """Return the files, without those that would say nothing.

    calendars, policies: the names that the folder uses already.
    """
    named = _names([(each.id, each.title) for each in suggestion.calendars], connection, {ALWAYS, *calendars})
    keys = _names([(each.id, each.title) for each in suggestion.policies], connection, {NOTHING, *policies})
    by_id = {each.id: name for each, name in zip(suggestion.calendars, named, strict=True)}
    hours: dict[str, object] = {**by_id, **{each.id: _choice(each, by_id) for each in suggestion.choices}}
    bodies = (
        [_calendar(each, name) for each, name in zip(suggestion.calendars, named, strict=True)],
        [_policy(each, name, connection, hours) for each, name in zip(suggestion.policies, keys, strict=True)],
    )
    heads = (
        f"The schedules of {suggestion.source} as calendars, read by way of the connection {connection}.",
        f"What {suggestion.source} promises, read by way of the connection {connection}: the first policy that "
        f"matches a ticket wins. Targets are open time of the calendar; `{ALWAYS}` is round the clock.",
    )
    files = [
        _file(suggestion, connection, part, head, [f"{part}:", *(line for body in entries for line in body)])
        for part, head, entries in zip(PARTS[:2], heads, bodies, strict=True)
        if entries or suggestion.remarks.get(part)
    ]
    if suggestion.words or suggestion.remarks.get("mapping"):
        head = (
            f"The words of {suggestion.source} and what the hub understands by them. Nothing of it has to be written: "
            f"where a word means something else to you, put it below `connections`, `{connection}`, where that "
            f"connection stands (a name may stand in one file only), as in:"
        )
        body = [f"  {connection}:", *mapping_lines(suggestion.words, 4)] if suggestion.words else []
        files.append(_file(suggestion, connection, "mapping", head, commented(["connections:", *body], 0)))
    return tuple(files)


def folder_files(
    connection: str, content: Mapping[str, object], secrets: Path, words: Sequence[SuggestedWord]
) -> dict[str, str]:
    """Return the text of the files that make a folder of its own out of a connection: its name and what it says.

    content: the connection as it is written elsewhere. secrets: the folder that its references lead to.
    """
    head = comment(f"The hub itself. Secrets stay where the connection {connection} was written first.", 0)
    entry = lines_of(content, 4)
    if words and "mapping" not in content:
        entry += [*comment("What is understood by each word; the usual ones may be left out.", 4)]
        entry += mapping_lines(words, 4)
    texts = {
        "hub.yaml": [*head, *lines_of({"hub": {"secrets": str(secrets)}}, 0)],
        "connections.yaml": ["connections:", *lines_of({connection: None}, 2), *entry],
    }
    return {name: "\n".join([*lines, ""]) for name, lines in texts.items()}


def _file(
    suggestion: Suggestion, connection: str, part: SuggestionSection, head: str, body: Iterable[str]
) -> SuggestedFile:
    remarks = suggestion.remarks.get(part, ())
    lines = [*comment(head, 0), *(line for each in remarks for line in comment(NOT_TRANSLATED + each, 0)), *body]
    told = sum(NOT_TRANSLATED in line for line in lines)
    sizes = {"calendars": suggestion.calendars, "policies": suggestion.policies, "mapping": suggestion.words}
    return SuggestedFile(f"{part}.from-{connection}.yaml", "\n".join([*lines, ""]), len(sizes[part]), told)


def _names(titles: Iterable[tuple[str, str]], connection: str, taken: Collection[str]) -> list[str]:
    """Return a name for each that nothing else has."""
    used = set(taken)
    found: list[str] = []
    for source_id, title in titles:
        word = re.sub(r"[\W_]+", "-", title.casefold())[:LONGEST_NAME].strip("-") or f"{connection}-{source_id}"
        name, number = word, 1
        while name in used:
            name = f"{word}-{connection}" if number == 1 else f"{word}-{connection}-{number}"
            number += 1
        used.add(name)
        found.append(name)
    return found


def _calendar(calendar: SuggestedCalendar, name: str) -> list[str]:
    content = {
        "timezone": calendar.zone,
        "weekly": weekly(calendar.spans),
        "versions": versions(calendar.versions),
        "holidays": holidays(calendar.holidays),
        "also_open": single_days(calendar.hours),
    }
    lines = lines_of({name: {key: value for key, value in content.items() if value or key == "timezone"}}, 2)
    told = [line for each in calendar.remarks for line in comment(NOT_TRANSLATED + each, 2)]
    title = comment(f"{calendar.title} ({calendar.id})", 2)
    return ["", *title, *told, *(lines if calendar.usable else commented(lines, 2))]


def _choice(choice: SuggestedChoice, calendars: Mapping[str, str]) -> dict[str, object]:
    named = {value: calendars[each] for value, each in choice.by.items()}
    return {"by": choice.field, "map": named, "else": calendars[choice.other]}


def _policy(policy: SuggestedPolicy, name: str, connection: str, calendars: Mapping[str, object]) -> list[str]:
    title = f"{policy.title} ({policy.id})" if policy.id else policy.title
    lines = ["", *comment(title, 2), *(line for each in policy.notes for line in comment(each, 2))]
    lines += [line for each in policy.remarks for line in comment(NOT_TRANSLATED + each, 2)]
    label = plain(policy.title)
    head: dict[str, object] = {"name": name}
    if policy.metrics and label != name and not looks_like_reference(label):
        head["label"] = label
    if policy.agreement != "sla":
        head["agreement"] = policy.agreement
    head["when"] = {"connection": connection, **_joined(policy.when)}
    if not policy.metrics or policy.withheld:
        head["sla"] = "none"
    elif policy.on_change:
        head["on_change"] = dict(policy.on_change)
    first, *others = lines_of(head, 4)
    lines += [f"  - {first.lstrip()}", *others]
    promised = _promised(policy.metrics, calendars) if policy.metrics else []
    if policy.withheld and policy.on_change:
        promised = [*lines_of({"on_change": dict(policy.on_change)}, 4), *promised]
    if policy.withheld and promised:
        lines += comment("Once what is told above is seen to, this goes in place of `sla: none`:", 4)
        return [*lines, *commented(promised, 4)]
    return [*lines, *promised]


def _promised(metrics: Sequence[SuggestedMetric], calendars: Mapping[str, object]) -> list[str]:
    """Return the keys `calendar` and `metrics` of a policy."""
    counted = Counter(target.calendar for metric in metrics for target in metric.targets)
    chosen = {each for each in counted if each is not None and not isinstance(calendars[each], str)}
    # A choice stands nowhere else. Equally often: business hours, as that is what people call the calendar of a policy.
    usual = max(counted, key=lambda each: (each in chosen, counted[each], each is not None))
    name = ALWAYS if usual is None else calendars[usual]
    lines = [*lines_of({"calendar": name}, 4), "    metrics:"]
    for metric in metrics:
        targets: dict[str, object] = {
            str(target.priority): format_seconds(target.seconds)
            if target.calendar == usual
            else {
                "in": format_seconds(target.seconds),
                "calendar": ALWAYS if target.calendar is None else calendars[target.calendar],
            }
            for target in metric.targets
        }
        lines += [line for each in metric.notes for line in comment(each, 6)]
        lines += [line for each in metric.remarks for line in comment(NOT_TRANSLATED + each, 6)]
        name = metric.name if metric.turns is None else metric.turns.name
        kind: dict[str, object] = {} if metric.turns is None else {"kind": "custom"}
        switches = _switches(metric) if metric.turns is None else _turns(metric.turns)
        told = {key: value for key, value in switches.items() if value}
        lines += lines_of({name: {**kind, "targets": targets, **told}}, 6)
    return lines


def _switches(metric: SuggestedMetric) -> dict[str, object]:
    return {
        "start": metric.start,
        "stop_on": list(metric.stop_on),
        "stop_in": list(metric.stop_in),
        "pause_in": list(metric.pause_in),
        "run_in": list(metric.run_in),
        "end_in": list(metric.end_in),
        "reopen": metric.reopen,
    }


def _turns(turns: SuggestedTurns) -> dict[str, object]:
    return {
        "start": _joined(turns.start),
        "stop": _joined(turns.stop),
        "pause": _joined(turns.pause),
        "cancel": _joined(turns.cancel),
    }


def _joined(clauses: Sequence[Clause]) -> dict[str, object]:
    """Return clauses that all hold as keys of `when`: a key stands once, so what is left goes into `any`."""
    found: dict[str, object] = {}
    negated: list[Holding] = []
    rest: list[Clause] = []
    for clause in clauses:
        one = clause[0]
        if len(clause) > 1 or (not one.negated and one.field in found):
            rest.append(clause)
        elif one.negated:
            negated.append(one)
        else:
            found[one.field] = _words(one)
    if negated:
        # `not` negates all that it holds together: none of these is any of these, negated.
        parts = [{each.field: _words(each)} for each in negated]
        found["not"] = parts[0] if len(parts) == 1 else {"any": parts}
    if rest:
        found["any"] = [_joined([(each,), *rest[1:]]) for each in rest[0]]
    return found


def _words(holding: Holding) -> object:
    words = [NOTHING if value is None else value for value in holding.values]
    return words[0] if len(words) == 1 else words
