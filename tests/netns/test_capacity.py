"""A search finds the rate of a bottleneck that is known.

What a bottleneck lets wait hides an overload for a while: a buffer of B seconds takes, without loss, what exceeds the
rate by B over the time of the trial and its warm-up. Here 15 ms may wait and 2 KB are saved up (3.3 ms at 5 Mbit/s),
against 1.5 s of traffic: 1.2 % at most, and 0.3 % more may be lost. With its width of 1 % a search so ends between 1 %
below and 1.5 % above the rate.

What else the machine does makes senders stall and catch up, which loses at the bottleneck: a search on a busy machine
finds too little, never too much. So one that finds too little is made again, up to a bound; too much is an error.
"""

import shutil

import pytest

pytestmark = [pytest.mark.netns, pytest.mark.slow]

BURST = "2kb"
LATENCY_SECONDS = 0.015
SEARCHES = 3
FRAME_BYTES, PAYLOAD_BYTES = 1442, 1400

SEARCH = """
scenario: capacity
agents: {a: {}, b: {}}
steps:
  - name: how much fits
    search:
      flow: {kind: udp-stream, from: a, to: b, size: 1400 B, warmup: 500ms, drain: 100ms}
      rate: {from: 1 Mbit/s, to: 200 Mbit/s}
      goal: {loss: 0.3 %, exceed: 50 %, trial: 1s, sum: 2s, width: 1 %}
    expect: [capacity >= 1 Mbit/s]
"""


@pytest.fixture
def bottleneck(lab):
    """Within it the link to the second agent carries so many Mbit/s of frames."""
    if shutil.which("tc") is None:
        pytest.skip("`tc` is not installed (Debian: apt-get install iproute2)")
    node = lab.agents[1].node

    def of(kind, megabits):
        rate = f"{megabits}mbit"
        if kind == "tbf":
            return lab.slow_link(node, rate, burst=BURST, latency=f"{LATENCY_SECONDS * 1000:g}ms")
        return lab.classed_link(node, rate, burst=BURST, waiting_bytes=int(megabits * 1e6 * LATENCY_SECONDS / 8))

    return of


@pytest.fixture
def searched(lab, tmp_path):
    """Makes the search; its one step."""
    scenario = tmp_path / "capacity.yaml"
    scenario.write_text(SEARCH)
    return lambda: lab.result("run", str(scenario))["steps"][0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "megabits"), [("tbf", 5), ("htb", 20), ("tbf", 80)])
def test_the_rate_of_a_bottleneck_is_found_within_two_percent(lab, bottleneck, searched, kind, megabits):
    rate = megabits * 1e6
    with bottleneck(kind, megabits):
        for _ in range(SEARCHES):
            step = searched()
            (goal,) = step["search"]["goals"]
            assert goal["regular"], goal["irregular"]
            assert goal["limited_by"] == "network"
            found = goal["lower_bound"]["wire_bits_per_second"]
            assert found <= 1.02 * rate, "noise makes a search find too little, never too much"
            if found >= 0.98 * rate:
                break

    assert found == pytest.approx(rate, rel=0.02)
    assert goal["conditional_throughput"]["wire_bits_per_second"] == pytest.approx(rate, rel=0.02)
    assert goal["lower_bound"]["bits_per_second"] == pytest.approx(found * PAYLOAD_BYTES / FRAME_BYTES)
    assert step["expectations"][0]["measured_value"] == goal["conditional_throughput"]["bits_per_second"]
    assert all(each.agent.holds_nothing() for each in lab.agents)
