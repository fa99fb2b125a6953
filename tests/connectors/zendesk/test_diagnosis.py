"""What an account tells when it is asked on purpose, in few calls, none of them a write."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors import Diagnoses, FieldName, Http, Limits, Slot, SourceRefused
from connectors.zendesk import ZendeskConnector
from connectors.zendesk.emulator import KNOWN, Emulator, serve
from core.flows.stop import StopSignal

Ask = Callable[..., ZendeskConnector]


class Kept:
    def __init__(self) -> None:
        self.kept: str | None = None

    def read(self, name: str) -> str | None:
        return self.kept

    def renew(self, name: str, renewed: Callable[[str | None], str]) -> str:
        self.kept = renewed(self.kept)
        return self.kept


def oauth(scope: str = "read tickets:write") -> dict[str, str]:
    return {
        "method": "oauth_client",
        "client_id": KNOWN.client_id,
        "client_secret": "${SLAHUB_SECRET}",
        "scope": scope,
    }


def api_token(email: str = KNOWN.email) -> dict[str, str]:
    return {"method": "api_token", "email": email, "api_token": "${SLAHUB_SECRET}"}


SECRETS = {KNOWN.email: KNOWN.api_token, **dict([KNOWN.agent, KNOWN.customer])}


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=5, tickets=60)
    emulator.world.search_lag = 0
    with serve(emulator) as url:
        yield emulator, url


@pytest.fixture
def ask(account: tuple[Emulator, str]) -> Iterator[Ask]:
    """Makes a connector of the account, as a process that has just begun would."""
    opened: list[httpx.Client] = []

    def made(auth: dict[str, str], share: float = 1.0, read: str = "exports") -> ZendeskConnector:
        settings = ZendeskConnector.settings.model_validate({"url": account[1], "auth": auth, "read": read})
        secret = SECRETS[auth["email"]] if "email" in auth else KNOWN.client_secret
        opened.append(httpx.Client(base_url=account[1]))
        signed = ZendeskConnector.auth(settings, lambda _: secret, Kept(), opened[-1])
        opened.append(httpx.Client(base_url=account[1], auth=signed))
        limits = Limits(ZendeskConnector.buckets, share=share)
        http = Http(opened[-1], limits, stop=StopSignal(), now=lambda: datetime.now(UTC), attempts=1)
        account[0].stage.limits(on=False)
        return ZendeskConnector(http, settings, {Slot.STATE: FieldName("SLA state")})

    yield made
    for client in opened:
        client.close()


def granted(found: Any) -> dict[str, bool | None]:
    return {right.name: right.granted for right in found.rights}


def test_an_admin_is_told_everything_without_a_write(ask: Ask, account: tuple[Emulator, str]) -> None:
    emulator = account[0]
    emulator.stage.forget_calls()
    connector = ask(oauth(), share=0.25)
    assert isinstance(connector, Diagnoses)
    found = connector.diagnose(None)
    assert emulator.stage.writes()["count"] == 0
    assert found.left_out == ()
    assert set(granted(found).values()) == {True}
    assert (found.zone, found.user, found.renewed) == ("Europe/Berlin", "SLA Hub (admin)", True)
    assert found.expires_at is not None
    assert timedelta(minutes=100) < found.expires_at - datetime.now(UTC) < timedelta(minutes=121)
    tickets = emulator.world.tickets.values()
    assert found.open_tickets == sum(one.status in {"new", "open", "pending", "hold"} for one in tickets)
    assert found.tickets == sum(one.status != "deleted" for one in tickets)
    assert found.people == len(emulator.world.people)
    assert found.history_from == datetime.fromtimestamp(min(one.created_at for one in tickets), UTC)
    assert found.calls <= 20
    work = {each.limit: each.calls for each in found.backfill}
    assert work["incremental exports"] >= 2
    assert work["account"] > found.open_tickets


def test_names_are_those_that_are_in_use(ask: Ask, account: tuple[Emulator, str]) -> None:
    world = account[0].world
    names = ask(api_token()).diagnose(None).names
    assert "Tier 2" in names["team"].names.values()
    assert names["organisation"].whole
    region = world.field_of("Region")
    assert names["field"].names[str(region.id)] == "Region"
    assert names[f"field:{region.id}"].names["region_north"] == "North"
    assert {"Open", "Waiting on vendor"} <= set(names["custom_status"].names.values())


def test_the_sample_is_bounded_and_names_are_asked_one_by_one(ask: Ask, account: tuple[Emulator, str]) -> None:
    connector = ask(api_token())
    assert len(list(connector.open_tickets(3))) == 3
    organisation = next(iter(account[0].world.organisations.values()))
    asked = [organisation.name.upper(), str(organisation.id), "Nobody Ltd"]
    assert connector.named("organisation", asked) == {str(organisation.id): organisation.name}
    assert connector.named("team", ["Support"]) is None


@pytest.mark.parametrize(
    ("auth", "lacks"),
    [
        (oauth("read"), {"write tickets"}),
        (api_token(KNOWN.agent[0]), {"incremental exports"}),
        (
            api_token(KNOWN.customer[0]),
            {"incremental exports", "read tickets", "search", "ticket fields", "write tickets"},
        ),
    ],
)
def test_each_right_that_is_missing_is_told_with_what_to_do(auth: dict[str, str], lacks: set[str], ask: Ask) -> None:
    found = ask(auth).diagnose(None)
    missing = [right for right in found.rights if right.granted is not True]
    assert {right.name for right in missing if right.granted is False} >= lacks - {"incremental exports"}
    assert {right.name for right in missing} == lacks
    assert all(right.advice and right.needed_for for right in missing)


def test_a_misspelt_scope_is_named(ask: Ask) -> None:
    with pytest.raises(SourceRefused, match=r"no scope 'tikets:write' \(did you mean 'tickets:write'\?\)"):
        ask(oauth("read tikets:write")).diagnose(None)


def test_what_others_use_of_the_limits_is_told_even_where_nothing_is_left(ask: Ask, account: Any) -> None:
    connector = ask(api_token(), share=0.25)
    account[0].stage.limits(on=True)
    account[0].stage.spend("account", 660)
    found = connector.diagnose(None)
    limit = {each.name: each for each in found.limits}["account"]
    assert (limit.allowed, limit.ours) == (700, 1)
    assert limit.others is not None
    assert limit.others >= 660
    assert found.left_out
    assert granted(found)["read tickets"] is None


def test_a_change_that_is_not_exported_yet_bounds_the_hold_back(ask: Ask, account: Any) -> None:
    emulator = account[0]
    first, second = [one.id for one in emulator.world.tickets.values() if one.status in {"open", "pending"}][:2]
    emulator.stage.hold_time()
    emulator.stage.note(first)
    emulator.stage.advance(70)
    emulator.stage.note(second)
    emulator.stage.advance(20)
    held = ask(api_token()).diagnose(None).hold_back
    emulator.stage.release_time()
    assert held is not None
    assert held.present == pytest.approx(timedelta(seconds=90), abs=timedelta(seconds=2))
    assert held.missing == pytest.approx(timedelta(seconds=20), abs=timedelta(seconds=2))


def test_a_tag_that_two_fields_claim_is_a_remark(ask: Ask, account: Any) -> None:
    world = account[0].world
    world.field_of("VIP customer").tag = "sla_breached"
    (remark,) = ask(api_token()).diagnose(None).remarks
    world.field_of("VIP customer").tag = "vip_customer"
    assert remark.code == "tag_clash"
    assert "'sla_breached'" in remark.what
    assert "'VIP customer'" in remark.what
    assert remark.key == ("write_back", "state")


def test_by_lists_the_exports_are_neither_needed_nor_measured(ask: Ask) -> None:
    found = ask(api_token(KNOWN.agent[0]), read="lists").diagnose(None)
    assert set(granted(found).values()) == {True}
    assert "incremental exports" not in granted(found)
    assert (found.hold_back, found.events) == (None, None)
    work = {each.limit: each.calls for each in found.backfill}
    assert found.tickets is not None
    # Each ticket costs a call of its own.
    assert work["account"] > found.tickets
    assert "incremental exports" not in work


def test_a_desk_that_has_none_of_the_lists_is_diagnosed_all_the_same(desk: Any) -> None:
    found = desk.connector().diagnose(None)
    assert (found.instance, found.tickets, found.history_from) == ("lumen.zendesk.com", None, None)
    assert "form" not in found.names
    assert found.names["brand"].names == {"31": "Lumen", "32": "Lux"}
    assert found.names["team"].names == {"11": "First line"}
