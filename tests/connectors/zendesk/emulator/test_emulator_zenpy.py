"""A client that others wrote works against the emulator."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket

from connectors.zendesk.emulator import KNOWN, Emulator, Stage

DESK = "https://emulator.zendesk.test"


class Loopback(HTTPAdapter):
    """Sends what is meant for DESK to the emulator, which answers with links to DESK."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *rest: Any, **options: Any) -> requests.Response:
        asked = str(request.url)
        request.headers.update({"Host": DESK.removeprefix("https://"), "X-Forwarded-Proto": "https"})
        request.url = asked.replace(DESK, self.url)
        response = super().send(request, *rest, **options)
        request.url = response.url = asked
        return response


@pytest.fixture
def zenpy(url: str) -> Iterator[Zenpy]:
    with requests.Session() as session:
        session.mount(DESK, Loopback(url))
        yield Zenpy(
            domain="zendesk.test", subdomain="emulator", email=KNOWN.email, token=KNOWN.api_token, session=session
        )


def test_zenpy_lists_tickets_and_reads_audits(zenpy: Zenpy, stage: Stage, emulator: Emulator) -> None:
    ticket = stage.new_ticket(subject="For zenpy")
    stage.reply(ticket, body="We look into it.", status="pending")
    listed = {one.id for one in zenpy.tickets()}
    assert listed == {one.id for one in emulator.world.listed()}
    assert zenpy.tickets(id=ticket).subject == "For zenpy"
    audits = list(zenpy.tickets.audits(ticket=ticket))
    assert [audit.id for audit in audits] == [audit.id for audit in emulator.world.tickets[ticket].audits]
    kinds = [event["type"] for event in audits[1].events]
    assert kinds[0] == "Comment"
    assert "Change" in kinds
    assert zenpy.users.me().email == KNOWN.email


def test_zenpy_updates_many_and_waits_for_the_job(zenpy: Zenpy, stage: Stage, emulator: Emulator) -> None:
    stage.jobs(delay=2)
    fields = emulator.field_ids()
    tickets = [zenpy.tickets(id=stage.new_ticket()) for _ in range(3)]
    for one in tickets:
        one.custom_fields = [
            {"id": fields["state"], "value": "sla_on_track"},
            {"id": fields["due"], "value": "2026-03-04T12:00:00Z"},
        ]
    job = zenpy.tickets.update(tickets)
    assert job.status == "queued"
    stage.advance(2)
    done = zenpy.job_status(id=job.id)
    assert done.status == "completed"
    assert all(row.success for row in done.results)
    zenpy.purge_cache("ticket")
    seen = zenpy.tickets(id=tickets[0].id)
    assert "sla_on_track" in seen.tags
    assert {"id": fields["due"], "value": "2026-03-04T12:00:00Z"} in seen.custom_fields


def test_zenpy_exports_incrementally(zenpy: Zenpy, stage: Stage, emulator: Emulator) -> None:
    stage.limits(on=False)
    stage.advance(61)
    found = [one.id for one in zenpy.tickets.incremental(start_time=datetime(2025, 1, 1, tzinfo=UTC), per_page=9)]
    assert sorted(found) == sorted(emulator.world.tickets)
    assert len({one.id for one in zenpy.search("status<solved", type="ticket")}) > 0


def test_zenpy_creates_a_ticket(zenpy: Zenpy) -> None:
    made = zenpy.tickets.create(Ticket(subject="Made by zenpy", description="Hello"))
    assert made.ticket.subject == "Made by zenpy"
    assert made.audit.ticket_id == made.ticket.id
