"""What other tools said on a real machine, cut to what matters, and what is read out of it.

netperf alone was not at hand: its lines are those of its manual.
"""

from pathlib import Path

import pytest
from tests.bench.measurement import UnreadableError
from tests.bench.peers import bare_loop, iperf2, iperf3, netperf, nuttcp, qperf, sockperf
from tests.bench.peers.peer import Said, Setting

SETTING = Setting(host="10.0.0.1", port=5001, data_port=5002, seconds=3)


def said(client: str = "", server: str = "") -> Said:
    """The recorded files of these names."""
    folder = Path(__file__).parent / "recorded"
    return Said(*((folder / name).read_text(encoding="utf-8") if name else "" for name in (client, server)))


def test_iperf3_counts_what_the_receiver_got():
    reading = iperf3.read_throughput(said("iperf3-tcp.json"))

    assert reading.value == pytest.approx(7.393e9, rel=1e-3)
    assert reading.carried_bytes == 933_625_856


def test_iperf3_counts_datagrams_less_those_lost():
    reading = iperf3.read_packet_rate(said("iperf3-udp.json"))

    assert reading.value == pytest.approx((101_749 - 36_286) / 1.003062)
    assert reading.remark == "36% lost"


def test_iperf3s_own_error_is_told():
    with pytest.raises(UnreadableError, match="Connection refused"):
        iperf3.read_throughput(said("iperf3-refused.json"))


def test_iperf3s_rate_is_judged_by_what_it_sent():
    reading = iperf3.paced_udp(64, 100_000).read(said("iperf3-udp.json"))

    assert reading.value == pytest.approx(101_750 / 1.002305 / 100_000 - 1)


def test_iperf2s_connections_are_added_up_over_the_longest_of_their_times():
    reading = iperf2.read_throughput(said(server="iperf2-tcp-server.csv"))

    assert reading.carried_bytes == 202_768_444 + 242_090_044 + 232_390_716 + 180_748_348
    assert reading.value == pytest.approx(reading.carried_bytes * 8 / (242_090_044 * 8 / 1_842_409_264), rel=1e-3)


def test_iperf2s_datagrams_are_those_that_its_server_received():
    reading = iperf2.read_packet_rate(said(server="iperf2-udp-server.csv"), 64)

    assert reading.carried_bytes == (109_558 - 35_117) * 64
    assert reading.value == pytest.approx(4_764_224 / 64 / (4_764_224 * 8 / 38_026_255))


def test_an_iperf2_line_that_sums_up_is_not_counted_again():
    lines = said(server="iperf2-udp-server.csv").server
    total = lines.replace(",1,0.0", ",-1,0.0")

    assert iperf2.read_throughput(Said("", lines + total)) == iperf2.read_throughput(Said("", lines))


def test_nuttcp_counts_what_the_receiver_got():
    reading = nuttcp.read_throughput(said("nuttcp-tcp.txt"))

    assert reading.value == pytest.approx(17_056.7202e6)
    assert reading.carried_bytes == 2037.5 * (1 << 20)


def test_nuttcps_datagrams_are_those_received():
    reading = nuttcp.read_packet_rate(said("nuttcp-udp.txt"), 64)

    assert reading.value * 1.0 == pytest.approx(103_273 - 33_078, rel=0.01)


def test_sockperfs_one_way_median_is_doubled():
    assert sockperf.read_round_trip(said("sockperf-ping-pong.txt")).value == pytest.approx(2 * 7.123e-6)


def test_sockperfs_datagrams_are_those_that_its_server_received():
    reading = sockperf.read_packet_rate(said("sockperf-throughput.txt", "sockperf-throughput-server.txt"), 64)

    assert reading.value == pytest.approx(56_158 / 1.001)
    assert reading.remark == "38% lost"


def test_sockperf_without_observations_has_no_figure():
    with pytest.raises(UnreadableError, match="No valid observations"):
        sockperf.read_round_trip(said("sockperf-nothing-observed.txt"))


def test_qperfs_one_way_mean_is_doubled_and_called_a_mean():
    reading = qperf.read_round_trip(said("qperf-latency.txt"))

    assert (reading.value, reading.remark) == (pytest.approx(38.272e-6), "mean")


def test_qperfs_datagrams_are_those_received():
    assert qperf.read_packet_rate(said("qperf-bandwidth.txt"), 64).value == 3_207_872 / 64


def test_netperf_tells_its_median_in_microseconds():
    assert netperf.read_round_trip(Said("MIGRATED UDP REQUEST/RESPONSE TEST\nP50_LATENCY=17\n", "")).value == 17e-6


def test_netperfs_transactions_of_crr_are_connections():
    assert netperf.read_connections(Said("THROUGHPUT=12345.67\nTHROUGHPUT_UNITS=Trans/s\n", "")).value == 12345.67


def test_a_bare_loops_value_is_that_of_the_end_that_measured_and_its_cpu_that_of_both():
    measured = '{"value": 8.0, "carried_bytes": 64, "cpu_seconds": 0.5}'
    other = '{"value": null, "carried_bytes": null, "cpu_seconds": 0.25}'

    for reading in (bare_loop.read(Said(measured, other)), bare_loop.read(Said(other, measured))):
        assert (reading.value, reading.carried_bytes, reading.cpu_seconds) == (8.0, 64, 0.75)


@pytest.mark.parametrize(
    "read",
    [
        iperf3.read_throughput,
        iperf2.read_throughput,
        nuttcp.read_throughput,
        sockperf.read_round_trip,
        qperf.read_round_trip,
        netperf.read_round_trip,
        bare_loop.read,
    ],
)
def test_a_tool_that_said_nothing_has_no_figure(read):
    with pytest.raises(UnreadableError):
        read(Said("", ""))


@pytest.mark.parametrize(
    "peer",
    [
        iperf3.udp(64),
        iperf2.udp(64),
        nuttcp.udp(64),
        sockperf.ping_pong(64, tcp=True),
        qperf.udp(64),
        netperf.connections(8),
        bare_loop.udp(64, segmented=True),
    ],
    ids=lambda peer: peer.name,
)
def test_both_ends_are_told_the_same_port_and_the_client_the_time(peer):
    server, client = peer.server(SETTING), peer.client(SETTING)

    assert "5001" in server
    assert "5001" in client
    assert {"3", "-T3"} & set(client)
