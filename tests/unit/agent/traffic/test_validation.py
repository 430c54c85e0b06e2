import pytest

from sockrig_agent.traffic.validation import check
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import (
    BurstPattern,
    Direction,
    Fill,
    FlowSpec,
    OnOffPattern,
    PoissonPattern,
    Poll,
    SizeShare,
    SocketOptions,
    Verify,
)
from sockrig_wire.model.sockets import Family

INFINITE = float("inf")
NOT_A_NUMBER = float("nan")


def spec_of(**fields):
    return FlowSpec(**{"name": "f", "kind": "udp-stream", "duration_seconds": 1.0, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"workers": 64, "rate_packets_per_second": 0.1, "size_bytes": 24, "interval_seconds": 0.1},
        {"rate_bits_per_second": 1e9, "warmup_seconds": 0.0, "drain_seconds": 0.0},
        {"size_bytes": 65_507},
        {"size_bytes": 65_527, "family": Family.INET6},
        {"kind": "tcp-rr", "size_bytes": 1},
        {"kind": "tcp-connect", "size_bytes": 8},
        {"kind": "tcp-hold", "size_bytes": 16_384, "connections": 20_000},
        {"kind": "tcp-hold", "size_bytes": 1, "connections": 1},
        {"kind": "tcp-stream", "size_bytes": 33, "verify": Verify.SHA256},
        {"size_bytes": 28, "verify": Verify.CRC32},
        {"socket_options": SocketOptions(dscp=46, ttl=1, device="lo", send_buffer_bytes=1, receive_buffer_bytes=1)},
        {"kind": "tcp-rr", "socket_options": SocketOptions(congestion="bbr", no_delay=False, mss_bytes=88, mptcp=True)},
        {"kind": "udp-rr", "poll": Poll.BUSY},
        {"fill": Fill.CONTENT, "content": bytes(65_536)},
        {"sizes": (SizeShare(24, 65_507), SizeShare(100, 100, 1_000_000))},
        {"pattern": PoissonPattern(), "rate_packets_per_second": 5.0},
        {"pattern": BurstPattern(1, 1e-6)},
        {"pattern": OnOffPattern(0.1, 5.0)},
        {"kind": "tcp-rr", "pattern": OnOffPattern(0.1, 5.0), "rate_packets_per_second": 5.0},
        {"kind": "tcp-stream", "direction": Direction.REVERSE},
        {"offloads": ("none",)},
        {"offloads": ("sendmmsg", "gro")},
        {"offloads": ()},
    ],
)
def test_what_makes_sense_is_let_through(fields):
    check(spec_of(**fields))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "udp"}, "no kind of traffic named 'udp'"),
        ({"workers": 0}, "workers must be 1 to 64, not 0"),
        ({"workers": 65}, "workers must be 1 to 64, not 65"),
        ({"duration_seconds": 0}, "duration must be above 0 s, not 0 s"),
        ({"duration_seconds": -1}, "not -1 s"),
        ({"duration_seconds": INFINITE}, "duration"),
        ({"duration_seconds": NOT_A_NUMBER}, "duration"),
        ({"warmup_seconds": -0.1}, "warm-up must not be below 0 s"),
        ({"delay_seconds": NOT_A_NUMBER}, "delay"),
        ({"drain_seconds": INFINITE}, "drain time"),
        ({"interval_seconds": 0.05}, "at least 0.1 s, not 0.05 s"),
        ({"rate_bits_per_second": 0.0}, "rate must be above 0 bit/s"),
        ({"rate_packets_per_second": -5.0}, "rate must be above 0 pps"),
        ({"rate_packets_per_second": NOT_A_NUMBER}, "rate"),
        ({"rate_bits_per_second": INFINITE}, "rate"),
        ({"rate_bits_per_second": 1e6, "rate_packets_per_second": 10.0}, "a rate is given twice"),
        ({"size_bytes": 23}, "24 to 65507 B, not 23 B (24 B are the header"),
        ({"size_bytes": 65_508}, "24 to 65507 B"),
        ({"size_bytes": 27, "verify": Verify.CRC32}, "28 to 65507 B"),
        (
            {"kind": "tcp-stream", "size_bytes": 32, "verify": Verify.SHA256},
            "33 to 67108864 B, not 32 B (32 B are the d",
        ),
        ({"kind": "tcp-stream", "size_bytes": (64 << 20) + 1}, "not 67108865 B"),
        ({"kind": "tcp-hold", "size_bytes": 16_385}, "must be 1 to 16384 B, not 16385 B"),
        ({"kind": "tcp-hold", "connections": 20_001}, "connections of a worker must be 1 to 20,000, not 20,001"),
        ({"kind": "tcp-hold", "connections": -1}, "not -1"),
        ({"kind": "tcp-rr", "connections": 5}, "tcp-rr holds no number of connections"),
        ({"kind": "tcp-connect", "size_bytes": 100}, "must be 8 B, not 100 B"),
        ({"kind": "tcp-connect", "verify": Verify.CRC32}, "no blocks"),
        (
            {"socket_options": SocketOptions(mss_bytes=1000, mptcp=True)},
            "udp-stream is not over TCP, and has no mss, mptcp",
        ),
        ({"pattern": PoissonPattern()}, "a Poisson pattern needs a rate"),
        ({"pattern": BurstPattern(5, 0.1), "rate_bits_per_second": 1e6}, "do not go together"),
        ({"pattern": BurstPattern(0, 0.1)}, "not of 0 and 0.1 s"),
        ({"pattern": BurstPattern(1, 0.0)}, "not of 1 and 0 s"),
        ({"pattern": BurstPattern(1, NOT_A_NUMBER)}, "not of 1 and nan s"),
        ({"pattern": OnOffPattern(1.0, 0.0)}, "phases must last 1 us to 30 days, not 1 s and 0 s"),
        ({"kind": "tcp-rr", "pattern": OnOffPattern(1.0, 1.0)}, "tcp-rr in phases needs a rate"),
        ({"sizes": (SizeShare(23, 30),)}, "a size for udp-stream must be 24 to 65507 B, not 23 B"),
        ({"sizes": (SizeShare(30, 24),)}, "not 30 to 24 B with 1"),
        ({"sizes": (SizeShare(24, 30, 0),)}, "not 24 to 30 B with 0"),
        ({"sizes": (SizeShare(24, 30),), "size_bytes": 100}, "with no other size beside them"),
        ({"sizes": (SizeShare(24, 30),) * 65}, "up to 64 shares"),
        ({"kind": "udp-rr", "sizes": (SizeShare(24, 30),)}, "udp-rr has packets of one size only"),
        ({"fill": Fill.CONTENT}, "not 0 B"),
        ({"fill": Fill.CONTENT, "content": bytes(65_537)}, "1 to 65,536 B that a flow brings along, not 65,537 B"),
        ({"content": b"x"}, "not 1 B"),
        ({"kind": "tcp-connect", "fill": Fill.ZEROS}, "tcp-connect has no blocks that could be filled"),
        ({"poll": Poll.BUSY}, "udp-stream cannot poll"),
        ({"socket_options": SocketOptions(dscp=64)}, "the option dscp must be 0 to 63, not 64"),
        ({"socket_options": SocketOptions(ttl=0)}, "the option ttl must be 1 to 255, not 0"),
        ({"socket_options": SocketOptions(device="d" * 16)}, "the option device is a name of at most 15 bytes"),
        ({"direction": Direction.REVERSE}, "udp-stream goes forward only"),
        ({"offloads": ("auto", "gso")}, "no offload named 'auto'"),
        ({"offloads": ("warp",)}, "no offload named 'warp'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(fields, words):
    with pytest.raises(UsageError) as caught:
        check(spec_of(**fields))
    assert words in str(caught.value)
    if "kind" not in words:
        assert caught.value.where == "flow 'f'"
