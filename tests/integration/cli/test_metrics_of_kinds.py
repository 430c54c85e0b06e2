"""What a kind of traffic is said to measure, it measures; nothing of it is ever `no data`."""

import json

import pytest

from sockrig.scenario.kinds import KINDS
from sockrig.scenario.metrics import METRICS, WORDS, Aggregate
from sockrig.scenario.units import Dimension

ALWAYS = {
    Dimension.TIME: ">= -1 s",
    Dimension.BITS_PER_SECOND: ">= 0 bit/s",
    Dimension.PACKETS_PER_SECOND: ">= 0 pps",
    Dimension.SIZE: ">= 0 B",
    Dimension.RATIO: ">= 0 %",
    Dimension.COUNT: ">= 0",
    Dimension.PER_SECOND: ">= 0/s",
}
MAY_BE_UNCLEAR = {"limited_by"}
"""What held a flow back is null where nothing shows."""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_metric_of_a_kind_has_data_over_all_flows_and_for_each(sockrig, over_agents, kind):
    metrics = [name for name in KINDS[kind].metrics if name not in MAY_BE_UNCLEAR]
    expectations = []
    for name in metrics:
        condition = f"== {WORDS[name][0]}" if name in WORDS else ALWAYS[METRICS[name].dimension]
        expectations.append(f"{name} {condition}")
        if Aggregate.EACH in METRICS[name].aggregates:
            expectations.append(f"each({name}) {condition}")
        if METRICS[name].many_values:
            expectations.append(f"{name}.p99.9 {condition}")
    flow = {"kind": kind, "from": "a", "to": "b", "duration": "400ms", "rate": "200/s", "size": "200 B"}
    if kind == "tcp-stream":
        flow["rate"] = "10 Mbit/s"
    if kind == "tcp-connect":
        del flow["size"]
    else:
        flow["verify"] = "crc32"
    scenario = {
        "scenario": "metrics",
        "agents": {name: {"names": [name]} for name in "ab"},
        "steps": [{"name": kind, "flow": flow, "expect": expectations}],
    }
    ended = sockrig("run", "-", "--json", "--quiet", *over_agents, stdin=json.dumps(scenario).encode())
    judged = json.loads(ended.stdout)["steps"][0]["expectations"]
    assert [one["text"] for one in judged] == expectations
    assert [one["text"] for one in judged if one["measured_value"] is None] == []


def test_a_metric_that_a_kind_does_not_have_is_refused_before_anything_is_opened(sockrig, over_agents):
    text = (
        "scenario: x\nagents: {a: {names: [a]}, b: {names: [b]}}\nsteps:\n"
        "  - flow: {kind: tcp-connect, from: a, to: b, duration: 1s}\n    expect: [connections >= 1/s, rtt <= 1 s]\n"
    )
    ended = sockrig("run", "-", *over_agents, stdin=text.encode())
    assert ended.exit_code == 2
    assert "<stdin>:5:34: rtt <= 1 s: tcp-connect cannot tell rtt: tcp-connect has throughput" in ended.stderr
    assert "tcp-rr, udp-rr, tcp-hold can" in ended.stderr
    assert "step 1" not in ended.stderr
