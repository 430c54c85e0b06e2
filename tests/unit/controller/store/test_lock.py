"""Who may use a SQLite store at the same time."""

import os
import subprocess
import sys

import pytest

from sockrig.store.lock import StoreLock
from sockrig_wire.errors import StoreError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.db"


def test_commands_share_it(path):
    one, other = StoreLock.shared(path), StoreLock.shared(path)
    one.release()
    other.release()


def test_a_controller_keeps_all_others_out_and_says_who_it_is(path):
    held = StoreLock.alone(path, "127.0.0.1:0")
    held.tell("127.0.0.1:7410")
    with pytest.raises(StoreError, match=f"process id {os.getpid()} at 127.0.0.1:7410.*has it alone") as refused:
        StoreLock.shared(path)
    assert "--controller 127.0.0.1:7410" in refused.value.next
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:7410.*has it alone"):
        StoreLock.alone(path, "127.0.0.1:9")

    held.release()
    StoreLock.shared(path).release()


def test_a_command_keeps_a_controller_out(path):
    held = StoreLock.shared(path)
    with pytest.raises(StoreError, match="a command uses it"):
        StoreLock.alone(path, "127.0.0.1:7410")
    held.release()
    StoreLock.alone(path, "127.0.0.1:7410").release()


HOLDER = """
import pathlib, sys
from sockrig.store.lock import StoreLock
lock = StoreLock.alone(pathlib.Path(sys.argv[1]), "127.0.0.1:7410")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_controller_holds_nothing_and_is_not_taken_for_a_living_one(path):
    program = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match="has it alone"):
            StoreLock.shared(path)
        holder.kill()

    held = StoreLock.shared(path)
    with pytest.raises(StoreError, match="a command uses it"):
        StoreLock.alone(path, "127.0.0.1:9")
    held.release()
