"""slahub init: the first folder, with examples or out of what a helpdesk has already."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from core.errors import Problem, SettingsError, SourceError, SourceRefused
from core.flows.stop import StopSignal
from core.ports import Suggests
from core.settings import (
    NOT_TRANSLATED,
    Draft,
    SuggestedFile,
    folder_files,
    hub_settings,
    read_folder,
    refuse_taken,
    starter,
    suggested_files,
    suggested_names,
    write_new,
)
from core.settings.plain import Json, entry
from core.settings.words import nearest
from slahub.bootstrap import Opening
from slahub.cli.out import complain, emit, near, say
from slahub.cli.view import advice

__all__ = ["init", "suggest"]

AGAIN = "nothing was written; move it away to ask the helpdesk anew"
OF_A_FOLDER = ("hub.yaml", "connections.yaml")
NOUNS = {
    "calendars": ("calendar", "calendars"),
    "policies": ("policy", "policies"),
    "mapping": ("word", "words"),
}


def init(folder: Path, *, as_json: bool) -> None:
    """Write the starter files, and say what comes next."""
    written = starter(folder)
    if as_json:
        _list(written)
        return
    for path in written:
        say(f"wrote {near(path)}")
    say(f"Next: put your helpdesk into {near(folder / 'connections.yaml')}, then run 'slahub check'.")


def suggest(name: str, folder: Path, config: Path, *, as_json: bool) -> int:
    """Ask a connection what its helpdesk promises already, and write that into `folder` as files of their own.

    config: where the connection stands when `folder` holds no configuration; the new folder then gets it, too.
    Returns: 1 when the helpdesk does not answer.
    """
    home = folder if _configured(folder) else config
    draft = _draft(home, name)
    new = home != folder
    refuse_taken(folder, (*suggested_names(name), *(OF_A_FOLDER if new else ())), hint=AGAIN)
    # The rest of the folder may be half written: what is asked for is one connection.
    alone = replace(draft, content={"connections": {name: _entries(draft, "connections")[name]}})
    source = Opening(home, StopSignal()).trial(alone)[name]
    if not isinstance(source.connector, Suggests):
        raise SettingsError(f"the connector {source.settings.connector} cannot tell what its helpdesk promises")
    try:
        found = source.connector.suggest(source.settings.mapping)
    except SourceError as error:
        complain(f"! {name}: {error}{advice(source) if isinstance(error, SourceRefused) else ''}")
        return 1
    taken = None if new else draft
    files = suggested_files(found, name, calendars=_entries(taken, "calendars"), policies=_policies(taken))
    texts = {file.name: file.text for file in files}
    if new:
        whole = _whole(draft, name)
        if "mapping" not in whole:
            # The connection that is written here holds the words itself.
            files = tuple(file for file in files if not file.name.startswith("mapping."))
        own = folder_files(name, whole, hub_settings(draft).secrets, found.words)
        texts = {file.name: file.text for file in files} | own
    write_new(folder, texts, hint=AGAIN)
    for remark in (text for texts in found.remarks.values() for text in texts):
        complain(f"! {name}: {remark}")
    if as_json:
        _list(folder / each for each in sorted(texts))
        return 0
    _tell(folder, texts, files, config)
    for other in _before(taken, files):
        say(f"The policies in {near(other)} are read before these: the first one that matches a ticket wins.")
    return 0


def _list(written: Iterable[Path]) -> None:
    for path in written:
        emit({"file": str(path)})


def _configured(folder: Path) -> bool:
    return any(path.suffix in {".yaml", ".yml"} for path in folder.glob("*.y*ml"))


def _draft(home: Path, name: str) -> Draft:
    """Read the folder that has the connection. Raises: SettingsError with what to do where none has."""
    first = f"write the connection there first; 'slahub init {near(home)}' makes an example of one"
    if not _configured(home):
        raise SettingsError(Problem("there is no configuration yet", str(near(home)), hint=first))
    draft = read_folder(home)
    known = _entries(draft, "connections")
    if name not in known:
        text = f"there is no connection `{name}`"
        raise SettingsError(Problem(text, str(near(home)), key="connections", hint=nearest(name, known) or first))
    return draft


def _entries(draft: Draft | None, section: str) -> Mapping[str, Json]:
    found = None if draft is None else draft.content.get(section)
    return found if isinstance(found, dict) else {}


def _policies(draft: Draft | None) -> list[str]:
    found = None if draft is None else draft.content.get("policies")
    return [str(entry(each, "name")) for each in found] if isinstance(found, list) else []


def _whole(draft: Draft, name: str) -> dict[str, object]:
    """Return a connection as another folder can have it: two hubs do not write, and paths count from elsewhere."""
    content = _entries(draft, "connections")[name]
    whole: dict[str, object] = dict(content) if isinstance(content, dict) else {}
    whole.pop("mode", None)
    return {**whole, "ca": str((draft.folder / str(whole["ca"])).absolute())} if whole.get("ca") else whole


def _before(draft: Draft | None, files: Iterable[SuggestedFile]) -> list[Path]:
    """Return the files of the folder whose policies come before those that were suggested."""
    ours = [file.name for file in files if file.name.startswith("policies.")]
    if draft is None or not ours:
        return []
    places = (draft.positions.find(("policies", index)) for index in range(len(_policies(draft))))
    found = sorted({Path(place.file) for place in places if place is not None})
    return [path for path in found if path.name < ours[0]]


def _tell(folder: Path, texts: Iterable[str], files: Iterable[SuggestedFile], config: Path) -> None:
    """Say what was written, how much could not be translated, and what comes next."""
    about = {file.name: file for file in files}
    for name in sorted(texts):
        held = [f": {_held(about[name])}"] if name in about else []
        say(f"wrote {near(folder / name)}{''.join(held)}")
    told = sum(file.remarks for file in about.values())
    if told:
        things = "1 thing" if told == 1 else f"{told} things"
        words = NOT_TRANSLATED.strip(": ")
        say(f"{things} could not be translated; what, stands where it would be: grep '{words}' {near(folder)}/*.yaml")
    command = "slahub" if folder == config else f"slahub --config {near(folder)}"
    say(f"Next: read the comments and correct what they speak of, then run '{command} check'.")


def _held(file: SuggestedFile) -> str:
    part = file.name.partition(".")[0]
    one, several = NOUNS[part]
    return f"{file.entries} {one if file.entries == 1 else several}"
