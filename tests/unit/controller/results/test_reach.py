"""From what both ends saw to a verdict: every line of the table, without a network."""

from itertools import product

import pytest

from sockrig.results.model.reach import ReachVerdict
from sockrig.results.reach import Sights, by_ports, judged, met, reach_result, reach_summary, remarkable
from sockrig.scenario.planned import ReachCell, ReachExpectation
from sockrig.scenario.ports import Port
from sockrig_wire.model.reach import ProbeOutcome, ProbeResult, ReachArrival
from sockrig_wire.model.sockets import Transport

HERE, THERE, ROUTER = "10.0.0.1", "10.0.0.2", "10.0.0.254"
LISTENED, COULD_NOT, NOT_ASKED = "", "EADDRINUSE", None
TCP, UDP = Transport.TCP, Transport.UDP
V = ReachVerdict


def probe(outcome, icmp=None, offender="", errno_name="", **more):
    kind = {"icmp_type": icmp[0], "icmp_code": icmp[1]} if icmp else {}
    facts = {"attempts": 1, "source_host": HERE, "source_port": 40000, "offender": offender, "errno_name": errno_name}
    return ProbeResult(nonce=1, outcome=outcome, **{**facts, **kind, **more})


def sights(seen, *, listener=LISTENED, **more):
    return Sights(address=THERE, listener_errno=listener, probe=seen, **more)


ANSWERED = probe(ProbeOutcome.ANSWERED, round_trip_seconds=1e-3)
SILENT = probe(ProbeOutcome.SILENT)
RESET = probe(ProbeOutcome.RESET, errno_name="ECONNREFUSED")
REFUSED = probe(ProbeOutcome.REFUSED, errno_name="ENETUNREACH")
NOT_SENT = probe(ProbeOutcome.NOT_SENT, errno_name="EMFILE")
CONNECTED = probe(ProbeOutcome.CONNECTED)
PORT_UNREACHABLE = probe(ProbeOutcome.ICMP, (3, 3), THERE, "ECONNREFUSED")
PROHIBITED = probe(ProbeOutcome.ICMP, (3, 13), ROUTER, "EHOSTUNREACH")
NO_ARP = probe(ProbeOutcome.ICMP, (3, 1), HERE, "EHOSTUNREACH")
OWN_RULE = probe(ProbeOutcome.ICMP, (3, 3), HERE, "EPERM")
ARRIVAL = ReachArrival(1, HERE, 40000, 5)
TABLE = [
    # what the sender saw, and the verdicts: listened tcp, udp; not asked to listen tcp, udp
    (ANSWERED, V.OPEN, V.OPEN, V.OPEN, V.OPEN),
    (SILENT, V.DROPPED, V.DROPPED, V.DROPPED, V.INVALID),
    (RESET, V.REJECTED, V.REJECTED, V.CLOSED, V.CLOSED),
    (REFUSED, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY),
    (NOT_SENT, V.INVALID, V.INVALID, V.INVALID, V.INVALID),
    (CONNECTED, V.DROPPED, V.DROPPED, V.DROPPED, V.DROPPED),
    (PORT_UNREACHABLE, V.REJECTED, V.REJECTED, V.REJECTED, V.CLOSED),
    (PROHIBITED, V.REJECTED, V.REJECTED, V.REJECTED, V.REJECTED),
    (NO_ARP, V.DROPPED, V.DROPPED, V.DROPPED, V.DROPPED),
    (OWN_RULE, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY, V.REFUSED_LOCALLY),
]


@pytest.mark.parametrize(("seen", "tcp", "udp", "tcp_alone", "udp_alone"), TABLE)
def test_what_the_sender_saw_and_nothing_came_in(seen, tcp, udp, tcp_alone, udp_alone):
    known = {"half_open": False}
    assert judged(TCP, sights(seen, **known))[0] is tcp
    assert judged(UDP, sights(seen, **known))[0] is udp
    assert judged(TCP, sights(seen, listener=NOT_ASKED))[0] is tcp_alone
    assert judged(UDP, sights(seen, listener=NOT_ASKED))[0] is udp_alone


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("seen", [row[0] for row in TABLE])
def test_where_nobody_could_listen_nothing_is_claimed_whatever_was_seen(seen, transport):
    verdict, detail = judged(transport, sights(seen, listener=COULD_NOT))

    assert verdict is V.INVALID
    assert detail.startswith("nobody could listen: EADDRINUSE, another program has the port")


@pytest.mark.parametrize("seen", [SILENT, RESET, REFUSED, PORT_UNREACHABLE, PROHIBITED, OWN_RULE])
def test_what_came_in_without_an_answer_has_lost_its_return_path_whatever_else_was_seen(seen):
    for transport in Transport:
        verdict, detail = judged(transport, sights(seen, arrival=ARRIVAL))
        assert verdict is V.RETURN_PATH_LOST
        assert detail.startswith(f"it came in from {HERE}")


def test_a_connection_through_which_the_nonce_came_in_used_both_ways():
    verdict, detail = judged(TCP, sights(CONNECTED, arrival=ARRIVAL))

    assert verdict is V.OPEN
    assert detail == f"connected, and it came in from {HERE}; the answer was not in time"


def test_a_destination_that_was_too_busy_says_nothing_of_the_way_back():
    late = ReachArrival(1, HERE, 40000, 5, late_seconds=2.5)

    assert judged(UDP, sights(SILENT, arrival=late))[0] is V.INVALID
    assert "too busy to answer it within 2.5 s" in judged(UDP, sights(SILENT, arrival=late))[1]
    assert judged(UDP, sights(ANSWERED, arrival=late))[0] is V.OPEN


def test_an_answer_that_the_destination_could_not_send_says_so():
    arrival = ReachArrival(1, HERE, 40000, 5, "EPERM")

    assert judged(UDP, sights(SILENT, arrival=arrival))[1].endswith("own system refused the answer: EPERM")
    assert reach_result(CELL, sights(SILENT, arrival=arrival), None).errno_name == "EPERM"


def test_a_syn_that_came_in_is_told_from_one_that_never_did():
    assert judged(TCP, sights(SILENT, half_open=True))[0] is V.RETURN_PATH_LOST
    assert judged(TCP, sights(SILENT, half_open=False)) == (V.DROPPED, "silence for 4 s")
    assert judged(TCP, sights(SILENT, half_open=None))[1].endswith("cannot tell whether its SYN came in")


def test_silence_proves_nothing_where_the_destination_was_lost():
    assert judged(UDP, sights(SILENT, blind=True))[0] is V.INVALID
    assert judged(TCP, sights(CONNECTED, blind=True))[0] is V.INVALID
    assert judged(UDP, sights(PROHIBITED, blind=True))[0] is V.REJECTED


def test_a_short_wait_and_held_back_errors_are_said():
    assert "too short to tell a host that is not there" in judged(UDP, sights(SILENT, timeout_seconds=1.0))[1]
    held = probe(ProbeOutcome.SILENT, held_back=True)
    assert "may have been held back" in judged(UDP, sights(held))[1]


def test_an_error_of_a_host_about_itself_is_not_the_senders_own():
    both_here = probe(ProbeOutcome.ICMP, (3, 3), HERE, "ECONNREFUSED")

    assert judged(UDP, Sights(address=HERE, probe=both_here))[0] is V.CLOSED


def test_ipv6_has_its_own_codes():
    no_neighbour = probe(ProbeOutcome.ICMP, (1, 3), "fd00::1", source_host="fd00::1")
    verdict, detail = judged(TCP, Sights(address="fd00::2", listener_errno="", probe=no_neighbour))

    assert verdict is V.DROPPED
    assert detail.startswith("no host answers neighbour discovery for fd00::2: ICMP address unreachable")


def test_a_changed_address_on_the_way_is_told():
    arrival = ReachArrival(1, ROUTER, 1, 5)

    assert judged(TCP, sights(ANSWERED, arrival=arrival))[1].endswith(f"came in from {ROUTER}, and left from {HERE}")


def test_an_agents_failure_is_told_and_proves_nothing():
    assert judged(TCP, Sights(failure="agent b: gone")) == (V.INVALID, "agent b: gone")
    assert judged(TCP, Sights(listener_errno=""))[0] is V.INVALID


CELL = ReachCell("a", "b", Port(TCP, 22))
MEETS = {
    ReachExpectation.ALLOW: {V.OPEN},
    ReachExpectation.DENY: {V.DROPPED, V.REJECTED, V.CLOSED, V.REFUSED_LOCALLY},
    ReachExpectation.DENY_DROP: {V.DROPPED},
    ReachExpectation.DENY_REJECT: {V.REJECTED, V.CLOSED},
}


@pytest.mark.parametrize(("expected", "verdict"), list(product(ReachExpectation, V)))
def test_every_verdict_meets_what_it_should_and_invalid_neither_meets_nor_fails(expected, verdict):
    assert met(verdict, expected) is (None if verdict is V.INVALID else verdict in MEETS[expected])
    assert met(verdict, None) is None


def test_a_row_holds_what_both_ends_saw():
    row = reach_result(CELL, sights(PROHIBITED), ReachExpectation.DENY)

    assert (row.source, row.destination, row.protocol, row.port, row.address) == ("a", "b", "tcp", 22, THERE)
    assert (row.verdict, row.expected, row.met) == ("rejected", "deny", True)
    assert (row.icmp_type, row.icmp_code, row.icmp_name) == (3, 13, "administratively prohibited")
    assert (row.offender, row.errno_name, row.listened, row.seen) == (ROUTER, "EHOSTUNREACH", True, False)
    nothing = reach_result(CELL, sights(SILENT, listener=NOT_ASKED), None)
    assert (nothing.listened, nothing.seen, nothing.met, nothing.offender) == (None, None, None, None)


def rows(*verdicts, port=22, expected=None):
    cell = ReachCell("a", "b", Port(TCP, port))
    judged_rows = {V.OPEN: ANSWERED, V.DROPPED: SILENT, V.REJECTED: RESET}
    return [reach_result(cell, sights(judged_rows[verdict], half_open=False), expected) for verdict in verdicts]


def test_the_sum_counts_verdicts_and_what_was_not_expected():
    assert reach_summary(rows(V.OPEN)) == "1 probe: 1 open"
    mixed = rows(V.OPEN, V.DROPPED, V.DROPPED, expected=ReachExpectation.ALLOW)
    assert reach_summary(mixed) == "3 probes: 1 open, 2 dropped; 2 not as expected"


def test_remarkable_is_what_is_not_as_expected_or_else_what_is_not_open():
    assert [row.verdict for row in remarkable(rows(V.OPEN, V.DROPPED))] == ["dropped"]
    denied = rows(V.OPEN, V.DROPPED, expected=ReachExpectation.DENY)
    assert [row.verdict for row in remarkable(denied)] == ["open"]


def test_ports_whose_pairs_have_the_same_verdicts_are_one_group():
    grouped = by_ports([*rows(V.OPEN, port=1), *rows(V.DROPPED, port=2), *rows(V.OPEN, port=3), *rows(V.OPEN, port=4)])

    assert {ports: len(group) for ports, group in grouped.items()} == {"tcp/1, tcp/3-4": 3, "tcp/2": 1}
