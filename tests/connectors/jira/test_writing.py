"""Writing back and provisioning against the emulated site, on a real socket."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import FieldName, FieldUpdate, Http, Limits, Outcome, ProvisionState, Slot, Ticket, open_client
from connectors.jira.client import HEADERS
from connectors.jira.connector import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.testing.writing import WritingSuite

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
NAMES = {Slot(slot): FieldName(f"SLA {slot.replace('_', ' ')}") for slot in ("due", "state", "metric", "policy")}
WHEN = "2026-03-05T10:00:00Z"


class Host:
    """Lets the site's time pass instead of waiting."""

    def __init__(self, site: Emulator) -> None:
        self.site = site

    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        self.site.stage.advance(seconds)
        return False


class Desk:
    def __init__(self, site: Emulator, url: str) -> None:
        self.site, self.url = site, url
        self.names = NAMES
        self.options: dict[str, Any] = {"scope": {"projects": ["HELP", "FAC"]}}
        self._clients: list[httpx.Client] = []

    def connector(self, *, admin: bool = False, **more: Any) -> JiraConnector:
        cloud = self.site.world.flavour == "cloud"
        if cloud:
            pair = (KNOWN.admin_email, KNOWN.admin_token) if admin else (KNOWN.email, KNOWN.api_token)
            auth: httpx.Auth = httpx.BasicAuth(*pair)
        else:
            auth = httpx.BasicAuth(KNOWN.login, KNOWN.password)
        client = open_client(self.url, auth=auth, headers=HEADERS)
        self._clients.append(client)
        limits = Limits((), rate=(10**6, timedelta(seconds=1)), share=1.0, now=lambda: self.site.world.ms() / 1000)
        settings = JiraConnector.settings.model_validate(
            {
                "url": self.url,
                "auth": {"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_TOKEN}"},
                **self.options,
                **more,
            }
        )
        host = Host(self.site)
        return JiraConnector(Http(client, limits, stop=host, now=self.now), settings, self.names)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.site.world.ms() / 1000, UTC)

    def open(self, count: int, project: str = "HELP") -> list[str]:
        return [str(self.site.stage.new_ticket(project=project)) for _ in range(count)]

    def close(self) -> None:
        for client in self._clients:
            client.close()


@pytest.fixture
def make_desk() -> Iterator[Callable[..., Desk]]:
    opened: list[Any] = []

    def made(**how: Any) -> Desk:
        site = Emulator(seed=7, tickets=30, start=START, **how)
        site.stage.hold_time()
        door = serve(site)
        desk = Desk(site, door.__enter__())
        opened.append((desk, door))
        return desk

    yield made
    for desk, door in opened:
        desk.close()
        door.__exit__(None, None, None)


def updates(*idents: str, due: str | None = WHEN, state: str = "breached") -> list[FieldUpdate]:
    words = {Slot.DUE: due, Slot.STATE: state, Slot.METRIC: "resolution", Slot.POLICY: "gold"}
    return [FieldUpdate(each, words) for each in idents]


class TestRules(WritingSuite):
    @pytest.fixture(autouse=True)
    def desk(self, make_desk: Callable[..., Desk]) -> Desk:
        self.site = make_desk()
        return self.site

    @pytest.fixture
    def writable(self, desk: Desk) -> JiraConnector:
        return desk.connector()

    @pytest.fixture
    def updates(self, desk: Desk) -> list[FieldUpdate]:
        return [*updates(*desk.open(6)), *updates(*desk.open(1), due=None, state="paused")]

    def between_polls(self) -> None:
        self.site.site.stage.advance(1)


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
@pytest.mark.parametrize("admin", [True, False])
def test_values_are_shown_whatever_the_rights_and_without_mail_where_they_are_held(
    make_desk: Callable[..., Desk], flavour: str, admin: bool
) -> None:
    desk = make_desk(flavour=flavour)
    if admin and flavour == "datacenter":
        desk.site.stage.appoint("HELP")
    ids = desk.open(2)
    connector = desk.connector(admin=admin)
    before = desk.site.world.office.mail
    for each in connector.write_back(updates(*ids)):
        assert (each.outcome, each.shown[Slot.STATE], each.shown[Slot.DUE]) == (Outcome.SHOWN, "breached", WHEN)
    assert (desk.site.world.office.mail == before) == admin
    found = {each.id: each.own for each in connector.fetch(ids).records if isinstance(each, Ticket)}
    assert found == {each: {str(slot): word for slot, word in updates(each)[0].fields.items()} for each in ids}


@pytest.mark.parametrize("fate", ["failed", "dead", "cancelled", "rows", "forgotten", ""])
def test_a_task_may_end_as_it_likes_and_in_the_end_everything_is_shown(
    make_desk: Callable[..., Desk], fate: str
) -> None:
    desk = make_desk()
    connector, ids = desk.connector(), desk.open(6)
    desk.site.world.office.fates += [fate] if fate else []
    left, rounds = set(ids), 0
    while left:
        rounds += 1
        assert rounds < 5
        answers = {each.ticket_id: each for each in connector.write_back(updates(*sorted(left)))}
        for task in {each.job for each in answers.values() if each.job}:
            assert list(connector.settle([task])) == [] or fate == "forgotten"
            desk.site.stage.advance(5)
            answers |= {each.ticket_id: each for each in connector.settle([task])}
        left -= {each.ticket_id for each in answers.values() if each.outcome is Outcome.SHOWN}
    shown = {each.id: each.own["state"] for each in connector.fetch(ids).records if isinstance(each, Ticket)}
    assert shown == dict.fromkeys(ids, "breached")


@pytest.mark.parametrize("named", [True, False])
def test_fields_that_were_made_are_written_at_once(make_desk: Callable[..., Desk], named: bool) -> None:
    desk = make_desk(sla_fields=False)
    desk.options = {"scope": {"projects": ["HELP", "FAC"]}} if named else {}
    connector = desk.connector(admin=True)
    found = {each.what: each.state for each in connector.provisions({})}
    assert {state for what, state in found.items() if what.startswith("field:")} == {ProvisionState.MISSING}
    made = list(connector.provision(list(found), {}))
    assert {each.state for each in made} == {ProvisionState.CREATED}, made
    again = {each.what: each for each in desk.connector(admin=True).provisions({})}
    assert {each.state for what, each in again.items() if what.startswith("field:")} == {ProvisionState.PRESENT}, again
    (answer,) = desk.connector().write_back(updates(*desk.open(1)))
    assert (answer.outcome, answer.refused, answer.shown[Slot.STATE]) == (Outcome.SHOWN, {}, "breached")


def test_who_administers_nothing_is_told_what_an_administrator_does(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(sla_fields=False)
    found = desk.connector().provisions({})
    assert {each.state for each in found} == {ProvisionState.UNFIT}
    assert all(each.steps for each in found)


def test_a_team_managed_project_shows_the_values_to_machines(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    team = next(each.key for each in desk.site.world.projects.values() if each.simplified)
    ids = desk.open(2, team)
    refused = {each.outcome for each in desk.connector(scope={}).write_back(updates(*ids))}
    connector = desk.connector(scope={}, property="slahub.sla")
    shown = list(connector.write_back(updates(*ids)))
    assert (refused, {each.outcome for each in shown}) == ({Outcome.REFUSED}, {Outcome.SHOWN})
    own = [each.own for each in connector.fetch(ids).records if isinstance(each, Ticket)]
    assert [each["due"] for each in own] == [WHEN, WHEN]


def test_what_data_center_cannot_be_asked_to_make_is_told(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(flavour="datacenter", sla_fields=False)
    desk.site.stage.limits(on=False)
    for person in desk.site.world.users.values():
        person.admin = person.admin or person.name == KNOWN.login
    connector = desk.connector()
    made = list(connector.provision([each.what for each in connector.provisions({})], {}))
    assert {each.state for each in made} == {ProvisionState.CREATED}
    assert made[0].steps[-1].endswith("as far as these are not the default screen, 'HELP: Edit', 'FAC: Edit'")
    found = {each.what: each for each in connector.provisions({})}
    assert found["field:due"].state is ProvisionState.PRESENT
    assert found["field:state"].reason.startswith("it has no option On track")
    (answer,) = connector.write_back(updates(*desk.open(1)))
    assert (answer.outcome, answer.shown[Slot.DUE], list(answer.refused)) == (Outcome.SHOWN, WHEN, [Slot.STATE])
    assert "has no option 'Breached'" in answer.refused[Slot.STATE]


def test_an_issue_that_is_written_too_often_stops_no_other(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk()
    desk.site.stage.limits(on=True)
    often, other = desk.open(2)
    connector = desk.connector()
    for turn in range(20):
        (answer,) = connector.write_back([FieldUpdate(often, {Slot.METRIC: f"{turn}"})])
        assert answer.outcome is Outcome.SHOWN
    answers = {each.ticket_id: each.outcome for each in connector.write_back(updates(often, other))}
    assert answers == {often: Outcome.RETRY, other: Outcome.SHOWN}
