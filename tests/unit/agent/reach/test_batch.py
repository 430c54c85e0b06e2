"""Which silence may be an ICMP error that was held back."""

from sockrig_agent.reach.batch import held_back
from sockrig_wire.model.reach import ProbeOutcome, ProbeResult, ReachProbe
from sockrig_wire.model.sockets import Transport
from sockrig_wire.reach import ERROR_BURST

HERE, HOST, OTHER, ROUTER = "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.254"


def case(*seen):
    """Probes and results: each is the host that was probed and who sent an error about it, None for silence."""
    probes = [ReachProbe(host, Transport.UDP, 9, nonce) for nonce, (host, _) in enumerate(seen)]
    results = [
        ProbeResult(
            nonce=nonce,
            outcome=ProbeOutcome.ICMP if offender else ProbeOutcome.SILENT,
            offender=offender or "",
            source_host=HERE,
        )
        for nonce, (_, offender) in enumerate(seen)
    ]
    return held_back(probes, results)


def test_silence_beside_a_burst_of_errors_of_the_same_host_is_in_doubt():
    assert case(*[(HOST, HOST)] * ERROR_BURST, (HOST, None), (OTHER, None), (HOST, None)) == {
        HOST: [ERROR_BURST, ERROR_BURST + 2]
    }


def test_fewer_errors_leave_no_doubt():
    assert case(*[(HOST, HOST)] * (ERROR_BURST - 1), (HOST, None)) == {}


def test_a_routers_burst_puts_all_silence_in_doubt_in_one_queue():
    doubts = case(*[(HOST, ROUTER)] * ERROR_BURST, (HOST, None), (OTHER, None))

    assert list(doubts.values()) == [[ERROR_BURST, ERROR_BURST + 1]]


def test_the_senders_own_errors_have_no_rate_limit():
    assert case(*[(HOST, HERE)] * ERROR_BURST, (HOST, None)) == {}
