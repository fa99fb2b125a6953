"""What is stored of people and of what they wrote, looked for in every row and in the file itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import connectors.jira.emulator as jira
import connectors.servicenow.emulator as servicenow
import connectors.zendesk.emulator as zendesk
from core.store import Store, audit, tables
from core.store.types import to_microseconds

FOLDER = """\
hub: {{database: "sqlite:///hub.db", key: "file:key"}}
connections:
  desk:
    connector: {kind}
    url: "{url}"
    auth: {auth}
    budget: 100%
    backfill: {{since: null}}
    people: {{names: {names}}}
policies:
  - {{name: all, calendar: always, metrics: {{resolution: {{targets: {{other: 40h}}}}}}}}
"""


@dataclass(frozen=True)
class Desk:
    """A helpdesk of one kind, with what its people are called and what they wrote."""

    kind: str
    emulator: Any
    auth: str
    secret: str
    bodies: frozenset[str]
    names: frozenset[str]


def zendesk_desk() -> Desk:
    made = zendesk.Emulator(seed=5, tickets=12, limits=False)
    comments = [each.comment for audit in made.world.audits for each in audit.events if each.comment is not None]
    people = [word for each in made.world.people.values() for word in (each.name, each.email)]
    known = zendesk.KNOWN
    auth = f'{{method: api_token, email: "{known.email}", api_token: "file:token"}}'
    return Desk("zendesk", made, auth, known.api_token, texts(each.body for each in comments), texts(people))


def jira_desk() -> Desk:
    made = jira.Emulator(seed=5, tickets=12, limits=False)
    bodies = texts(each.body for each in made.world.comments.values())
    people = [word for each in made.world.users.values() for word in (each.display_name, each.email)]
    auth = f'{{method: api_token, email: "{jira.KNOWN.email}", api_token: "file:token"}}'
    return Desk("jira", made, auth, jira.KNOWN.api_token, bodies, texts(people))


def servicenow_desk() -> Desk:
    made = servicenow.Emulator(seed=5, tickets=12)
    rows = made.world.rows
    bodies = texts(each.values["value"] for each in rows["sys_journal_field"].values())
    people = [each.values.get(name, "") for each in rows["sys_user"].values() for name in ("name", "email")]
    auth = f'{{method: basic, username: "{servicenow.KNOWN.user}", password: "file:token"}}'
    return Desk("servicenow", made, auth, servicenow.KNOWN.password, bodies, texts(people))


def texts(given: Any) -> frozenset[str]:
    return frozenset(each for each in given if each and (" " in each or "@" in each))


KINDS = {"zendesk": zendesk_desk, "jira": jira_desk, "servicenow": servicenow_desk}


@pytest.fixture
def synced(tmp_path: Path, call: Any) -> Iterator[Any]:
    """Gives what synchronises a helpdesk of a kind: the helpdesk, the folder, and all that is stored then."""
    with ExitStack() as stack:

        def sync(kind: str, names: str) -> tuple[Desk, Path]:
            desk = KINDS[kind]()
            url = stack.enter_context(
                {"zendesk": zendesk, "jira": jira, "servicenow": servicenow}[kind].serve(desk.emulator)
            )
            (tmp_path / "secrets").mkdir(mode=0o700)
            for name, secret in (("token", desk.secret), ("key", "k" * 40)):
                (tmp_path / "secrets" / name).write_text(secret)
                (tmp_path / "secrets" / name).chmod(0o600)
            text = FOLDER.format(kind=kind, url=url, auth=desk.auth, names=names)
            (tmp_path / "hub.yaml").write_text(text)
            said = call(tmp_path, "run", "--once")
            assert said.status == 0, said
            return desk, tmp_path

        yield sync


def stored(folder: Path) -> str:
    """All cells of all rows as one text."""
    store = Store(f"sqlite:///{folder / 'hub.db'}")
    with store.view() as tx:
        rows = [str(tuple(row)) for table in tables.metadata.tables.values() for row in tx.execute(table.select())]
    store.close()
    return "\n".join(rows)


def written(folder: Path, words: frozenset[str]) -> set[str]:
    """Which of the words the database's files hold as they are."""
    content = b"".join(each.read_bytes() for each in folder.glob("hub.db*"))
    return {word for word in words if word.encode() in content}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_that_people_wrote_is_stored(kind: str, synced: Any) -> None:
    desk, folder = synced(kind, "stored")
    rows = stored(folder)
    assert len(desk.bodies) > 5
    assert {each for each in desk.bodies if each in rows} == set() == written(folder, desk.bodies)
    # The search finds what is there.
    assert {each for each in desk.names if each in rows} != set()


@pytest.mark.parametrize("kind", KINDS)
def test_with_pseudonyms_neither_a_name_nor_a_mail_is_stored(kind: str, synced: Any) -> None:
    desk, folder = synced(kind, "pseudonyms")
    rows = stored(folder)
    # The account that an admin wrote into the configuration stands in the revision.
    names = frozenset(each for each in desk.names if each not in desk.auth)
    assert {each for each in names if each in rows} == set() == written(folder, names)
    assert rows.count("'person-") > 5


def clocks(folder: Path) -> list[Any]:
    store = Store(f"sqlite:///{folder / 'hub.db'}")
    skipped = {"judged_at", "elapsed_seconds", "remaining_seconds", "paused_seconds", "next_check_at"}
    with store.view() as tx:
        found = [
            [
                {name: each for name, each in row.items() if name not in skipped}
                for row in tx.execute(table.select()).mappings()
            ]
            for table in (tables.clock, tables.verdict)
        ]
    store.close()
    return found


def test_a_person_is_forgotten_once_somebody_has_agreed_and_a_rerun_brings_nothing_back(synced: Any, call: Any) -> None:
    desk, folder = synced("zendesk", "stored")
    rows, people = stored(folder), desk.emulator.world.people.values()
    myself = next(each for each in people if each.email == zendesk.KNOWN.email)
    person = next(each for each in people if " " in each.name and str(each.id) in rows and each is not myself)
    assert "works under" in call(folder, "db", "forget", f"desk:{myself.id}", "--yes").err
    before = clocks(folder)
    assert call(folder, "db", "forget", "Nobody At All").status == 1
    said = call(folder, "db", "forget", person.name, "--dry-run")
    assert (said.status, person.name in said.out, str(person.id) in said.out) == (0, True, True)
    said = call(folder, "db", "forget", person.name)
    assert (said.status, "nothing was changed" in said.out) == (1, True)
    assert person.name in stored(folder)
    said = call(folder, "db", "forget", f"desk:{person.id}", "--yes")
    assert said.status == 0
    assert "Clocks and figures are what they were." in said.out
    for _ in range(2):
        assert person.name not in stored(folder)
        assert f"'{person.id}'" not in stored(folder)
        assert clocks(folder) == before
        assert written(folder, frozenset({person.name})) == set()
        assert call(folder, "run", "--once").status == 0
    store = Store(f"sqlite:///{folder / 'hub.db'}")
    with store.view() as tx:
        trail = audit.every(tx)
    store.close()
    assert [each.what for each in trail] == ["forget"]
    assert to_microseconds(trail[0].at) > 0
    assert {"connection", "digest", "tickets"} == trail[0].about.keys()
    assert person.name not in str(trail)


def test_names_that_were_stored_go_when_they_are_not_wanted_any_more(synced: Any, call: Any) -> None:
    desk, folder = synced("zendesk", "stored")
    path = folder / "hub.yaml"
    path.write_text(path.read_text().replace("names: stored", "names: pseudonyms"))
    assert call(folder, "config", "apply").status == 0
    assert call(folder, "evaluate").status == 0
    names = frozenset(each for each in desk.names if each not in desk.auth)
    assert {each for each in names if each in stored(folder)} == set() == written(folder, names)


def test_names_of_people_who_were_not_heard_of_for_long_go_by_age(synced: Any, call: Any) -> None:
    desk, folder = synced("zendesk", "stored")
    path = folder / "hub.yaml"
    path.write_text(path.read_text() + "retention: {names: 1m, tickets: null, clocks: null}\n")
    assert call(folder, "config", "apply").status == 0
    before = {each for each in desk.names if each in stored(folder)}
    done = call(folder, "db", "age", "--json").rows[0]
    after = {each for each in desk.names if each in stored(folder)}
    assert 0 < len(before - after) <= done["names"]
    # Whoever has something open keeps theirs.
    assert after != set()
