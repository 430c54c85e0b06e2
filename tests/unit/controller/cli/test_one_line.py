"""The scenario that a one-line command stands for."""

import pytest

from sockrig.cli.one_line import check_options, keys_of, scenario_of
from sockrig.cli.options import FlowOptions, SocketOptions, TcpOptions
from sockrig.scenario.loader import load_scenario
from sockrig.scenario.plan import AgentFacts, FlowStep, expand
from sockrig_wire.errors import UsageError
from sockrig_wire.model.flows import BurstPattern, Fill, Mode, SizeShare
from sockrig_wire.model.sockets import Family


def flow_of(kind, source="a", destination="b", **options):
    loaded = load_scenario(scenario_of(kind, source, destination, FlowOptions(**options)), file_name=kind)
    (step,) = expand(loaded, [AgentFacts(name) for name in ("c", "b", "a")]).steps
    assert isinstance(step, FlowStep)
    (flow,) = step.flows
    return flow


@pytest.mark.parametrize("kind", ["tcp-stream", "udp-stream", "tcp-rr", "udp-rr", "tcp-connect", "tcp-hold"])
def test_each_kind_makes_one_flow_between_the_agents_named(kind):
    flow = flow_of(kind)
    assert (flow.source, flow.destination, flow.spec.kind) == ("a", "b", kind)


def test_every_option_arrives_in_the_flow():
    spec = flow_of(
        "udp-stream",
        duration="2s",
        warmup="500ms",
        rate="10 kpps",
        size="64 B",
        workers=4,
        mode="concurrent",
        offload="gso,gro",
        interval="200ms",
        ipv6=True,
    ).spec
    assert spec.duration_seconds == 2
    assert spec.warmup_seconds == 0.5
    assert spec.rate_packets_per_second == 10_000
    assert spec.size_bytes == 64
    assert spec.workers == 4
    assert spec.mode is Mode.CONCURRENT
    assert spec.offloads == ("gso", "gro")
    assert spec.interval_seconds == 0.2
    assert spec.family is Family.INET6


def test_what_only_one_kind_can_be_asked_arrives_as_well():
    text = scenario_of("tcp-stream", "a", "b", FlowOptions(), {"direction": "reverse", "unheard-of": ""})
    assert load_scenario(text, file_name="x").scenario.steps[0].flow.direction == "reverse"


def test_a_number_of_connections_arrives_where_some_are_held():
    text = scenario_of("tcp-hold", "a", "b", FlowOptions(), {"connections": 700})
    assert load_scenario(text, file_name="x").scenario.steps[0].flow.connections == 700
    text = scenario_of("tcp-connect", "a", "b", FlowOptions(), {"connections": None})
    assert load_scenario(text, file_name="x").scenario.steps[0].flow.connections is None


def test_a_value_in_braces_is_a_mapping():
    assert flow_of("udp-stream", pattern="{burst: 10, gap: 10ms}").spec.pattern == BurstPattern(10, 0.01)
    assert flow_of("udp-stream", size="{uniform: [64 B, 1 KB]}").spec.sizes == (SizeShare(64, 1000),)


@pytest.mark.parametrize("pattern", ["{burst: 10", "{burst: 10, burst: 11}", "{burst: 10} {"])
def test_braces_that_hold_no_mapping_are_refused(pattern):
    with pytest.raises(UsageError):
        scenario_of("udp-stream", "a", "b", FlowOptions(pattern=pattern))


def test_the_bytes_of_a_file_become_part_of_the_flow(tmp_path):
    (tmp_path / "bytes").write_bytes(b"\x00\xff$name")
    assert flow_of("tcp-rr", payload=f"file:{tmp_path / 'bytes'}").spec.content == b"\x00\xff$name"
    assert flow_of("tcp-rr", payload="zeros").spec.fill is Fill.ZEROS
    assert flow_of("tcp-rr", payload="{hex: 0a}").spec.content == b"\n"


@pytest.mark.parametrize(
    ("size", "words"), [(None, "cannot be read"), (0, "1 to 65,536 bytes"), (65_537, "1 to 65,536")]
)
def test_a_file_that_is_not_there_or_does_not_fit_is_refused(tmp_path, size, words):
    if size is not None:
        (tmp_path / "bytes").write_bytes(bytes(size))
    with pytest.raises(UsageError, match=words):
        scenario_of("tcp-rr", "a", "b", FlowOptions(payload=f"file:{tmp_path / 'bytes'}"))


def test_options_of_sockets_arrive_under_the_keys_of_a_scenario():
    sockets = SocketOptions(dscp="46", ttl=9, device="lo", send_buffer="1 MiB", receive_buffer="64 KiB")
    tcp = TcpOptions(congestion="reno", no_delay=False, mss="1200 B", mptcp=True)
    text = scenario_of("tcp-rr", "a", "b", FlowOptions(), keys_of(sockets, tcp))
    flow = load_scenario(text, file_name="x").scenario.steps[0].flow
    assert (flow.dscp, flow.ttl, flow.device, flow.send_buffer, flow.receive_buffer) == (46, 9, "lo", 1 << 20, 1 << 16)
    assert (flow.congestion, flow.no_delay, flow.mss, flow.mptcp) == ("reno", False, 1200, True)


def test_options_that_were_not_given_are_in_no_flow_of_any_kind():
    assert load_scenario(
        scenario_of("udp-rr", "a", "b", FlowOptions(), keys_of(SocketOptions(), TcpOptions())), file_name="x"
    )


def test_what_is_not_given_is_the_scenarios_own_usual():
    spec = flow_of("tcp-stream").spec
    assert (spec.rate_bits_per_second, spec.rate_packets_per_second, spec.size_bytes) == (None, None, 0)
    assert spec.offloads == ("auto",)


def test_an_agent_may_talk_to_itself():
    flow = flow_of("tcp-stream", "a", "a")
    assert (flow.source, flow.destination) == ("a", "a")


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("udp-stream", {"rate": "0"}, "rate: 0 is not a rate"),
        ("udp-stream", {"rate": "fast"}, "rate: "),
        ("udp-stream", {"duration": "-1"}, "duration: -1 is not a duration"),
        ("udp-stream", {"size": "1 B"}, "size: 1 B does not suit udp-stream"),
        ("udp-stream", {"size": "70 KB"}, "size: 70 KB does not suit udp-stream"),
        ("tcp-stream", {"rate": "10 pps"}, "rate: tcp-stream has no packets to count"),
        ("tcp-stream", {"workers": 0}, "workers: 0: expected at least 1"),
        ("tcp-stream", {"mode": "fast"}, "mode: fast: expected 'parallel'"),
        ("tcp-stream", {"interval": "1ms"}, "interval: 1ms is not a duration"),
    ],
)
def test_a_wrong_option_is_told_without_a_place_in_a_text_that_nobody_wrote(kind, options, words):
    with pytest.raises(UsageError) as caught:
        check_options(scenario_of(kind, "a", "b", FlowOptions(**options)), kind)
    assert words in str(caught.value)
    assert caught.value.where == kind
