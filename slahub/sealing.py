"""What the hub keeps to itself: secrets as they are used, its own key, and how people are stored under it."""

import os

from core.errors import Problem, SettingsError
from core.settings import Connection, HubSettings, SecretRef, Secrets
from core.store.veiled import Veil
from core.telemetry import hide

__all__ = ["revealed", "sealing_key", "veil"]


def veil(connection: Connection, key: bytes | None) -> Veil:
    """Return how a connection's people are stored. Raises: SettingsError where that takes a key and there is none."""
    names = connection.people.names == "pseudonyms"
    if names and key is None:
        raise SettingsError(
            Problem(
                "pseudonyms are made under the hub's own key, and none is set",
                key=f"connections.{connection.name}.people.names",
                hint="set SLAHUB_KEY to 32 or more random characters, or `hub.key`, and keep it with your secrets",
            )
        )
    return Veil(connection.name, key, names)


def sealing_key(settings: HubSettings, secrets: Secrets) -> bytes | None:
    """Return what seals the tokens that the hub obtains; None where nobody has set it."""
    text = secrets.resolve(settings.key, "hub.key") if settings.key else os.environ.get("SLAHUB_KEY")
    if text:
        hide(text)
    return text.encode() if text else None


def revealed(secrets: Secrets, ref: SecretRef, place: str) -> str:
    """Return a secret, which no log line shows from now on. place: below `connections`."""
    secret = secrets.resolve(ref, f"connections.{place}")
    hide(secret)
    return secret
