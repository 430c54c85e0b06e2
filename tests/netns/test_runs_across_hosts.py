"""Scenarios over hosts with addresses and a stack of their own."""

import json
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.netns

SCENARIOS = Path(__file__).parents[1] / "data" / "scenarios"

SAME_PORTS = """
scenario: the same ports on both
agents: {a: {}, b: {}}
steps:
  - name: tcp and udp 8888, twice
    sockets:
      - {on: a, open: tcp, bind: ":8888", listen: 8, as: door-a}
      - {on: b, open: tcp, bind: ":8888", listen: 8, as: door-b}
      - {on: a, open: udp, bind: ":8888", as: inbox-a}
      - {on: b, open: udp, bind: ":8888", as: inbox-b}
      - {on: a, open: tcp, connect: door-b, as: line}
      - {on: b, accept: door-b, as: guest}
      - {send: "there", from: line}
      - {receive: guest, expect: "there"}
      - {send: "across", from: inbox-b, to: inbox-a}
      - {receive: inbox-a, expect: "across", as: letter}
      - {check: letter.sender.port, expect: 8888}
"""

NO_ROUTE = """
scenario: a network that nobody knows
agents: {a: {}}
steps:
  - name: away
    sockets:
      - {on: a, open: tcp, connect: "192.0.2.1:80", expect-error: ENETUNREACH}
"""


def test_every_agent_tells_the_addresses_of_its_own_host(lab):
    told = lab.result("hosts")

    assert [host["name"] for host in told] == [each.name for each in lab.agents]
    assert [host["advertised_addresses"] for host in told] == [[each.node.inet, each.node.inet6] for each in lab.agents]


def test_dialogues_pass_between_hosts_and_name_their_addresses(lab):
    result = lab.result("run", str(SCENARIOS / "dialogues.yaml"))

    assert result["verdict"] == "passed"
    calls = result["steps"][0]["sockets"]
    house, visitor = lab.agents[0].node, lab.agents[1].node
    assert (
        next(call["result"] for call in calls if call["call"].startswith("send 27 bytes"))
        .rpartition(":")[0]
        .endswith(house.inet)
    )
    assert (
        next(call["result"] for call in calls if "letter.sender" in call["call"])
        .rpartition(":")[0]
        .endswith(visitor.inet)
    )


def test_every_kind_of_flow_passes_between_hosts(lab):
    result = lab.result("run", str(SCENARIOS / "streams.yaml"), "--var", "seconds=1s")

    assert [step["verdict"] for step in result["steps"]] == ["passed"] * 5
    server = lab.agents[0]
    for client in lab.agents[1:]:
        targets = {
            word.removeprefix("to=").rpartition(":")[0]
            for line in client.agent.log.splitlines()
            if "role=source" in line
            for word in line.split()
            if word.startswith("to=")
        }
        assert targets == {server.node.inet}


def test_two_hosts_can_use_the_same_ports_and_do_so_again_at_once(lab, tmp_path):
    scenario = tmp_path / "ports.yaml"
    scenario.write_text(SAME_PORTS)

    for _ in range(2):
        assert lab.result("run", str(scenario))["verdict"] == "passed"


def test_a_host_without_a_route_says_so(lab, tmp_path):
    scenario = tmp_path / "away.yaml"
    scenario.write_text(NO_ROUTE)

    assert lab.result("run", str(scenario))["verdict"] == "passed"


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_a_flow_goes_over_ipv6_where_that_is_asked(lab, kind):
    result = lab.result(kind, "agent-2", "agent-3", "--ipv6", "--duration", "500ms")

    flow = result["steps"][0]["flows"][0]
    assert flow["received"]["bytes"] > 0
    peer = lab.agents[2].node.inet6
    assert f"kind={kind}-stream role=source worker=0 to={peer}:" in lab.agents[1].agent.log


PROGRAM = """
import json, socket, sys
from sockrig import Rig

with Rig.agents(json.loads(sys.argv[1])) as rig:
    a, b = rig.hosts
    told = []
    for family, host in ((socket.AF_INET, a.addresses[0]), (socket.AF_INET6, a.addresses[1])):
        with a.create_server(("", 80), family=family) as door, b.create_connection((host, 80)) as line:
            guest, peer = door.accept()
            with guest:
                guest.sendall(b"welcome")
                told.append([line.getpeername()[0], peer[0], line.recv(100).decode()])
    print(json.dumps(told))
"""


def test_the_python_api_drives_sockets_on_hosts_that_it_cannot_share_an_address_with(lab):
    a, b = lab.agents[:2]
    agents = json.dumps({"a": a.agent.address, "b": b.agent.address})

    done = lab.controller.run(sys.executable, "-c", PROGRAM, agents)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout) == [
        [a.node.inet, b.node.inet, "welcome"],
        [a.node.inet6, b.node.inet6, "welcome"],
    ]
