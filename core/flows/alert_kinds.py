"""Of which findings an admin is told by itself: what they are called, how long they have to last, what to do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from core.flows.census_findings import CODES as CENSUS
from core.settings import AlertKind

__all__ = [
    "ALERT_FAILS",
    "COVERAGE",
    "DISK",
    "DOUBTFUL",
    "JOB",
    "KINDS",
    "LAG",
    "NO_HOLIDAYS",
    "PARKED",
    "QUIET",
    "SET_ASIDE",
    "Kind",
    "kind_of",
    "patience",
]

ALERT_FAILS, COVERAGE, DISK, DOUBTFUL, JOB = "alert_fails", "coverage", "disk", "write_doubtful", "job"
LAG, NO_HOLIDAYS, PARKED, QUIET, SET_ASIDE = "lag", "no_holidays", "parked", "quiet", "set_aside"

A_WHILE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of them. codes: of its findings. title: in two or three words. do: what to do, where the text says nothing.

    lasts: what is over sooner is not told. urgent: no earlier message makes it wait.
    """

    kind: AlertKind
    codes: tuple[str, ...]
    title: str
    do: str = ""
    lasts: timedelta = timedelta()
    urgent: bool = False


KINDS: tuple[Kind, ...] = (
    Kind(
        AlertKind.REFUSED,
        ("refused", "instance"),
        "access refused",
        "put a valid credential where the connection's `auth` refers to (a file is read again by itself, a variable "
        "takes a restart), then look with: slahub check",
        urgent=True,
    ),
    Kind(AlertKind.LAG, (LAG,), "behind", "look at why with: slahub status", urgent=True),
    Kind(AlertKind.FAILING, ("failed",), "a part cannot be read", "look with: slahub status", lasts=A_WHILE),
    Kind(AlertKind.CREDENTIAL, ("consent_ends",), "a credential ends"),
    Kind(AlertKind.PARKED, (PARKED, SET_ASIDE), "left out of the count", "look with: slahub status"),
    Kind(
        AlertKind.WRITES,
        ("write_refused", "write_fails", "overwritten", DOUBTFUL),
        "fields not taken",
        "look with: slahub status",
    ),
    Kind(AlertKind.HELD, ("held",), "changes wait for release"),
    Kind(AlertKind.UNMAPPED, ("unmapped",), "a value without a meaning"),
    Kind(AlertKind.COVERAGE, (COVERAGE,), "tickets without a policy", "look with: slahub check"),
    Kind(AlertKind.CENSUS, CENSUS, "tickets missing", "count again with: slahub census"),
    Kind(AlertKind.CALENDAR, (NO_HOLIDAYS,), "no holidays next year"),
    Kind(AlertKind.QUIET, (QUIET,), "nothing changes", "see whether people work there; then: slahub check"),
    Kind(AlertKind.DISK, (DISK,), "little room on disk", urgent=True),
    Kind(
        AlertKind.JOBS,
        (JOB,),
        "a job breaks",
        "the log says where; restart the daemon if it does not end, and report it",
        lasts=timedelta(minutes=1),
    ),
    Kind(AlertKind.ALERTS, (ALERT_FAILS,), "alerts not taken", "try with: slahub alerts test"),
)

_BY_CODE: Mapping[str, Kind] = MappingProxyType({code: kind for kind in KINDS for code in kind.codes})


def kind_of(code: str) -> Kind:
    """Return what a finding of this code is told as."""
    return _BY_CODE[code]


def patience(left_out: Collection[AlertKind]) -> dict[str, timedelta]:
    """Return the codes of which anything is told, and how long such a finding has to last before it is."""
    return {code: kind.lasts for code, kind in _BY_CODE.items() if kind.kind not in left_out}
