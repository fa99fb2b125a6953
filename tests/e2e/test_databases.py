"""The whole loop on each database, and everything judged again in an empty one."""

import signal

import pytest

from core.store import Store

pytestmark = pytest.mark.timeout(280)


@pytest.fixture
def database_url(stores) -> str:
    """The address of an empty database of each kind, as an admin writes it."""
    store: Store = stores(empty=True)
    url = store.url
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def use(hub, url: str) -> None:
    path = hub.path / "hub.yaml"
    path.write_text(path.read_text().replace("sqlite:///hub.db", url))


def test_a_rebuild_from_events_in_an_empty_database_gives_the_same_hash(
    helpdesk, hub_folder, database_url, tmp_path
) -> None:
    desk, hub = helpdesk(tickets=30), hub_folder()
    hub.write(desk)
    use(hub, database_url)
    hub.call("run", "--once")
    open_ticket = int(desk.stage("new_ticket", priority="normal"))
    desk.stage("advance", seconds=600)
    desk.stage("reply", ticket=open_ticket, status="pending")
    desk.stage("advance", seconds=6000)
    hub.call("run", "--once")
    said = hub.call("db", "rebuild", "--into", f"sqlite:///{tmp_path / 'again.db'}").split()
    hashes = [word for word in said if len(word) == 64]
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


def test_a_hub_on_postgresql_runs_alone_and_writes_once(helpdesk, hub_folder, postgresql_stores, until) -> None:
    desk, hub = helpdesk(tickets=10), hub_folder()
    hub.write(desk)
    url = postgresql_stores(empty=True).url
    use(hub, url.set(drivername="postgresql").render_as_string(hide_password=False))
    daemon = hub.start()
    until(lambda: desk.writes() > 0, why="the daemon writes", within=120)
    assert str(daemon.pid) in hub.call("run", status=2)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(10) == 0
    hub.call("run", "--once")
    before = desk.writes()
    hub.call("run", "--once")
    assert desk.writes() == before


def test_oauth_client_credentials_are_renewed_when_the_token_ends(helpdesk, hub_folder) -> None:
    desk, hub = helpdesk(tickets=5), hub_folder()
    hub.write(desk)
    path = hub.path / "hub.yaml"
    basic = f'{{method: api_token, email: "{desk.email}", api_token: "file:token"}}'
    assert basic in path.read_text()
    path.write_text(
        path.read_text().replace(basic, '{method: oauth_client, client_id: hub, client_secret: "file:client"}')
    )
    (hub.path / "secrets" / "client").write_text("emulator-secret\n")
    (hub.path / "secrets" / "client").chmod(0o600)
    hub.call("run", "--once")
    desk.stage("expire_tokens")
    hub.call("run", "--once")
    assert desk.writes() > 0
