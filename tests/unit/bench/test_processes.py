"""Real processes, bounded and gone in the end."""

import os
import socket
import sys

import pytest
from tests.bench.processes import ProcessError, port_is_open, running

WITHIN_SECONDS = 20


def python(text):
    """A process that runs these lines."""
    return running((sys.executable, "-c", text))


def test_what_a_process_wrote_and_its_exit_code_are_kept():
    with python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)") as process:
        ended = process.wait(WITHIN_SECONDS)

    assert (ended.output, ended.errors, ended.exit_code) == ("out\n", "err\n", 3)


def test_standard_input_is_given_as_text():
    with running((sys.executable, "-c", "print(input())"), stdin="a scenario\n") as process:
        assert process.wait(WITHIN_SECONDS).output == "a scenario\n"


def test_processor_time_includes_that_of_children():
    burn = "import time\nwhile time.process_time() < 0.1: pass"
    with python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])") as process:
        assert process.wait(WITHIN_SECONDS).cpu_seconds >= 0.1


def test_a_process_that_takes_too_long_is_not_waited_for_and_gone_after_the_block():
    with python("import time; time.sleep(100)") as process, pytest.raises(TimeoutError):
        process.wait(0.05)

    assert process.wait(0).exit_code == -9


def test_an_interrupt_lets_a_process_say_its_last_words():
    lines = "import time\ntry:\n print('ready', flush=True)\n time.sleep(100)\nfinally:\n print('bye')"
    with python(lines) as process:
        process.wait_until(lambda it: "ready" in it.output, WITHIN_SECONDS)
        process.interrupt()

        assert process.wait(WITHIN_SECONDS).output == "ready\nbye\n"


def test_one_that_ends_before_it_is_ready_tells_why():
    with python("import sys; sys.exit('no such flag')") as it, pytest.raises(ProcessError, match="no such flag"):
        it.wait_until(lambda _: False, WITHIN_SECONDS)


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(ProcessError, match="no-such-program: No such file"), running(("no-such-program",)):
        pass


@pytest.mark.parametrize(("kind", "open_when_bound"), [(socket.SOCK_STREAM, False), (socket.SOCK_DGRAM, True)])
def test_a_stream_port_is_open_when_it_listens_and_a_datagram_port_when_it_is_bound(kind, open_when_bound):
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        bound = port_is_open(port, os.getpid())
        if kind == socket.SOCK_STREAM:
            server.listen()

        assert (bound, port_is_open(port, os.getpid())) == (open_when_bound, True)
