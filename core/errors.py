"""What can go wrong, as one tree: the branch says what the caller does, and no caller reads messages.

HubError
├─ SettingsError        an admin must change the configuration; never retried
├─ SourceError
│  ├─ RetryLater        time-out, 5xx, rate limit: retry here, else in the next run
│  ├─ SourceRefused     credentials or rights: pause this connection and show it
│  │  └─ ConsentNeeded  a person has to consent in a browser first
│  ├─ Unreadable        set the record aside and go on
│  └─ Forged            not from the source: drop what came in, keep nothing, go on
└─ StoreError           roll the unit back; the run fails and is repeated
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

__all__ = [
    "ConsentNeeded",
    "Forged",
    "HubError",
    "Problem",
    "RetryLater",
    "SettingsError",
    "SourceError",
    "SourceRefused",
    "StoreError",
    "Unreadable",
]


class HubError(Exception):
    """Anything the hub raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the configuration: where it stands, what is wrong, what to write instead."""

    text: str
    file: str = ""
    line: int = 0
    key: str = ""
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        key = f"{self.key}: " if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{key}{self.text}{hint}"


class SettingsError(HubError):
    """The configuration or the call is wrong. `problems` holds one entry for each mistake found."""

    def __init__(self, problems: str | Problem | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SourceError(HubError):
    """The helpdesk could not be read or written."""


class RetryLater(SourceError):
    """The helpdesk is busy, slow or broken for now; `after` is how long it asked to be left alone."""

    def __init__(self, text: str, after: timedelta | None = None) -> None:
        self.after = after
        super().__init__(text)


class SourceRefused(SourceError):
    """Credentials or rights do not allow this; a person must act."""


class ConsentNeeded(SourceRefused):
    """The hub works in the name of a person who has not consented to it, or no longer does."""


class Unreadable(SourceError):
    """One record does not have the promised shape."""


class Forged(SourceError):
    """What came in does not prove that the helpdesk sent it. Anyone can send such a thing: it must stop nothing."""


class StoreError(HubError):
    """The database did not take or give what was asked."""
