"""What a look at a connection or at the folder has found, for people: what it is, where it stands, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.settings import Draft, KeyPath, key_text

__all__ = ["Finding", "Level", "Places"]


class Level(StrEnum):
    """A problem keeps a promise from being kept; a note is worth a thought; good is what was asked and is right."""

    PROBLEM = "problem"
    NOTE = "note"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them. code: stable, for scripts. connection: empty for what concerns the folder as a whole.

    file, line, key: where it stands in the folder, empty and 0 where nowhere. details: more, for scripts.
    """

    code: str
    level: Level
    what: str
    do: str = ""
    connection: str = ""
    file: str = ""
    line: int = 0
    key: str = ""
    details: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Places:
    """Makes findings that know where they stand in a draft."""

    draft: Draft

    def finding(
        self,
        code: str,
        level: Level,
        what: str,
        do: str = "",
        *,
        connection: str = "",
        path: KeyPath = (),
        **details: object,
    ) -> Finding:
        """Return a finding about the key at `path`, or about none."""
        place = self.draft.positions.find(path) if path else None
        key = key_text(path, self.draft.content) if path else ""
        file, line = (place.file, place.line) if place else ("", 0)
        return Finding(code, level, what, do, connection, file, line, key, details)
