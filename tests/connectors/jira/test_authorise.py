"""slahub connections authorise: from the command to the browser and back, by a plug-in that knows Jira's login only."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.store import Store, connections, tables
from core.store.credentials import vault
from tests.connectors.jira.atlassian import SECRET, Atlassian, on_sockets

ROOT = Path(__file__).resolve().parents[3]

PLUGIN = """
from datetime import UTC, datetime
from connectors import Checkpoint, Page, Probe, SourceMapping, Stream
from connectors.jira.auth import authentication
from connectors.jira.client import BUCKETS
from connectors.jira.settings import JiraSettings


class Lumen:
    name = "lumen"
    settings = JiraSettings
    mapping = SourceMapping()
    buckets = BUCKETS

    def __init__(self, http, settings, fields):
        self._http, self._settings = http, settings

    @classmethod
    def base_url(cls, settings):
        return settings.url

    @classmethod
    def headers(cls, settings):
        return settings.headers

    @classmethod
    def auth(cls, settings, resolve, vault, plain):
        return authentication(settings, resolve, vault, plain)

    def probe(self):
        me = self._http.call("GET", "/rest/api/3/myself").body
        return Probe(instance="lumen", account=me["displayName"])

    def streams(self):
        return (Stream("tickets"),)

    def start(self, stream, at):
        return Checkpoint("")

    def pull(self, stream, since):
        yield Page((), Checkpoint(""), settled_until=datetime.now(UTC))
"""

FOLDER = """\
hub: {{database: "{database}"}}
connections:
  jira:
    connector: lumen
    url: "{site}"
    gateway: "{gateway}"
    login: "{login}"
    auth: {auth}
policies: [{{name: standard, calendar: always, metrics: {{resolution: {{targets: {{other: 40h}}}}}}}}]
"""

APP = '{{method: oauth_3lo, client_id: hub, client_secret: "file:app", redirect_uri: "{back}"}}'

KEY = "a long random text"

PROGRAM = """
import io, json, os, sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from core.flows.stop import StopSignal
from slahub.bootstrap import Opening
from slahub.cli import main

lines, told = sys.stdin, sys.stdout

def tell(*what):
    print(json.dumps(what), file=told, flush=True)

class Shown(io.StringIO):
    def write(self, text):
        for line in text.splitlines():
            if "/authorize?" in line:
                tell("shown", line)
        return super().write(text)

class Asked(io.StringIO):
    def readline(self):
        tell("asked")
        return json.loads(lines.readline())

def probe(folder):
    hub = Opening(Path(folder), StopSignal()).hub()
    print(*(hub.probe(each) for each in hub.sources.values()))
    hub.store.close()
    return 0

sys.stdin = Asked()
for line in iter(lines.readline, ""):
    key, *arguments = json.loads(line)
    os.environ["SLAHUB_KEY"] = key
    sys.argv[:] = ["slahub", *arguments]
    with redirect_stdout(Shown()) as out, redirect_stderr(io.StringIO()) as err:
        status = probe(arguments[1]) if arguments[2:] == ["probe"] else main()
    tell("ended", status, out.getvalue(), err.getvalue())
"""
"""Runs one command after another, and lets a browser and a person take part in it."""


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    process: subprocess.Popen[str]

    def put(self, what: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def get(self) -> list[Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the command ended the process that ran it"
        return list(json.loads(line))


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A process beside the tests that has the plug-in installed."""
    place = tmp_path_factory.mktemp("plugin")
    (place / "lumen_plugin.py").write_text(PLUGIN)
    info = place / "lumen_plugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lumen-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[slahub.connectors]\nlumen = lumen_plugin:Lumen\n")
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SLAHUB_")}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**mine, "PYTHONPATH": f"{place}:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Shell(process)
        process.kill()


@dataclass
class Hub:
    """A folder whose one connection works by consent, and commands over it."""

    desk: Atlassian
    shell: Shell
    folder: Path
    database: str
    port: int
    key: str = KEY

    @property
    def back(self) -> str:
        return f"http://localhost:{self.port}/callback"

    def write(self, auth: str = "", **more: str) -> None:
        hosts = {"site": self.desk.site, "gateway": self.desk.gateway, "login": self.desk.login, **more}
        auth = auth or APP.format(back=self.back)
        (self.folder / "hub.yaml").write_text(FOLDER.format(database=self.database, auth=auth, **hosts))

    def __call__(self, *arguments: str, meanwhile: Callable[[str], str] = str) -> Said:
        """Run a command. meanwhile: gets the consent's address when it is shown; what it returns is pasted if asked."""
        self.shell.put([self.key, "--config", str(self.folder), *arguments])
        pasted = ""
        while (said := self.shell.get())[0] != "ended":
            if said[0] == "shown":
                pasted = meanwhile(said[1])
            else:
                self.shell.put(f"{pasted}\n")
        return Said(*said[1:])

    def authorise(self, *arguments: str, meanwhile: Callable[[str], str]) -> Said:
        return self("connections", "authorise", "jira", *arguments, meanwhile=meanwhile)

    def consented(self) -> None:
        assert self.authorise("--no-browser", meanwhile=self.desk.browse).status == 0

    def store(self) -> Store:
        return Store(self.database)

    def state(self) -> str:
        store = self.store()
        with store.view() as tx:
            row = connections.get(tx, "jira")
        store.close()
        assert row is not None
        return row.state

    def kept(self) -> list[str]:
        store = self.store()
        with store.view() as tx:
            found = [row.name for row in tx.execute(tables.credential.select())]
        store.close()
        return found


def made(desk: Atlassian, shell: Shell, folder: Path, database: str) -> Hub:
    (folder / "secrets").mkdir(parents=True, mode=0o700)
    (folder / "secrets" / "app").write_text(SECRET)
    (folder / "secrets" / "app").chmod(0o600)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    hub = Hub(desk, shell, folder, database, port)
    hub.write()
    return hub


@pytest.fixture
def desk() -> Iterator[Atlassian]:
    with on_sockets() as served:
        yield served


@pytest.fixture
def hub(desk: Atlassian, shell: Shell, tmp_path: Path) -> Hub:
    return made(desk, shell, tmp_path / "hub", f"sqlite:///{tmp_path}/hub.db")


@pytest.fixture
def anywhere(desk: Atlassian, shell: Shell, tmp_path: Path, store: Store) -> Hub:
    """On SQLite and on PostgreSQL."""
    return made(desk, shell, tmp_path / "hub", store.url.render_as_string(hide_password=False))


def visit(address: str) -> httpx.Response:
    return httpx.get(address.replace("localhost", "127.0.0.1"), trust_env=False)


def test_a_browser_that_comes_back_has_consented_and_the_hub_works_in_its_name(anywhere: Hub, desk: Atlassian) -> None:
    pages: list[httpx.Response] = []

    def browser(address: str) -> str:
        pages.append(visit(desk.browse(address)))
        return ""

    said = anywhere.authorise(meanwhile=browser)
    (page,) = pages
    assert (page.status_code, page.text) == (200, "slahub: The consent is kept. This window can be closed.\n")
    assert said.status == 0
    assert f"jira: Robin Keller has consented for {desk.site}.\nThe consent holds until " in said.out
    assert said.out.endswith("and ends earlier where it is not used for 90 days.\n")
    assert said.err.startswith(f"Waiting for the browser to come back to {anywhere.back};")
    shown = said.out + said.err + page.text
    assert [each for each in (SECRET, "code-1", "access-", "refresh-") if each in shown] == []
    # What is put into force later finds the consent, and so does a look at the folder.
    looked = anywhere("check")
    assert "jira: works as Robin Keller" in looked.out
    assert re.search(r"jira: the consent of Robin Keller of .* holds until .*; it ends earlier", looked.out)
    assert anywhere("probe").out == "ok\n"
    assert "Bearer access-1" in {each.get("authorization") for each in desk.headers}


def test_a_look_at_a_draft_keeps_the_tokens_that_it_renews(anywhere: Hub, desk: Atlassian) -> None:
    anywhere.consented()
    desk.at_gateway.clear()
    assert "jira: works as Robin Keller" in anywhere("check").out
    assert anywhere("probe").out == "ok\n"
    assert desk.refreshes == ["refresh-1"]


def test_a_browser_elsewhere_ends_on_an_address_that_is_pasted(hub: Hub, desk: Atlassian) -> None:
    said = hub.authorise("--no-browser", meanwhile=desk.browse)
    assert (said.status, said.err) == (
        0,
        f"Then paste the whole address that it ends on, {hub.back}?…, even if no page is shown there:\n",
    )
    assert "jira: Robin Keller has consented" in said.out


def test_an_address_that_is_not_on_this_machine_is_pasted_too(hub: Hub, desk: Atlassian) -> None:
    hub.write(APP.format(back="https://hub.lumen.example/callback"))
    said = hub.authorise("--json", meanwhile=lambda line: desk.browse(json.loads(line)["url"]))
    assert said.status == 0
    first, last = (json.loads(line) for line in said.out.splitlines())
    assert (first["returns_to"], first["awaited"]) == ("https://hub.lumen.example/callback", False)
    assert {name: last.pop(name) for name in ("connection", "who", "site", "unused")} == {
        "connection": "jira",
        "who": "Robin Keller",
        "site": desk.site,
        "unused": 90 * 86400,
    }
    assert last.keys() == {"given_at", "ends_at"}


def test_a_stranger_is_sent_away_and_the_right_one_waited_for(hub: Hub, desk: Atlassian) -> None:
    statuses: list[int] = []

    def browser(address: str) -> str:
        back = desk.browse(address)
        state = parse_qs(urlsplit(back).query)["state"][0]
        with socket.create_connection(("127.0.0.1", hub.port)):  # silent, as browsers do in advance
            wrong = (back.replace(state, "guessed"), hub.back, back.replace("callback", "favicon.ico"))
            statuses.extend(visit(each).status_code for each in wrong)
            assert desk.seen == []
            statuses.append(visit(back).status_code)
        return ""

    assert hub.authorise(meanwhile=browser).status == 0
    assert statuses == [400, 400, 404, 200]


def test_somebody_who_does_not_consent_is_told_so_and_nothing_is_kept(hub: Hub, desk: Atlassian) -> None:
    pages: list[str] = []

    def browser(address: str) -> str:
        pages.append(visit(desk.browse(address, "deny")).text)
        return ""

    said = hub.authorise(meanwhile=browser)
    assert pages == ["slahub: there was no consent: access_denied\n"]
    assert said.status == 1
    assert said.err.endswith("error: there was no consent: access_denied\n")
    assert hub.kept() == []


def test_a_consent_for_another_site_names_it_and_keeps_nothing(hub: Hub, desk: Atlassian) -> None:
    desk.sites = ["https://other.atlassian.net"]
    said = hub.authorise("--no-browser", meanwhile=desk.browse)
    assert said.status == 1
    assert f"the consent is for https://other.atlassian.net, and not for {desk.site}" in said.err
    assert hub.kept() == []


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "no address was pasted; nothing was changed"),
        ("http://localhost/callback?code=code-1", "not the address on which the browser ended"),
        ("code-1", "not the address on which the browser ended"),
    ],
)
def test_what_is_pasted_has_to_be_the_whole_address(hub: Hub, desk: Atlassian, pasted: str, said: str) -> None:
    done = hub.authorise("--no-browser", meanwhile=lambda _: pasted)
    assert done.status == 1
    assert said in done.err
    assert desk.seen == []


def test_without_a_key_nobody_is_sent_anywhere(hub: Hub, tmp_path: Path) -> None:
    hub.key = ""
    said = hub("connections", "authorise", "jira")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("error: hub.key: is not set, and what a consent gives is kept only sealed (set SLAHUB_")
    assert not (tmp_path / "hub.db").exists()


def test_a_connection_that_works_without_consent_says_so(hub: Hub) -> None:
    hub.write('{method: api_token, email: hub@lumen.example, api_token: "file:app"}')
    said = hub("connections", "authorise", "jira")
    assert (said.status, said.err) == (2, "error: connections.jira.auth: works without anybody's consent\n")


def test_a_name_that_is_none_is_answered_with_the_nearest(hub: Hub) -> None:
    said = hub("connections", "authorise", "jiro")
    assert (said.status, said.err) == (2, "error: no connection is called `jiro` (did you mean `jira`?)\n")


def test_a_port_that_is_taken_is_told_before_anything_else_with_the_way_around(hub: Hub) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", hub.port))
        other.listen()
        said = hub("connections", "authorise", "jira")
    assert (said.status, said.out) == (2, "")
    assert f"nobody can be met at {hub.back}: Address already in use" in said.err
    assert "--no-browser" in said.err


def test_a_connection_that_was_refused_for_want_of_consent_names_the_command_and_goes_on_after_it(hub: Hub) -> None:
    looked = hub("check")
    assert looked.status == 1
    assert "nobody has consented" in looked.err
    assert looked.err.endswith("consent: slahub connections authorise jira\n")
    assert hub("probe").out == "refused\n"
    assert "consent: slahub connections authorise jira" in hub("status").err
    hub.consented()
    assert hub.state() == "new"
    assert hub("probe").out == "ok\n"


@pytest.mark.parametrize("host", ["gateway", "login"])
def test_another_gateway_or_login_gets_nothing_before_somebody_trusts_it(hub: Hub, host: str) -> None:
    hub.consented()
    assert hub("probe").out == "ok\n"
    with on_sockets() as evil:
        hub.write(**{host: evil.gateway})
        assert hub("config", "apply").status == 0
        for arguments in (("check",), ("connections", "authorise", "jira")):
            said = hub(*arguments)
            assert said.status == 1
            assert "slahub connections trust jira" in said.err
        assert hub("probe").out == "refused\n"
        assert evil.seen == []
        (line, _) = hub("connections", "trust", "jira").out.splitlines()
        assert urlsplit(evil.gateway).netloc in line.partition("with this they go to")[2]


def test_a_consent_that_ends_soon_is_told_by_status_and_check(hub: Hub) -> None:
    hub.consented()
    assert hub("probe").out == "ok\n"
    assert "consent" not in hub("status").err
    given_long_ago(hub)
    assert hub("probe").out == "ok\n"
    told = hub("status").err
    assert "jira: the consent of Robin Keller ends at" in told
    assert "before that: slahub connections authorise jira\n" in told
    looked = hub("check")
    assert looked.status == 1
    assert "the consent of Robin Keller ends at" in looked.err
    hub.desk.code = "code-1"
    hub.consented()
    assert hub("probe").out == "ok\n"
    assert "consent" not in hub("status").err


def given_long_ago(hub: Hub) -> None:
    """Let the consent that is kept be one of 340 days ago."""
    store, others = hub.store(), sorted(urlsplit(each).netloc for each in (hub.desk.gateway, hub.desk.login))

    def older(current: str | None) -> str:
        kept = json.loads(current or "")
        return json.dumps({**kept, "given_at": kept["given_at"] - 340 * 86400})

    host = ", ".join([urlsplit(hub.desk.site).netloc, *others])
    vault(store, "jira", KEY.encode(), host).renew("oauth", older)
    store.close()
