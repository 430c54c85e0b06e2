import pytest

from sockrig_agent.traffic.engine import Assignment
from sockrig_agent.traffic.pacing import Pacer
from sockrig_agent.traffic.patterns import BurstPacer, OnOffPacer, PoissonPacer, pacing_of
from sockrig_wire.model.flows import BurstPattern, FlowSpec, OnOffPattern, PoissonPattern, Role


def pacing(worker=0, name="f", **fields):
    spec = FlowSpec(name=name, kind="udp-stream", duration_seconds=1, workers=2, **fields)
    return pacing_of(Assignment(spec, Role.SOURCE, worker), 100, 0, 10)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, type(None)),
        ({"rate_packets_per_second": 100.0}, Pacer),
        ({"rate_bits_per_second": 100.0, "pattern": PoissonPattern()}, PoissonPacer),
        ({"pattern": BurstPattern(5, 0.1)}, BurstPacer),
        ({"pattern": OnOffPattern(0.1, 0.1)}, OnOffPacer),
        ({"pattern": OnOffPattern(0.1, 0.1), "rate_packets_per_second": 100.0}, OnOffPacer),
    ],
)
def test_each_pattern_has_its_pacer(fields, expected):
    assert type(pacing(**fields)) is expected


def test_a_rate_is_shared_by_the_workers_and_a_burst_is_of_each():
    assert pacing(rate_packets_per_second=100.0, pattern=OnOffPattern(1, 1)).due(10**9 - 1) == 10
    shared = pacing(rate_packets_per_second=10.0)
    assert shared.due(10**9 - 1) == 5
    assert pacing(pattern=BurstPattern(7, 1.0)).due(0) == 7


def test_a_random_pattern_is_the_same_each_time_and_another_for_each_worker_and_flow():
    def first_times(**fields):
        pacer = pacing(rate_packets_per_second=100.0, pattern=PoissonPattern(), **fields)
        times = []
        for _ in range(5):
            times.append(pacer.wait_until())
            pacer.sent(1)
        return times

    assert first_times() == first_times()
    assert first_times() != first_times(worker=1)
    assert first_times() != first_times(name="g")


def test_a_sender_far_behind_a_random_pattern_gets_no_more_than_a_batch():
    pacer = pacing(rate_packets_per_second=1e6, pattern=PoissonPattern())
    assert pacer.due(10**9) == 10
    assert pacer.due(-1) == 0
