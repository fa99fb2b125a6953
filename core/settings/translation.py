"""Mistakes that pydantic finds, in our words: the key as it is written, what was expected, the nearest word."""

import inspect
import re
import typing
from collections.abc import Collection, Iterable, Mapping
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.settings.plain import KeyPath, entry, is_items, is_keys
from core.settings.positions import Problems
from core.settings.words import Mistake, key_hint, likeliest, meant, or_list

__all__ = ["entries", "keys_of", "validated"]

M = TypeVar("M", bound=BaseModel)

EXPECTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "frozen": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "none": "nothing",
    "url": "an address such as https://desk.example.com",
}


def validated(
    model: type[M],
    raw: object,
    path: KeyPath,
    problems: Problems,
    *,
    instead: Mapping[str, object] | None = None,
    mistyped: Collection[str] = (),
) -> M | None:
    """Return the model of one entry; its mistakes go to `problems`.

    instead: required keys that stand in for wrong ones, so that what is right can be checked further.
    mistyped: keys that are there under a wrong name, which has been told.
    Returns: the entry without its wrong keys, or None when nothing can be made of the rest.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        known: set[tuple[KeyPath, str]] = {((), key) for key in mistyped}
        known |= {_intended(error["loc"], model) for error in errors if error["type"] == "extra_forbidden"}
        for error in errors:
            if error["type"] == "missing" and (error["loc"][:-1], error["loc"][-1]) in known:
                continue
            text, hint, at = _said(error, model)
            place = _followed(raw, (*error["loc"], *at), missing=error["type"] == "missing")
            problems.add((*path, *place), text, hint)
    wrong = {error["loc"][0] for error in errors if error["loc"]}
    rest = {key: value for key, value in raw.items() if key not in wrong} if is_keys(raw) else {}
    try:
        return model.model_validate({**(instead or {}), **rest})
    except ValidationError:
        return None


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys of a settings type as they are written."""
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _intended(loc: KeyPath, model: type[BaseModel]) -> tuple[KeyPath, str]:
    """Return the place of a key that is not known, and the key that was probably meant there."""
    return loc[:-1], likeliest(str(loc[-1]), _keys_at(model, loc[:-1]))


def _followed(raw: object, steps: KeyPath, *, missing: bool) -> KeyPath:
    """Return the steps that stand in the file: pydantic adds union tags, which may be called like a key."""
    if not steps:
        return ()
    step, rest = steps[0], steps[1:]
    ways = [_followed(raw, rest, missing=missing)]
    if step in (range(len(raw)) if is_items(raw) else raw if is_keys(raw) else ()):
        ways.append((step, *_followed(entry(raw, step), rest, missing=missing)))
    elif missing and not rest and is_keys(raw):
        ways.append((step,))
    return max(ways, key=len)  # of two of one length the first: a step that may be a tag is one


def _said(error: ErrorDetails, model: type[BaseModel]) -> tuple[str, str, KeyPath]:
    """Return what is wrong, what to write, and where below the error's place."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        cause = context["error"]
        return (cause.text, cause.hint, cause.at) if isinstance(cause, Mistake) else (str(cause), "", ())
    if kind == "extra_forbidden":
        return (*key_hint(str(error["loc"][-1]), _keys_at(model, error["loc"][:-1])), ())
    if kind in {"enum", "literal_error", "union_tag_invalid"}:
        words = re.findall(r"'([^']*)'", str(context.get("expected") or context.get("expected_tags")))
        tag = (str(context["discriminator"]).strip("'"),) if kind == "union_tag_invalid" else ()
        return (*_one_of(words, context.get("tag", error["input"])), tag)
    return _plainly(kind, error, context), "", ()


def _one_of(words: list[str], word: object) -> tuple[str, str]:
    if not isinstance(word, str) or len(word) > 60:
        return f"expected {or_list(words)}, found {_found(word)}", ""
    return f"expected {or_list(words)}, found `{word}`", meant(word, words)


def _plainly(kind: str, error: ErrorDetails, context: Mapping[str, object]) -> str:
    match kind:
        case "missing":
            return "is missing"
        case "too_short":
            return "must not be empty"
        case "union_tag_not_found":
            return f"the key {str(context['discriminator']).strip(chr(39))} must say which kind this is"
        case _:
            name = kind.split("_", maxsplit=1)[0]
            if kind.endswith(("_type", "_parsing")) and name in EXPECTED:
                return f"expected {EXPECTED[name]}, found {_found(error['input'])}"
            return error["msg"][:1].lower() + error["msg"][1:]


def _found(value: object) -> str:
    if value is None:
        return "nothing"
    if is_keys(value):
        return "keys with values"
    return "a list" if is_items(value) else "text" if isinstance(value, str) else f"`{value}`"


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are possible at a place within `model`."""
    here = {model}
    for step in loc:
        tagged = {kind for kind in here if step == kind.__name__ or step in _tags(kind)}
        inner = {found for kind in here for found in _models(_annotations(kind, step))}
        here = inner or tagged or here
    return sorted({key for kind in here for key in keys_of(kind)})


def _annotations(model: type[BaseModel], key: str | int) -> list[object]:
    return [info.annotation for name, info in model.model_fields.items() if key in (name, info.alias)]


def _tags(model: type[BaseModel]) -> set[object]:
    literals = [info.annotation for info in model.model_fields.values()]
    return {tag for kind in literals if typing.get_origin(kind) is Literal for tag in typing.get_args(kind)}


def _models(annotations: Iterable[object]) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    for annotation in annotations:
        if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
            found.add(annotation)
        else:
            found |= _models(typing.get_args(annotation))
    return found


def entries(content: object, section: str, problems: Problems) -> dict[str, object]:
    """Return the named entries of a section; none when the section is absent or has another shape."""
    found = entry(content, section)
    if found is not None and not is_keys(found):
        problems.add((section,), "expected names, each with what belongs to it")
    return dict(found) if is_keys(found) else {}
