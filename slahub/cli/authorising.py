"""slahub connections authorise: a person consents in a browser, and the hub keeps what it may work with."""

import secrets
import sys
from contextlib import ExitStack
from pathlib import Path

from connectors import registry
from core.errors import Problem, SettingsError, SourceRefused
from core.flows.stop import StopSignal
from core.ports import Consent, Consents, Vault
from core.settings import Secrets, hub_settings
from core.store import connections
from core.store.credentials import MemoryVault, vault
from slahub.binding import barred
from slahub.bootstrap import Opening
from slahub.cli.out import complain, emit, say
from slahub.cli.view import nearest
from slahub.landing import code_in, is_here, meeting
from slahub.sealing import sealing_key

__all__ = ["authorise"]

PATIENCE = 600.0
"""Seconds in which the browser has to come back; a code is good for about as long."""


def authorise(folder: Path, name: str, *, no_browser: bool, as_json: bool) -> int:
    """Let a person consent to what the connection's folder asks for; return the exit status."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    settings, catalogue = hub_settings(draft), registry.load()
    read, mine = opening.checked(draft, catalogue), Secrets(settings.secrets)
    found = {each.connection.name: each for each in opening.entrances(read, catalogue, draft)}
    if name not in found:
        raise nearest(name, found)
    entrance = found[name]

    def signer(kept: Vault) -> Consents:
        made = opening.signer(entrance, mine, kept)
        if not isinstance(made, Consents):
            raise SettingsError(Problem("works without anybody's consent", key=f"connections.{name}.auth"))
        return made

    signer(MemoryVault())
    key = sealing_key(settings, mine)
    if key is None:
        text = "is not set, and what a consent gives is kept only sealed"
        hint = "set SLAHUB_KEY where slahub runs to a long random text that stays the same, or name its place here"
        raise SettingsError(Problem(text, key="hub.key", hint=hint))
    store, row = opening.kept(draft, name)
    if reason := barred(store, name, entrance.host):
        raise SourceRefused(f"{name}: {reason}")
    consenting = signer(vault(store, name, key, entrance.host))
    consent = _consented(consenting, name, no_browser=no_browser, as_json=as_json)
    with store.unit() as tx:
        if row.state == "refused":
            # It was refused for this, as far as anybody knows: a daemon asks it again at once.
            connections.update(tx, row.id, state="new", reason="")
    if as_json:
        emit(
            {
                "connection": name,
                "who": consent.who or None,
                "site": consent.site,
                "given_at": consent.given_at,
                "ends_at": consent.ends_at,
                "unused": consent.unused,
            }
        )
    else:
        say(f"{name}: {consent.who or 'somebody'} has consented for {consent.site}.")
        say(
            f"The consent holds until {consent.ends_at:%Y-%m-%d}, and ends earlier where it is not used for "
            f"{consent.unused.days} days."
        )
    return 0


def _consented(signer: Consents, name: str, *, no_browser: bool, as_json: bool) -> Consent:
    state = secrets.token_urlsafe(32)
    url, back = signer.consent_url(state), signer.returns_to

    def agreed(address: str) -> Consent:
        return signer.agreed(code_in(address, state))

    with ExitStack() as stack:
        met = stack.enter_context(meeting(back)) if is_here(back) and not no_browser else None
        if as_json:
            emit({"connection": name, "url": url, "returns_to": back, "awaited": met is not None})
        else:
            say(f"{name}: open this address in a browser, and consent as the user that the hub shall work as:")
            say(f"\n{url}\n")
        if met is not None:
            complain(f"Waiting for the browser to come back to {back}; if it runs on another machine: --no-browser")
            return met.brings(agreed, PATIENCE)
        complain(f"Then paste the whole address that it ends on, {back}?…, even if no page is shown there:")
        address = sys.stdin.readline().strip()
    if not address:
        raise SourceRefused("no address was pasted; nothing was changed")
    return agreed(address)
