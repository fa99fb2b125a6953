"""The probe: whose account it is, and what the configured work lacks."""

from typing import Any

import httpx
import pytest

from connectors import FieldName, Slot, SourceRefused


def test_the_account_is_told_by_its_address(desk: Any) -> None:
    probe = desk.connector().probe()
    assert (probe.instance, probe.account, probe.actor) == ("lumen.zendesk.com", "lumen", "501")
    assert probe.rights == {"role:admin", "export"}
    assert probe.problems == ()


@pytest.mark.parametrize(
    ("status", "brands"), [(403, None), (404, None), (200, []), (200, [{"id": 32, "name": "Lux"}])]
)
def test_an_account_stays_the_same_whatever_brands_it_has_and_shows(status: int, brands: Any, desk: Any) -> None:
    before = desk.connector().probe().instance
    desk.answers["brands"] = [httpx.Response(status, json={"brands": brands, "next_page": None})]
    assert desk.connector().probe().instance == before


def test_an_anonymous_visitor_is_not_taken_for_a_user(desk: Any) -> None:
    desk.me = {"id": None, "name": "Anonymous user", "role": "end-user"}
    with pytest.raises(SourceRefused, match="anonymous"):
        desk.connector().probe()


def test_an_agent_who_may_not_export_is_a_problem(desk: Any) -> None:
    desk.me = {"id": 502, "name": "Ada", "role": "agent"}
    said = {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    desk.answers["incremental/users/cursor"] = [httpx.Response(403, json=said)]
    probe = desk.connector().probe()
    assert probe.rights == {"role:agent"}
    (problem,) = probe.problems
    assert problem.startswith("'Ada' (role agent) may not read the incremental exports; an admin of Zendesk may")
    assert "`read: lists`" in problem


def test_fields_that_cannot_be_written_are_problems(desk: Any) -> None:
    desk.fields[0]["type"] = "date"
    probe = desk.connector({Slot.DUE: FieldName("SLA due"), Slot.POLICY: FieldName("SLA policy")}).probe()
    assert [problem.partition(":")[0] for problem in probe.problems] == ["write_back.due", "write_back.policy"]


def test_refused_credentials_are_a_refusal(desk: Any) -> None:
    desk.answers["users/me"] = [httpx.Response(401, json={"error": "Couldn't authenticate you"})]
    with pytest.raises(SourceRefused):
        desk.connector().probe()
