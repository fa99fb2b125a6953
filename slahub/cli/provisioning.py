"""slahub provision: the fields and views that agents need, looked for, made when somebody agrees, or told."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from core.errors import Problem, SettingsError, SourceError, SourceRefused
from core.flows.provision import keep, look, make
from core.flows.source import Source
from core.flows.stop import StopSignal
from core.ports import Provision, Provisions, ProvisionState
from core.settings import Draft, hub_settings
from slahub.bootstrap import Opening
from slahub.cli.out import complain, draw, emit, plural, say, table
from slahub.cli.questions import agreed
from slahub.cli.view import advice, nearest
from slahub.stores import existing

__all__ = ["provision"]

MISSING = ProvisionState.MISSING
GOOD = frozenset({ProvisionState.PRESENT, ProvisionState.CREATED})


def provision(folder: Path, names: Sequence[str], *, yes: bool, by_hand: bool, views: bool, as_json: bool) -> int:
    """Make what the folder names and the helpdesks lack; return 1 where something is still not as it should be."""
    opening = Opening(folder, StopSignal())
    draft = opening.draft()
    sources = opening.trial(draft)
    for name in names:
        if name not in sources:
            raise nearest(name, sources)
    chosen = [sources[name] for name in names] if names else list(sources.values())
    useful = [each for each in chosen if each.settings.write_back]
    if not useful:
        key = f"connections.{chosen[0].name}.write_back" if len(chosen) == 1 else "connections"
        raise SettingsError(
            Problem("no field is named, so there is none to make", key=key, hint="for example due: SLA due")
        )
    errand = _Errand(opening, draft, yes=yes, by_hand=by_hand, views=views, as_json=as_json)
    return max([errand.run(source) for source in useful])


class _Errand:
    """What was asked for, done for one connection after the other."""

    def __init__(self, opening: Opening, draft: Draft, *, yes: bool, by_hand: bool, views: bool, as_json: bool) -> None:
        self._opening, self._draft = opening, draft
        self._yes, self._by_hand, self._views, self._as_json = yes, by_hand, views, as_json

    def run(self, source: Source) -> int:
        """Return 0 where all is there in the end, or only what to do by hand was asked for."""
        name = source.name
        if not isinstance(source.connector, Provisions):
            complain(f"! {name}: the connector {source.settings.connector} makes no fields; make them by hand")
            return 1
        try:
            return self._seen(source, source.connector)
        except SourceError as error:
            complain(f"! {name}: {error}{advice(source) if isinstance(error, SourceRefused) else ''}")
            return 1

    def _seen(self, source: Source, connector: Provisions) -> int:
        store = existing(hub_settings(self._draft))
        found = [each for each in look(connector, source, store) if self._views or not each.what.startswith("view:")]
        missing = [each for each in found if each.state is MISSING]
        self._show(source, found)
        if self._by_hand:
            return 0
        if missing and not self._agreed(source, missing):
            for each in missing if self._as_json else ():
                self._emit(source, each)
            return 1
        store, row = self._opening.kept(self._draft, source.name)
        source = replace(source, id=row.id)
        keep(store, source, found)
        made: list[Provision] = []
        for each in make(connector, source, store, [each.what for each in missing]) if missing else ():
            self._tell(source, each)
            made.append(each)
        left = [each for each in found if each.state is not MISSING] + made
        good = all(each.state in GOOD for each in left)
        if not self._as_json:
            self._close(source, connector, left)
        return 0 if good and len(left) == len(found) else 1

    def _agreed(self, source: Source, missing: Sequence[Provision]) -> bool:
        if not self._as_json:
            things = plural(len(missing), "thing")
            verb = "is" if len(missing) == 1 else "are"
            say(f"{source.name}: {things} {verb} to be made there, for agents to see and hidden from end users.")
        return agreed(f"Make {'it' if len(missing) == 1 else 'them'}?", yes=self._yes, as_json=self._as_json)

    def _show(self, source: Source, found: Sequence[Provision]) -> None:
        if self._as_json:
            for each in found:
                if self._by_hand or each.state is not MISSING:
                    self._emit(source, each)
            return
        heads = ("connection", "for", "kind", "title", "id", "state")
        draw(table(heads, [(source.name, _for(each), each.kind, each.title, each.id, each.state) for each in found]))
        for each in found:
            if each.reason:
                complain(f"! {source.name}: {each.kind} '{each.title}': {each.reason}")
            if self._by_hand or each.state is ProvisionState.UNFIT:
                _by_hand(source, each)

    def _tell(self, source: Source, made: Provision) -> None:
        if self._as_json:
            self._emit(source, made)
            return
        if made.state is ProvisionState.CREATED:
            say(f"{source.name}: made the {made.kind} '{made.title}' ({made.id})")
        if made.reason:
            refused = "was not made: " if made.state is ProvisionState.REFUSED else ""
            complain(f"! {source.name}: {made.kind} '{made.title}' {refused}{made.reason}")
        _by_hand(source, made)

    def _close(self, source: Source, connector: Provisions, left: Sequence[Provision]) -> None:
        """Say what remains to be done by hand even where everything is there."""
        if any(each.state is ProvisionState.CREATED for each in left):
            here = {each.what: each.id for each in left}
            left = [each for each in connector.provisions(here) if each.what in here]
        for step in dict.fromkeys(step for each in left if each.state in GOOD for step in each.steps):
            say(f"{source.name}: by hand: {step}")
        if all(each.state in GOOD for each in left):
            say(f"{source.name}: everything is there, and known by its id from now on.")

    def _emit(self, source: Source, each: Provision) -> None:
        row = {"connection": source.name, **asdict(each)}
        emit({key: value or None for key, value in row.items()})


def _for(each: Provision) -> str:
    """Return the key of `write_back`, or the state that a view is for."""
    return each.what.partition(":")[2]


def _by_hand(source: Source, each: Provision) -> None:
    if each.steps:
        say(f"{source.name}: '{each.title}' by hand:")
    for step in each.steps:
        say(f"  - {step}")
