"""Every word of a helpdesk's own that a configuration mentions, with the place where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.settings.conditions_section import NOTHING
from core.settings.mapping_section import status_word
from core.settings.metric_section import TURNS
from core.settings.plain import KeyPath, entry, is_items, is_keys

__all__ = ["Mention", "mentions"]

NAMED = frozenset({"team", "organisation", "brand", "form"})
CUSTOM = "field:"
OF_A_CONNECTION = (
    (("pilot", "teams"), "team"),
    (("pilot", "organisations"), "organisation"),
    (("scope", "brands"), "brand"),
    (("scope", "groups"), "team"),
)
MAPPED = (("status", "status"), ("priority", "priority"), ("kind", "kind"), ("sides", "role"))


@dataclass(frozen=True, slots=True)
class Mention:
    """One word. field: as in a condition; `field` for a custom field itself, by its id or title.

    connections: whose word it may be; empty: any one's.
    """

    path: KeyPath
    field: str
    word: str
    connections: tuple[str, ...] = ()


def mentions(content: Mapping[str, object]) -> Iterator[Mention]:
    """Yield the names of teams, organisations, brands, forms and custom fields, and the words that are mapped."""
    yield from _of_connections(content.get("connections"))
    yield from _of_customers(content.get("customers"))
    yield from _of_links(content.get("links"))
    policies = content.get("policies")
    for index, policy in enumerate(policies if is_items(policies) else ()):
        path: KeyPath = ("policies", index)
        only = tuple(word for _, word in _words(entry(entry(policy, "when"), "connection"), ()))
        yield from _of_policy(policy, path, only)
        listed = entry(policy, "versions")
        for at, version in enumerate(listed if is_items(listed) else ()):
            yield from _of_policy(version, (*path, "versions", at), only)


def _of_policy(raw: object, path: KeyPath, only: tuple[str, ...]) -> Iterator[Mention]:
    when, calendar = entry(raw, "when"), entry(raw, "calendar")
    yield from _of_condition(when, (*path, "when"), only)
    by, chosen = entry(calendar, "by"), entry(calendar, "map")
    if isinstance(by, str) and is_keys(chosen):
        for word in chosen:
            yield from _of_field(by, word, (*path, "calendar", "map"), only)
    metrics = entry(raw, "metrics")
    for name, metric in metrics.items() if is_keys(metrics) else ():
        for turn in TURNS:
            yield from _of_condition(entry(metric, turn), (*path, "metrics", name, turn), only)


def _of_connections(raw: object) -> Iterator[Mention]:
    for name, connection in raw.items() if is_keys(raw) else ():
        mine: KeyPath = ("connections", name)
        for keys, field in OF_A_CONNECTION:
            value = entry(entry(connection, keys[0]), keys[1])
            for path, word in _words(value, (*mine, *keys)):
                yield Mention(path, field, word, (name,))
        mapping = entry(connection, "mapping")
        for key, field in MAPPED:
            known = entry(mapping, key)
            for source in known if is_keys(known) else ():
                of, word = status_word(source) if key == "status" else (field, source)
                if source != NOTHING:
                    yield Mention((*mine, "mapping", key, source), of, word, (name,))


def _of_customers(raw: object) -> Iterator[Mention]:
    for name, customer in raw.items() if is_keys(raw) else ():
        found = entry(customer, "is")
        for connection, part in found.items() if is_keys(found) else ():
            place: KeyPath = ("customers", name, "is", connection)
            for path, word in _words(entry(part, "organisations"), (*place, "organisations")):
                yield Mention(path, "organisation", word, (connection,))
            title = entry(part, "field")
            if isinstance(title, str):
                title = title.removeprefix(CUSTOM)
                yield Mention((*place, "field"), "field", title, (connection,))
                for path, word in _words(entry(part, "values"), (*place, "values")):
                    yield Mention(path, f"{CUSTOM}{title}", word, (connection,))


def _of_links(raw: object) -> Iterator[Mention]:
    for index, link in enumerate(raw if is_items(raw) else ()):
        source, title = entry(link, "from"), entry(entry(link, "by"), "field")
        if isinstance(source, str) and isinstance(title, str):
            yield Mention(("links", index, "by", "field"), "field", title.removeprefix(CUSTOM), (source,))


def _of_condition(raw: object, path: KeyPath, only: tuple[str, ...]) -> Iterator[Mention]:
    for key, value in raw.items() if is_keys(raw) else ():
        here = (*path, key)
        if key == "not" or (key == "changed" and is_keys(value)):
            yield from _of_condition(value, here, only)
        elif key == "changed":
            for place, word in _words(value, here):
                if word.startswith(CUSTOM):
                    yield Mention(place, "field", word.removeprefix(CUSTOM), only)
        elif key in {"any", "all"}:
            for index, one in enumerate(value if is_items(value) else ()):
                yield from _of_condition(one, (*here, index), only)
        elif key in NAMED or key.startswith(CUSTOM):
            if key.startswith(CUSTOM):
                yield Mention(here, "field", key.removeprefix(CUSTOM), only)
            for place, word in _words(value, here):
                yield Mention(place, key, word, only)


def _of_field(field: str, word: str, path: KeyPath, only: tuple[str, ...]) -> Iterator[Mention]:
    if field in NAMED or field.startswith(CUSTOM):
        yield Mention((*path, word), field, word, only)


def _words(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for index, word in enumerate(value if is_items(value) else [value]):
        if isinstance(word, str | int) and not isinstance(word, bool) and word != NOTHING:
            yield ((*path, index) if is_items(value) else path), str(word)
