"""Limits of a process, each tried in one of its own."""

import subprocess
import sys

PROGRAM = """
import resource, sys
from sockrig_agent.traffic.descriptors import make_room
from sockrig_wire.errors import LimitError
soft, hard, needed = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
try:
    make_room(needed)
except LimitError as refusal:
    print(refusal)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def limits_after(soft, hard, needed):
    arguments = [sys.executable, "-c", PROGRAM, str(soft), str(hard), str(needed)]
    return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()


def test_a_soft_limit_that_is_enough_stays():
    assert limits_after(100, 400, 100) == ["(100, 400)"]


def test_a_soft_limit_that_is_too_low_becomes_the_hard_one():
    assert limits_after(100, 400, 101) == ["(400, 400)"]


def test_a_hard_limit_that_is_too_low_is_told_with_what_to_do():
    words, *advice, limits = limits_after(100, 400, 5000)
    assert "5,000 descriptors would be needed, and this host allows a process 400" in words
    assert "ulimit -Hn" in " ".join(advice)
    assert limits == "(100, 400)"
