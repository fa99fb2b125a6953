from datetime import timedelta

from core.telemetry import Metrics


def samples(metrics: Metrics) -> set[str]:
    return {line for line in metrics.render().decode().splitlines() if not line.startswith("#")}


def test_counts_add_up_by_connection_stream_and_outcome() -> None:
    metrics = Metrics()
    metrics.called("acme", 3)
    metrics.called("acme", 2)
    metrics.read("acme", "tickets", 100, set_aside=1)
    metrics.evaluated("acme", 7)
    metrics.wrote("acme", "shown", 4)
    metrics.wrote("acme", "conflict")
    assert {
        'slahub_source_calls_total{connection="acme"} 5.0',
        'slahub_records_read_total{connection="acme",stream="tickets"} 100.0',
        'slahub_records_set_aside_total{connection="acme",stream="tickets"} 1.0',
        'slahub_tickets_evaluated_total{connection="acme"} 7.0',
        'slahub_writes_total{connection="acme",outcome="shown"} 4.0',
        'slahub_writes_total{connection="acme",outcome="conflict"} 1.0',
    } <= samples(metrics)


def test_lag_and_state_are_the_latest_ones() -> None:
    metrics = Metrics()
    metrics.lags("acme", timedelta(minutes=5))
    metrics.lags("acme", timedelta(seconds=90))
    metrics.answers("acme", up=True)
    metrics.answers("acme", up=False)
    assert {'slahub_lag_seconds{connection="acme"} 90.0', 'slahub_source_up{connection="acme"} 0.0'} <= samples(metrics)


def test_two_hubs_in_one_process_do_not_share_counts() -> None:
    one, other = Metrics(), Metrics()
    one.called("acme", 1)
    assert not any("acme" in line for line in samples(other))


def test_hints_and_what_waits_are_told_by_connection_and_what_is_gone_is_forgotten() -> None:
    metrics = Metrics()
    metrics.hinted("acme", "noted", 2)
    metrics.waits("old", "parked", 3)
    metrics.lags("old", timedelta(minutes=5))
    metrics.begin()
    metrics.waits("acme", "parked", 1)
    metrics.stores(up=True)
    assert {
        'slahub_hints_total{connection="acme",outcome="noted"} 2.0',
        'slahub_waiting{connection="acme",queue="parked"} 1.0',
        "slahub_database_up 1.0",
    } <= samples(metrics)
    assert not any("old" in line for line in samples(metrics))
