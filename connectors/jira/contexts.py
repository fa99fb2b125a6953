"""Contexts of a field: which projects have it, and what a select offers there. Looked at, and added to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors import fields_of, flag, perhaps, text
from connectors.jira.client import Api, Reply
from connectors.jira.outfit import CONTEXT, OPTIONS
from connectors.jira.scope import Project
from connectors.jira.shapes import identifier

__all__ = ["Contexts", "Gaps"]

REFUSALS = frozenset({400, 403, 404, 409})


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a field lacks. uncovered: projects that do not have it. into: the context that can take them in.

    options: what a select lacks, by context. narrow: contexts that are for some issue types only, by name.
    off: options that are there and switched off.
    """

    uncovered: tuple[Project, ...] = ()
    into: str = ""
    options: Mapping[str, tuple[str, ...]] | None = None
    narrow: tuple[str, ...] = ()
    off: tuple[str, ...] = ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """The options that some context lacks."""
        return tuple(dict.fromkeys(each for some in (self.options or {}).values() for each in some))


class Contexts:
    """Looks at one site's contexts and adds to them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def gaps(self, field_id: str, projects: Sequence[Project], *, select: bool) -> Gaps | None:
        """Return what a field lacks for these projects; None where this user or this Jira does not tell.

        select: the field is one, whose options are looked at too.
        """
        listed = self._api.offered(f"~/field/{field_id}/context")
        if listed is None:
            return None
        contexts = [fields_of(each, "context") for each in listed]
        everywhere = next((identifier(each) for each in contexts if flag(each, "isGlobalContext", default=False)), "")
        homes = self._homes(field_id)
        uncovered = () if everywhere else tuple(each for each in projects if each.id not in homes)
        used = {homes.get(each.id, everywhere) for each in projects} or {everywhere}
        mine = [each for each in contexts if identifier(each) in used]
        narrow = tuple(text(each, "name") for each in mine if not flag(each, "isAnyIssueType", default=True))
        into = next((identifier(each) for each in contexts if text(each, "name") == CONTEXT), "")
        if not select:
            return Gaps(uncovered, into, narrow=narrow)
        options: dict[str, tuple[str, ...]] = {}
        off: list[str] = []
        for context in map(identifier, mine):
            there = {word.casefold(): disabled for word, disabled in self._options(field_id, context)}
            if missing := tuple(each for each in OPTIONS if each.casefold() not in there):
                options[context] = missing
            off += [each for each in OPTIONS if there.get(each.casefold())]
        return Gaps(uncovered, into, options, narrow, tuple(dict.fromkeys(off)))

    def cover(self, field_id: str, gaps: Gaps) -> Reply | None:
        """Let the projects have the field that do not; return the answer, None where all have it."""
        if not gaps.uncovered:
            return None
        ids = [each.id for each in gaps.uncovered]
        if gaps.into:
            path = f"~/field/{field_id}/context/{gaps.into}/project"
            return self._api.send("PUT", path, {"projectIds": ids}, expect=REFUSALS)
        body = {"name": CONTEXT, "description": "", "projectIds": ids, "issueTypeIds": []}
        return self._api.send("POST", f"~/field/{field_id}/context", body, expect=REFUSALS)

    def add(self, field_id: str, gaps: Gaps) -> Reply | None:
        """Add the options that are lacking; return the answer that refused it, None where none did."""
        for context, words in (gaps.options or {}).items():
            body = {"options": [{"value": word} for word in words]}
            reply = self._api.send("POST", f"~/field/{field_id}/context/{context}/option", body, expect=REFUSALS)
            if not reply.good:
                return reply
        return None

    def _homes(self, field_id: str) -> dict[str, str]:
        """Return the context that a project has for itself, by the project's id."""
        found: dict[str, str] = {}
        for row in map(perhaps, self._api.offered(f"~/field/{field_id}/context/projectmapping") or ()):
            if isinstance(row.get("projectId"), str):
                found[str(row["projectId"])] = str(row.get("contextId"))
        return found

    def _options(self, field_id: str, context: str) -> Iterator[tuple[str, bool]]:
        path = f"~/field/{field_id}/context/{context}/option"
        for row in map(perhaps, self._api.offered(path, size=100) or ()):
            # Those of a second level belong to one of the first.
            if row.get("optionId") is None:
                yield text(row, "value").strip(), flag(row, "disabled", default=False)
