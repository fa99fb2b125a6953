"""Every reference to a secret in a configuration, and which of them cannot be resolved."""

from collections.abc import Iterator

from core.errors import Problem, SettingsError
from core.settings.draft import Draft
from core.settings.hub_section import hub_settings
from core.settings.plain import KeyPath
from core.settings.secret_places import secret_places
from core.settings.secrets import SecretRef, Secrets
from core.settings.values import Configuration

__all__ = ["check_secrets", "exposed_secrets", "secret_files"]


def check_secrets(draft: Draft, configuration: Configuration, secrets: Secrets) -> None:
    """Resolve every reference of a draft once.

    Raises: SettingsError with each reference that leads nowhere; it names the reference, never a value.
    """
    problems = draft.mistakes()
    for path, ref in _references(draft, configuration):
        try:
            secrets.resolve(ref)
        except SettingsError as exc:
            for problem in exc.problems:
                problems.add(path, problem.text, problem.hint)
    problems.raise_any()


def exposed_secrets(draft: Draft, configuration: Configuration, secrets: Secrets) -> tuple[Problem, ...]:
    """Return a warning for each secret's file that every user of the machine can read."""
    problems = draft.mistakes()
    for path, ref in _references(draft, configuration):
        warning = secrets.exposed(ref)
        if warning:
            problems.add(path, warning)
    return problems.found()


def secret_files(draft: Draft, configuration: Configuration, secrets: Secrets) -> dict[str, bytes]:
    """Return a digest of the file behind each reference to one; of those that cannot be read nothing is there."""
    refs = {ref.text: ref for _, ref in _references(draft, configuration)}
    found = {text: secrets.digest(ref) for text, ref in refs.items()}
    return {text: digest for text, digest in found.items() if digest is not None}


def _references(draft: Draft, configuration: Configuration) -> Iterator[tuple[KeyPath, SecretRef]]:
    key = hub_settings(draft).key
    if key is not None:
        yield ("hub", "key"), key
    for name, connection in configuration.connections.items():
        yield from secret_places(connection.options, ("connections", name))
        if connection.hints.secret is not None:
            yield ("connections", name, "hints", "secret"), connection.hints.secret
    for index, address in enumerate(configuration.alerts.to):
        yield ("alerts", "to", index), address
