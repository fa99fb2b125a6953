"""The names that people see, where some of what a site lists is nobody."""

import json
from collections.abc import Iterator

import httpx
import pytest

from connectors import Checkpoint, Http, Limits, Person
from connectors.jira import JiraConnector
from connectors.jira.emulator import KNOWN, Emulator, serve
from connectors.jira.settings import JiraSettings
from core.flows.stop import StopSignal
from slahub.bootstrap import host_now


class OneIsNobody(httpx.HTTPTransport):
    """Brings lists of an organisation's members of whom the first has neither a key nor any other id."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        answer.read()
        if not request.url.path.endswith("/user"):
            return answer
        body = json.loads(answer.content)
        body["values"][:1] = [{"displayName": "Nobody", "active": True}]
        return httpx.Response(answer.status_code, json=body)


@pytest.fixture
def connector() -> Iterator[JiraConnector]:
    with serve(Emulator(seed=7, tickets=3, limits=False, flavour="datacenter")) as url:
        auth = {"method": "personal_access_token", "token": "${SLAHUB_T}"}
        settings = JiraSettings.model_validate({"url": url, "gateway": url, "auth": auth})
        signed = {"authorization": f"Bearer {KNOWN.pat}"}
        with httpx.Client(base_url=url, transport=OneIsNobody(), headers=signed) as client:
            yield JiraConnector(Http(client, Limits(()), stop=StopSignal(), now=host_now), settings, {})


def test_a_member_of_an_organisation_who_is_nobody_is_set_aside_and_the_others_are_customers(
    connector: JiraConnector,
) -> None:
    (page,) = connector.pull("catalogue", Checkpoint(""))
    people = [each for each in page.records if isinstance(each, Person)]
    assert people
    assert {(bool(each.id), each.role) for each in people} == {(True, "customer")}
    assert {each.reason for each in page.set_aside} == {"a user without an id"}
