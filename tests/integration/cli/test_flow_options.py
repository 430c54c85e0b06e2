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
