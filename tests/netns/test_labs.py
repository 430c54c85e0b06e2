"""A laboratory leaves nothing behind, however the process that built it comes to its end."""

import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.netns.lab import namespaces_of, remove_abandoned
from tests.processes import descendants, eventually

pytestmark = pytest.mark.netns

ROOT = Path(__file__).parents[2]

BUILDER = """
import sys, time
from pathlib import Path
from tests.netns.lab import built_lab
with built_lab(Path(sys.argv[1]), agents=1):
    print("built", flush=True)
    time.sleep(60)
"""


@contextmanager
def builder(folder):
    """A process with a laboratory of its own."""
    program = [sys.executable, "-c", BUILDER, str(folder)]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout.readline() == b"built\n"
            yield process
        finally:
            process.kill()


def test_an_interrupted_laboratory_is_taken_down(namespaces, tmp_path):
    with builder(tmp_path) as process:
        agents = descendants(process.pid)
        assert agents
        assert len(namespaces_of(process.pid)) == 3, "the switch, the controller, the agent"

        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)

        assert not namespaces_of(process.pid)
        assert not any(agent.alive for agent in agents)


def test_of_a_killed_one_the_agents_go_at_once_and_the_namespaces_before_the_next(namespaces, tmp_path):
    with builder(tmp_path) as process:
        agents = descendants(process.pid)
        process.kill()
        process.wait(timeout=20)

        assert eventually(lambda: not any(agent.alive for agent in agents), within_seconds=5)
        assert namespaces_of(process.pid)
        remove_abandoned()
        assert not namespaces_of(process.pid)


def test_what_is_in_use_is_not_touched(lab):
    remove_abandoned()

    assert lab.result("hosts")
