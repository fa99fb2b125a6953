"""Provisioning: what is looked for, what is made of what is missing, and what a person has to do."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from connectors import FieldName, Http, Limits, Provision, ProvisionState, RetryLater, Slot
from connectors.jira.client import Api
from connectors.jira.own import STATES
from connectors.jira.provision import Provisioner
from connectors.jira.scope import Scope
from connectors.jira.settings import ScopeSettings

PRESENT, MISSING, UNFIT = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.UNFIT
CREATED, REFUSED = ProvisionState.CREATED, ProvisionState.REFUSED

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
NAMES = {Slot.DUE: FieldName("SLA due"), Slot.STATE: FieldName("SLA state"), Slot.POLICY: FieldName("SLA policy")}
WORDS = [state.capitalize() for state in STATES]
PROJECTS = {"10000": "SUP", "10001": "OPS", "10002": "LAB", "10003": "TEAM"}
EDIT, VIEW, SHARED = 10101, 10102, 10200


class Never:
    def reached(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


class Site:
    """Three company-managed projects and a team-managed one.

    SUP has a screen for editing and another for viewing; OPS and LAB have one in common for both.
    contexts: of each field, as {id, projects, options}; no projects: a global one. screens: tabs with their fields.
    """

    def __init__(self, *, cloud: bool = True) -> None:
        self.cloud, self.admin = cloud, True
        self.fields: list[dict[str, Any]] = [{"id": "summary", "name": "Summary", "custom": False}]
        self.contexts: dict[str, list[dict[str, Any]]] = {}
        self.screens: dict[int, dict[int, list[str]]] = {
            EDIT: {1: ["summary"], 2: []}, VIEW: {3: ["summary"]}, SHARED: {4: ["summary"]},
        }  # fmt: skip
        self.schemes = {
            "10000": ("1", {"edit": EDIT, "view": VIEW, "default": SHARED}),
            "10001": ("2", {"default": SHARED}),
            "10002": ("2", {"default": SHARED}),
        }
        self.called: dict[int, str] = {}
        self.refuse: dict[str, int] = {}
        self.lost: set[str] = set()
        self.born_global = True
        self.made: list[str] = []
        self.asked: list[str] = []

    def field(self, name: str, kind: str, options: list[str] | None = None, **more: Any) -> str:
        ident = f"customfield_{10100 + len(self.fields)}"
        self.fields.append({"id": ident, "name": name, "custom": True, "schema": {"custom": TYPES + kind}, **more})
        if "scope" not in more and self.born_global:
            self.contexts[ident] = [{"id": f"9{len(self.fields)}", "projects": [], "options": options or []}]
        return ident

    def put(self, ident: str, *screens: int) -> None:
        for screen in screens or self.screens:
            next(iter(self.screens[screen].values())).append(ident)

    def complete(self, names: Mapping[Slot, FieldName] = NAMES) -> dict[str, str]:
        """Make what an administrator would."""
        kinds = {Slot.DUE: "datetime", Slot.STATE: "select", Slot.POLICY: "textfield"}
        made = {slot: self.field(name.title, kinds[slot], WORDS) for slot, name in names.items()}
        for ident in made.values():
            self.put(ident)
        return {f"field:{slot}": ident for slot, ident in made.items()}

    def provisioner(self, *projects: str, entries: str = "", names: Mapping[Slot, FieldName] = NAMES) -> Provisioner:
        client = httpx.Client(base_url="https://jira.example", transport=httpx.MockTransport(self.answer))
        limits = Limits((), rate=(10**6, timedelta(seconds=1)), share=1.0)
        api = Api(Http(client, limits, stop=Never(), now=lambda: NOON, attempts=1))
        scope = Scope(api, ScopeSettings.model_validate({"projects": list(projects)} if projects else {}))
        return Provisioner(api, names, scope, entries, named=bool(projects))

    def look(self, *projects: str, **how: Any) -> dict[str, Provision]:
        return {each.what: each for each in self.provisioner(*projects, **how).look({})}

    def make(self, *projects: str, **how: Any) -> dict[str, Provision]:
        maker = self.provisioner(*projects, **how)
        wanted = [each.what for each in maker.look({}) if each.state is MISSING]
        return {each.what: each for each in maker.make(wanted, {})}

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path, dict(request.url.params)
        body = json.loads(request.content) if request.content else None
        found = self._answer(request.method, path, params, body)
        if request.method != "GET" and "search" not in path:
            self.made.append(f"{request.method} {path.partition('/rest/api/')[2][2:]}")
        self.asked.append(path)
        found.headers["date"] = format_datetime(NOON, usegmt=True)
        return found

    def _answer(self, method: str, path: str, params: dict[str, str], body: Any) -> httpx.Response:
        if path == "/rest/api/2/serverInfo":
            return httpx.Response(200, json={"deploymentType": "Cloud" if self.cloud else "Server"})
        assert path.startswith("/rest/api/3" if self.cloud else "/rest/api/2"), path
        part = path[len("/rest/api/3") :]
        for ends, status in self.refuse.items():
            if method != "GET" and re.search(ends, part):
                return httpx.Response(status, json={"errorMessages": ["not today"], "errors": {}})
        if part in {"/field", "/project", "/project/search", "/mypermissions"} and method == "GET":
            return self._plain(part)
        if part in {"/search/jql", "/search"}:
            return httpx.Response(200, json={"issues": [{"id": re.findall(r"project = (\d+)", body["jql"])[0]}]})
        if found := re.fullmatch(r"/issue/(\d+)/editmeta", part):
            return httpx.Response(200, json={"fields": self._form(found[1])})
        closed = not self.admin or (not self.cloud and not part.startswith("/screens") and part != "/field")
        if closed:
            return httpx.Response(403 if self.cloud else 404, json={"errorMessages": ["no"], "errors": {}})
        if part.startswith("/field"):
            answer = self._field(method, part, body)
        elif part.startswith("/screens/") or part == "/screens":
            answer = self._screens(method, part, body)
        else:
            answer = self._schemes(part, params)
        if part in self.lost:
            self.lost.discard(part)
            raise httpx.ReadTimeout("late")
        return answer

    def _plain(self, part: str) -> httpx.Response:
        if part == "/field":
            return httpx.Response(200, json=self.fields)
        if part == "/mypermissions":
            return httpx.Response(200, json={"permissions": {"ADMINISTER": {"havePermission": self.admin}}})
        rows = [
            {"id": number, "key": key, "name": f"{key} desk", "simplified": key == "TEAM"}
            for number, key in PROJECTS.items()
        ]
        return httpx.Response(200, json=bean(rows) if part == "/project/search" else rows)

    def _form(self, project: str) -> dict[str, Any]:
        screens = self.schemes[project][1]
        fields = {each for tab in self.screens[screens.get("edit", screens["default"])].values() for each in tab}
        form: dict[str, Any] = {}
        for ident in fields:
            home = next((each for each in self.contexts.get(ident, ()) if self._covers(each, project)), None)
            if home is not None:
                form[ident] = {"allowedValues": [{"id": "1", "value": word} for word in home["options"]]}
        return form | {"summary": {}}

    def _covers(self, context: dict[str, Any], project: str) -> bool:
        return not context["projects"] or project in context["projects"]

    def _field(self, method: str, part: str, body: Any) -> httpx.Response:
        if part == "/field":
            ident = self.field(body["name"], body["type"].removeprefix(TYPES))
            self.fields[-1]["asked"] = body
            return httpx.Response(201, json={key: self.fields[-1][key] for key in ("id", "name", "custom", "schema")})
        ident, _, rest = part.removeprefix("/field/").partition("/context")
        contexts = self.contexts.setdefault(ident, [])
        if rest == "":
            if method == "POST":
                contexts.append({"id": f"8{len(contexts)}", "projects": body["projectIds"], "options": [], **body})
                return httpx.Response(201, json={"id": contexts[-1]["id"]})
            rows = [
                {"id": each["id"], "name": each.get("name", "Default"), "isGlobalContext": not each["projects"],
                 "isAnyIssueType": not each.get("narrow")} for each in contexts
            ]  # fmt: skip
            return httpx.Response(200, json=bean(rows))
        if rest == "/projectmapping":
            homes = [{"contextId": each["id"], "projectId": one} for each in contexts for one in each["projects"]]
            return httpx.Response(200, json=bean(homes))
        context = next(each for each in contexts if rest.startswith(f"/{each['id']}/"))
        if rest.endswith("/project"):
            context["projects"] += body["projectIds"]
            return httpx.Response(204)
        if method == "POST":
            context["options"] += [each["value"] for each in body["options"]]
            return httpx.Response(200, json={"options": []})
        rows = [{"id": "1", "value": each, "disabled": each in context.get("off", ())} for each in context["options"]]
        return httpx.Response(200, json=bean(rows))

    def _screens(self, method: str, part: str, body: Any) -> httpx.Response:
        if part == "/screens":
            rows = [{"id": each, "name": self.called.get(each, f"Screen {each}")} for each in self.screens]
            return httpx.Response(200, json=bean(rows) if self.cloud else rows)
        if found := re.fullmatch(r"/screens/addToDefault/(.+)", part):
            self.put(found[1], SHARED)
            return httpx.Response(200)
        numbers = [int(each) for each in re.findall(r"\d+", part)]
        tabs = self.screens[numbers[0]]
        if part.endswith("/tabs"):
            return httpx.Response(200, json=[{"id": each, "name": "Tab"} for each in tabs])
        if method == "POST":
            if any(body["fieldId"] in fields for fields in tabs.values()):
                return httpx.Response(400, json={"errorMessages": ["already there"], "errors": {}})
            tabs[numbers[1]].append(body["fieldId"])
            return httpx.Response(200, json={"id": body["fieldId"]})
        return httpx.Response(200, json=[{"id": each, "name": each} for each in tabs[numbers[1]]])

    def _schemes(self, part: str, params: dict[str, str]) -> httpx.Response:
        if part == "/issuetypescreenscheme/project":
            scheme = self.schemes[params["projectId"]][0]
            return httpx.Response(200, json=bean([{"issueTypeScreenScheme": {"id": scheme}, "projectIds": []}]))
        if part == "/issuetypescreenscheme/mapping":
            scheme = params["issueTypeScreenSchemeId"]
            rows = [{"issueTypeId": each, "screenSchemeId": f"7{scheme}"} for each in ("default", "10011")]
            return httpx.Response(200, json=bean(rows))
        assert part == "/screenscheme"
        uses = next(uses for scheme, uses in self.schemes.values() if f"7{scheme}" == params["id"])
        return httpx.Response(200, json=bean([{"id": int(params["id"]), "name": "Scheme", "screens": uses}]))


def bean(rows: list[Any]) -> dict[str, Any]:
    return {"startAt": 0, "maxResults": 50, "total": len(rows), "isLast": True, "values": rows}


def states(found: Mapping[str, Provision]) -> dict[str, ProvisionState]:
    return {what: each.state for what, each in found.items() if what.startswith("field:")}


def test_everything_that_an_administrator_made_is_there() -> None:
    site = Site()
    made = site.complete()
    found = site.look("SUP", "OPS")
    assert {what: (each.state, each.id, each.reason, each.steps) for what, each in found.items()} == {
        what: (PRESENT, ident, "", ()) for what, ident in made.items()
    }
    assert site.made == []


def test_what_is_missing_is_made_whole_and_agents_see_it() -> None:
    site = Site()
    assert states(site.look("SUP", "OPS")) == {"field:due": MISSING, "field:state": MISSING, "field:policy": MISSING}
    made = site.make("SUP", "OPS")
    assert set(states(made).values()) == {CREATED}
    asked = {each["name"]: each["asked"] for each in site.fields if "asked" in each}
    assert {name: (each["type"], each["searcherKey"]) for name, each in asked.items()} == {
        "SLA due": (f"{TYPES}datetime", f"{TYPES}datetimerange"),
        "SLA state": (f"{TYPES}select", f"{TYPES}multiselectsearcher"),
        "SLA policy": (f"{TYPES}textfield", f"{TYPES}textsearcher"),
    }
    ids = [each.id for each in made.values()]
    assert site.contexts[made["field:state"].id][0]["options"] == WORDS
    assert [site.screens[EDIT][1][1:], site.screens[VIEW][3][1:], site.screens[SHARED][4][1:]] == [ids, ids, ids]
    assert set(states(site.look("SUP", "OPS")).values()) == {PRESENT}


def test_a_second_run_makes_nothing() -> None:
    site = Site()
    site.make("SUP")
    site.made.clear()
    assert site.make("SUP") == {}
    assert site.made == []


@pytest.mark.parametrize("cut", ["/field", "/screens/10101/tabs/1/fields"])
def test_what_a_killed_run_made_is_found_and_not_made_twice(cut: str) -> None:
    site = Site()
    site.lost = {cut}
    with pytest.raises(RetryLater):
        list(site.provisioner("SUP").make(["field:due", "field:state", "field:policy"], {}))
    site.make("SUP")
    assert [each["name"] for each in site.fields[1:]] == ["SLA due", "SLA state", "SLA policy"]
    assert set(states(site.look("SUP")).values()) == {PRESENT}


def test_only_what_is_wanted_is_made() -> None:
    site = Site()
    made = list(site.provisioner("SUP").make(["field:state"], {}))
    assert [each.title for each in made] == ["SLA state"]
    assert [each["name"] for each in site.fields[1:]] == ["SLA state"]


class TestWhatIsThereIsOnlyAddedTo:
    def test_an_option_is_added_where_it_is_lacking_whatever_its_case_elsewhere(self) -> None:
        site = Site()
        site.complete()
        state = site.contexts["customfield_10102"][0]
        state["options"] = ["ON TRACK", "At risk", "Own words", *WORDS[2:-1]]
        found = site.look("SUP")["field:state"]
        assert (found.state, found.reason) == (MISSING, "it has no option Unknown")
        assert site.make("SUP")["field:state"].state is CREATED
        assert state["options"] == ["ON TRACK", "At risk", "Own words", *WORDS[2:]]

    def test_a_project_is_added_to_the_hubs_own_context_and_to_no_other(self) -> None:
        site = Site()
        site.born_global = False
        due = site.field("SLA due", "datetime")
        site.put(due)
        site.contexts[due] = [{"id": "71", "projects": ["10001"], "options": []}]
        names = {Slot.DUE: NAMES[Slot.DUE]}
        found = site.look("SUP", "OPS", names=names)["field:due"]
        assert (found.state, found.reason) == (MISSING, "it has no context for SUP")
        site.make("SUP", "OPS", names=names)
        assert [each["projects"] for each in site.contexts[due]] == [["10001"], ["10000"]]
        site.make("SUP", "OPS", "LAB", names=names)
        assert [each["projects"] for each in site.contexts[due]] == [["10001"], ["10000", "10002"]]

    def test_a_select_that_jira_gave_no_context_gets_one_with_all_options(self) -> None:
        site = Site()
        site.born_global = False
        made = site.make("SUP")
        (context,) = site.contexts[made["field:state"].id]
        assert (context["projects"], context["options"], context["issueTypeIds"]) == (["10000"], WORDS, [])

    def test_it_is_put_on_the_screens_that_lack_it(self) -> None:
        site = Site()
        site.complete()
        site.screens[VIEW][3].remove("customfield_10101")
        found = site.look("SUP")["field:due"]
        assert (found.state, found.reason) == (MISSING, "it is not on the screens 'Screen 10102' (SUP)")
        assert "edit and view screens of 'Screen 10102'" in found.steps[0]
        site.make("SUP")
        assert site.made == [f"POST screens/{VIEW}/tabs/3/fields"]

    def test_screens_of_other_projects_are_left_alone(self) -> None:
        site = Site()
        site.make("SUP")
        assert site.screens[SHARED][4] == ["summary"]

    def test_without_a_named_project_all_of_them_are_served(self) -> None:
        site = Site()
        found = site.look()["field:due"]
        assert any("all company-managed projects" in each for each in found.steps)
        site.make()
        assert "customfield_10101" in site.screens[SHARED][4]

    def test_what_is_switched_off_or_narrow_is_left_to_a_person(self) -> None:
        site = Site()
        site.complete()
        site.contexts["customfield_10102"][0] |= {"off": ["Met"], "narrow": True}
        found = site.look("SUP")["field:state"]
        assert (found.state, len(found.steps)) == (PRESENT, 2)
        assert "switch the options Met" in found.steps[1]


class TestWhatAPersonHasToDo:
    def test_a_field_of_another_type_does_not_fit(self) -> None:
        site = Site()
        site.field("SLA due", "datepicker")
        found = site.look("SUP")["field:due"]
        assert (found.state, found.reason) == (
            UNFIT, "'SLA due' is of the type datepicker, expected datetime or textfield",
        )  # fmt: skip

    def test_of_two_fields_of_one_name_one_has_to_be_chosen(self) -> None:
        site = Site()
        site.complete()
        site.field("sla DUE", "datetime")
        assert "name one by its id" in site.look("SUP")["field:due"].reason

    def test_without_the_right_nothing_is_made_and_the_steps_are_told(self) -> None:
        site = Site()
        site.admin = False
        found = site.look("SUP")
        assert {each.state for each in found.values()} == {UNFIT}
        assert "Administer Jira" in found["field:state"].reason
        assert found["field:state"].steps == (
            "Jira administration › Issues › Custom fields › Create: Select list (single choice), called 'SLA state'",
            "give 'SLA state' the options On track, At risk, Breached, Paused, Met, Missed, None, Unknown",
            "let a context of 'SLA state' apply to project SUP, for all issue types",
            "put 'SLA state' on the edit and view screens of project SUP",
        )

    def test_without_the_right_the_edit_form_of_a_ticket_tells_what_is_there(self) -> None:
        site = Site()
        site.complete()
        site.admin = False
        assert set(states(site.look("SUP", "OPS")).values()) == {PRESENT}
        site.screens[SHARED][4].remove("customfield_10101")
        site.contexts["customfield_10102"][0]["options"].remove("Met")
        found = site.look("SUP", "OPS")
        assert found["field:due"].reason.startswith("it is not offered for editing on tickets of OPS; this user may")
        assert "it has no option Met" in found["field:state"].reason
        assert states(found) == {"field:due": UNFIT, "field:state": UNFIT, "field:policy": PRESENT}

    def test_a_right_that_is_not_held_after_all_is_tried_once(self) -> None:
        site = Site()
        site.refuse = {"^/field$": 403}
        made = site.make("SUP")
        assert {each.state for each in made.values()} == {REFUSED}
        assert {each.reason for each in made.values()} == {
            "this user may not make or change fields in Jira; that takes 'Administer Jira'"
        }
        assert site.made == ["POST field"]

    def test_what_could_not_be_added_is_named(self) -> None:
        site = Site()
        site.refuse = {"^/screens/10101/": 400}
        made = site.make("SUP")["field:due"]
        assert (made.state, made.id) == (REFUSED, "customfield_10101")
        assert made.reason == "it is there, but is not on the screens 'Screen 10101' (SUP) (not today)"

    def test_a_team_managed_project_has_to_get_fields_of_its_own(self) -> None:
        site = Site()
        site.complete()
        found = site.look("SUP", "TEAM")["projects:team_managed"]
        assert (found.state, found.title) == (UNFIT, "TEAM")
        assert found.steps[0] == "in the settings of project TEAM › Fields, make 'SLA due', 'SLA state', 'SLA policy'"

    def test_a_team_managed_project_with_its_own_fields_is_fine(self) -> None:
        site = Site()
        scope = {"type": "PROJECT", "project": {"id": "10003"}}
        for name, kind in (("SLA due", "datetime"), ("SLA state", "select"), ("SLA policy", "textfield")):
            site.field(name, kind, scope=scope)
        assert {what: each.state for what, each in site.look("TEAM").items()} == {"projects:team_managed": PRESENT}

    def test_the_issue_property_stands_in_for_them(self) -> None:
        site = Site()
        found = site.look("TEAM", entries="slahub.sla")["projects:team_managed"]
        assert (found.state, "'slahub.sla'" in found.reason) == (PRESENT, True)


class TestDataCenter:
    """It has fields and screens, and tells nothing of contexts and options."""

    def test_a_field_is_made_and_what_is_left_is_told(self) -> None:
        site = Site(cloud=False)
        made = site.make("OPS")
        assert set(states(made).values()) == {CREATED}
        assert site.screens[SHARED][4] == ["summary", *(each.id for each in made.values())]
        assert made["field:state"].steps[0].startswith("give 'SLA state' the options On track")
        assert made["field:due"].steps[-1].endswith("of project OPS, as far as these are not the default screen")

    def test_screens_that_jira_named_after_the_project_get_it_too(self) -> None:
        site = Site(cloud=False)
        site.called = {EDIT: "SUP: Support Edit/View Screen", VIEW: "SUP: Support Create Screen"}
        made = site.make("SUP")
        ids = [each.id for each in made.values()]
        assert (site.screens[EDIT][1][1:], site.screens[VIEW][3][1:]) == (ids, [])
        assert "'SUP: Support Edit/View Screen'" in made["field:due"].steps[-1]

    def test_the_edit_form_of_a_ticket_tells_what_is_left(self) -> None:
        site = Site(cloud=False)
        site.make("OPS", "SUP")
        found = site.look("OPS", "SUP")
        assert found["field:due"].reason == "it is not offered for editing on tickets of SUP"
        assert "it has no option On track" in found["field:state"].reason
        site.put("customfield_10101", EDIT)
        assert site.look("OPS", "SUP")["field:due"].state is PRESENT


def test_a_slot_in_the_issue_property_needs_no_field() -> None:
    site = Site()
    found = site.look("SUP", entries="slahub.sla", names={Slot.DUE: FieldName(id="property:due")})["field:due"]
    assert (found.state, found.kind) == (PRESENT, "entry of the issue property")
