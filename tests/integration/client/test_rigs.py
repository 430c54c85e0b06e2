"""How rigs are opened, shared, interrupted and closed."""

import errno
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager

import pytest
from tests.processes import running_agent

from sockrig import InterruptedRunError, LostError, NotFoundError, Rig, UnreachableError, UsageError
from sockrig.client.agents import Clock
from sockrig.client.loop_thread import LoopThread
from sockrig.embedded import embedded_controller
from sockrig_wire.model.controller import Notice, StepStarted


@contextmanager
def controller(**agents):
    """A controller that clients can connect to; yields its address."""
    loop_thread = LoopThread.acquire()
    try:
        holding = loop_thread.hold(embedded_controller(**agents))
        try:
            yield holding.value
        finally:
            holding.close()
    finally:
        loop_thread.release()


@contextmanager
def interrupted_when(condition):
    """Ctrl-C in the main thread when ``condition`` has returned."""

    def interrupt():
        condition()
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - the interrupt comes where it will
        thread.start()
        yield
    thread.join()


def test_a_local_rig_has_so_many_hosts_with_names_and_addresses(rig):
    assert [host.name for host in rig.hosts] == ["local-1", "local-2"]
    for host in rig.hosts:
        assert host.addresses
        assert host.version
        assert host.clock == Clock(offset_seconds=0, uncertainty_seconds=0), "a process here reads the same clock"
        assert rig.host(host.name) is host
    assert [status.name for status in rig.statuses()] == ["local-1", "local-2"]


def test_a_host_that_is_not_there_is_not_found(rig):
    with pytest.raises(NotFoundError, match="local-1, local-2"):
        rig.host("nobody")


def test_a_rig_without_hosts_is_refused():
    for make in (lambda: Rig.local(0), lambda: Rig.agents({}), lambda: Rig.agents({"a": "nowhere"})):
        with pytest.raises(UsageError):
            make()


def test_agents_that_listen_make_a_rig(rig):
    with Rig.agents({"x": rig.hosts[0].status.address}) as dialled:
        assert [host.name for host in dialled.hosts] == ["x"]
        with dialled.host("x").socket() as remote:
            remote.bind(("", 0))


def test_an_inventory_makes_a_rig_and_adds_its_labels(rig, tmp_path):
    path = tmp_path / "lab.yaml"
    path.write_text(f"agents: {{x: {{address: '{rig.hosts[1].status.address}', labels: {{site: basement}}}}}}")

    with Rig.inventory(path) as listed:
        assert listed.host("x").labels["site"] == "basement"


def test_an_agent_that_does_not_answer_is_named_with_its_address(rig):
    agents = {"good": rig.hosts[0].status.address, "dead": "127.0.0.1:1"}
    with pytest.raises(UnreachableError) as failure:
        Rig.agents(agents, wait_seconds=5)

    assert "dead at 127.0.0.1:1" in str(failure.value)
    assert "good" not in failure.value.what


def test_a_rig_can_do_with_the_agents_that_are_there(rig):
    agents = {"good": rig.hosts[0].status.address, "dead": "127.0.0.1:1"}
    with Rig.agents(agents, wait_seconds=5, require_all=False) as partial:
        assert [host.name for host in partial.hosts] == ["good"]
        assert {status.name for status in partial.statuses()} == {"good", "dead"}
        with pytest.raises(UnreachableError, match=r"dead at 127\.0\.0\.1:1"):
            partial.host("dead")


def test_a_controller_that_is_not_there_is_unreachable():
    with pytest.raises(UnreachableError, match=r"controller 127\.0\.0\.1:1"):
        Rig.connect("127.0.0.1:1")


def test_two_clients_share_a_controller_and_each_closes_its_own_sockets_only():
    with controller(local=1) as address, Rig.connect(address) as first:
        door = first.hosts[0].create_server(("", 0))
        with Rig.connect(address) as second:
            line = second.hosts[0].create_connection(door.getsockname())
            guest = door.accept()[0]
            line.sendall(b"x")
            assert guest.recv(10) == b"x"
        assert guest.recv(10) == b"", "the second rig's end is closed with it"
        with first.hosts[0].create_connection(door.getsockname()):
            door.accept()[0].close()


def test_a_controller_that_goes_away_is_lost_and_the_rig_can_still_be_closed():
    with controller(local=1) as address:
        rig = Rig.connect(address)
        remote = rig.hosts[0].socket()
    try:
        with pytest.raises(ConnectionResetError) as refusal:
            remote.getsockname()
        assert isinstance(refusal.value.__cause__, LostError)
        remote.close()
    finally:
        rig.close()


def test_more_sockets_than_the_agent_allows_are_too_many_files_as_on_a_local_host(tmp_path):
    with running_agent("a", tmp_path, flags=("--max-sockets", "8")) as agent, Rig.agents({"a": agent.address}) as rig:
        host = rig.host("a")
        assert host.status.limits.sockets == 8
        with ExitStack() as opened:
            for _ in range(8):
                opened.enter_context(host.socket())
            with pytest.raises(OSError) as refusal:
                host.socket()
            assert refusal.value.errno == errno.EMFILE
        host.socket().close()


def test_an_interrupt_ends_a_receive_at_once_and_the_socket_can_be_used_on(a, b):
    with a.socket(type=socket.SOCK_DGRAM) as inbox, b.socket(type=socket.SOCK_DGRAM) as outbox:
        inbox.bind(("", 0))
        with interrupted_when(inbox.getsockname):
            inbox.recv(100)
        outbox.sendto(b"later", inbox.getsockname())

        assert inbox.recv(100) == b"later"


def test_a_closed_rig_has_closed_its_sockets():
    with controller(local=1) as address:
        rig = Rig.connect(address)
        remote = rig.hosts[0].socket()
        rig.close()
        rig.close()

        for call in (remote.getsockname, rig.hosts[0].socket):
            with pytest.raises(OSError) as refusal:
                call()
            assert refusal.value.errno == errno.EBADF
        remote.close()
        for ask in (rig.statuses, lambda: rig.run("scenario: x\n")):
            with pytest.raises(UsageError, match="not open"):
                ask()


def test_a_socket_can_be_closed_after_the_last_rig():
    with Rig.local(1) as rig:
        remote = rig.hosts[0].socket()
        assert remote.fileno() >= 0
    remote.close()

    assert remote.fileno() == -1


def test_a_call_that_is_pending_when_its_rig_closes_ends_with_an_error():
    endings = []

    def accept(door):
        try:
            door.accept()
        except (OSError, InterruptedRunError, LostError) as ending:
            endings.append(ending)

    with controller(local=1) as address:
        with Rig.connect(address) as rig:
            door = rig.hosts[0].create_server(("", 0))
            accepting = threading.Thread(target=accept, args=(door,))
            accepting.start()
            door.getsockname()
        accepting.join()

    assert len(endings) == 1


def test_a_rig_that_nobody_closed_ends_with_its_program():
    program = """
from sockrig import Rig
door = Rig.local(1).hosts[0].create_server(("", 0))
print("open")
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "open\n", "")


SCENARIO = """
scenario: one letter
vars: {letter: hello}
agents:
  server: {}
  client: {}
steps:
  - name: there
    sockets:
      - {on: server, open: udp, bind: ":0", as: inbox}
      - {on: client, open: udp, as: outbox}
      - {send: "$letter", from: outbox, to: inbox}
      - {receive: inbox, max: 1024, expect: "我是"}
"""

ENDLESS = """
scenario: nobody comes
vars: {port: 1}
agents:
  server: {}
steps:
  - name: wait
    sockets:
      - {on: server, open: tcp, bind: ":$port", listen: 1, as: door}
      - {on: server, accept: door, as: guest}
"""


def test_a_scenario_runs_to_its_result_and_tells_what_happens(rig):
    events = []

    result = rig.run(SCENARIO, variables={"letter": "我是"}, on_event=events.append)

    assert result.verdict.value == "passed"
    assert [event.body for event in events if isinstance(event.body, StepStarted)] == [StepStarted(0, 1, "there")]


def test_an_expectation_that_fails_is_a_verdict_and_no_exception(rig):
    assert rig.run(SCENARIO, variables={"letter": "你是"}).verdict.value == "failed"


def test_a_wrong_scenario_says_where(rig):
    with pytest.raises(UsageError) as refusal:
        rig.run("scenario: x\nagents: {a: {}}\nsteps: [{name: y, sokcets: []}]\n")

    assert refusal.value.where.startswith("<text>:3:")


def test_an_interrupted_run_has_ended_on_every_agent_when_the_interrupt_gets_out(rig, a):
    with a.create_server((a.addresses[0], 0)) as probe:
        address = probe.getsockname()
    started = threading.Event()

    def note(event):
        if isinstance(event.body, StepStarted | Notice):
            started.set()

    with interrupted_when(started.wait):
        rig.run(ENDLESS, variables={"port": str(address[1])}, on_event=note)

    with a.create_server(address, backlog=1) as door:
        assert door.getsockname() == address


def test_a_run_whose_watcher_fails_is_stopped(rig, a):
    with a.create_server((a.addresses[0], 0)) as probe:
        address = probe.getsockname()

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rig.run(ENDLESS, variables={"port": str(address[1])}, on_event=fail)

    a.create_server(address).close()
