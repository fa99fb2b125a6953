"""Custom fields that policies call by title: judged once the title is known, and told where it leads nowhere."""

from dataclasses import replace
from typing import Any

from core.flows.evaluate import Active
from core.sla.conditions import In
from core.store import findings
from core.tickets import Label


def told(bench: Any) -> dict[str, str]:
    with bench.store.view() as tx:
        return {each.subject: each.text for each in findings.open_ones(tx, "desk") if each.code == "field_title"}


def test_a_title_that_leads_nowhere_is_a_finding_until_it_leads_to_one_field(make_bench: Any) -> None:
    bench = make_bench()
    (policy,) = bench.rules().policies
    called = replace(policy, when=In("field:Region", frozenset({"The North"})))
    bench.active = Active((replace(bench.rules(), policies=(called,)),))
    bench.ticket("1", **{"field:7": "north"})
    bench.cycle()
    assert (told(bench), bench.clocks("1")) == ({}, {})
    bench.connector.add("people", Label("field", "8", "Regions", "text"))
    bench.ticket("2")
    bench.cycle()
    assert "nearest is 'Regions'" in told(bench)["Region"]
    both = [Label("field", each, "Region", "tagger") for each in "78"]
    bench.connector.add("people", *both, Label("field:7", "north", "The North"))
    bench.cycle()
    assert "field:7, field:8" in told(bench)["Region"]
    bench.connector.add("people", both[0], Label("field", "8", "Region", "inactive"))
    bench.cycle()
    assert told(bench) == {}
    assert bench.clocks("1").keys() == {"first_response", "resolution"}
