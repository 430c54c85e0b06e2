"""What a person at a terminal sees."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
from tests.processes import SOCKRIG

SHOW_CURSOR = "\x1b[?25h"
HIDE_CURSOR = "\x1b[?25l"


class Terminal:
    """A command whose stdout and stderr are a terminal of 80 columns."""

    def __init__(self, *arguments):
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*SOCKRIG, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
        )
        os.close(theirs)
        self.output = ""

    def read_until(self, pattern, *, within_seconds=30.0):
        ends_at = time.monotonic() + within_seconds
        while not re.search(pattern, self.output) and time.monotonic() < ends_at:
            if not self._read_once():
                break
        assert re.search(pattern, self.output), self.output

    def close(self):
        while self._read_once():
            pass
        code = self.process.wait(30)
        os.close(self._ours)
        return code

    def _read_once(self):
        ready, _, _ = select.select([self._ours], [], [], 1.0)
        if not ready:
            return self.process.poll() is None
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the last end of theirs is closed (EIO)
            return False
        self.output += data.decode(errors="replace")
        return bool(data)


@pytest.fixture
def terminal():
    opened = []

    def start(*arguments):
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield start
    for each in opened:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def test_a_run_is_shown_live_and_then_reported_in_colour(terminal, over_agents):
    shown = terminal("udp", "a", "b", "--rate=1 Mbit/s", "--duration=1500ms", "--interval=300ms", *over_agents)
    assert shown.close() == 0
    assert HIDE_CURSOR in shown.output
    assert re.search(r"step 1 of 1", shown.output)
    assert re.search(r"received", shown.output)
    report = shown.output.rpartition(SHOW_CURSOR)[2]
    assert "passed" in report
    assert "udp-stream from a to b" in report
    assert "\x1b[32m" in report


def test_an_interrupt_gives_the_cursor_back(terminal, over_agents):
    shown = terminal("tcp", "a", "b", "--rate=1 Mbit/s", "--duration=60s", *over_agents)
    shown.read_until("running")
    shown.process.send_signal(signal.SIGINT)
    assert shown.close() == 130
    assert SHOW_CURSOR in shown.output.rpartition(HIDE_CURSOR)[2]
    assert "interrupted" in shown.output
