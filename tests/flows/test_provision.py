"""What was found or made is kept by its id, and a slot that stands for another field is looked at anew."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.flows.provision import known_by, look, make
from core.ports import FieldName, Provision, ProvisionState, Slot
from core.settings import canonical
from core.store import lists, provisions, revisions

PRESENT, MISSING, CREATED = ProvisionState.PRESENT, ProvisionState.MISSING, ProvisionState.CREATED
NAMES = {Slot.DUE: FieldName("SLA due"), Slot.STATE: FieldName("SLA state"), Slot.POLICY: FieldName(id="77")}


@dataclass
class Outfitter:
    """A helpdesk that makes whatever is wanted; `given` is what it was told of ids."""

    ids: Iterator[int]
    given: list[Mapping[str, str]] = field(default_factory=list)

    def provisions(self, recorded: Mapping[str, str]) -> Sequence[Provision]:
        self.given.append(dict(recorded))
        return ()

    def provision(self, wanted: Sequence[str], recorded: Mapping[str, str]) -> Iterator[Provision]:
        self.given.append(dict(recorded))
        for what in wanted:
            yield Provision(what, what, "text field", CREATED, str(next(self.ids)))


@pytest.fixture
def bench(make_bench: Any) -> Any:
    """A hub that has written two tickets, and whose revision shows *due* and *state* under these titles."""
    bench = make_bench()
    bench.configure(write_back=NAMES)
    written = {"due": "SLA due", "state": {"title": "SLA state"}, "policy": {"id": "77"}}
    with bench.store.unit() as tx:
        content = canonical({"connections": {"desk": {"connector": "lists", "write_back": written}}})
        revisions.apply(tx, applied_at=bench.now, author="admin", content=content)
    for key in "12":
        bench.ticket(key)
    bench.cycle()
    bench.cycle()
    return bench


def unknown(bench: Any) -> set[str]:
    with bench.store.view() as tx:
        return {row.slot for row in lists.field_rows(tx, bench.source.id) if row.wanted and not row.known}


def kept(bench: Any) -> dict[tuple[str, str], str]:
    with bench.store.view() as tx:
        return dict(provisions.recorded(tx, bench.source.id))


def test_what_was_made_is_kept_and_looked_at_on_every_ticket(bench: Any) -> None:
    assert unknown(bench) == set()
    outfitter = Outfitter(iter(range(10, 20)))
    made = list(make(outfitter, bench.source, bench.store, ["field:due", "view:breached"]))
    assert [each.state for each in made] == [CREATED, CREATED]
    assert kept(bench) == {("field:due", "SLA due"): "10", ("view:breached", ""): "11"}
    assert unknown(bench) == {"due"}
    look(outfitter, bench.source, bench.store)
    assert outfitter.given == [{}, {"field:due": "10", "view:breached": "11"}]


def test_what_breaks_off_has_kept_what_was_made_before(bench: Any) -> None:
    making = make(Outfitter(iter([10])), bench.source, bench.store, ["field:due", "field:state"])
    next(making)
    with pytest.raises(RuntimeError, match="StopIteration"):
        next(making)
    assert kept(bench) == {("field:due", "SLA due"): "10"}


def test_a_pinned_field_needs_no_record(bench: Any) -> None:
    list(make(Outfitter(iter([10])), bench.source, bench.store, ["field:policy"]))
    assert kept(bench) == {}


def test_an_id_counts_for_the_title_under_which_it_was_met(bench: Any) -> None:
    list(make(Outfitter(iter([10])), bench.source, bench.store, ["field:due"]))
    renamed = replace(
        bench.source, settings=replace(bench.source.settings, write_back={Slot.DUE: FieldName("SLA end")})
    )
    outfitter = Outfitter(iter([20]))
    list(make(outfitter, renamed, bench.store, ["field:due"]))
    assert outfitter.given == [{}]
    look(outfitter, bench.source, bench.store)
    assert outfitter.given[1:] == [{"field:due": "10"}]
    assert known_by({**NAMES, Slot.METRIC: FieldName("SLA metric")}, kept(bench)) == {
        **NAMES,
        Slot.DUE: FieldName("SLA due", "10"),
        Slot.METRIC: FieldName("SLA metric"),
    }


def test_a_title_that_is_not_in_force_yet_moves_nothing(bench: Any) -> None:
    draft = replace(bench.source, settings=replace(bench.source.settings, write_back={Slot.DUE: FieldName("SLA end")}))
    list(make(Outfitter(iter([20])), draft, bench.store, ["field:due"]))
    assert unknown(bench) == set()
