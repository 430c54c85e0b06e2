"""How the dataclasses of the contract become messages and back."""

import pytest

from sockrig_wire.codec import EmptyBodyError, from_message, to_message
from sockrig_wire.model.failures import Error, ErrorCode
from sockrig_wire.model.flows import (
    FlowPrepared,
    FlowSpec,
    FlowStart,
    Role,
    StartFlows,
    WorkerEndpoint,
    WorkerResult,
)
from sockrig_wire.model.session import (
    AgentFrame,
    CloseRun,
    Command,
    ControllerFrame,
    Done,
    Hello,
    HostFacts,
    LimitsInForce,
    OpenRunSummary,
    Reply,
)
from sockrig_wire.model.sockets import (
    AcceptConnection,
    Family,
    OpenSocket,
    SendData,
    SetOption,
    SocketAddress,
    SocketCall,
    Transport,
)
from sockrig_wire.v1 import errors_pb2, flows_pb2, session_pb2, sockets_pb2


def travelled(value, message_type):
    """What arrives at the other end of a stream."""
    data = to_message(value, message_type()).SerializeToString()
    return from_message(message_type.FromString(data), type(value))


def test_fields_go_by_their_names():
    message = to_message(Error(ErrorCode.LIMIT, "too many", where="local-1"), errors_pb2.Error())

    assert message == errors_pb2.Error(code=errors_pb2.ERROR_CODE_LIMIT, what="too many", where="local-1")


def test_the_given_message_is_filled_and_returned():
    message = errors_pb2.Error()

    assert to_message(Error(ErrorCode.USAGE, "wrong"), message) is message


def test_an_enum_goes_by_its_name_and_not_by_its_number():
    message = to_message(OpenSocket(Family.INET6, Transport.UDP), sockets_pb2.OpenSocket())

    assert message.family == sockets_pb2.FAMILY_INET6
    assert message.transport == sockets_pb2.TRANSPORT_UDP


def test_a_union_fills_the_oneof_field_of_its_kind():
    frame = ControllerFrame(Command("c-1", "r-1", 3, SocketCall(OpenSocket(Family.INET, Transport.TCP))))

    message = to_message(frame, session_pb2.ControllerFrame())

    assert message.WhichOneof("body") == "command"
    assert message.command.WhichOneof("body") == "socket_call"
    assert message.command.socket_call.WhichOneof("body") == "open"
    assert travelled(frame, session_pb2.ControllerFrame) == frame


@pytest.mark.parametrize("body", [CloseRun(), SocketCall(AcceptConnection(), socket_id=7)])
def test_a_body_without_fields_still_says_its_kind(body):
    command = Command("c-1", "r-1", 1, body)

    assert travelled(command, session_pb2.Command) == command


@pytest.mark.parametrize("body", [Done(), Error(ErrorCode.SOCKET, "refused"), FlowPrepared()])
def test_a_reply_keeps_its_kind(body):
    reply = Reply("c-1", body)

    assert travelled(reply, session_pb2.Reply) == reply


@pytest.mark.parametrize("timeout", [None, 0.0, 1.5])
def test_absent_and_zero_are_different_things(timeout):
    call = SocketCall(AcceptConnection(), socket_id=1, timeout_seconds=timeout)

    assert travelled(call, sockets_pb2.SocketCall).timeout_seconds == timeout


@pytest.mark.parametrize("data", [None, b"", b"\x00\xff"])
def test_absent_and_empty_are_different_things(data):
    assert travelled(SetOption(1, 2, data=data), sockets_pb2.SetOption).data == data


@pytest.mark.parametrize("address", [None, SocketAddress("", 0), SocketAddress("::1", 7, 1, 2)])
def test_an_absent_message_and_one_of_zeros_are_different_things(address):
    assert travelled(SendData(b"x", address=address), sockets_pb2.SendData).address == address


def test_repeated_messages_keep_their_order():
    prepared = FlowPrepared(tuple(WorkerEndpoint("127.0.0.1", port, (1 << 64) - port) for port in (9, 3, 5)))

    assert travelled(prepared, session_pb2.FlowPrepared) == prepared


def test_maps_lists_and_nested_messages_travel():
    hello = Hello(
        agent_id="a",
        boot_id="b",
        name="local-1",
        version="0.1.0",
        protocol=1,
        labels={"rack": "3", "": ""},
        capabilities=("udp-gso", "udp-gro"),
        advertised_addresses=("127.0.0.2", "::1"),
        host=HostFacts("box", "Linux 6.1", "3.11.7", 4),
        limits=LimitsInForce(100, 64, 3600.0, 1 << 20),
        open_runs=(OpenRunSummary("r", "c", 1, 2, 3),),
    )

    assert travelled(AgentFrame(hello), session_pb2.AgentFrame) == AgentFrame(hello)


def test_negative_clock_readings_travel():
    start = StartFlows((FlowStart("f", Role.SOURCE, -5, peer_start_at_nanoseconds=-(1 << 63)),))

    assert travelled(start, session_pb2.StartFlows) == start


def test_what_was_left_at_its_default_arrives_as_its_default():
    spec = FlowSpec(name="f", kind="udp-stream", duration_seconds=1.0)

    assert travelled(spec, flows_pb2.FlowSpec) == spec


def test_figures_that_do_not_apply_stay_none():
    result = WorkerResult(
        flow="f",
        role=Role.DESTINATION,
        worker=0,
        started_at_nanoseconds=1,
        finished_at_nanoseconds=2,
        window_seconds=1.0,
        lost_packets=0,
    )

    arrived = travelled(result, flows_pb2.WorkerResult)

    assert arrived.lost_packets == 0
    assert arrived.duplicate_packets is None
    assert arrived.tcp_info is None
    assert arrived == result


@pytest.mark.parametrize("message", [session_pb2.AgentFrame(), session_pb2.AgentFrame.FromString(b"\xc2\x3e\x00")])
def test_a_body_that_is_missing_or_unknown_is_refused_with_its_place(message):
    """The second is field 1000, which a later version may have."""
    with pytest.raises(EmptyBodyError, match=r"AgentFrame\.body"):
        from_message(message, AgentFrame)


def test_a_missing_body_deep_inside_names_its_own_place():
    message = session_pb2.ControllerFrame()
    message.command.socket_call.socket_id = 3

    with pytest.raises(EmptyBodyError, match=r"SocketCall\.body"):
        from_message(message, ControllerFrame)


@pytest.mark.parametrize("number", [0, 99])
def test_an_enum_that_is_unspecified_or_unknown_is_refused_with_its_place(number):
    message = flows_pb2.FlowSpec(mode=number, verify=flows_pb2.VERIFY_NONE, family=sockets_pb2.FAMILY_INET)

    with pytest.raises(ValueError, match=rf"FlowSpec\.mode is unspecified or unknown \({number}\)"):
        from_message(message, FlowSpec)


@pytest.mark.parametrize("port", [-1, 1 << 32])
def test_a_number_that_does_not_fit_its_field_is_refused(port):
    with pytest.raises(ValueError, match=str(port)):
        to_message(SocketAddress("127.0.0.1", port), sockets_pb2.SocketAddress())


def test_a_field_of_a_later_version_is_ignored():
    data = errors_pb2.Error(code=errors_pb2.ERROR_CODE_LOST, what="gone").SerializeToString() + b"\xc2\x3e\x01x"

    assert from_message(errors_pb2.Error.FromString(data), Error) == Error(ErrorCode.LOST, "gone")
