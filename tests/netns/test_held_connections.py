"""Connections through a gate that lets only so many in, and through one that forgets them."""

import json

import pytest

pytestmark = [pytest.mark.netns, pytest.mark.slow]


def test_a_gate_with_room_for_a_hundred_shows_where_its_room_ends(lab):
    sender, receiver, *_ = lab.agents
    gate = f"input ip saddr {sender.node.inet} tcp flags syn / syn,ack ct count over 100 reject with tcp reset"
    with lab.rules(receiver.node, gate):
        flow = lab.result("connect", sender.name, receiver.name, "--hold", "150", "--duration", "1s")["steps"][0][
            "flows"
        ][0]

    assert (flow["connections"], flow["failed_connections"], flow["held_connections"]) == (100, 50, 100)
    assert flow["lost_packets"] == 0
    assert flow["problems"] == []


def test_connections_that_a_gate_forgets_without_a_word_are_no_longer_held(lab):
    sender, receiver, *_ = lab.agents
    options = ("--hold", "30", "--duration", "4s", "--json")
    with lab.running_sockrig("connect", sender.name, receiver.name, *options) as command:
        command.wait_for("running")
        with lab.rules(receiver.node, f"input ip saddr {sender.node.inet} tcp flags ack drop"):
            assert command.exit_code() == 0
        flow = json.loads(command.stdout)["steps"][0]["flows"][0]

    assert (flow["connections"], flow["failed_connections"]) == (30, 0)
    assert flow["held_connections"] == 0, "each was asked once a second, and none could answer"
    assert flow["lost_packets"] == 30
    assert flow["limited_by"] != "network"
