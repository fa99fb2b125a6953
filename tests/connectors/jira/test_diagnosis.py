"""What a site tells when it is asked on purpose, in few calls, none of them a write."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from connectors import Diagnoses, Diagnosis, FieldName, Slot, SourceRefused
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve

Flavour = Literal["cloud", "datacenter"]

AUTH: dict[str, tuple[dict[str, str], str]] = {
    "cloud": ({"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}, KNOWN.api_token),
    "datacenter": ({"method": "personal_access_token", "token": "${SLAHUB_T}"}, KNOWN.pat),
    "admin": ({"method": "api_token", "email": KNOWN.admin_email, "api_token": "${SLAHUB_T}"}, KNOWN.admin_token),
}
STATE = {Slot.STATE: FieldName("SLA state")}


class Site:
    """An emulated site, and connectors of it as a process that has just begun makes them."""

    def __init__(self, emulator: Emulator, url: str, opened: Callable[..., Any]) -> None:
        self.stage, self.world, self.url, self._opened = emulator.stage, emulator.world, url, opened

    def connector(self, who: str = "", **more: Any) -> JiraConnector:
        auth, secret = AUTH[who or self.world.flavour]
        connector, _ = self._opened(self.url, auth, secret, **{"fields": STATE, **more})
        assert isinstance(connector, JiraConnector)
        return connector

    def look(self, who: str = "", since: datetime | None = None, **more: Any) -> Diagnosis:
        return self.connector(who, **more).diagnose(since)


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Iterator[Site]:
    emulator = Emulator(seed=5, tickets=40, flavour=request.param, limits=False)
    with serve(emulator) as url:
        yield Site(emulator, url, opened)


@pytest.fixture
def cloud(opened: Callable[..., Any]) -> Iterator[Site]:
    emulator = Emulator(seed=5, tickets=40, limits=False)
    with serve(emulator) as url:
        yield Site(emulator, url, opened)


def granted(found: Diagnosis) -> dict[str, bool | None]:
    return {right.name: right.granted for right in found.rights}


def advice(found: Diagnosis, name: str) -> str:
    return next(right.advice for right in found.rights if right.name == name)


def test_everything_is_told_without_a_write(site: Site) -> None:
    site.stage.appoint("HELP")
    site.stage.forget_calls()
    connector = site.connector(scope={"projects": ["HELP"]})
    assert isinstance(connector, Diagnoses)
    found = connector.diagnose(None)
    assert site.stage.writes()["count"] == 0
    there = [one for one in site.world.issues.values() if site.world.project_of(one).key == "HELP"]
    assert found.left_out == ()
    assert set(granted(found).values()) == {True}
    assert found.tickets == len(there)
    assert found.open_tickets == sum(one.resolution_id is None for one in there)
    assert found.history_from is not None
    assert abs(found.history_from.timestamp() * 1000 - min(one.created for one in there)) < 1000
    assert found.user.startswith("Hub Sync (")
    assert (found.instance, found.zone) == (site.url.partition("://")[2], "")
    assert found.calls <= 25
    (work,) = found.backfill
    assert work.calls > 0


def test_the_events_are_reckoned_from_the_newest_tickets_where_that_takes_one_call(site: Site) -> None:
    events = site.look().events
    if site.world.flavour == "datacenter":
        assert events is None
        return
    issues = site.world.issues.values()
    saves = sum(len(one.histories) + len(one.comments) for one in issues)
    assert events is not None
    assert abs(events - saves) < 0.2 * saves


def test_what_is_older_than_the_backfill_is_not_counted(site: Site) -> None:
    since = datetime.fromtimestamp(sorted(one.updated for one in site.world.issues.values())[20] / 1000, UTC)
    count = site.look(since=since).tickets
    assert count == sum(one.updated / 1000 >= since.timestamp() for one in site.world.issues.values())


def test_the_names_are_those_that_the_site_has(site: Site) -> None:
    names = site.look().names
    assert names["project"].names["10000"] == "HELP"
    assert "SEC" not in names["project"].names.values(), "this project is closed to the hub"
    assert names["status"].names["10012"] == "Pending"
    assert names["priority"].names["1"] == "Highest"
    assert names["kind"].names["10003"] == "Bug"
    assert names["form"].names["25"] == "Report a problem"
    assert set(names["organisation"].names.values()) == {one.name for one in site.world.organisations.values()}


def test_statuses_that_say_no_more_than_their_category_are_marked(site: Site) -> None:
    plain = site.look().plain
    assert {("status", "1"), ("status", "3"), ("status", "10010")} <= plain
    assert ("status", "10013") not in plain


@pytest.mark.parametrize("permission", ["EDIT_ISSUES", "BROWSE_PROJECTS"])
def test_a_right_that_is_missing_is_told_with_the_projects(site: Site, permission: str) -> None:
    site.stage.deny(permission)
    found = site.look(scope={"projects": ["HELP", "FAC"]})
    name = {"EDIT_ISSUES": "write issues", "BROWSE_PROJECTS": "read issues"}[permission]
    assert granted(found)[name] is False
    assert advice(found, name).endswith("in FAC, HELP")


def test_silence_takes_an_administrator_of_each_project(site: Site) -> None:
    assert granted(site.look(scope={"projects": ["HELP", "FAC"]}))["quiet edits"] is False
    site.stage.appoint("HELP")
    found = site.look(scope={"projects": ["HELP", "FAC"]})
    assert granted(found)["quiet edits"] is False
    assert "grant Administer Projects in FAC, or Administer Jira" in advice(found, "quiet edits")
    assert granted(site.look(scope={"projects": "HELP"}))["quiet edits"] is True


def test_an_administrator_of_the_site_edits_in_silence_everywhere(cloud: Site) -> None:
    assert granted(cloud.look("admin"))["quiet edits"] is True


def test_bulk_changes_are_a_right_of_their_own_on_cloud(site: Site) -> None:
    site.stage.deny("BULK_CHANGE")
    on_cloud = {"bulk changes": False} if site.world.flavour == "cloud" else {}
    assert {name: held for name, held in granted(site.look()).items() if name == "bulk changes"} == on_cloud


def test_what_only_reads_needs_no_right_to_write(site: Site) -> None:
    site.stage.deny("EDIT_ISSUES")
    assert granted(site.look(fields={})) == {"read issues": True}


def test_a_user_to_whom_nothing_is_shown_may_read_nothing(site: Site) -> None:
    for project in site.world.projects.values():
        site.stage.revoke_project(project.key)
    found = site.look()
    assert granted(found) == {"read issues": False}
    assert "Browse Projects" in advice(found, "read issues")
    assert (found.tickets, found.backfill, found.left_out) == (None, (), ())


@pytest.mark.parametrize("scope", [{"projects": ["NOPE"]}, {"query": "priority = Sauce"}, {"query": "((("}])
def test_a_scope_that_cannot_be_read_leaves_the_rest_to_be_told(site: Site, scope: dict[str, Any]) -> None:
    found = site.look(scope=scope)
    assert (found.tickets, found.open_tickets, found.history_from) == (None, None, None)
    assert found.left_out == (), "what is wrong is the probe's to tell"
    assert found.names["status"].names["10012"] == "Pending"


def test_what_fails_is_left_out_with_its_reason(cloud: Site) -> None:
    cloud.stage.fail("/rest/api/3/search/approximate-count", times=20)
    found = cloud.look()
    assert found.tickets is None
    assert [each.partition(":")[0] for each in found.left_out] == ["the tickets' number", "the open tickets' number"]
    assert found.history_from is not None


def test_a_credential_that_is_no_good_is_refused(site: Site) -> None:
    site.stage.revoke()
    with pytest.raises(SourceRefused, match=r"did not accept|does not accept"):
        site.look()


@pytest.mark.parametrize("told", [True, False], ids=["and says so", "and keeps still"])
def test_a_token_that_has_ended_is_refused_where_jira_answers_with_nothing(site: Site, told: bool) -> None:
    site.stage.traps(["expired_empty", *([] if told else ["no_seraph"])])
    site.stage.expire(AUTH[site.world.flavour][1])
    with pytest.raises(SourceRefused):
        site.look()
