"""Frames that no controller of ours would say: each gets a clear answer, and the agent lives on."""

import grpc
import pytest
from tests.integration.faults.raw_session import is_serving, raw_session

from sockrig_wire.channel import MAX_DATA_BYTES, MAX_MESSAGE_BYTES
from sockrig_wire.v1 import errors_pb2, flows_pb2, session_pb2, sockets_pb2

OPEN_RUN = session_pb2.OpenRun(grace_seconds=1)
OPEN_TCP = sockets_pb2.SocketCall(
    open=sockets_pb2.OpenSocket(family=sockets_pb2.FAMILY_INET, transport=sockets_pb2.TRANSPORT_TCP)
)
UNKNOWN_FIELD = b"\x9a\x3f\x03new"
"""Field 1011, three bytes: from a version that is yet to come."""


@pytest.fixture
def session(steady_agent):
    """A session that has been welcomed, with a run that is open."""
    with raw_session(steady_agent.address) as opened:
        opened.welcome()
        assert opened.command("first", open_run=OPEN_RUN).HasField("done")
        yield opened
        assert opened.command("last", close_run=session_pb2.CloseRun()).HasField("run_closed"), "it still serves"


@pytest.fixture(autouse=True)
def _agent_serves_afterwards(steady_agent):
    yield
    assert is_serving(steady_agent.address)


def call(session, command_id, **body):
    """One call on a socket, as a command."""
    return session.command(command_id, socket_call=sockets_pb2.SocketCall(**body))


def test_a_command_without_a_body_is_answered_as_a_mistake(session):
    reply = session.command("empty")

    assert reply.error.code == errors_pb2.ERROR_CODE_USAGE
    assert "empty or of a kind that this version does not know" in reply.error.what
    assert "newer controller" in reply.error.next


def test_a_command_of_an_unknown_kind_is_answered_as_a_mistake(session):
    command = session_pb2.Command(id="unknown", run_id=session.run_id, epoch=1)
    command.MergeFromString(UNKNOWN_FIELD)
    session.send(command=command)

    assert session.reply("unknown").error.code == errors_pb2.ERROR_CODE_USAGE


def test_unknown_fields_beside_known_ones_are_passed_over(session):
    opening = session_pb2.OpenRun(grace_seconds=1)
    opening.MergeFromString(UNKNOWN_FIELD)

    assert session.command("future", open_run=opening).HasField("done")


def test_a_frame_without_a_body_is_passed_over(session):
    session.send()

    assert session.command("after", open_run=OPEN_RUN).HasField("done")


def test_a_socket_call_without_a_body_is_answered_as_a_mistake(session):
    assert call(session, "nothing").error.code == errors_pb2.ERROR_CODE_USAGE


@pytest.mark.parametrize(
    "opening",
    [
        pytest.param(sockets_pb2.OpenSocket(), id="unspecified"),
        pytest.param(sockets_pb2.OpenSocket(family=77, transport=99), id="unknown"),
    ],
)
def test_a_socket_of_no_known_family_is_answered_as_a_mistake(session, opening):
    assert call(session, "family", open=opening).error.code == errors_pb2.ERROR_CODE_USAGE


def test_a_command_of_another_epoch_is_refused(session):
    reply = session.command("late", epoch=7, open_run=OPEN_RUN)

    assert reply.error.code == errors_pb2.ERROR_CODE_LOST
    assert "epoch 7" in reply.error.what


def test_a_repeated_command_gets_the_first_answer_and_is_not_done_again(session):
    first = session.command("open", socket_call=OPEN_TCP)
    again = session.command("open", socket_call=OPEN_TCP)

    assert first.socket_reply.opened.socket_id != 0
    assert again == first
    assert session.command("close", close_run=session_pb2.CloseRun()).run_closed.sockets == 1


def test_a_call_within_a_run_that_is_not_open_is_not_found(session):
    reply = session.command("lost", run_id="nobody's", socket_call=OPEN_TCP)

    assert reply.error.code == errors_pb2.ERROR_CODE_NOT_FOUND
    assert "nobody's" in reply.error.what


def test_a_call_on_a_socket_that_is_not_there_is_a_bad_descriptor(session):
    reply = call(session, "astray", socket_id=4711, listen=sockets_pb2.ListenSocket())

    assert (reply.error.code, reply.error.errno_name) == (errors_pb2.ERROR_CODE_SOCKET, "EBADF")


def test_a_run_of_another_controller_cannot_be_used(session, steady_agent):
    with raw_session(steady_agent.address) as other:
        other.welcome()
        other.run_id = session.run_id

        assert other.command("steal", open_run=OPEN_RUN).error.code == errors_pb2.ERROR_CODE_REFUSED
        assert other.command("use", socket_call=OPEN_TCP).error.code == errors_pb2.ERROR_CODE_NOT_FOUND
        assert other.command("end", close_run=session_pb2.CloseRun()).error.code == errors_pb2.ERROR_CODE_REFUSED
    assert session.command("mine", socket_call=OPEN_TCP).HasField("socket_reply"), "the run is still its owner's"


def test_controllers_may_use_the_same_command_ids(session, steady_agent):
    bound = pair_of_datagram_sockets(session)
    waiting = sockets_pb2.SocketCall(socket_id=bound[0], receive=sockets_pb2.ReceiveData(max_bytes=10))
    session.send(command=session_pb2.Command(id="wait", run_id=session.run_id, epoch=1, socket_call=waiting))
    with raw_session(steady_agent.address) as other:
        other.welcome()
        other.command("cancel", cancel_command=session_pb2.CancelCommand(command_id="wait"))
    address = call(session, "where", socket_id=bound[0], get_local_address=sockets_pb2.GetLocalAddress())
    letter = sockets_pb2.SendData(data=b"letter", address=address.socket_reply.address.address)
    session.send(
        command=session_pb2.Command(
            id="send",
            run_id=session.run_id,
            epoch=1,
            socket_call=sockets_pb2.SocketCall(socket_id=bound[1], send=letter),
        )
    )

    assert session.reply("wait").socket_reply.received.data == b"letter"


@pytest.mark.parametrize("grace_seconds", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_grace_that_makes_no_sense_is_refused(session, grace_seconds):
    reply = session.command("grace", run_id="odd", open_run=session_pb2.OpenRun(grace_seconds=grace_seconds))

    assert reply.error.code in {errors_pb2.ERROR_CODE_USAGE, errors_pb2.ERROR_CODE_LIMIT}


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({}, id="empty"),
        pytest.param({"kind": "no-such-kind"}, id="unknown kind"),
        pytest.param({"workers": 0}, id="no workers"),
        pytest.param({"duration_seconds": -1.0}, id="negative duration"),
        pytest.param({"duration_seconds": float("nan")}, id="duration nan"),
        pytest.param({"duration_seconds": 1e12}, id="endless duration"),
        pytest.param({"rate_bits_per_second": 0.0}, id="rate of 0"),
        pytest.param({"size_bytes": 2**31}, id="giant size"),
        pytest.param({"workers": 100_000}, id="too many workers"),
        pytest.param({"interval_seconds": 0.0}, id="interval of 0"),
    ],
)
def test_a_flow_that_makes_no_sense_is_refused(session, wrong):
    right = {
        "name": "flow",
        "kind": "udp-stream",
        "mode": flows_pb2.MODE_PARALLEL,
        "workers": 1,
        "duration_seconds": 1.0,
        "interval_seconds": 1.0,
        "verify": flows_pb2.VERIFY_NONE,
        "family": sockets_pb2.FAMILY_INET,
    }
    spec = flows_pb2.FlowSpec(**(right | wrong if wrong else {}))
    reply = session.command("prepare", prepare_flow=session_pb2.PrepareFlow(spec=spec, role=flows_pb2.ROLE_DESTINATION))

    assert reply.error.code in {errors_pb2.ERROR_CODE_USAGE, errors_pb2.ERROR_CODE_LIMIT}
    assert reply.error.what
    assert session.command("close", close_run=session_pb2.CloseRun()).run_closed.workers == 0


def test_a_flow_that_was_not_prepared_cannot_be_started(session):
    start = session_pb2.FlowStart(flow="ghost", role=flows_pb2.ROLE_SOURCE)

    reply = session.command("start", start_flows=session_pb2.StartFlows(flows=[start]))

    assert reply.error.code == errors_pb2.ERROR_CODE_NOT_FOUND


def test_the_cancellation_of_a_command_that_nobody_knows_is_done(session):
    reply = session.command("cancel", cancel_command=session_pb2.CancelCommand(command_id="never heard"))

    assert reply.HasField("done")


def test_a_cancelled_command_is_answered_as_interrupted_and_its_socket_can_be_used_on(session):
    bound = pair_of_datagram_sockets(session)
    waiting = sockets_pb2.SocketCall(socket_id=bound[0], receive=sockets_pb2.ReceiveData(max_bytes=10))
    session.send(command=session_pb2.Command(id="wait", run_id=session.run_id, epoch=1, socket_call=waiting))
    session.send(
        command=session_pb2.Command(
            id="stop", run_id=session.run_id, epoch=1, cancel_command=session_pb2.CancelCommand(command_id="wait")
        )
    )

    assert session.reply("wait").error.code == errors_pb2.ERROR_CODE_INTERRUPTED
    assert call(session, "port", socket_id=bound[0], get_local_address=sockets_pb2.GetLocalAddress()).HasField(
        "socket_reply"
    )


def test_a_deadline_that_passes_is_answered_as_a_timeout(session):
    bound = pair_of_datagram_sockets(session)
    waiting = sockets_pb2.SocketCall(socket_id=bound[0], receive=sockets_pb2.ReceiveData(max_bytes=10))

    reply = session.command("wait", deadline_seconds=0.1, socket_call=waiting)

    assert reply.error.code == errors_pb2.ERROR_CODE_TIMEOUT


def test_a_receive_of_100_megabytes_brings_no_more_than_a_message_holds(session):
    _, line, guest = connected_pair(session)
    sent = call(
        session, "fill", socket_id=line, timeout_seconds=2, send=sockets_pb2.SendData(data=bytes(MAX_DATA_BYTES))
    )
    assert sent.socket_reply.sent.sent_bytes > 0

    received = call(
        session, "drain", socket_id=guest, timeout_seconds=2, receive=sockets_pb2.ReceiveData(max_bytes=100_000_000)
    )

    assert 0 < len(received.socket_reply.received.data) <= MAX_DATA_BYTES


def test_a_message_over_the_limit_ends_the_session_with_words_and_not_the_agent(steady_agent):
    with raw_session(steady_agent.address) as session:
        session.welcome()
        session.command("open", open_run=OPEN_RUN)
        too_much = sockets_pb2.SocketCall(socket_id=1, send=sockets_pb2.SendData(data=bytes(5_000_000)))
        session.send(command=session_pb2.Command(id="much", run_id=session.run_id, epoch=1, socket_call=too_much))

        end = session.refusal()

    assert end.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(MAX_MESSAGE_BYTES) in end.details()


def test_a_second_welcome_ends_the_session_with_words(steady_agent):
    with raw_session(steady_agent.address) as session:
        session.welcome()
        session.welcome(epoch=2)

        assert "answered Hello twice" in session.refusal().details()


def test_a_session_that_begins_with_anything_but_welcome_is_ended_with_words(steady_agent):
    with raw_session(steady_agent.address) as session:
        session.send(ping=session_pb2.Ping(number=1))

        end = session.refusal()

    assert end.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "did not answer Hello with Welcome or Refusal" in end.details()


def test_a_controller_that_goes_without_an_answer_to_hello_does_no_harm(steady_agent):
    with raw_session(steady_agent.address) as session:
        session.half_close()

        assert "went away without an answer" in session.refusal().details()


def test_a_session_of_an_epoch_that_has_been_is_refused(steady_agent):
    with raw_session(steady_agent.address) as session:
        session.welcome(controller_id="forgetful", epoch=5)
        session.send(ping=session_pb2.Ping(number=1))
        assert session.frame().pong.number == 1
    for epoch in (5, 4):
        with raw_session(steady_agent.address) as session:
            session.welcome(controller_id="forgetful", epoch=epoch)
            end = session.refusal()

        assert end.code() is grpc.StatusCode.ABORTED
        assert "epoch 5 has been" in end.details()


def pair_of_datagram_sockets(session):
    """Two bound UDP sockets; their ids."""
    ids = []
    for name in ("one", "two"):
        udp = sockets_pb2.OpenSocket(family=sockets_pb2.FAMILY_INET, transport=sockets_pb2.TRANSPORT_UDP)
        socket_id = call(session, f"open {name}", open=udp).socket_reply.opened.socket_id
        address = sockets_pb2.SocketAddress(host="127.0.0.1", port=0)
        call(session, f"bind {name}", socket_id=socket_id, bind=sockets_pb2.BindSocket(address=address))
        ids.append(socket_id)
    return ids


def connected_pair(session):
    """A TCP listener, a socket that is connected to it and the accepted one; their ids."""
    door = session.command("open door", socket_call=OPEN_TCP).socket_reply.opened.socket_id
    line = session.command("open line", socket_call=OPEN_TCP).socket_reply.opened.socket_id
    host = sockets_pb2.SocketAddress(host="127.0.0.1", port=0)
    call(session, "bind", socket_id=door, bind=sockets_pb2.BindSocket(address=host))
    call(session, "listen", socket_id=door, listen=sockets_pb2.ListenSocket())
    where = call(session, "where", socket_id=door, get_local_address=sockets_pb2.GetLocalAddress())
    address = where.socket_reply.address.address
    call(session, "connect", socket_id=line, timeout_seconds=2, connect=sockets_pb2.ConnectSocket(address=address))
    accepted = call(session, "accept", socket_id=door, timeout_seconds=2, accept=sockets_pb2.AcceptConnection())
    return door, line, accepted.socket_reply.accepted.socket_id
