"""What can be asked of a flow, from the command line or a scenario down to the sockets and back into the result."""

import json

import pytest


@pytest.fixture
def flows_of(sockrig, over_agents):
    """The flows that a command reports."""

    def flows(*command):
        ended = sockrig(*command, "--duration", "300ms", "--json", "--quiet", *over_agents)
        assert ended.exit_code == 0, ended.stderr
        return json.loads(ended.stdout)["steps"][0]["flows"]

    return flows


def test_reverse_is_told_with_the_sender_as_its_source(flows_of):
    (flow,) = flows_of("tcp", "a", "b", "--direction", "reverse")
    assert (flow["source"], flow["destination"], flow["direction"]) == ("b", "a", "reverse")
    assert flow["sent"]["bytes"] > 0
    assert flow["received"]["bytes"] > 0
    assert flow["problems"] == []


def test_both_is_a_flow_each_way_at_the_same_time(flows_of):
    there, back = flows_of("tcp", "a", "b", "--direction", "both", "--rate", "50 Mbit/s")
    assert (there["source"], there["destination"], there["direction"]) == ("a", "b", "forward")
    assert (back["source"], back["destination"], back["direction"]) == ("b", "a", "reverse")
    assert min(flow["received"]["bytes"] for flow in (there, back)) > 0


@pytest.mark.parametrize("command", ["tcp", "udp", "rr", "connect"])
def test_every_kind_runs_with_the_options_of_its_sockets(flows_of, command):
    options = ["--dscp", "ef", "--ttl", "9", "--send-buffer", "100 KB", "--receive-buffer", "100 KB", "--device", "lo"]
    if command != "udp":
        options += ["--congestion", "reno", "--nagle", "--mss", "1000 B"]
    (flow,) = flows_of(command, "a", "b", *options, "--rate", "1 Mbit/s")
    assert flow["problems"] == []
    assert flow["received"]["bytes"] > 0


def test_a_system_that_refuses_an_option_is_quoted_with_its_name(sockrig, over_agents):
    ended = sockrig("tcp", "a", "b", "--congestion", "carrier-pigeon", "--quiet", *over_agents)
    assert ended.exit_code == 4
    assert "the system refuses the option congestion carrier-pigeon: No such file or directory" in ended.stdout


@pytest.mark.parametrize("transport", ["--tcp", "--udp"])
def test_round_trips_can_be_waited_for_awake(flows_of, transport):
    (flow,) = flows_of("rr", "a", "b", transport, "--poll", "busy")
    assert flow["transactions"] > 0
    assert flow["bound"] == "cpu"


@pytest.mark.parametrize(
    ("options", "packets"),
    [
        (("--pattern", "{burst: 10, gap: 100ms}"), range(30, 31)),
        (("--pattern", "poisson", "--rate", "1 kpps"), range(150, 450)),
        (("--pattern", "{on: 10ms, off: 90ms}", "--rate", "1 kpps"), range(1, 31)),
    ],
)
def test_datagrams_leave_in_the_pattern_that_was_asked_for(flows_of, options, packets):
    (flow,) = flows_of("udp", "a", "b", *options, "--size", "100 B")
    assert flow["sent"]["packets"] in packets


@pytest.mark.parametrize("command", [("tcp",), ("udp",), ("rr", "--tcp"), ("rr", "--udp")])
def test_packets_hold_the_bytes_of_a_file(flows_of, tmp_path, command):
    (tmp_path / "bytes").write_bytes(b"\x00\xff")
    (flow,) = flows_of(*command, "a", "b", "--payload", "file:bytes", "--rate", "1 Mbit/s", "--size", "1 KB")
    assert flow["problems"] == []
    assert flow["received"]["bytes"] > 0
