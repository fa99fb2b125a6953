"""The screens on which agents of a project see and edit a ticket: which fields are on them. Looked at, and added to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors import Unreadable, fields_of, perhaps, several, text
from connectors.jira.client import Api, Reply
from connectors.jira.scope import Project
from connectors.jira.shapes import identifier

__all__ = ["Screen", "Screens"]

REFUSALS = frozenset({400, 403, 404})

SHOWN_ON = ("edit", "view")
"""What agents use a screen for where a value has to be seen; `default` stands in for either."""


@dataclass(frozen=True, slots=True)
class Screen:
    """tab: the first one, where what is added goes; empty where there is none. fields: on any of its tabs, by id."""

    id: str
    name: str
    tab: str
    fields: frozenset[str]
    projects: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        return f"'{self.name}' ({', '.join(self.projects)})" if self.projects else f"'{self.name}'"


class Screens:
    """Looks at one site's screens and adds to them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def of(self, projects: Sequence[Project]) -> list[Screen] | None:
        """Return the edit and view screens of these projects; None where this user or this Jira does not tell."""
        used: dict[str, list[str]] = {}
        for project in projects:
            ids = self._ids(project)
            if ids is None:
                return None
            for screen in ids:
                used.setdefault(screen, []).append(project.key)
        names = self._names(set(used))
        return [self._screen(screen, names.get(screen, screen), tuple(keys)) for screen, keys in used.items()]

    def named_after(self, projects: Sequence[Project]) -> list[Screen]:
        """Return the screens that Jira has made for these projects, by the names that it gives them.

        That is all there is to go by on a Data Center: it does not tell which screens a project uses.
        """
        told = self._listed("~/screens")
        rows = [perhaps(each) for each in several(told) or several(perhaps(told).get("values"))]
        found: list[Screen] = []
        for row in rows:
            name = str(row.get("name") or "")
            key, _, use = name.casefold().partition(":")
            mine = tuple(each.key for each in projects if each.key.casefold() == key)
            if mine and any(word in use for word in (*SHOWN_ON, "default")):
                found.append(self._screen(identifier(row), name, mine))
        return found

    def put(self, screen: Screen, field_id: str) -> Reply | None:
        """Put a field on a screen; return the answer that refused it, None where it is there."""
        reply = self._api.send(
            "POST", f"~/screens/{screen.id}/tabs/{screen.tab}/fields", {"fieldId": field_id}, expect=REFUSALS
        )
        # It may have been put there meanwhile, which is refused as well.
        return None if reply.good or field_id in self._screen(screen.id, screen.name, ()).fields else reply

    def put_on_default(self, field_id: str) -> bool:
        """Put a field on the site's default screen; say whether it was possible."""
        return self._api.send("POST", f"~/screens/addToDefault/{field_id}", expect=REFUSALS).good

    def _ids(self, project: Project) -> list[str] | None:
        """Return the screens of all types of a project's tickets: its scheme's, by type, then by what they are for."""
        schemes = self._api.offered("~/issuetypescreenscheme/project", {"projectId": project.id})
        if schemes is None:
            return None
        found: list[str] = []
        for row in map(perhaps, schemes):
            scheme = identifier(fields_of(row.get("issueTypeScreenScheme"), "scheme"))
            of_types = self._api.offered("~/issuetypescreenscheme/mapping", {"issueTypeScreenSchemeId": scheme})
            for each in dict.fromkeys(identifier(perhaps(one), "screenSchemeId") for one in of_types or ()):
                for screens in map(perhaps, self._api.offered("~/screenscheme", {"id": each}) or ()):
                    found += _uses(perhaps(screens.get("screens")))
        return list(dict.fromkeys(found))

    def _names(self, ids: set[str]) -> dict[str, str]:
        if not ids:
            return {}
        listed = map(perhaps, self._api.offered("~/screens", size=100) or ())
        return {str(each.get("id")): text(each, "name") for each in listed if str(each.get("id")) in ids}

    def _screen(self, screen: str, name: str, projects: tuple[str, ...]) -> Screen:
        tabs = [identifier(perhaps(each)) for each in several(self._listed(f"~/screens/{screen}/tabs"))]
        fields = [
            str(perhaps(each).get("id"))
            for tab in tabs
            for each in several(self._listed(f"~/screens/{screen}/tabs/{tab}/fields"))
        ]
        return Screen(screen, name, tabs[0] if tabs else "", frozenset(fields), projects)

    def _listed(self, path: str) -> object:
        reply = self._api.get(path, {"maxResults": 1000}, REFUSALS)
        return reply.body if reply.good else []


def _uses(screens: object) -> list[str]:
    row = perhaps(screens)
    found: list[str] = []
    for use in SHOWN_ON:
        try:
            found.append(identifier(row, use if row.get(use) is not None else "default"))
        except Unreadable:
            continue
    return found
