"""Clients that others wrote work against the emulator: `aiosnow` itself, `pysnow` by what it sends.

`pysnow` cannot be installed beside the rest: it holds pytz to 2019 and takes the OAuth libraries back by years. Its
calls were recorded from version 0.7.17 at work against this emulator, and are made here again; each must be answered
with what that version needs to go on.
"""

import asyncio
import json
import warnings
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.servicenow.emulator import KNOWN, Stage

with warnings.catch_warnings():
    # Its models are written for an older marshmallow, which warns of the next.
    warnings.simplefilter("ignore")
    import aiosnow
    from aiosnow.exceptions import RequestError
    from aiosnow.models.table.declared import IncidentModel

RECORDED = json.loads((Path(__file__).parent / "recordings" / "pysnow.json").read_text(encoding="utf-8"))
OLD = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def run(site: Any, work: Any) -> Any:
    """Let something be done with the incidents, as the hub's user, and return what it returns."""

    async def inside() -> Any:
        host = site.url.removeprefix("http://")
        client = aiosnow.Client(host, basic_auth=(KNOWN.user, KNOWN.password), use_ssl=False)
        async with IncidentModel(client, table_name="incident") as incidents:
            return await work(incidents)

    made: Coroutine[Any, Any, Any] = inside()
    return asyncio.run(made)


@OLD
def test_aiosnow_reads_all_incidents_page_by_page(site: Any) -> None:
    there = {one.values["number"] for one in site.emulator.world.rows["incident"].values()}

    async def read(incidents: Any) -> list[str]:
        return [row["number"] async for _, row in incidents.stream(limit=len(there), page_size=7)]

    found = run(site, read)
    assert len(found) == len(there)
    assert set(found) == there


@OLD
def test_aiosnow_selects_orders_and_understands_every_column(site: Any) -> None:
    async def read(incidents: Any) -> list[Any]:
        chosen = IncidentModel.number.starts_with("INC") & IncidentModel.state.greater_than(1)
        return (await incidents.get(aiosnow.select(chosen).order_desc(IncidentModel.sys_created_on))).data

    rows = run(site, read)
    wanted = site.rows("incident", "state>1^ORDERBYDESCsys_created_on", sysparm_display_value="all")
    assert [one["number"] for one in rows] == [one["number"]["value"] for one in wanted]
    assert {one["state"].value for one in rows} == {one["state"]["display_value"] for one in wanted}
    stamps = [one["sys_created_on"] for one in rows]
    assert stamps == sorted(stamps, reverse=True)


@OLD
def test_aiosnow_makes_and_changes_and_is_told_why_not(site: Any, stage: Stage) -> None:
    async def work(incidents: Any) -> tuple[Any, Any]:
        made = (await incidents.create({"short_description": "Made", "impact": 1, "urgency": 1})).data
        one = IncidentModel.number == made["number"]
        changed = (await incidents.update(one, {"short_description": "Changed"})).data
        with pytest.raises(RequestError, match="ACL Exception Delete Failed"):
            await incidents.delete(one)
        return made, changed

    made, changed = run(site, work)
    assert made["priority"].key == 1
    row = site.one("incident", changed["sys_id"])
    assert (row["number"], row["short_description"]) == (made["number"], "Changed")


def test_pysnow_gets_what_it_needs_to_go_on(site: Any, admin: httpx.Client) -> None:
    known = {"{user}": KNOWN.user, "{password}": KNOWN.password}
    token = ""
    for one in RECORDED:
        http = admin if "administrator" in one["step"] else site.http
        path, body = one["path"], one.get("body", "")
        for name, value in known.items():
            path, body = path.replace(name, value), body.replace(name, value)
        auth: Any = httpx.USE_CLIENT_DEFAULT
        headers = dict(one["headers"])
        if path.startswith("/oauth_token.do"):
            auth = httpx.BasicAuth(KNOWN.client_id, KNOWN.client_secret)
        elif "with the token" in one["step"]:
            auth, headers["Authorization"] = None, f"Bearer {token}"
        answer = http.request(one["method"], path, content=body or None, headers=headers, auth=auth)
        assert answer.status_code == one["status"], (one["step"], answer.text)
        told = answer.json() if answer.content else {}
        if one["status"] in (200, 201) and "token" not in path:
            assert "result" in told, one["step"]
        elif one["status"] == 403:
            assert set(told["error"]) == {"message", "detail"}
        if one["step"] == "create":
            known |= {"{sys_id}": told["result"]["sys_id"], "{number}": told["result"]["number"]}
        elif one["step"] == "get a token":
            assert {"access_token", "refresh_token", "scope", "token_type", "expires_in"} == set(told)
            token = told["access_token"]
        elif one["step"] == "update":
            assert told["result"]["u_sla_metric"] == "resolution"
        elif one["step"] == "find nothing":
            assert told == {"result": []}
        elif "count" in one["step"]:
            assert told["result"]["stats"]["count"].isdecimal()


def test_the_recordings_are_of_every_verb() -> None:
    assert {one["method"] for one in RECORDED} == {"GET", "POST", "PUT", "DELETE"}
