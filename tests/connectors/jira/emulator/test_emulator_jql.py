from datetime import UTC, datetime

import pytest

from connectors.jira.emulator import KNOWN


def ids(site, jql: str) -> set[int]:
    return {int(one["id"]) for one in site.found(jql, maxResults=5000)}


@pytest.fixture(scope="module")
def three(opened):
    """Three issues: an urgent one of Vale AG with labels, a resolved one, and one of the team-managed project."""
    with opened() as site:
        yield site, *_three(site)


def _three(site):
    one = site.stage.new_ticket("Printer is on fire", priority=1, organisations=[6], labels=["vip", "follow-up"])
    two = site.stage.new_ticket("Login fails", priority=None)
    three = site.stage.new_ticket("Poster wanted", project="TEAM")
    site.stage.edit(one, {"customfield_10030": 10500, "customfield_10032": "dust in the fan"})
    site.stage.assign(one, "agent")
    site.stage.resolve(two)
    return one, two, three


ONE, TWO, THREE = 1, 2, 4


@pytest.mark.parametrize(
    ("jql", "wanted"),
    [
        ("project = HELP", ONE | TWO),
        ("project in (HELP, 10003)", ONE | TWO | THREE),
        ("project != 'Help Center'", THREE),
        ("status = Resolved", TWO),
        ('status = "waiting for support"', ONE),
        ("status = 10030", THREE),
        ("statusCategory = done", TWO),
        ('statusCategory != "Done"', ONE | THREE),
        ("resolution = Unresolved", ONE | THREE),
        ("resolution is not EMPTY", TWO),
        ("resolution = Done", TWO),
        ("labels = vip", ONE),
        ("labels in (FOLLOW-UP)", ONE),
        ("labels != vip", 0),
        ("labels is empty", TWO | THREE),
        ("priority = Highest", ONE),
        ("priority > Medium", ONE),
        ("priority is empty", TWO),
        ("assignee = currentUser()", 0),
        ("assignee is not null", ONE),
        (f'assignee = "{KNOWN.agent}"', ONE),
        (f"reporter = '{KNOWN.customer}'", ONE | TWO | THREE),
        ('issuetype = "[System] Incident"', ONE | TWO),
        ("type = Request", THREE),
        ('"Request Type" = "Report a problem"', ONE | TWO),
        ("'request type' in (45)", THREE),
        ('organizations = "Vale AG"', ONE),
        ("cf[10002] = 6", ONE),
        ('cf[10030] = "Sev 1"', ONE),
        ('Severity = "Sev 1"', ONE),
        ('"Root cause" ~ "fan dust"', ONE),
        ("summary ~ printer", ONE),
        ('text ~ "printer fire"', ONE),
        ("NOT text ~ printer AND NOT resolution = Done", THREE),
        ("(project = TEAM OR labels = vip) AND priority >= Medium", ONE | THREE),
        ("labels = vip or resolution = done and project = TEAM", ONE),
        ("created >= -1h", ONE | TWO | THREE),
        ("created > now()", 0),
        ("created >= startOfDay() and created <= endOfDay()", ONE | TWO | THREE),
        ("created >= '2026-03-04' AND created < \"2026/03/05 00:00\"", ONE | TWO | THREE),
        ("updated >= 1772618400000", ONE | TWO | THREE),
        ("updated > 1772618400000", 0),
        ('updated >= "-90"', ONE | TWO | THREE),
        ('updated >= "-1w 2d"', ONE | TWO | THREE),
        ("resolved is empty", ONE | THREE),
    ],
)
def test_a_clause_means_what_it_says(three, jql, wanted):
    site, *mine = three
    newest = f"id in ({', '.join(map(str, mine))}) AND ({jql})"
    found = ids(site, newest)
    assert found == {one for place, one in enumerate(mine) if wanted & (1 << place)}


def test_issues_are_named_by_id_key_and_earlier_key(site):
    issue = site.stage.new_ticket()
    old = site.stage.key_of(issue)
    new = site.stage.move(issue, "FAC")
    for jql in (f"id = {issue}", f"key = {old}", f"issuekey in ({new.lower()})", f"issue = '{new}'"):
        assert ids(site, jql) == {issue}
    assert issue in ids(site, f"id >= {issue}")
    assert issue not in ids(site, f"id > {issue}")


@pytest.mark.parametrize(
    ("order", "ways"),
    [
        ("updated ASC", [1, 2, 3]),
        ("updated", [3, 2, 1]),
        ("key ASC", [1, 3, 2]),
        ("key DESC", [2, 3, 1]),
        ("priority ASC, created DESC", [3, 2, 1]),
        ("priority", [3, 1, 2]),
        ("created DESC", [3, 2, 1]),
        ("summary", [2, 1, 3]),
    ],
)
def test_issues_come_in_the_order_asked_for(site, order, ways):
    mine = []
    for summary, project, priority in (("b", "FAC", 3), ("a", "HELP", 3), ("c", "FAC", 1)):
        mine.append(site.stage.new_ticket(summary, project=project, priority=priority))
        site.stage.advance(1)
    jql = f"id in ({', '.join(map(str, mine))}) ORDER BY {order}"
    expected = [mine[way - 1] for way in ways]
    for size in (1, 50):
        assert [int(one["id"]) for one in site.found(jql, maxResults=size)] == expected


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("priority in (High, Nope)", "The value 'Nope' does not exist for the field 'priority'."),
        ("assignee = nobody", "The value 'nobody' does not exist for the field 'Assignee'."),
        ("cf[10030] = Nope", "The option 'Nope' for field 'Severity' does not exist."),
        ("nofield = 1", "Field 'nofield' does not exist or you do not have permission to view it."),
        ("key = HELP-99999", "An issue with key 'HELP-99999' does not exist for field 'key'."),
        ("project HELP", "Error in the JQL Query: Expecting operator but got 'HELP'."),
        ("project = order", "Error in the JQL Query: 'order' is a reserved JQL word."),
        ("updated > 2026/03/01", "Error in the JQL Query: The character '/' is a reserved JQL character."),
        ("assignee = a@example.test", "Error in the JQL Query: The character '@' is a reserved JQL character."),
        ('summary ~ "a', "Error in the JQL Query: The quoted string 'a' has not been completed."),
        ("(project = HELP", "Error in the JQL Query: Expecting ')'"),
        ("project = HELP status = 3", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'status'."),
        ("summary = x", "The operator '=' is not supported by the 'Summary' field."),
        ("status > 3", "The operator '>' is not supported by the 'Status' field."),
        ("id > 0 ORDER BY nofield", "Field 'nofield' does not exist"),
        ("id > 0 ORDER BY a, b, c, d, e, f, g, h", "JQL can be ordered by at most 7 fields."),
        ("assignee = nofunction()", "Unable to find JQL function 'nofunction()'."),
    ],
)
def test_an_error_is_fatal_and_says_what_is_wrong(site, jql, text):
    answer = site.post("search/jql", jql=jql)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0].startswith(text)


@pytest.mark.parametrize(
    "value",
    ["'2026-03-01 10:00:30'", "'2026-03-01T10:00'", "'2026-03-01T10:00Z'", "'1772618400000'", "'2026-13-01'", "soon"],
)
def test_a_date_has_minutes_and_no_other_form(site, value):
    answer = site.post("search/jql", jql=f"updated >= {value}")
    assert answer.status_code == 400
    assert answer.json()["errorMessages"][0].startswith(f"Date value '{value.strip(chr(39))}' for field 'updated' is")


def test_text_in_quotes_may_hold_quotes_and_backslashes(site):
    issue = site.stage.new_ticket('He said "no" to C:\\temp')
    assert issue in ids(site, r'summary ~ "said \"no\" C:\\temp"')


def test_literals_are_read_in_the_zone_of_the_callers_profile(site):
    issue = site.stage.new_ticket()
    assert issue in ids(site, 'updated >= "2026-03-04 10:00"')
    site.stage.zone("America/New_York")
    assert site.get("myself").json()["timeZone"] == "America/New_York"
    assert issue not in ids(site, 'updated >= "2026-03-04 10:00"')
    assert issue in ids(site, 'updated >= "2026-03-04 05:00" AND updated >= 1772618400000 AND updated >= -1m')


def test_a_literal_in_the_hour_that_clocks_repeat_means_its_first_pass(open_site):
    site = open_site(start=datetime(2025, 11, 2, 5, 30, tzinfo=UTC))  # 01:30 in New York, for the first time
    site.stage.zone("America/New_York")
    first = site.stage.new_ticket()
    site.stage.advance(3600)  # 01:30 once more
    again = site.stage.new_ticket()
    assert {first, again} <= ids(site, 'created >= "2025-11-02 01:30"')
    assert ids(site, 'created > "2025-11-02 01:31"') & {first, again} == {again}
