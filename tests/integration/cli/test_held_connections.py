"""Many connections held open, from the command line down to the sockets and back into the result."""

import json

import pytest


@pytest.fixture
def flow_of(sockrig, over_agents):
    """The flow that a command reports."""

    def flow(*options):
        command = ("connect", "a", "b", "--duration", "500ms", "--json", "--quiet", *options, *over_agents)
        ended = sockrig(*command)
        assert ended.exit_code == 0, ended.stderr
        (flow,) = json.loads(ended.stdout)["steps"][0]["flows"]
        return flow

    return flow


@pytest.mark.parametrize("options", [("--mode", "parallel"), ("--mode", "concurrent"), ("--ipv6",)])
def test_five_hundred_connections_are_held_to_the_end(flow_of, options):
    flow = flow_of("--hold", "500", *options)
    assert (flow["kind"], flow["problems"]) == ("tcp-hold", [])
    assert (flow["connections"], flow["failed_connections"], flow["held_connections"]) == (500, 0, 500)
    assert flow["connect_time"]["count"] == 500
    assert 0 < flow["round_trip"]["count"] == flow["transactions"] <= 250
    assert flow["connections_per_second"] is None
    assert flow["lost_packets"] == 0


def test_workers_hold_as_many_each(flow_of):
    flow = flow_of("--hold", "100", "--workers", "3", "--rate", "1000/s", "--size", "1 KiB")
    assert flow["held_connections"] == 300
    assert [one["held_connections"] for one in flow["worker_results"] if one["role"] == "source"] == [100, 100, 100]


def test_a_person_reads_how_many_were_held(sockrig, over_agents):
    ended = sockrig("connect", "a", "b", "--hold", "20", "--duration", "300ms", "--quiet", *over_agents)
    assert ended.exit_code == 0
    assert "held 20 of 20" in ended.stdout


def test_what_an_agent_may_not_open_is_refused_with_what_to_do(sockrig, over_agents):
    ended = sockrig("connect", "a", "b", "--hold", "2000", "--quiet", *over_agents)
    assert ended.exit_code == 4
    assert "2,000 connections are more than the 1,024 sockets that this agent may open" in ended.stdout
    assert "--max-sockets" in ended.stdout


@pytest.mark.parametrize("count", ["0", "20001"])
def test_a_number_that_cannot_be_held_is_refused_before_anything_is_opened(sockrig, over_agents, count):
    ended = sockrig("connect", "a", "b", "--hold", count, *over_agents)
    assert ended.exit_code == 2
    assert "connections: " in ended.stderr
    assert "step 1" not in ended.stderr


def test_without_hold_connections_are_closed_again(flow_of):
    flow = flow_of()
    assert flow["kind"] == "tcp-connect"
    assert flow["held_connections"] is None
    assert flow["connections_per_second"] > 0
