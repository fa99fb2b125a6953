"""Write-back: what is sent, how quietly, what is refused and why, and what became of each issue of a task."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from connectors import Delivery, FieldName, FieldUpdate, Http, Limits, Outcome, RetryLater, Right, Slot, SourceRefused
from connectors.jira.client import HEADERS, Api
from connectors.jira.delivery import Writer
from connectors.jira.layouts import Layouts
from connectors.jira.places import own_of_property, own_values
from connectors.jira.quiet import silence

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
WHEN, SENT = "2026-03-05T10:00:00Z", "2026-03-05T10:00:00.000+0000"
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
DUE, STATE, METRIC, POLICY, TEAM_DUE = (f"customfield_{number}" for number in (10101, 10102, 10103, 10104, 10205))
NAMES = {
    Slot.DUE: FieldName("SLA due"),
    Slot.STATE: FieldName("SLA state"),
    Slot.METRIC: FieldName("SLA metric"),
    Slot.POLICY: FieldName("SLA policy"),
}
OPTIONS = {"On track": "10509", "At risk": "10510", "Breached": "10511"}
PROJECTS = {"SUP": "10000", "OPS": "10001", "TEAM": "10003"}
SCREENLESS = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


def field(ident: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"id": ident, "name": name, "custom": True, "schema": {"type": "any", "custom": TYPES + kind}, **more}


class Site:
    """Issues of three projects, the last one team-managed. `rights` holds a permission, or one in a project.

    options: of the state, by project. off: fields that are not on a project's edit screen. answers: what is answered
    instead, in turn, by the end of the path. `puts` and `bulks` are what was sent, each edit with its parameters.
    """

    def __init__(self, *, cloud: bool = True) -> None:
        self.cloud = cloud
        self.now = NOON
        self.rights = {"ADMINISTER", "BULK_CHANGE"}
        self.fields = [
            field(DUE, "SLA due", "datetime"),
            field(STATE, "SLA state", "select"),
            field(METRIC, "SLA metric", "textfield"),
            field(POLICY, "SLA policy", "textarea"),
        ]
        self.options: dict[str, dict[str, str]] = {key: dict(OPTIONS) for key in PROJECTS}
        self.off: dict[str, set[str]] = {"TEAM": {DUE, STATE, METRIC, POLICY}}
        self.issues: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, list[httpx.Response | Exception]] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.spoilt: dict[str, str] = {}
        self.polls = 0
        self.asked: list[str] = []
        self.puts: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.bulks: list[dict[str, Any]] = []
        for number in range(1, 31):
            self.open(str(100 + number))

    def open(self, ident: str, project: str = "SUP") -> None:
        self.issues[ident] = {"project": project, "fields": {}, "properties": {}, "updated": NOON - timedelta(hours=1)}

    def writer(self, names: Mapping[Slot, FieldName] = NAMES, entries: str = "") -> Writer:
        api = self.api()
        return Writer(api, Layouts(api, names, entries))

    def api(self) -> Api:
        client = httpx.Client(
            base_url="https://acme.atlassian.net", headers=HEADERS, transport=httpx.MockTransport(self.answer)
        )
        limits = Limits((), rate=(10**6, timedelta(seconds=1)), share=1.0)
        return Api(Http(client, limits, stop=Never(), now=lambda: self.now, attempts=2))

    def write(self, *updates: FieldUpdate, **how: Any) -> dict[str, Delivery]:
        return {each.ticket_id: each for each in self.writer(**how).write_back(updates)}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path, json.loads(request.content) if request.content else None
        self.asked.append(f"{request.method} {path}")
        planned = next((each for end, each in self.answers.items() if path.endswith(end) and each), None)
        if planned is not None:
            found = planned.pop(0)
            if isinstance(found, Exception):
                raise found
        else:
            found = self._answer(request.method, path, dict(request.url.params), body)
        found.headers["date"] = format_datetime(self.now, usegmt=True)
        return found

    def _answer(self, method: str, path: str, params: dict[str, str], body: Any) -> httpx.Response:
        root = "/rest/api/3" if self.cloud else "/rest/api/2"
        if path == "/rest/api/2/serverInfo":
            return httpx.Response(200, json={"deploymentType": "Cloud" if self.cloud else "Server"})
        assert path.startswith(root), path
        issue = re.fullmatch(rf"{root}/issue/(\d+)(?:/(editmeta|properties/.+))?", path)
        match method, path.removeprefix(root):
            case "GET", "/field":
                return httpx.Response(200, json=self.fields)
            case "GET", "/mypermissions":
                return self._permissions(params)
            case "POST", "/issue/bulkfetch":
                return httpx.Response(200, json={"issues": self._bulkfetch(body), "issueErrors": []})
            case "POST", "/bulk/issues/fields":
                return self._bulk(body)
            case "GET", part if part.startswith("/bulk/queue/"):
                return self._task(part.rpartition("/")[2])
        assert issue is not None, (method, path)
        if issue[1] not in self.issues:
            return httpx.Response(404, json={"errorMessages": ["Issue does not exist …"], "errors": {}})
        if issue[2] == "editmeta":
            return httpx.Response(200, json={"fields": self._form(self.issues[issue[1]]["project"])})
        if issue[2]:
            return self._property(method, issue[1], issue[2].partition("/")[2], body)
        return self._edit(issue[1], params, body)

    def _permissions(self, params: dict[str, str]) -> httpx.Response:
        project = {number: key for key, number in PROJECTS.items()}.get(
            params.get("projectId", ""), params.get("projectKey", "")
        )
        name = params["permissions"]
        own = {each.rpartition(" ")[0] for each in self.rights if " " in each}
        held = name in self.rights or (f"{name} {project}" in self.rights if project else name in own)
        return httpx.Response(200, json={"permissions": {name: {"havePermission": held}}})

    def _form(self, project: str) -> dict[str, Any]:
        there = [each for each in self.fields if each["id"] not in self.off.get(project, set())]
        offer = [{"id": number, "value": word} for word, number in self.options[project].items()]
        return {each["id"]: {"allowedValues": offer} if each["id"] == STATE else {} for each in there}

    def _edit(self, ident: str, params: dict[str, str], body: Any) -> httpx.Response:
        self.puts.append((ident, params, body))
        project = self.issues[ident]["project"]
        if "notifyUsers" in params and not {"ADMINISTER", f"ADMINISTER_PROJECTS {project}"} & self.rights:
            return httpx.Response(403, json={"errorMessages": ["To discard the user notification …"], "errors": {}})
        if "EDIT_ISSUES no" in self.rights:
            return httpx.Response(403, json={"errorMessages": ["You may not."], "errors": {}})
        if wrong := self._wrong(project, body["fields"]):
            return httpx.Response(400, json={"errorMessages": [], "errors": wrong})
        self._take(ident, body["fields"], project)
        self.issues[ident]["properties"] |= {each["key"]: each["value"] for each in body.get("properties", ())}
        if self.cloud and params.get("returnIssue") == "true":
            return httpx.Response(200, json=self.picture(ident))
        return httpx.Response(204)

    def _wrong(self, project: str, given: Mapping[str, Any]) -> dict[str, str]:
        wrong = {each: SCREENLESS.format(each) for each in given if each in self.off.get(project, set())}
        word = (given.get(STATE) or {}).get("value")
        if STATE not in wrong and word is not None and word not in self.options[project]:
            wrong[STATE] = f"Option value '{word}' is not valid"
        return wrong

    def _take(self, ident: str, given: Mapping[str, Any], project: str) -> None:
        for key, value in given.items():
            kept = value
            if key == STATE and value is not None:
                kept = {"self": "…", "id": self.options[project][value["value"]], "value": value["value"]}
            elif isinstance(value, str) and value.endswith("+0000"):
                local = datetime.fromisoformat(value).astimezone(UTC) - timedelta(hours=8)
                kept = f"{local:%Y-%m-%dT%H:%M:%S}.000-0800"
            self.issues[ident]["fields"][key] = kept
        self.issues[ident]["updated"] = self.now

    def picture(self, ident: str, *, properties: bool = False) -> dict[str, Any]:
        issue = self.issues[ident]
        key = issue["project"]
        project = {"id": PROJECTS[key], "key": key, "simplified": key == "TEAM"}
        fields = {each["id"]: issue["fields"].get(each["id"]) for each in self.fields}
        fields |= {
            "project": project,
            "issuetype": {"id": "10011"},
            "updated": f"{issue['updated']:%Y-%m-%dT%H:%M:%S}.000+0000",
        }
        return {"id": ident, "key": f"{key}-{ident}", "fields": fields} | (
            {"properties": issue["properties"]} if properties else {}
        )

    def _bulkfetch(self, body: Any) -> list[dict[str, Any]]:
        there = sorted(each for each in body["issueIdsOrKeys"] if each in self.issues)
        return [self.picture(each, properties=bool(body.get("properties"))) for each in there]

    def _property(self, method: str, ident: str, key: str, body: Any) -> httpx.Response:
        kept = self.issues[ident]["properties"]
        if method == "PUT":
            new = key not in kept
            kept[key] = body
            return httpx.Response(201 if new else 200)
        return httpx.Response(200, json={"key": key, "value": kept[key]}) if key in kept else httpx.Response(404)

    def _bulk(self, body: Any) -> httpx.Response:
        self.bulks.append(body)
        if "BULK_CHANGE" not in self.rights:
            return httpx.Response(403, json={"errors": [{"message": "no"}]})
        task = str(10640 + len(self.bulks))
        self.tasks[task] = {"ids": body["selectedIssueIdsOrKeys"], "input": body["editedFieldsInput"]}
        return httpx.Response(201, json={"taskId": task})

    def _task(self, task: str) -> httpx.Response:
        if task not in self.tasks:
            return httpx.Response(404, json={"errorMessages": ["no such task"], "errors": {}})
        self.polls += 1
        if self.polls == 1:
            return httpx.Response(200, json={"taskId": task, "status": "RUNNING", "progressPercent": 30})
        ids = [each for each in self.tasks[task]["ids"] if each in self.issues]
        good = [each for each in ids if each not in self.spoilt]
        for ident in good:
            given = {each["fieldId"]: self._given(each) for some in self.tasks[task]["input"].values() for each in some}
            self._take(ident, given, self.issues[ident]["project"])
        return httpx.Response(
            200,
            json={
                "taskId": task, "status": "COMPLETE", "progressPercent": 100, "totalIssueCount": len(ids),
                "processedAccessibleIssues": [int(each) for each in good], "invalidOrInaccessibleIssueCount": 0,
                "failedAccessibleIssues": {key: [said] for key, said in self.spoilt.items() if key in ids},
            },
        )  # fmt: skip

    def _given(self, each: dict[str, Any]) -> Any:
        if "option" in each:
            words = {number: word for some in self.options.values() for word, number in some.items()}
            chosen = each["option"]["optionId"]
            return None if chosen == -1 else {"value": words[str(chosen)]}
        return (each["dateTime"]["formattedDateTime"] if "dateTime" in each else each["text"]) or None


def reds(*idents: str, **more: str | None) -> list[FieldUpdate]:
    words = {Slot(key): word for key, word in ({"state": "breached"} | more).items()}
    return [FieldUpdate(each, words) for each in idents]


def many(count: int, first: int = 101) -> list[str]:
    return [str(first + each) for each in range(count)]


def test_all_that_an_issue_shows_goes_in_one_edit_and_in_jiras_own_forms() -> None:
    site = Site()
    words = {Slot.DUE: WHEN, Slot.STATE: "at risk", Slot.METRIC: "resolution", Slot.POLICY: "gold"}
    answer = site.write(FieldUpdate("101", words))["101"]
    (ident, params, body), *others = site.puts
    assert (ident, params, others) == ("101", {"returnIssue": "true", "notifyUsers": "false"}, [])
    text = {"type": "paragraph", "content": [{"type": "text", "text": "gold"}]}
    document = {"version": 1, "type": "doc", "content": [text]}
    assert body == {"fields": {DUE: SENT, STATE: {"value": "At risk"}, METRIC: "resolution", POLICY: document}}
    assert (answer.outcome, answer.shown) == (Outcome.SHOWN, words)
    assert answer.version == str(int(NOON.timestamp() * 1000))


def test_nothing_sent_clears_with_null_and_nothing_else_is_touched() -> None:
    site = Site()
    answer = site.write(FieldUpdate("101", {Slot.DUE: None, Slot.STATE: None}))["101"]
    assert site.puts[0][2] == {"fields": {DUE: None, STATE: None}}
    assert (answer.shown[Slot.DUE], answer.shown[Slot.STATE]) == (None, None)


def test_nothing_is_asked_before_the_first_delivery() -> None:
    site = Site()
    site.writer().write_back(reds("101"))
    assert site.asked == []


def test_a_site_admin_needs_no_more_than_one_call_for_each_edit() -> None:
    site = Site()
    writer = site.writer()
    list(writer.write_back(reds("101")))
    before = len(site.asked)
    list(writer.write_back(reds("102", "103")))
    assert site.asked[before:] == ["PUT /rest/api/3/issue/102", "PUT /rest/api/3/issue/103"]


def test_a_text_that_somebody_overwrote_is_told_from_the_answer() -> None:
    site = Site()
    site.issues["101"]["fields"][METRIC] = "by hand"
    assert site.write(*reds("101"))["101"].shown == {
        Slot.DUE: None, Slot.STATE: "breached", Slot.METRIC: "by hand", Slot.POLICY: None,
    }  # fmt: skip


def test_data_centers_word_is_taken_and_its_long_texts_are_plain() -> None:
    site = Site(cloud=False)
    words = {Slot.DUE: WHEN, Slot.STATE: "breached", Slot.POLICY: "gold"}
    answers = site.write(*(FieldUpdate(each, words) for each in many(6)))
    assert [params for _, params, _ in site.puts] == [{"notifyUsers": "false"}] * 6
    assert site.puts[0][2]["fields"][POLICY] == "gold"
    assert {each.outcome for each in answers.values()} == {Outcome.SHOWN}
    assert answers["101"].shown == words
    # No picture from before the call is younger, and none of a later second older.
    second = int(answers["101"].version or 0) - int(NOON.timestamp() * 1000)
    assert 0 < second <= 1000


class TestSilence:
    """An edit that asks for silence without the right is refused whole."""

    def test_where_only_some_projects_may_be_edited_quietly_each_is_asked_about_once(self) -> None:
        site = Site()
        site.rights = {"ADMINISTER_PROJECTS OPS"}
        site.open("201", "OPS")
        site.open("202", "OPS")
        writer = site.writer()
        updates = [*reds("101", "102"), *reds("201", "202", state="at risk")]
        list(writer.write_back(updates))
        site.puts.clear()
        answers = {each.ticket_id: each for each in writer.write_back(updates)}
        assert {each.outcome for each in answers.values()} == {Outcome.SHOWN}
        assert {ident: "notifyUsers" in params for ident, params, _ in site.puts} == {
            "101": False, "102": False, "201": True, "202": True,
        }  # fmt: skip
        assert site.asked.count("GET /rest/api/3/mypermissions") == 3
        assert site.asked.count("POST /rest/api/3/issue/bulkfetch") == 1

    def test_a_right_that_was_taken_away_costs_no_edit(self) -> None:
        site = Site()
        writer = site.writer()
        list(writer.write_back(reds("101")))
        site.rights.clear()
        (answer,) = writer.write_back(reds("102"))
        assert answer.outcome is Outcome.SHOWN
        list(writer.write_back(reds("103")))
        assert ["notifyUsers" in params for _, params, _ in site.puts] == [True, True, False, False]

    def test_where_jira_names_no_project_it_is_learnt_issue_by_issue(self) -> None:
        site = Site(cloud=False)
        site.rights = {"ADMINISTER_PROJECTS OPS"}
        writer = site.writer()
        for _ in range(2):
            assert [each.outcome for each in writer.write_back(reds("101"))] == [Outcome.SHOWN]
        assert ["notifyUsers" in params for _, params, _ in site.puts] == [True, False, False]

    def test_who_administers_nothing_never_asks_for_it(self) -> None:
        site = Site(cloud=False)
        site.rights = set()
        site.write(*reds("101", "102"))
        assert ["notifyUsers" in params for _, params, _ in site.puts] == [False, False]

    def test_one_refused_as_wrong_and_not_as_forbidden_is_made_loudly_too(self) -> None:
        site = Site()
        site.answers["issue/101"] = [httpx.Response(400, json={"errorMessages": ["no silence"], "errors": {}})]
        assert site.write(*reds("101"))["101"].outcome is Outcome.SHOWN

    @pytest.mark.parametrize(
        ("rights", "projects", "granted"),
        [
            ({"ADMINISTER"}, ["SUP"], True),
            ({"ADMINISTER_PROJECTS SUP"}, ["SUP"], True),
            ({"ADMINISTER_PROJECTS SUP"}, ["SUP", "OPS"], False),
            ({"ADMINISTER_PROJECTS SUP"}, [], None),
            (set(), [], False),
        ],
    )
    def test_what_is_missing_for_it_can_be_said(
        self, rights: set[str], projects: list[str], granted: bool | None
    ) -> None:
        site = Site()
        site.rights = rights
        found: Right = silence(site.api(), projects)
        assert found.granted is granted
        assert ("OPS" in found.advice) == (projects == ["SUP", "OPS"])


class TestRefusals:
    def test_what_is_not_on_the_screen_is_left_out_and_the_rest_is_shown(self) -> None:
        site = Site()
        site.off["SUP"] = {METRIC}
        answers = site.write(*(FieldUpdate(each, {Slot.DUE: WHEN, Slot.METRIC: each}) for each in many(3)))
        for answer in answers.values():
            assert (answer.outcome, answer.shown[Slot.DUE]) == (Outcome.SHOWN, WHEN)
            assert answer.refused.keys() == {Slot.METRIC}
        assert "not on the edit screen of project SUP" in answers["101"].refused[Slot.METRIC]
        assert "slahub provision" in answers["101"].refused[Slot.METRIC]
        assert len(site.puts) == 4, "the others of its kind are not tried with it"

    def test_an_option_that_is_spelt_otherwise_is_found(self) -> None:
        site = Site()
        site.options["SUP"] = {"ON TRACK": "1", "BREACHED": "2"}
        answer = site.write(*reds("101"))["101"]
        assert site.puts[-1][2]["fields"] == {STATE: {"value": "BREACHED"}}
        assert (answer.outcome, answer.shown[Slot.STATE]) == (Outcome.SHOWN, "breached")

    def test_how_an_option_is_spelt_is_remembered_and_a_task_chooses_it_as_well(self) -> None:
        site = Site()
        site.options["SUP"] = {"ON TRACK": "1", "BREACHED": "2"}
        writer = site.writer()
        for ident in ("101", "102"):
            list(writer.write_back(reds(ident)))
        assert [body["fields"][STATE]["value"] for _, _, body in site.puts] == ["Breached", "BREACHED", "BREACHED"]
        list(writer.write_back(reds(*many(5))))
        assert site.bulks[0]["editedFieldsInput"]["singleSelectFields"][0]["option"] == {"optionId": 2}

    def test_an_option_that_is_not_there_is_named(self) -> None:
        site = Site()
        del site.options["SUP"]["Breached"]
        answers = site.write(*reds("101"), *reds("102", state="at risk"))
        assert (answers["101"].outcome, answers["102"].outcome) == (Outcome.REFUSED, Outcome.SHOWN)
        assert "'SLA state' has no option 'Breached' in project SUP" in answers["101"].reason

    def test_who_may_not_edit_is_told_the_right(self) -> None:
        site = Site()
        site.rights |= {"EDIT_ISSUES no"}
        answer = site.write(*reds("101"))["101"]
        assert answer.outcome is Outcome.REFUSED
        assert "'Edit issues'" in answer.reason

    def test_a_field_that_was_made_meanwhile_is_found(self) -> None:
        site = Site()
        late = site.fields.pop(0)
        writer = site.writer()
        (answer,) = writer.write_back([FieldUpdate("101", {Slot.DUE: WHEN})])
        assert (answer.outcome, answer.reason) == (
            Outcome.REFUSED, "write_back.due: there is no field 'SLA due'; did you mean 'SLA state'?"
        )  # fmt: skip
        site.fields.append(late)
        (answer,) = writer.write_back([FieldUpdate("101", {Slot.DUE: WHEN})])
        assert answer.outcome is Outcome.SHOWN

    def test_an_update_of_no_issue_is_refused_here(self) -> None:
        site = Site()
        assert site.write(*reds("SUP-1", "../../x"))["SUP-1"].outcome is Outcome.REFUSED
        assert site.puts == []


class TestTrouble:
    @pytest.mark.parametrize("count", [1, 6])
    def test_a_deleted_or_hidden_issue_is_to_be_looked_at_again(self, count: int) -> None:
        site = Site()
        del site.issues["101"]
        answers = site.write(*(FieldUpdate(each, {Slot.METRIC: each}) for each in many(count)))
        assert answers["101"].outcome is Outcome.RETRY
        assert [each.outcome for key, each in answers.items() if key != "101"] == [Outcome.SHOWN] * (count - 1)

    def test_a_conflict_is_one(self) -> None:
        site = Site()
        site.answers["issue/101"] = [httpx.Response(409, json={"errorMessages": ["somebody else"], "errors": {}})]
        assert site.write(*reds("101"))["101"].outcome is Outcome.CONFLICT

    def test_an_issue_that_was_written_too_often_waits_alone(self) -> None:
        site = Site()
        told = {"retry-after": "30", "ratelimit-reason": "jira-per-issue-on-write", "x-ratelimit-remaining": "0"}
        site.answers["issue/101"] = [httpx.Response(429, headers=told, json={"errorMessages": ["Rate limit"]})]
        answers = site.write(*reds("101", "102"))
        assert (answers["101"].outcome, answers["102"].outcome) == (Outcome.RETRY, Outcome.SHOWN)

    def test_a_spent_quota_ends_the_batch_and_what_was_delivered_stays(self) -> None:
        site = Site()
        told = {"retry-after": "1847", "ratelimit-reason": "jira-quota-global-based"}
        site.answers["issue/102"] = [httpx.Response(429, headers=told, json={})]
        kept: list[Delivery] = []
        with pytest.raises(RetryLater) as caught:
            kept.extend(site.writer().write_back(reds("101", "102", "103")))
        assert [each.ticket_id for each in kept] == ["101"]
        assert (caught.value.after or timedelta(0)) >= timedelta(seconds=1847)
        assert [ident for ident, _, _ in site.puts] == ["101"]

    @pytest.mark.parametrize(
        "lost", [httpx.Response(502, text="<html>"), httpx.ReadTimeout("late"), httpx.Response(503)]
    )
    def test_a_lost_answer_is_asked_for_again_by_the_same_edit(self, lost: httpx.Response | Exception) -> None:
        site = Site()
        site.answers["issue/101"] = [lost]
        assert site.write(*reds("101"))["101"].outcome is Outcome.SHOWN

    def test_credentials_that_are_not_taken_end_it(self) -> None:
        site = Site()
        site.answers["issue/101"] = [httpx.Response(401, json={"message": "Client must be authenticated"})]
        with pytest.raises(SourceRefused):
            site.write(*reds("101"))


class TestTasks:
    def test_what_is_alike_goes_in_one_task_and_the_rest_alone(self) -> None:
        site = Site()
        answers = site.write(*reds(*many(6)), *reds("120", state="at risk"))
        assert {each.job for key, each in answers.items() if key != "120"} == {"10641"}
        assert [ident for ident, _, _ in site.puts] == ["120"]
        assert site.bulks == [
            {
                "selectedIssueIdsOrKeys": many(6),
                "selectedActions": [STATE],
                "editedFieldsInput": {"singleSelectFields": [{"fieldId": STATE, "option": {"optionId": 10511}}]},
                "sendBulkNotification": False,
            }
        ]

    def test_a_task_is_shown_as_it_was_read_back(self) -> None:
        site = Site()
        writer = site.writer()
        updates = reds(*many(5), due=WHEN, metric="resolution")
        assert {each.outcome for each in writer.write_back(updates)} == {Outcome.PENDING}
        assert list(writer.settle(["10641"])) == [], "it is under way"
        found = {each.ticket_id: each for each in writer.settle(["10641"])}
        assert sorted(found) == many(5)
        for each in found.values():
            assert (each.outcome, each.version) == (Outcome.SHOWN, str(int(NOON.timestamp() * 1000)))
            assert (each.shown[Slot.STATE], each.shown[Slot.DUE]) == ("breached", WHEN)

    def test_clearing_goes_in_a_task_too(self) -> None:
        site = Site()
        site.write(*(FieldUpdate(each, {Slot.DUE: None, Slot.STATE: None, Slot.METRIC: None}) for each in many(5)))
        assert site.bulks[0]["editedFieldsInput"] == {
            "dateTimePickerFields": [{"fieldId": DUE, "dateTime": {"formattedDateTime": ""}}],
            "singleSelectFields": [{"fieldId": STATE, "option": {"optionId": -1}}],
            "singleLineTextFields": [{"fieldId": METRIC, "text": ""}],
        }

    def test_each_issue_that_a_complete_task_left_as_it_was_is_told_and_then_edited_alone(self) -> None:
        site = Site()
        site.spoilt = {"103": SCREENLESS.format(STATE)}
        writer = site.writer()
        list(writer.write_back(reds(*many(6))))
        del site.issues["104"]
        list(writer.settle(["10641"]))
        found = {each.ticket_id: each for each in writer.settle(["10641"])}
        assert {key for key, each in found.items() if each.outcome is Outcome.RETRY} == {"103", "104"}
        assert "cannot be set" in found["103"].reason
        list(writer.write_back(reds("103", *many(5, 110))))
        assert ([ident for ident, _, _ in site.puts], len(site.bulks)) == (["103"], 2)

    def test_a_task_that_jira_has_forgotten_has_its_issues_looked_at_again(self) -> None:
        site = Site()
        writer = site.writer()
        list(writer.write_back(reds(*many(5))))
        site.tasks.clear()
        found = list(writer.settle(["10641"]))
        assert sorted(each.ticket_id for each in found) == many(5)
        assert {each.outcome for each in found} == {Outcome.RETRY}

    def test_a_task_of_another_process_names_what_it_has_done_and_then_itself(self) -> None:
        site = Site()
        list(site.writer().write_back(reds(*many(5))))
        other = site.writer()
        list(other.settle(["10641"]))
        *done, last = other.settle(["10641"])
        assert sorted(each.ticket_id for each in done) == many(5)
        assert (last.ticket_id, last.job, last.outcome) == ("", "10641", Outcome.RETRY)

    @pytest.mark.parametrize("status", ["FAILED", "CANCELLED", "DEAD"])
    def test_of_a_task_that_came_to_nothing_everything_is_looked_at_again(self, status: str) -> None:
        site = Site()
        writer = site.writer()
        list(writer.write_back(reds(*many(5))))
        site.answers["queue/10641"] = [httpx.Response(200, json={"taskId": "10641", "status": status})]
        assert {each.outcome for each in writer.settle(["10641"])} == {Outcome.RETRY}

    def test_without_the_right_each_issue_is_edited_alone_and_it_is_not_asked_again(self) -> None:
        site = Site()
        site.rights.discard("BULK_CHANGE")
        writer = site.writer()
        for _ in range(2):
            assert {each.outcome for each in writer.write_back(reds(*many(5)))} == {Outcome.SHOWN}
        assert site.bulks == []
        assert site.asked.count("GET /rest/api/3/mypermissions") == 2

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_where_jira_begins_no_task_each_issue_is_edited_alone(self, status: int) -> None:
        site = Site()
        site.answers["bulk/issues/fields"] = [httpx.Response(status, json={"errors": [{"message": "no"}]})]
        writer = site.writer()
        assert {each.outcome for each in writer.write_back(reds(*many(5)))} == {Outcome.SHOWN}
        assert len(site.puts) == 5
        list(writer.write_back(reds(*many(5, 110))))
        assert len(site.bulks) == (1 if status == 400 else 0), "what is forbidden is not tried again"

    def test_an_option_of_the_same_name_has_another_id_in_another_project(self) -> None:
        site = Site()
        site.options["OPS"] = {"Breached": "20511"}
        for ident in many(5, 201):
            site.open(ident, "OPS")
        site.write(*reds(*many(5), *many(5, 201)))
        found = {
            each["editedFieldsInput"]["singleSelectFields"][0]["option"]["optionId"]: each["selectedIssueIdsOrKeys"]
            for each in site.bulks
        }
        assert found == {10511: many(5), 20511: many(5, 201)}

    def test_no_more_tasks_are_begun_than_jira_takes_at_a_time(self) -> None:
        site = Site()
        writer = site.writer()
        assert writer.most_jobs() == 5
        for first in range(5):
            list(writer.write_back(reds(*many(5, 101 + 5 * first), metric=f"{first}")))
        answers = list(writer.write_back(reds(*many(5, 126))))
        assert (len(site.bulks), {each.outcome for each in answers}) == (5, {Outcome.SHOWN})


KEY = "slahub.sla"
MACHINE = {slot: FieldName(id=f"property:{slot}") for slot in (Slot.DUE, Slot.STATE)}


class TestProperty:
    def test_the_same_edit_carries_the_values_for_machines_with_what_stood_there(self) -> None:
        site = Site()
        site.issues["101"]["properties"][KEY] = {"version": 1, "due": WHEN, "state": "on track"}
        site.write(*reds("101", metric=None), entries=KEY)
        (_, _, body), *others = site.puts
        assert body["properties"] == [{"key": KEY, "value": {"version": 1, "due": WHEN, "state": "breached"}}]
        assert (body["fields"], others) == ({STATE: {"value": "Breached"}, METRIC: None}, [])

    @pytest.mark.parametrize("cloud", [True, False])
    def test_slots_that_have_no_field_stand_in_the_property_alone(self, cloud: bool) -> None:
        site = Site(cloud=cloud)
        answer = site.write(*reds("101", due=WHEN), names=MACHINE, entries=KEY)["101"]
        assert site.puts == []
        assert site.issues["101"]["properties"] == {KEY: {"version": 1, "due": WHEN, "state": "breached"}}
        assert (answer.outcome, answer.shown) == (Outcome.SHOWN, {Slot.STATE: "breached", Slot.DUE: WHEN})

    def test_what_stands_there_is_read_from_an_issues_picture(self) -> None:
        site = Site()
        site.write(*reds("101", due=WHEN), names=MACHINE, entries=KEY)
        layout = Layouts(site.api(), MACHINE, KEY).get()
        assert (layout.properties, layout.own_ids) == ((KEY,), frozenset())
        picture = site.picture("101", properties=True)
        assert own_values(picture, layout) == {Slot.DUE: WHEN, Slot.STATE: "breached"}
        assert own_of_property(picture["properties"][KEY]) == {Slot.DUE: WHEN, Slot.STATE: "breached"}
        assert own_values(site.picture("102", properties=True), layout) == {Slot.DUE: None, Slot.STATE: None}
        assert own_values(site.picture("101"), layout) == {}, "an answer that was not asked for it tells nothing"

    @pytest.mark.parametrize(
        ("name", "entries", "said"),
        [("property:due", "", "name the issue property"), ("property:state", KEY, "write {id: 'property:due'}")],
    )
    def test_a_place_in_it_has_to_be_named_rightly(self, name: str, entries: str, said: str) -> None:
        layout = Layouts(Site().api(), {Slot.DUE: FieldName(id=name)}, entries).get()
        assert said in layout.problems[0]


class TestTeamManaged:
    """Projects that have none of the site's fields."""

    @pytest.mark.parametrize("count", [1, 5])
    def test_what_to_do_instead_is_named(self, count: int) -> None:
        site = Site()
        for ident in many(count, 201):
            site.open(ident, "TEAM")
        answers = site.write(*reds(*many(count, 201)))
        assert {each.outcome for each in answers.values()} == {Outcome.REFUSED}
        for each in answers.values():
            assert "project TEAM is team-managed" in each.reason
            assert "make fields of the same names" in each.reason
            assert "`property:`" in each.reason

    def test_a_field_of_the_project_itself_is_written_there_and_the_sites_elsewhere(self) -> None:
        site = Site()
        scope = {"type": "PROJECT", "project": {"id": PROJECTS["TEAM"]}}
        site.fields.append(field(TEAM_DUE, "SLA due", "datetime", scope=scope))
        site.open("201", "TEAM")
        answers = site.write(FieldUpdate("101", {Slot.DUE: WHEN}), FieldUpdate("201", {Slot.DUE: WHEN}))
        assert [body["fields"] for _, _, body in site.puts] == [{DUE: SENT}, {TEAM_DUE: SENT}]
        assert {each.shown[Slot.DUE] for each in answers.values()} == {WHEN}
        layout = Layouts(site.api(), NAMES).get()
        assert (layout.problems, layout.own_ids >= {DUE, TEAM_DUE}) == ((), True)

    def test_the_property_stands_in_for_what_is_missing(self) -> None:
        site = Site()
        site.open("201", "TEAM")
        answer = site.write(*reds("201"), entries="slahub.sla")["201"]
        assert (answer.outcome, answer.shown) == (Outcome.SHOWN, {Slot.STATE: "breached"})
        assert (site.puts, site.issues["201"]["properties"]["slahub.sla"]["state"]) == ([], "breached")
        layout = Layouts(site.api(), NAMES, "slahub.sla").get()
        assert own_values(site.picture("201", properties=True), layout)[Slot.STATE] == "breached"
