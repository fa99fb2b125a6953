"""What a site promises already, as far as its tickets tell: read on a socket, said in our words, and never more."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import Holding, SourceRefused, SuggestedMetric, SuggestedPolicy, Suggestion, Suggests
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.jira.words import MAPPING
from core.tickets import Phase, SourceMapping, Status, WaitOn

AUTH: dict[str, tuple[dict[str, str], str]] = {
    "cloud": ({"method": "api_token", "email": KNOWN.email, "api_token": "${SLAHUB_T}"}, KNOWN.api_token),
    "datacenter": ({"method": "personal_access_token", "token": "${SLAHUB_T}"}, KNOWN.pat),
}
HOUR = 3600


class Site:
    """An emulated site, and what it suggests."""

    def __init__(self, emulator: Emulator, url: str, opened: Callable[..., Any]) -> None:
        self.stage, self.world, self._url, self._opened = emulator.stage, emulator.world, url, opened

    def suggests(self, mapping: SourceMapping = MAPPING, **more: Any) -> Suggestion:
        auth, secret = AUTH[self.world.flavour]
        connector, _ = self._opened(self._url, auth, secret, **more)
        assert isinstance(connector, Suggests)
        return connector.suggest(mapping)

    def help(self, mapping: SourceMapping = MAPPING) -> SuggestedPolicy:
        (policy,) = self.suggests(mapping, scope={"projects": "HELP"}).policies
        return policy

    def opens(self, priority: int = 3, status: str = "", project: str = "HELP") -> int:
        issue = self.stage.new_ticket(project=project, priority=priority)
        if status:
            self.stage.move_status(issue, status)
        return issue


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Iterator[Site]:
    """A site in which nothing has happened yet."""
    emulator = Emulator(seed=5, tickets=0, flavour=request.param, limits=False)
    with serve(emulator) as url:
        yield Site(emulator, url, opened)


def metric(policy: SuggestedPolicy, name: str) -> SuggestedMetric:
    return next(each for each in policy.metrics if each.name == name)


def targets(policy: SuggestedPolicy, name: str) -> Mapping[str, int]:
    return {str(each.priority): each.seconds for each in metric(policy, name).targets}


def test_the_goals_that_run_are_told_by_priority_the_most_urgent_first(site: Site) -> None:
    for priority in (4, 3, 2, 1):
        site.opens(priority)
    site.stage.forget_calls()
    policy = site.help()
    assert site.stage.writes()["count"] == 0
    assert list(targets(policy, "first_response").items()) == [
        ("critical", 1 * HOUR),
        ("high", 2 * HOUR),
        ("normal", 4 * HOUR),
        ("low", 8 * HOUR),
    ]
    assert targets(policy, "resolution") == {
        "critical": 4 * HOUR,
        "high": 8 * HOUR,
        "normal": 24 * HOUR,
        "low": 40 * HOUR,
    }
    assert metric(policy, "resolution").reopen == "restart"
    assert policy.when == ((Holding("project", ("HELP",)),),)
    assert (policy.id, policy.title) == ("HELP", "Help Center")


def test_nothing_is_promised_before_somebody_has_looked(site: Site) -> None:
    site.opens()
    policy = site.help()
    assert policy.withheld
    assert policy.remarks[0].startswith("Jira shows neither the conditions nor the calendars of its SLAs")
    assert "1 ticket that changed last" in policy.remarks[0]


def test_it_is_said_how_often_which_goal_was_seen(site: Site) -> None:
    for priority in (1, 1, 3):
        site.opens(priority)
    (note,) = metric(site.help(), "first_response").notes
    assert note == "Jira calls it 'Time to first response'. Goals seen: critical 1h (2); normal 4h (1)."


def test_a_clock_that_runs_counts_before_those_that_are_over(site: Site) -> None:
    for _ in range(3):
        answered = site.opens(3)
        site.stage.reply(answered)
        # Over with the goal of its time, and of another priority by now.
        site.stage.set_priority(answered, 1)
    assert targets(site.help(), "first_response") == {"critical": 4 * HOUR}
    site.opens(1)
    assert targets(site.help(), "first_response") == {"critical": 1 * HOUR}
    assert metric(site.help(), "first_response").remarks == ()


def test_of_several_goals_the_most_frequent_is_taken_and_the_others_are_told(site: Site) -> None:
    for number in range(3):
        answered = site.opens(3 if number else 2)
        site.stage.reply(answered)
        site.stage.set_priority(answered, 1)
    policy = site.help()
    assert targets(policy, "first_response") == {"critical": 4 * HOUR}
    assert "critical 4h (2), 2h (1)" in metric(policy, "first_response").notes[0]
    (remark,) = metric(policy, "first_response").remarks
    assert remark.startswith("More than one goal was seen for the priority critical")


def test_statuses_in_which_a_clock_stands_still_are_its_pauses(site: Site) -> None:
    site.opens(status="Waiting for customer")
    site.opens(status="Pending")
    site.opens(status="In Progress")
    for name in ("first_response", "resolution"):
        found = metric(site.help(), name)
        assert (found.pause_in, found.remarks) == (("waiting/customer", "waiting/internal"), ())


def test_a_pause_is_said_in_the_words_of_the_connection(site: Site) -> None:
    site.opens(status="Pending")
    vendor = {**MAPPING.status, ("status", "10012"): Status(Phase.WAITING, WaitOn.VENDOR)}
    assert metric(site.help(replace(MAPPING, status=vendor)), "resolution").pause_in == ("waiting/vendor",)


def test_a_pause_that_has_no_word_of_its_own_is_told(site: Site) -> None:
    for each in site.world.sla_metrics.values():
        each.settings["pause_in"] = [10013]
    site.opens(status="Escalated")
    site.opens(status="In Progress")
    found = metric(site.help(), "resolution")
    assert found.pause_in == ()
    (remark,) = found.remarks
    assert remark.startswith(
        "In the status 'Escalated' it stood still on 1 ticket, but `open` is what other statuses mean"
    )


@pytest.mark.parametrize(("day", "closed"), [(21, True), (23, False)], ids=["on a Saturday", "on a Monday"])
def test_what_stands_still_outside_of_hours_is_no_pause(opened: Callable[..., Any], day: int, closed: bool) -> None:
    emulator = Emulator(seed=5, tickets=0, limits=False, start=datetime(2026, 11, day, 10, 0, tzinfo=UTC))
    with serve(emulator) as url:
        site = Site(emulator, url, opened)
        site.opens(3, project="FAC")
        (policy,) = site.suggests(scope={"projects": "FAC"}).policies
    found = metric(policy, "resolution")
    assert found.pause_in == ()
    told = "It counts in a calendar, not round the clock: 1 ticket stood still outside of its hours."
    assert found.remarks == ((told,) if closed else ())


def test_more_than_one_page_is_looked_at_and_not_everything(site: Site) -> None:
    for number in range(310):
        site.opens(2 if number < 150 else 3)
    policy = site.help()
    assert "300 tickets that changed last" in policy.remarks[0]
    assert "high 2h (140); normal 4h (160)" in metric(policy, "first_response").notes[0]


def test_each_service_project_in_scope_has_an_entry_of_its_own(site: Site) -> None:
    site.opens(project="HELP")
    site.opens(project="FAC")
    site.opens(project="ENG")
    found = site.suggests()
    assert [each.id for each in found.policies] == ["FAC", "HELP"]
    assert found.remarks["policies"] == ("No SLA was seen on the 0 tickets of TEAM that changed last.",)
    assert [each.id for each in site.suggests(scope={"projects": ["FAC"]}).policies] == ["FAC"]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Time to First Response", "first_response"),
        ("First reply time", "first_response"),
        ("Time to resolve", "resolution"),
        ("Time to done", "resolution"),
        ("Time to close after resolution", None),
        ("Time to approve normal change", None),
    ],
)
def test_an_sla_is_known_by_its_usual_names(site: Site, name: str, known: str | None) -> None:
    for each in list(site.world.sla_metrics.values()):
        if each.field_id == "customfield_10020":
            del site.world.sla_metrics[each.id]
        else:
            each.name = name
    site.opens(2)
    policy = site.help()
    assert [each.name for each in policy.metrics] == ([known] if known else [])
    if not known:
        assert policy.remarks[1:] == (
            f"The SLA '{name}' (high 2h (1)) is none of the hub's usual metrics: write one by hand.",
        )


def test_of_two_slas_that_time_the_same_one_is_taken(site: Site) -> None:
    for each in site.world.sla_metrics.values():
        if each.field_id == "customfield_10021":
            each.name = "Time to done"
    site.opens(2)
    policy = site.help()
    assert [each.name for each in policy.metrics] == ["resolution"]
    assert policy.remarks[-1] == "The SLA 'Time to resolution' (high 8h (1)) times what another one does already."


def test_a_site_that_tells_its_slas_as_text_tells_no_goals(opened: Callable[..., Any]) -> None:
    emulator = Emulator(seed=5, tickets=0, flavour="datacenter", limits=False)
    with serve(emulator) as url:
        site = Site(emulator, url, opened)
        site.opens()
        site.stage.sla_as_text(on=True)
        found = site.suggests(scope={"projects": "HELP"})
    assert found.policies == ()
    assert found.remarks["policies"] == ("No SLA was seen on the 1 ticket of HELP that changed last.",)


def test_a_site_without_service_management_says_so(site: Site) -> None:
    for each in [one.id for one in site.world.fields.values() if one.custom.endswith("sd-sla-field")]:
        del site.world.fields[each]
    site.opens(project="ENG")
    found = site.suggests()
    assert found.policies == ()
    (remark,) = found.remarks["policies"]
    assert "the site has no Service Management, or the account is no agent there" in remark


def test_words_are_suggested_where_a_name_says_more_than_its_category(site: Site) -> None:
    words = {each.name: each for each in site.suggests().words}
    assert {"Escalated", "In Review"} <= words.keys()
    assert words.keys().isdisjoint({"Open", "In Progress", "To Do", "Done", "Pending", "Waiting for customer"})
    assert (words["Escalated"].source, words["Escalated"].word) == ("10013", "open")


def test_what_the_connection_says_already_is_not_suggested_again(site: Site) -> None:
    mine = {**MAPPING.status, ("status", "10013"): Status(Phase.OPEN), ("status", "in review"): Status(Phase.OPEN)}
    said = {each.name for each in site.suggests(replace(MAPPING, status=mine)).words}
    assert said.isdisjoint({"Escalated", "In Review"})


def test_a_priority_and_a_type_that_nobody_knows_get_a_word_to_look_at(site: Site) -> None:
    site.world.priorities[1].name = "Sev 1"
    site.world.types[10003] = replace(site.world.types[10003], name="Epic")
    site.opens(1)
    site.opens(2)
    found = site.suggests(scope={"projects": "HELP"})
    words = {(each.part, each.name): each.word for each in found.words}
    assert words["priority", "Sev 1"] == "normal"
    assert words["kind", "Epic"] == "request"
    (policy,) = found.policies
    assert targets(policy, "first_response") == {"high": 2 * HOUR}
    assert policy.remarks[-1].startswith("1 ticket of the priority Sev 1 was left out: ")


def test_a_ticket_without_a_priority_has_a_goal_of_its_own(site: Site) -> None:
    site.stage.set_priority(site.opens(3), None)
    assert targets(site.help(), "first_response") == {"none": 8 * HOUR}


def test_a_credential_that_is_no_good_is_refused(site: Site) -> None:
    site.stage.revoke()
    with pytest.raises(SourceRefused):
        site.suggests()
