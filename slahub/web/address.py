"""Where the daemon listens: on the loopback, for as long as there is nobody who could log in."""

import ipaddress
from dataclasses import dataclass

from core.errors import Problem, SettingsError
from core.settings import Place, Positions

__all__ = ["KEY", "Address", "address"]

KEY = "hub.http"

BEHIND = (
    "there are no users yet who could log in: write 127.0.0.1 and put a reverse proxy with TLS in front, "
    "which passes on /hooks/ alone"
)


@dataclass(frozen=True, slots=True)
class Address:
    """host: as it is bound, without brackets. port: 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(text: str, positions: Positions) -> Address:
    """Return where `hub.http` says to listen. positions: of the folder it stands in.

    Raises: SettingsError with the place, for an address that others than this machine could reach.
    """
    host, _, port = text.rpartition(":")
    found = Address(host.removeprefix("[").removesuffix("]"), int(port))
    if not _loopback(found.host):
        place = positions.find(("hub", "http")) or Place("", 0)
        words = f"`{text}` can be reached from other machines"
        raise SettingsError(Problem(words, place.file, place.line, KEY, BEHIND))
    return found


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
