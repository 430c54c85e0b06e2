"""Who can talk to whom, where rules of nftables really drop, reject, lose the answer or keep the probe at home.

All rules stand at once, each on a port of its own, so that one run over IPv4 and one over IPv6 see every verdict.
"""

import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest
from tests.processes import running_agent

pytestmark = pytest.mark.netns

OPEN, DROPPED, ANSWER_DROPPED_AT_HOME, ANSWER_DROPPED_AWAY = 7000, 7001, 7002, 7003
KEPT_AT_HOME_SILENTLY, KEPT_AT_HOME_WITH_WORDS, TAKEN, RESET = 7004, 7005, 7006, 7007

ICMP_CODES = {
    7100: ("net-unreachable", 3, 0, "network unreachable", "ENETUNREACH"),
    7101: ("host-unreachable", 3, 1, "host unreachable", "EHOSTUNREACH"),
    7102: ("prot-unreachable", 3, 2, "protocol unreachable", "ENOPROTOOPT"),
    7103: ("port-unreachable", 3, 3, "port unreachable", "ECONNREFUSED"),
    7104: ("net-prohibited", 3, 9, "network prohibited", "ENETUNREACH"),
    7105: ("host-prohibited", 3, 10, "host prohibited", "EHOSTUNREACH"),
    7106: ("admin-prohibited", 3, 13, "administratively prohibited", "EHOSTUNREACH"),
}
ICMPV6_CODES = {
    7100: ("no-route", 1, 0, "no route", "ENETUNREACH"),
    7101: ("admin-prohibited", 1, 1, "administratively prohibited", "EACCES"),
    7102: ("addr-unreachable", 1, 3, "address unreachable", "EHOSTUNREACH"),
    7103: ("port-unreachable", 1, 4, "port unreachable", "ECONNREFUSED"),
    7104: ("policy-fail", 1, 5, "source address failed policy", "EACCES"),
    7105: ("reject-route", 1, 6, "reject route", "EACCES"),
}
PORTS = ("7000-7006", "7100-7106")

AT_THE_DESTINATION = (
    f"input meta l4proto {{ tcp, udp }} th dport {DROPPED} drop",
    f"output meta l4proto {{ tcp, udp }} th sport {ANSWER_DROPPED_AT_HOME} drop",
    f"input tcp dport {RESET} reject with tcp reset",
    *(
        f"input meta nfproto ipv4 meta l4proto {{ tcp, udp }} th dport {port} reject with icmp type {code}"
        for port, (code, *_) in ICMP_CODES.items()
    ),
    *(
        f"input meta nfproto ipv6 meta l4proto {{ tcp, udp }} th dport {port} reject with icmpv6 type {code}"
        for port, (code, *_) in ICMPV6_CODES.items()
    ),
)
AT_THE_SOURCE = (
    f"input meta l4proto {{ tcp, udp }} th sport {ANSWER_DROPPED_AWAY} drop",
    f"output meta l4proto {{ tcp, udp }} th dport {KEPT_AT_HOME_SILENTLY} drop",
    f"output meta l4proto {{ tcp, udp }} th dport {KEPT_AT_HOME_WITH_WORDS} reject",
)

SQUATTER = f"""
import socket, sys
held = []
for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        held.append(socket.socket(family, kind))
        if family == socket.AF_INET6:
            held[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        held[-1].bind((host, {TAKEN}))
        if kind == socket.SOCK_STREAM:
            held[-1].listen()
print("ready", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Truth:
    """What one mesh told, by protocol and port, and the addresses of its two ends."""

    rows: dict
    source: str
    destination: str
    inet6: bool

    def __getitem__(self, key):
        return self.rows[key]


def mesh_ports(*ranges):
    return [word for transport in ("tcp", "udp") for each in ranges for word in ("--port", f"{transport}/{each}")]


@contextmanager
def squatter(node):
    """Another program that has a port."""
    command = [*node.within, sys.executable, "-c", SQUATTER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def rows_of(lab, *options):
    (step,) = lab.result("mesh", *options)["steps"]
    return {(row["protocol"], row["port"]): row for row in step["reach"]}


@contextmanager
def rate_limit(lab, node, milliseconds):
    """Between the node's ICMP errors to one address; 1000 is Linux's own."""
    for key in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
        lab.set_kernel(node, key, str(milliseconds))
    try:
        yield
    finally:
        for key in ("net.ipv4.icmp_ratelimit", "net.ipv6.icmp.ratelimit"):
            lab.set_kernel(node, key, "1000")


@pytest.fixture(scope="module")
def ruled_lab(lab):
    if shutil.which("nft") is None:
        pytest.skip("`nft` is not installed (Debian: apt-get install nftables)")
    source, destination = lab.agents[0].node, lab.agents[1].node
    with ExitStack() as stack:
        stack.enter_context(rate_limit(lab, destination, 0))
        stack.enter_context(lab.rules(destination, *AT_THE_DESTINATION))
        stack.enter_context(lab.rules(source, *AT_THE_SOURCE))
        stack.enter_context(squatter(destination))
        yield lab


@pytest.fixture(scope="module", params=["IPv4", "IPv6"])
def truth(request, ruled_lab):
    """From the first agent to the second, both listening."""
    source, destination = ruled_lab.agents[0].node, ruled_lab.agents[1].node
    inet6 = request.param == "IPv6"
    options = ["--from", source.name, "--to", destination.name, *mesh_ports(*PORTS), "--port", f"tcp/{RESET}"]
    rows = rows_of(ruled_lab, *options, *(["--ipv6"] if inet6 else []))
    ends = (source.inet6, destination.inet6) if inet6 else (source.inet, destination.inet)
    return Truth(rows, *ends, inet6)


both = pytest.mark.parametrize("protocol", ["tcp", "udp"])


@both
def test_what_is_answered_is_open(truth, protocol):
    row = truth[protocol, OPEN]

    assert (row["verdict"], row["listened"], row["seen"], row["attempts"]) == ("open", True, True, 1)
    assert row["seen_from"] == truth.source
    assert row["address"] == truth.destination
    assert row["round_trip_seconds"] > 0


@both
def test_what_a_rule_drops_is_dropped(truth, protocol):
    row = truth[protocol, DROPPED]

    assert (row["verdict"], row["listened"], row["seen"]) == ("dropped", True, False)
    assert row["detail"] == "silence for 4 s"
    assert row["attempts"] >= 3, "one lost probe is no firewall"


@both
@pytest.mark.parametrize("port", list(ICMP_CODES))
def test_what_is_rejected_names_the_type_the_code_and_the_offender(truth, protocol, port):
    codes = ICMPV6_CODES if truth.inet6 else ICMP_CODES
    if port not in codes:
        pytest.skip("ICMPv6 has fewer codes")
    _, icmp_type, code, name, errno_name = codes[port]
    row = truth[protocol, port]

    assert row["verdict"] == "rejected"
    assert (row["icmp_type"], row["icmp_code"], row["icmp_name"]) == (icmp_type, code, name)
    assert row["offender"] == truth.destination
    assert row["errno_name"] == errno_name
    assert row["seen"] is False
    assert row["detail"] == f"ICMP {name} (type {icmp_type}, code {code}) from {truth.destination}"


def test_a_tcp_reset_is_a_rejection_where_somebody_listens(truth):
    row = truth["tcp", RESET]

    assert (row["verdict"], row["icmp_type"], row["errno_name"]) == ("rejected", None, "ECONNREFUSED")
    assert row["detail"] == f"TCP reset in the name of {truth.destination}, though it listens"


@both
def test_an_answer_that_the_destination_drops_is_a_lost_return_path(truth, protocol):
    row = truth[protocol, ANSWER_DROPPED_AT_HOME]

    assert (row["verdict"], row["seen"]) == ("return path lost", True)
    assert row["errno_name"] == ("EPERM" if protocol == "udp" else None)


@both
def test_an_answer_that_is_dropped_on_its_way_is_a_lost_return_path(truth, protocol):
    row = truth[protocol, ANSWER_DROPPED_AWAY]

    assert (row["verdict"], row["seen"], row["errno_name"]) == ("return path lost", True, None)


@both
@pytest.mark.parametrize("port", [KEPT_AT_HOME_SILENTLY, KEPT_AT_HOME_WITH_WORDS])
def test_what_the_senders_own_rules_keep_is_refused_locally(truth, protocol, port):
    row = truth[protocol, port]

    assert (row["verdict"], row["seen"]) == ("refused locally", False)
    assert row["errno_name"] == ("ECONNREFUSED" if (protocol, port) == ("tcp", KEPT_AT_HOME_WITH_WORDS) else "EPERM")
    assert row["offender"] == (truth.source if port == KEPT_AT_HOME_WITH_WORDS else None)


@both
def test_where_nobody_could_listen_nothing_is_claimed(truth, protocol):
    row = truth[protocol, TAKEN]

    assert (row["verdict"], row["listened"], row["seen"]) == ("invalid", False, None)
    assert row["errno_name"] == "EADDRINUSE"
    assert row["attempts"] is None, "another's program is not probed"


@pytest.mark.slow
def test_every_verdict_that_denies_meets_its_expectation_and_no_other(ruled_lab):
    ends = ("--from", "agent-1", "--to", "agent-2", "--timeout", "2s")
    cases = {
        ("allow", OPEN): 0,
        ("deny", OPEN): 1,
        ("deny", DROPPED): 0,
        ("deny:drop", DROPPED): 0,
        ("deny:reject", DROPPED): 1,
        ("deny:reject", 7106): 0,
        ("deny:drop", 7106): 1,
        ("deny", ANSWER_DROPPED_AWAY): 1,
        ("allow", ANSWER_DROPPED_AWAY): 1,
        ("deny", TAKEN): 4,
    }
    for (expected, port), code in cases.items():
        done = ruled_lab.sockrig("mesh", *ends, "--port", f"udp/{port}", "--expect", expected)
        assert done.returncode == code, (expected, port, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def one_ended(ruled_lab):
    options = ["--from", "agent-1", "--to", "agent-2", "--no-listen", "--timeout", "2s"]
    return rows_of(ruled_lab, *options, *mesh_ports(f"{OPEN}-{DROPPED}", TAKEN, 7103, 7106))


@pytest.mark.parametrize(
    ("protocol", "port", "verdict"),
    [
        ("tcp", TAKEN, "open"),
        ("tcp", OPEN, "closed"),
        ("udp", OPEN, "closed"),
        ("tcp", DROPPED, "dropped"),
        ("udp", DROPPED, "invalid"),
        ("udp", TAKEN, "invalid"),
        ("tcp", 7103, "rejected"),
        ("tcp", 7106, "rejected"),
        ("udp", 7106, "rejected"),
    ],
)
def test_without_a_listener_no_more_is_claimed_than_one_end_can_see(one_ended, protocol, port, verdict):
    row = one_ended[protocol, port]

    assert (row["verdict"], row["listened"], row["seen"]) == (verdict, None, None)


@both
def test_a_host_that_is_not_there_is_told_from_a_rule_that_drops(lab, tmp_path, protocol):
    third = lab.agents[2].node
    flags = ("--insecure", "--advertise", "10.77.0.99")
    with running_agent("nowhere", tmp_path, listen=f"{third.inet}:0", flags=flags, within=third.within) as agent:
        ends = ("--from", "agent-1", "--to", "nowhere", f"--agent={agent.option.partition('=')[2]}")
        row = rows_of(lab, *ends, "--port", f"{protocol}/7000")[protocol, 7000]
        hasty = rows_of(lab, *ends, "--port", f"{protocol}/7000", "--timeout", "1s")[protocol, 7000]

    assert (row["verdict"], row["seen"], row["errno_name"]) == ("dropped", False, "EHOSTUNREACH")
    assert row["offender"] == lab.agents[0].node.inet
    assert row["detail"].startswith("no host answers ARP for 10.77.0.99: ICMP host unreachable")
    assert hasty["verdict"] == "dropped"
    assert "too short to tell a host that is not there" in hasty["detail"]


@both
def test_a_host_without_a_route_refuses_its_own_probe(lab, tmp_path, protocol):
    third = lab.agents[2].node
    flags = ("--insecure", "--advertise", "192.0.2.1")
    with running_agent("away", tmp_path, listen=f"{third.inet}:0", flags=flags, within=third.within) as agent:
        ends = ("--from", "agent-1", "--to", "away", f"--agent={agent.option.partition('=')[2]}")
        row = rows_of(lab, *ends, "--port", f"{protocol}/7000")[protocol, 7000]

    assert (row["verdict"], row["errno_name"]) == ("refused locally", "ENETUNREACH")


@contextmanager
def routed(lab):
    """The first agent reaches the second through the third, which forwards."""
    source, destination, router = (each.node for each in lab.agents)
    lab.set_kernel(router, "net.ipv4.ip_forward", "1")
    lab.set_kernel(router, "net.ipv4.conf.all.send_redirects", "0")
    lab.set_kernel(router, "net.ipv4.conf.cable.send_redirects", "0")
    assert source.run("ip", "route", "add", destination.inet, "via", router.inet).returncode == 0
    try:
        yield router
    finally:
        source.run("ip", "route", "delete", destination.inet)
        lab.set_kernel(router, "net.ipv4.ip_forward", "0")


@both
def test_a_router_that_rejects_is_named_as_the_offender(lab, protocol):
    with routed(lab) as router, lab.rules(router, "forward reject with icmp type admin-prohibited"):
        row = rows_of(lab, "--from", "agent-1", "--to", "agent-2", "--port", f"{protocol}/7900")[protocol, 7900]

    assert (row["verdict"], row["offender"], row["icmp_code"]) == ("rejected", router.inet, 13)


@pytest.mark.slow
def test_errors_that_the_rate_limit_holds_back_are_asked_for_again(lab):
    many = range(7300, 7316)
    rule = f"input udp dport {many[0]}-{many[-1]} reject with icmp type admin-prohibited"
    ends = ("--from", "agent-1", "--to", "agent-2", "--attempts", "1", "--timeout", "2s")
    with rate_limit(lab, lab.agents[1].node, 1000), lab.rules(lab.agents[1].node, rule):
        rows = rows_of(lab, *ends, "--port", f"udp/{many[0]}-{many[-1]}")

    assert {rows["udp", port]["verdict"] for port in many} == {"rejected"}


def test_a_mesh_of_all_and_the_scenario_pass_between_hosts(lab):
    (step,) = lab.result("mesh", "--port", "tcp/22", "--port", "udp/53", "--expect", "allow")["steps"]

    assert len(step["reach"]) == 3 * 2 * 2
    assert {row["verdict"] for row in step["reach"]} == {"open"}
    assert lab.agents[0].agent.holds_nothing()


def test_a_run_that_is_stopped_leaves_no_listener(lab):
    mesh = ("mesh", "--port", "tcp/7999", "--timeout", "30s")
    with lab.rules(lab.agents[1].node, "input tcp dport 7999 drop"), lab.running_sockrig(*mesh) as command:
        command.wait_for("running")
        assert any(each.local_port == 7999 for each in lab.agents[1].agent.sockets())
        command.process.terminate()
        assert command.exit_code(within_seconds=15) == 130

    assert all(each.agent.holds_nothing() for each in lab.agents)


def test_a_host_with_several_addresses_answers_from_the_one_that_was_probed(lab, tmp_path):
    third = lab.agents[2].node
    second_address = "10.77.0.200"
    assert third.run("ip", "address", "add", f"{second_address}/24", "dev", "cable").returncode == 0
    flags = ("--insecure", "--advertise", second_address)
    try:
        with running_agent("second", tmp_path, listen=f"{third.inet}:0", flags=flags, within=third.within) as agent:
            option = f"--agent={agent.option.partition('=')[2]}"
            ends = ("--from", "agent-1", "--to", "second", option)
            rows = rows_of(lab, *ends, "--port", "udp/7000", "--port", "tcp/7000")
    finally:
        third.run("ip", "address", "delete", f"{second_address}/24", "dev", "cable")

    assert {row["verdict"] for row in rows.values()} == {"open"}
