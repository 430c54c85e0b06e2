"""An earlier run that expectations are compared with."""

import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sockrig.results.baseline import check_baseline, read_baseline, step_of, write_baseline
from sockrig.results.model.flow import FlowResult, IntervalResult, Traffic
from sockrig.results.model.run import RunResult
from sockrig.results.model.step import SocketCallResult, StepResult
from sockrig.results.model.verdict import Verdict
from sockrig.scenario.errors import ScenarioError
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, expand
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import Histogram

SCENARIO = """\
scenario: x
agents: {hub: {}, edges: {count: 2}}
steps:
  - name: bulk
    flow: {kind: tcp-stream, from: edges, to: hub, duration: 1s}
    expect: [%s]
"""


def flow(source, **figures):
    return FlowResult(
        **(
            {
                "name": f"bulk {source} > hub",
                "group": "",
                "kind": "tcp-stream",
                "source": source,
                "destination": "hub",
                "mode": "parallel",
                "workers": 1,
                "duration_seconds": 1.0,
                "received": Traffic(bytes=1, packets=1, bits_per_second=1e6, packets_per_second=1.0),
            }
            | figures
        )
    )


def run(*flows, name="bulk"):
    step = StepResult(name=name, verdict=Verdict.PASSED, flows=flows)
    return RunResult(
        run_id="r1",
        name="x",
        verdict=Verdict.PASSED,
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        duration_seconds=1.0,
        steps=(step,),
    )


def check(expectations, baseline):
    loaded = load_scenario(SCENARIO % expectations, file_name="x.yaml")
    plan = expand(loaded, [AgentFacts(name) for name in ("hub", "edges-1", "edges-2")])
    check_baseline(plan, baseline, file_name="x.yaml")


def refusal(expectations, baseline):
    with pytest.raises(ScenarioError) as caught:
        check(expectations, baseline)
    return str(caught.value)


BOTH = run(flow("edges-1"), flow("edges-2"))


def test_a_baseline_arrives_as_it_was_sent_without_courses_and_with_histograms():
    histogram = Histogram("round_trip", (5, 9), (1, 2), 5, 9, 23.0)
    interval = IntervalResult(at_seconds=1.0, interval_seconds=1.0, measured=True, complete=True)
    full = run(flow("edges-1", intervals=(interval,), histograms=(histogram,)))
    call = SocketCallResult(on="a", call="send", result="4 bytes")
    full = replace(full, steps=(replace(full.steps[0], sockets=(call,)),))
    assert read_baseline(write_baseline(full)) == run(flow("edges-1", histograms=(histogram,)))


def test_ten_thousand_flows_fit_a_message():
    many = run(*(flow(f"edges-{number}") for number in range(10_000)))
    assert len(write_baseline(many)) < 512 * 1024


@pytest.mark.parametrize("packed", [b"", b"nonsense", write_baseline(BOTH)[:-20], zlib.compress(b"{}")])
def test_what_is_no_baseline_is_refused(packed):
    with pytest.raises(UsageError, match="the baseline is"):
        read_baseline(packed)


def test_a_bomb_is_not_unpacked():
    packing = zlib.compressobj(wbits=31)
    bomb = b"".join(packing.compress(bytes(1024 * 1024)) for _ in range(65)) + packing.flush()
    with pytest.raises(UsageError, match="larger than 64 MiB"):
        read_baseline(bomb)


def test_a_step_is_found_by_its_name():
    assert step_of(BOTH, "bulk") == BOTH.steps[0]
    assert step_of(BOTH, "other") is None


def test_a_baseline_that_has_everything_will_do():
    check("throughput >= 95 % of baseline, each(throughput) >= baseline", BOTH)


def test_without_a_baseline_in_sight_nobody_asks_for_one():
    check("throughput >= 1 bit/s", None)


def test_an_expectation_beside_no_baseline_says_where_it_stands_and_how_to_give_one():
    told = refusal("throughput >= 1 bit/s, throughput >= baseline, retransmits <= baseline", None)
    assert told.startswith("x.yaml:6:37: throughput >= baseline: there is no baseline: give one with --baseline RUN")
    assert len(told.splitlines()) == 1


def test_a_baseline_without_the_step_is_refused_with_the_steps_it_has():
    told = refusal("throughput >= baseline", run(name="other"))
    assert "x.yaml:6:14: throughput >= baseline: the baseline (run r1) has no steps named 'bulk'" in told
    assert "it has 'other'" in told


def test_a_baseline_with_two_such_steps_is_refused():
    twice = replace(BOTH, steps=BOTH.steps * 2)
    assert "has 2 steps named 'bulk', and one is needed" in refusal("throughput >= baseline", twice)


def test_a_baseline_without_the_figure_is_refused():
    assert "has no such figure: tcp-stream did not measure retransmits" in refusal("retransmits <= baseline", BOTH)


def test_each_needs_every_flow_in_the_baseline():
    told = refusal("each(throughput) >= baseline", run(flow("edges-1")))
    assert "has no such figure: no flow 'bulk edges-2 > hub'" in told
    check("throughput >= baseline", run(flow("edges-1")))
