"""The key `hints` of a connection: where its helpdesk is to tell by itself that a ticket has changed."""

from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import PlainValidator

from core.settings.plain import KeyPath
from core.settings.positions import Problems
from core.settings.scalars import Section
from core.settings.secrets import SecretRef
from core.settings.values import Hints
from core.settings.words import Mistake

__all__ = ["HintSection", "hints"]

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def _address(value: object) -> str:
    hint = "write https://hub.example/hooks/NAME, as the helpdesk reaches this hub"
    if not isinstance(value, str):
        raise Mistake("expected the address that hints are sent to", hint)
    if "@" in value:
        raise Mistake("a password must not stand here", "hints are signed: give `secret`")
    try:
        parts = urlsplit(value)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
        usable = secure and bool(parts.hostname) and parts.port != 0 and not parts.fragment
    except ValueError as exc:
        raise Mistake(f"`{value}` is not an address", hint) from exc
    if value and not usable:
        raise Mistake(f"`{value}` is no https address that hints could be sent to", hint)
    return value


Address: TypeAlias = Annotated[str, PlainValidator(_address, json_schema_input_type=str)]


class HintSection(Section):
    url: Address = ""
    secret: SecretRef | None = None


def hints(section: HintSection, path: KeyPath, problems: Problems) -> Hints:
    """Return the value; what is missing goes to `problems`. path: of the connection."""
    if section.url and section.secret is None:
        text = "without a secret anybody who knows the address could send hints"
        problems.add((*path, "hints", "url"), text, 'add secret: "${SLAHUB_…}" or "file:…", a long random text')
    return Hints(section.url, section.secret)
